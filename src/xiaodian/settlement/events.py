"""What happens to the money of sales, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field's type

from xiaodian.kernel.events import Event

__all__ = ["SaleRefunded", "SaleSettled"]


@dataclass(frozen=True, slots=True)
class SaleSettled(Event):
    """A sale's money is the merchant's. Emitted as a set."""

    order_id: int
    shop_id: int
    fee_fen: int
    net_fen: int
    reserve_fen: int
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class SaleRefunded(Event):
    """Money of a sale goes back to the buyer."""

    order_id: int
    shop_id: int
    amount_fen: int
    subsidy_fen: int
    after_settlement: bool
