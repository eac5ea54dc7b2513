"""What an order costs and when it falls due: facts in, answers out (rulebook 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LINES_MAX", "QUANTITY_MAX", "Bill", "PricedLine", "bill"]

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
