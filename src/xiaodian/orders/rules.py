"""What an order costs and when it falls due: facts in, answers out (rulebook 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from xiaodian.rulebooks import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from xiaodian.rulebooks import Rulebook

__all__ = [
    "LINES_MAX",
    "QUANTITY_MAX",
    "Bill",
    "PricedLine",
    "bill",
    "confirm_deadline",
    "pay_deadline",
]

LINES_MAX = 50
"""One placement has at most so many lines."""
QUANTITY_MAX = 999
"""One line takes at most so many pieces."""


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line as the catalogue prices it now."""

    sku_id: int
    shop_id: int
    category: str
    price_fen: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What one shop's part of a cart comes to; the cart page and the intake both ask here."""

    shop_id: int
    goods_fen: int
    freight_fen: int
    discount_fen: int
    category: str
    """Of the dearest line, on a tie the earlier: the order's fee lines go by it."""

    @property
    def payable_fen(self) -> int:
        """What the buyer pays this shop."""
        return self.goods_fen + self.freight_fen - self.discount_fen


def bill(lines: Sequence[PricedLine]) -> list[Bill]:
    """Bill a cart shop by shop, in the order in which the shops first appear."""
    shops: dict[int, list[PricedLine]] = {}
    for line in lines:
        shops.setdefault(line.shop_id, []).append(line)
    return [
        Bill(
            shop_id=shop_id,
            goods_fen=sum(line.price_fen * line.quantity for line in own),
            freight_fen=0,
            discount_fen=0,
            category=max(own, key=lambda line: line.price_fen * line.quantity).category,
        )
        for shop_id, own in shops.items()
    ]


def pay_deadline(book: Rulebook, placed_at: datetime) -> Verdict[datetime]:
    """Answer by when an order must be paid; then it closes and its stock returns (A-ORD-01)."""
    minutes = book.trade.orders.unpaid_close_minutes
    due_at = placed_at + timedelta(minutes=minutes)
    return Verdict.of(
        book,
        due_at,
        "trade.orders.unpaid_close_minutes",
        sentence="下单后 {minutes} 分钟内付款，逾期订单自动关闭",
        minutes=minutes,
        placed_at=placed_at,
        due_at=due_at,
    )


def confirm_deadline(book: Rulebook, shipped_at: datetime) -> Verdict[datetime]:
    """Answer when receipt of an order sent by express counts as confirmed (A-ORD-02)."""
    days = book.trade.orders.auto_confirm_express_days
    due_at = shipped_at + timedelta(days=days)
    return Verdict.of(
        book,
        due_at,
        "trade.orders.auto_confirm_express_days",
        sentence="发货后 {days} 天未确认收货，系统自动确认",
        days=days,
        shipped_at=shipped_at,
        due_at=due_at,
    )
