"""Order intake: the one path on which orders come in, however many at once (design, hot door).

Placements that wait are judged together in set-based SQL and committed once; each is answered by
itself. A cart is all or nothing over its shops.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.errors import Refusal
from xiaodian.orders.errors import IntakeFull
from xiaodian.orders.service.placing import Placed, Placement, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Database

__all__ = ["BATCH_MAX", "Intake"]

BATCH_MAX = 512
"""At most so many placements are judged together."""
_WAITING_MAX = 8192
_log = structlog.get_logger()


@dataclass(slots=True)
class _Waiting:
    placement: Placement
    answer: asyncio.Future[Placed] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Intake:
    """Gathers the placements of one process and flushes them.

    While a flush is under way the next ones gather; when the flusher is idle a placement is
    flushed at once, so that a buyer alone waits for nobody.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[_Waiting] = []
        self._flusher: asyncio.Task[None] | None = None

    async def place(self, placement: Placement) -> Placed:
        """Place a cart's orders; answers after the commit.

        Refuses what ``judge`` refuses, and ``INTAKE_FULL`` when too many wait. An ``Outage`` means
        that nothing is known to be stored: the same key may be sent again and answers once.
        """
        if len(self._waiting) >= _WAITING_MAX:
            raise IntakeFull
        waiting = _Waiting(placement)
        self._waiting.append(waiting)
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush_all())
        return await waiting.answer

    async def _flush_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            try:
                outcomes = await self._flush([one.placement for one in batch])
            except Exception:  # noqa: BLE001 - judged again one by one, each with its own outcome
                _log.exception("batch broke", placements=len(batch))
                outcomes = await self._one_by_one([one.placement for one in batch])
            for one, outcome in zip(batch, outcomes, strict=True):
                if one.answer.done():
                    continue  # whoever asked has gone away
                if isinstance(outcome, Exception):
                    one.answer.set_exception(outcome)
                else:
                    one.answer.set_result(outcome)

    async def _flush(self, placements: Sequence[Placement]) -> list[Placed | Exception]:
        async with self._db.transaction(actor=SYSTEM) as tx:
            outcomes = await judge(tx, placements)
        return list(outcomes)

    async def _one_by_one(self, placements: Sequence[Placement]) -> list[Placed | Exception]:
        """Judge each in a transaction of its own: a failure of one never fails its neighbours."""
        outcomes: list[Placed | Exception] = []
        for placement in placements:
            try:
                outcomes.extend(await self._flush([placement]))
            except Refusal as refusal:
                outcomes.append(refusal)
            except Exception as error:  # noqa: BLE001 - handed to the one who asked
                outcomes.append(error)
        return outcomes
