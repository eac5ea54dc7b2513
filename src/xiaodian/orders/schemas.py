"""What goes over the wire: ids as strings, money in fen, instants in ISO 8601."""

from __future__ import annotations

from datetime import datetime

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from xiaodian.orders.queries import OrderView

__all__ = [
    "AddressAnswer",
    "AddressBody",
    "LineBody",
    "OrderAnswer",
    "OrdersAnswer",
    "PlaceBody",
    "PlacedAnswer",
    "ShipBody",
]


class LineBody(msgspec.Struct, forbid_unknown_fields=True):
    """One wanted line, with the price that was on the buyer's screen."""

    sku_id: str
    quantity: int
    price_fen: int


class PlaceBody(msgspec.Struct, forbid_unknown_fields=True):
    """A cart to be placed."""

    address_id: str
    lines: list[LineBody]
    note: str = ""


class PlacedAnswer(msgspec.Struct):
    """The orders a cart became."""

    checkout_id: str
    order_ids: list[str]
    payable_fen: int
    pay_by: datetime


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class AddressBody(_Strict):
    """A receiver."""

    name: str = Field(min_length=1, max_length=40)
    phone: str = Field(min_length=5, max_length=20)
    region: str = Field(min_length=1, max_length=60)
    detail: str = Field(min_length=1, max_length=120)


class AddressAnswer(BaseModel):
    """An address as lists show it."""

    id: str
    label: str
    is_default: bool


class ShipBody(_Strict):
    """Which carrier has the parcel, under which number."""

    carrier: str = Field(min_length=1, max_length=16)
    waybill: str = Field(min_length=6, max_length=40)


class LineAnswer(BaseModel):
    """One line of an order."""

    sku_id: str
    product_id: str
    title: str
    spec: str
    price_fen: int
    quantity: int


class OrderAnswer(BaseModel):
    """One order."""

    id: str
    shop_id: str
    checkout_id: str
    market: str
    rulebook: str
    state: str
    payable_fen: int
    refunded_fen: int
    placed_at: datetime
    pay_by: datetime
    paid_at: datetime | None
    ship_by: datetime | None
    shipped_at: datetime | None
    signed_at: datetime | None
    completed_at: datetime | None
    lines: list[LineAnswer]

    @classmethod
    def of(cls, order: OrderView) -> OrderAnswer:
        """Write a view out."""
        return cls(
            id=str(order.id),
            shop_id=str(order.shop_id),
            checkout_id=str(order.checkout_id),
            market=order.market,
            rulebook=order.rulebook,
            state=order.state,
            payable_fen=order.payable_fen,
            refunded_fen=order.refunded_fen,
            placed_at=order.placed_at,
            pay_by=order.pay_by,
            paid_at=order.paid_at,
            ship_by=order.ship_by,
            shipped_at=order.shipped_at,
            signed_at=order.signed_at,
            completed_at=order.completed_at,
            lines=[
                LineAnswer(
                    sku_id=str(line.sku_id),
                    product_id=str(line.product_id),
                    title=line.title,
                    spec=line.spec,
                    price_fen=line.price_fen,
                    quantity=line.quantity,
                )
                for line in order.lines
            ],
        )


class OrdersAnswer(BaseModel):
    """A page of orders."""

    items: list[OrderAnswer]
    next: str | None
