"""How we talk to network peers that share a secret with us: signed, bounded in time, never guessed.

Text messages and carriers speak this small protocol; WeChat Pay has its own. A message is signed
with HMAC-SHA256 over five lines: what it is for (method and path, or ``push`` and the carrier), the
second it was made, a nonce, and the body. Signatures live in wall time.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog

from xiaodian.infra.clock import wall_now
from xiaodian.kernel.errors import Outage

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FRESH",
    "Answer",
    "Declined",
    "Flaw",
    "Peer",
    "derived",
    "flaw",
    "http_client",
    "is_loopback",
    "signed_headers",
]

FRESH = timedelta(minutes=5)
"""A signature older, or further in the future, than this is a replay."""
TIMESTAMP = "X-Xiaodian-Timestamp"
NONCE = "X-Xiaodian-Nonce"
SIGNATURE = "X-Xiaodian-Signature"
_CONNECT_S = 3.0
_ANSWER_MAX = 1_000_000
_SERVER_ERROR = 500
_NOT_NOW = frozenset({401, 407, 408, 425, 429})
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Declined:
    """The outside understood and said no: asking again with the same words will not help.

    ``code`` is the outside's own word, ``sentence`` its explanation, for staff rather than buyers.
    """

    code: str
    sentence: str = ""


class Flaw(StrEnum):
    """Why a signed message is not believed."""

    UNSIGNED = "unsigned"
    STALE = "stale"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer answered; ``data`` is empty when the body was."""

    status: int
    data: Mapping[str, object]

    @property
    def ok(self) -> bool:
        """Tell whether the peer did what it was asked."""
        return self.status < 300  # noqa: PLR2004 - the 2xx of HTTP

    def declined(self) -> Declined:
        """Answer the refusal that a 4xx carries."""
        return Declined(
            str(self.data.get("code") or f"HTTP_{self.status}"), str(self.data.get("message") or "")
        )


def signed_headers(
    secret: str, *, line: str, body: bytes, at: datetime | None = None
) -> dict[str, str]:
    """Sign a message; ``at`` is wall time and defaults to this moment."""
    stamp = str(int((at or wall_now()).timestamp()))
    nonce = secrets.token_hex(16)
    return {TIMESTAMP: stamp, NONCE: nonce, SIGNATURE: _signature(secret, line, stamp, nonce, body)}


def flaw(
    secret: str, headers: Mapping[str, str], *, line: str, body: bytes, now: datetime | None = None
) -> Flaw | None:
    """Answer why a signed message is not to be believed, None when it is.

    Header names are matched without regard to case.
    """
    given = {name.lower(): value for name, value in headers.items()}
    stamp, nonce, signature = (
        given.get(name.lower(), "") for name in (TIMESTAMP, NONCE, SIGNATURE)
    )
    if not (stamp and nonce and signature):
        return Flaw.UNSIGNED
    if not is_fresh(stamp, now or wall_now()):
        return Flaw.STALE
    made = _signature(secret, line, stamp, nonce, body)
    return None if hmac.compare_digest(made.encode(), signature.encode()) else Flaw.FORGED


def is_fresh(stamp: str, now: datetime) -> bool:
    """Tell whether a stamp in seconds of Unix time lies within five minutes of wall time."""
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= len("9999999999")):
        return False
    return abs(int(now.timestamp()) - int(stamp)) <= FRESH.total_seconds()


def is_loopback(address: str) -> bool:
    """Tell whether an address (host or URL) stays on this machine."""
    host = urlsplit(address).hostname if "://" in address else address
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def http_client(
    address: str, *, answer_s: float, connect_s: float = _CONNECT_S
) -> httpx.AsyncClient:
    """Make the client for one peer. A proxy of the environment is not asked for loopback."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(answer_s, connect=connect_s),
        trust_env=not is_loopback(address),
        follow_redirects=False,
        limits=httpx.Limits(max_connections=32, max_keepalive_connections=8),
    )


class Peer:
    """One end of a signed conversation with a service outside.

    An object belongs to the event loop that first uses it. Every outcome that is not known to be
    a yes or a no (no connection, no answer, a server error, an unreadable answer) is an ``Outage``.
    """

    def __init__(self, service: str, address: str, secret: str, *, answer_s: float = 5.0) -> None:
        assert address, "a peer has an address"
        assert secret, "a peer shares a secret with us"
        self._service = service
        self._address = address.rstrip("/")
        self._secret = secret
        self._answer_s = answer_s
        self._client: httpx.AsyncClient | None = None

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Ask one thing and read the answer. ``path`` begins with a slash; raises ``Outage``."""
        content = b"" if body is None else msgspec.json.encode(body)
        headers = signed_headers(self._secret, line=f"{method} {path}", body=content)
        if content:
            headers["Content-Type"] = "application/json"
        if self._client is None:
            self._client = http_client(self._address, answer_s=self._answer_s)
        try:
            answer = await self._client.request(
                method, self._address + path, content=content, headers=headers
            )
        except httpx.HTTPError as error:
            _log.warning("peer.silent", peer=self._service, path=path, error=type(error).__name__)
            raise Outage(self._service) from error
        return self._read(path, answer)

    async def aclose(self) -> None:
        """Give the connections back."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _read(self, path: str, answer: httpx.Response) -> Answer:
        status = answer.status_code
        data: Mapping[str, object] = {}
        readable = len(answer.content) <= _ANSWER_MAX
        if readable and answer.content:
            try:
                data = msgspec.json.decode(answer.content, type=dict[str, object])
            except (msgspec.DecodeError, UnicodeDecodeError):
                readable = False
        redirected = 300 <= status < 400  # noqa: PLR2004 - a signed question goes nowhere else
        if status >= _SERVER_ERROR or status in _NOT_NOW or redirected or not readable:
            # A refused signature (401) is about our setting, not the question: it may be retried.
            _log.warning("peer.trouble", peer=self._service, path=path, status=status)
            raise Outage(self._service)
        return Answer(status, data)


def _signature(secret: str, line: str, stamp: str, nonce: str, body: bytes) -> str:
    text = f"{line}\n{stamp}\n{nonce}\n".encode() + body + b"\n"
    return hmac.digest(secret.encode(), text, "sha256").hex()


def derived(secret: str, name: str) -> str:
    """Answer the secret that one of several peers shares with us, made from the one for all."""
    return hmac.digest(secret.encode(), name.encode(), "sha256").hex()
