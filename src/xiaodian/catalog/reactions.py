"""What happens to shops happens to their products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.catalog import service
from xiaodian.catalog.states import OnlineEvent

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.merchants.events import ShopFlagCleared, ShopFlagSet, ShopStateChanged

__all__ = ["follow_flag_cleared", "follow_flag_set", "follow_state"]

_BY_FLAG = {"DEPOSIT_SHORT": (OnlineEvent.DEPOSIT_OVERDUE, OnlineEvent.DEPOSIT_CURED)}
_BY_STATE = {"BANNED": OnlineEvent.BAN, "CLOSING": OnlineEvent.TAKE_DOWN}


async def follow_flag_set(tx: Tx, event: ShopFlagSet) -> None:
    """Take a shop's products down when its deposit stays short (4.2)."""
    if event.flag in _BY_FLAG:
        await service.move_shop(tx, event.shop_id, _BY_FLAG[event.flag][0])


async def follow_flag_cleared(tx: Tx, event: ShopFlagCleared) -> None:
    """Bring them back when it is covered again."""
    if event.flag in _BY_FLAG:
        await service.move_shop(tx, event.shop_id, _BY_FLAG[event.flag][1])


async def follow_state(tx: Tx, event: ShopStateChanged) -> None:
    """Ban the products of a banned shop; take those of a closing shop down."""
    if event.after in _BY_STATE:
        await service.move_shop(tx, event.shop_id, _BY_STATE[event.after])
