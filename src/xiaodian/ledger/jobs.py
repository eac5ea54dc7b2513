"""Work on the books outside any request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.infra.db import SYSTEM
from xiaodian.ledger import service

if TYPE_CHECKING:
    from xiaodian.infra.jobs import Runtime

__all__ = ["roll_up"]


async def roll_up(runtime: Runtime) -> None:
    """Roll transfers up, every few minutes of wall time, since ids are made by the wall clock."""
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        await service.roll_up(tx)
