"""Work outside any request: adding sales up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.deposits import service
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    from xiaodian.infra.jobs import Runtime

__all__ = ["roll_up"]


async def roll_up(runtime: Runtime, shop_id: int) -> None:
    """Add a shop's appended sales to the sums of their months."""
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        await service.roll_up(tx, shop_id)
