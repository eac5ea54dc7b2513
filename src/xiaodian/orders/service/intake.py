"""Order intake: the one path on which orders come in, however many at once (design, hot door)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.infra.db import Gather
from xiaodian.orders.service.placing import Placed, Placement, judge

if TYPE_CHECKING:
    from xiaodian.infra.db import Database

__all__ = ["Intake"]


class Intake:
    """The intake of one process: placements of the moment are judged and committed together."""

    def __init__(self, db: Database) -> None:
        self._gather: Gather[Placement, Placed] = Gather(db, judge)

    async def place(self, placement: Placement) -> Placed:
        """Place a cart's orders; answers after the commit.

        Refuses what ``judge`` refuses. After an ``Outage`` the same key may be sent again, and
        answers once.
        """
        return await self._gather.ask(placement)
