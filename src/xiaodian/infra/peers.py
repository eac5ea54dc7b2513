"""How we ask services that share a secret with us: signed, bounded in time, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import msgspec
import structlog

from xiaodian.infra.addresses import is_loopback
from xiaodian.infra.reading import Unreadable, read_json
from xiaodian.infra.signing import signed_headers
from xiaodian.kernel.errors import Outage

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Answer",
    "Declined",
    "Peer",
    "http_client",
]

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
                data = read_json(answer.content, dict[str, object])
            except Unreadable:
                readable = False
        redirected = 300 <= status < 400  # noqa: PLR2004 - a signed question goes nowhere else
        if status >= _SERVER_ERROR or status in _NOT_NOW or redirected or not readable:
            # A refused signature (401) is about our setting, not the question: it may be retried.
            _log.warning("peer.trouble", peer=self._service, path=path, status=status)
            raise Outage(self._service)
        return Answer(status, data)
