"""What shops, payments, waterfalls and deadlines do to deposits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.deposits import service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.funds.events import DepositDrawn
    from xiaodian.infra.db import Tx
    from xiaodian.merchants.events import ShopApproved
    from xiaodian.payments.events import PaymentCaptured

__all__ = [
    "book_top_ups",
    "grace_over",
    "look_again",
    "month_rolled",
    "open_account",
    "surcharges_lapsed",
]


async def open_account(tx: Tx, event: ShopApproved) -> None:
    """Open an approved shop's deposit account."""
    await service.open_account(tx, event.shop_id)


async def book_top_ups(tx: Tx, captured: Sequence[PaymentCaptured]) -> None:
    """Book the deposits among the payments."""
    await service.book_top_ups(tx, captured)


async def look_again(tx: Tx, event: DepositDrawn) -> None:
    """Judge a deposit from which was taken."""
    await service.review(tx, event.shop_id)


async def grace_over(tx: Tx, subject_id: int) -> None:
    """Restrict the shop if its deposit is still short."""
    await service.end_grace(tx, subject_id)


async def month_rolled(tx: Tx, subject_id: int) -> None:
    """Judge a deposit by the month that ended."""
    await service.turn_month(tx, subject_id)


async def surcharges_lapsed(tx: Tx, subject_id: int) -> None:
    """Judge a deposit whose shop kept the rules long enough."""
    await service.review(tx, subject_id)
