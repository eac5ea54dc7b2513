"""What happened to orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field's type

from xiaodian.kernel.events import Event

__all__ = ["OrderCancelled", "OrderCompleted", "OrderPaid", "OrderPlaced", "OrderShipped"]


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """A buyer placed an order; its stock is taken."""

    order_id: int
    shop_id: int
    buyer_id: int
    payable_fen: int


@dataclass(frozen=True, slots=True)
class OrderPaid(Event):
    """The money is there and booked as pending."""

    order_id: int
    shop_id: int
    buyer_id: int
    paid_fen: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class OrderShipped(Event):
    """All lines are with a carrier."""

    order_id: int
    shop_id: int


@dataclass(frozen=True, slots=True)
class OrderCompleted(Event):
    """The buyer, or time, confirmed receipt; settlement is scheduled."""

    order_id: int
    shop_id: int
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class OrderCancelled(Event):
    """The order ended before anything was shipped; its stock is back."""

    order_id: int
    shop_id: int
    reason: str
