"""Signed messages between peers that share a secret, small enough for any language to make.

A signature is HMAC-SHA256 over what the message is for (method and path, or ``push`` and the
carrier), the second it was made, a nonce, and the body, each on a line. It lives in wall time.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from xiaodian.infra.clock import wall_now

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FRESH", "Flaw", "derived", "flaw", "is_fresh", "signed_headers"]

FRESH = timedelta(minutes=5)
"""A signature older, or further in the future, than this is a replay."""
TIMESTAMP = "X-Xiaodian-Timestamp"
NONCE = "X-Xiaodian-Nonce"
SIGNATURE = "X-Xiaodian-Signature"


class Flaw(StrEnum):
    """Why a signed message is not believed."""

    UNSIGNED = "unsigned"
    STALE = "stale"
    FORGED = "forged"


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


def _signature(secret: str, line: str, stamp: str, nonce: str, body: bytes) -> str:
    text = f"{line}\n{stamp}\n{nonce}\n".encode() + body + b"\n"
    return hmac.digest(secret.encode(), text, "sha256").hex()


def derived(secret: str, name: str) -> str:
    """Answer the secret that one of several peers shares with us, made from the one for all."""
    return hmac.digest(secret.encode(), name.encode(), "sha256").hex()
