"""Durable idempotency keys: the same key and body answer the same; another body is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from xiaodian.infra.clock import wall_now
from xiaodian.infra.db.tx import ClaimedKey
from xiaodian.kernel.errors import Kind, Refusal

if TYPE_CHECKING:
    from xiaodian.infra.db.tx import Tx

__all__ = ["Answered", "Key", "KeyReused", "Replayed", "claim", "keep"]


@dataclass(frozen=True, slots=True)
class Key:
    """What the client sent to name this write, and a fingerprint of all it asked."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it was given: a body, or a place to go."""

    status: int
    content_type: str = ""
    location: str = ""
    body: bytes = b""


class KeyReused(Refusal):
    """The key already names another request."""

    code: ClassVar[str] = "IDEMPOTENCY_KEY_REUSED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "这个幂等键已用于另一个请求，请换一个"


class Replayed(Exception):  # noqa: N818 - not a failure: the write was done before
    """This write was done before; ``answered`` is what was said then."""

    def __init__(self, answered: Answered) -> None:
        super().__init__("replayed")
        self.answered = answered


async def claim(tx: Tx, key: Key) -> None:
    """Take the key for this transaction, or raise ``Replayed`` / ``IDEMPOTENCY_KEY_REUSED``.

    Of two requests at once the second waits on the unique index until the first has ended.
    """
    scope = tx.actor.scope[:64]
    taken = await tx.run(
        "INSERT INTO idempotency_keys"
        " (scope, key, fingerprint, status, content_type, location, body, made_at)"
        " VALUES (:scope, :key, :fingerprint, 0, '', '', '', :made_at) ON CONFLICT DO NOTHING",
        scope=scope,
        key=key.key,
        fingerprint=key.fingerprint,
        made_at=wall_now(),
    )
    if taken:
        tx.key = ClaimedKey(scope, key.key)
        return
    (row,) = await tx.rows(
        "SELECT fingerprint, status, content_type, location, body FROM idempotency_keys"
        " WHERE scope = :scope AND key = :key",
        scope=scope,
        key=key.key,
    )
    if bytes(row["fingerprint"]) != key.fingerprint:
        raise KeyReused
    raise Replayed(
        Answered(row["status"], row["content_type"], row["location"], bytes(row["body"]))
    )


async def keep(tx: Tx, answered: Answered) -> None:
    """Store the answer beside the write it answers; both become durable together."""
    if tx.key is None:
        return
    tx.key.answered = True
    await tx.run(
        "UPDATE idempotency_keys SET status = :status, content_type = :content_type,"
        " location = :location, body = :body WHERE scope = :scope AND key = :key",
        status=answered.status,
        content_type=answered.content_type,
        location=answered.location,
        body=answered.body,
        scope=tx.key.scope,
        key=tx.key.key,
    )
