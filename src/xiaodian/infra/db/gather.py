"""Gather, judge, commit: many requests of the moment become one transaction.

What waits is judged together and committed once; each asker is answered by itself. While one
flush is under way the next ones gather; when none is, an asker alone waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

import structlog

from xiaodian.infra.db.actor import SYSTEM
from xiaodian.kernel.errors import Outage, Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from xiaodian.infra.db.database import Database
    from xiaodian.infra.db.tx import Tx

__all__ = ["BATCH_MAX", "WAITING_MAX", "Gather"]

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
BATCH_MAX = 512
"""At most so many are judged together."""
WAITING_MAX = 8192
"""More than these may not wait; the next one is an ``Outage``."""
_log = structlog.get_logger()


class Gather(Generic[Item, Outcome]):
    """Gathers the items of one process and flushes them through ``judge``.

    ``judge`` answers one outcome for each item, in order; a refusal is an outcome. When it breaks
    on something unforeseen, the batch is judged again one by one, each in its own transaction, so
    that a failure of one never fails its neighbours.
    """

    def __init__(
        self,
        db: Database,
        judge: Callable[[Tx, Sequence[Item]], Awaitable[Sequence[Outcome | Refusal]]],
    ) -> None:
        self._db = db
        self._judge = judge
        self._waiting: deque[tuple[Item, asyncio.Future[Outcome]]] = deque()
        self._flusher: asyncio.Task[None] | None = None

    async def ask(self, item: Item) -> Outcome:
        """Answer one item after its commit.

        Raises the item's refusal. An ``Outage`` means that nothing is known to be stored.
        """
        if len(self._waiting) >= WAITING_MAX:
            raise Outage("intake")
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush_all())
        return await answer

    async def _flush_all(self) -> None:
        while self._waiting:
            count = min(BATCH_MAX, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            outcomes = await self._outcomes([item for item, _ in batch])
            for (_, answer), outcome in zip(batch, outcomes, strict=True):
                if answer.done():
                    continue  # whoever asked has gone away
                if isinstance(outcome, BaseException):
                    answer.set_exception(outcome)
                else:
                    answer.set_result(outcome)

    async def _outcomes(self, items: Sequence[Item]) -> Sequence[Outcome | BaseException]:
        try:
            return await self._flush(items)
        except Outage as outage:
            return [outage for _ in items]
        except Exception as error:  # noqa: BLE001 - each item gets its own outcome below
            if len(items) == 1:
                return [error]
            _log.exception("a batch broke and is judged one by one", items=len(items))
        outcomes: list[Outcome | BaseException] = []
        for item in items:
            outcomes.extend(await self._outcomes([item]))
        return outcomes

    async def _flush(self, items: Sequence[Item]) -> Sequence[Outcome | BaseException]:
        async with self._db.transaction(actor=SYSTEM) as tx:
            outcomes = await self._judge(tx, items)
        assert len(outcomes) == len(items), "one outcome each"
        return outcomes
