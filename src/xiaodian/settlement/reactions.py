"""What settlement does when time comes or a shop is restricted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.infra import timers
from xiaodian.settlement import service

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.merchants.events import ShopFlagSet

__all__ = ["channel", "end_d0", "release", "run"]


async def channel(tx: Tx, subject_id: int) -> None:
    """Book the channel's settlement of a day (timer ``settlement.channel``), batch by batch."""
    if await service.settle_channel(tx, service.number_day(subject_id)):
        await timers.set(tx, service.CHANNEL_TIMER, subject_id, due_at=tx.now)


async def run(tx: Tx, subject_id: int) -> None:
    """Settle the sales of a day (timer ``settlement.run``), batch by batch."""
    if await service.run(tx, service.number_day(subject_id)):
        await timers.set(tx, service.RUN_TIMER, subject_id, due_at=tx.now)


async def release(tx: Tx, subject_id: int) -> None:
    """Release the reserves of a day (timer ``settlement.release``), batch by batch."""
    if await service.release_reserves(tx, service.number_day(subject_id)):
        await timers.set(tx, service.RELEASE_TIMER, subject_id, due_at=tx.now)


async def end_d0(tx: Tx, event: ShopFlagSet) -> None:
    """Any restriction ends D+0 (AMB-21)."""
    await service.revoke_d0(tx, event.shop_id, why="店铺受限，D+0 自动取消")
