"""One transaction, as the rooms see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import CursorResult, text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncSession

    from xiaodian.infra.crypto import Vault
    from xiaodian.infra.db.actor import Actor
    from xiaodian.infra.jobs import Queue
    from xiaodian.kernel.events import Event
    from xiaodian.kernel.ids import IdMaker

__all__ = ["ClaimedKey", "Reactions", "Tx"]


class Reactions:
    """Who reacts to what: single reactions by event type, and set reactions for hot events."""

    def __init__(
        self,
        single: Mapping[type[Event], Sequence[Callable[[Tx, Any], Awaitable[None]]]] | None = None,
        sets: Mapping[type[Event], Sequence[Callable[[Tx, Sequence[Any]], Awaitable[None]]]]
        | None = None,
    ) -> None:
        self.single = dict(single or {})
        self.sets = dict(sets or {})


class Tx:
    """A transaction with its one instant, its actor, and what may be done inside it.

    Made by ``Database.transaction`` and ``Database.reading`` only; it knows no commit.
    """

    __slots__ = ("_ids", "_queue", "_reactions", "actor", "key", "now", "session", "vault")

    def __init__(
        self,
        session: AsyncSession,
        *,
        now: datetime,
        actor: Actor,
        vault: Vault,
        ids: IdMaker,
        queue: Queue,
        reactions: Reactions,
    ) -> None:
        self.session = session
        self.now = now
        self.actor = actor
        self.vault = vault
        self.key: ClaimedKey | None = None
        self._ids = ids
        self._queue = queue
        self._reactions = reactions

    def new_id(self) -> int:
        """Make one id."""
        return self._ids.one()

    def new_ids(self, count: int) -> list[int]:
        """Make many ids in ascending order."""
        return self._ids.block(count)

    async def rows(self, sql: str, **params: object) -> Sequence[RowMapping]:
        """Run plain SQL and answer all its rows; parameters are ``:named``."""
        await self.session.flush()
        return (await self.session.execute(text(sql), params)).mappings().all()

    async def run(self, sql: str, **params: object) -> int:
        """Run plain SQL and answer how many rows it touched."""
        await self.session.flush()
        result = await self.session.execute(text(sql), params)
        assert isinstance(result, CursorResult), "plain SQL answers through a cursor"
        return result.rowcount

    async def emit(self, event: Event) -> None:
        """Say what happened; whoever ``wiring.py`` lists reacts now, in this transaction."""
        await self.emit_all([event])

    async def emit_all(self, events: Sequence[Event]) -> None:
        """Say many facts of one type; set reactions hear them together, others one by one."""
        if not events:
            return
        kind = type(events[0])
        assert all(type(event) is kind for event in events), "one type at a time"
        for react_to_all in self._reactions.sets.get(kind, ()):
            await react_to_all(self, events)
        for react in self._reactions.single.get(kind, ()):
            for event in events:
                await react(self, event)

    async def defer(self, job: str, **arguments: int | str) -> None:
        """Write a job into this transaction: it runs after the commit, and only then."""
        await self.session.flush()
        connection = await (await self.session.connection()).get_raw_connection()
        driver = connection.driver_connection
        assert driver is not None, "a transaction has its connection"
        await self._queue.defer(driver, job, arguments)

    async def publish(self, topic: str, message: str) -> None:
        """Tell whoever listens, at commit (at most 7,900 bytes)."""
        await self.rows("SELECT pg_notify(:topic, :message)", topic=topic, message=message)


class ClaimedKey:
    """An idempotency key this transaction holds, and the answer to keep under it."""

    __slots__ = ("answered", "key", "scope")

    def __init__(self, scope: str, key: str) -> None:
        self.scope = scope
        self.key = key
        self.answered = False
