"""What the pay gateway knows: entries as they happened, and what follows from them. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

__all__ = [
    "Book",
    "Entry",
    "NoticeDone",
    "NoticeMade",
    "Order",
    "OrderClosed",
    "OrderOpened",
    "OrderPaid",
    "Refund",
    "RefundOpened",
    "RefundSettled",
    "Transfer",
    "TransferOpened",
    "TransferSettled",
]

REFUNDS_MAX = 50
REFUND_WINDOW = timedelta(days=365)


class OrderOpened(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """A charge was registered."""

    at: datetime
    mchid: str
    appid: str
    out_trade_no: str
    trade_type: str
    description: str
    total: int
    notify_url: str
    prepay_id: str
    attach: str = ""
    expires: datetime | None = None

    def same_words(self, other: OrderOpened) -> bool:
        """Tell whether a repeated prepay asks for the same thing."""
        return (self.appid, self.trade_type, self.total, self.description, self.attach) == (
            other.appid,
            other.trade_type,
            other.total,
            other.description,
            other.attach,
        )


class OrderPaid(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The buyer paid."""

    at: datetime
    mchid: str
    out_trade_no: str
    transaction_id: str
    openid: str


class OrderClosed(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The merchant closed an unpaid charge."""

    at: datetime
    mchid: str
    out_trade_no: str


class RefundOpened(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The merchant gave money back."""

    at: datetime
    mchid: str
    out_trade_no: str
    out_refund_no: str
    refund_id: str
    refund: int
    reason: str = ""
    notify_url: str = ""


class RefundSettled(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The money arrived, or did not: SUCCESS or ABNORMAL."""

    at: datetime
    mchid: str
    out_refund_no: str
    status: str


class TransferOpened(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The merchant sent money out."""

    at: datetime
    mchid: str
    appid: str
    out_bill_no: str
    transfer_bill_no: str
    openid: str
    amount: int
    remark: str
    notify_url: str = ""


class TransferSettled(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """It arrived, or came back: SUCCESS or FAIL."""

    at: datetime
    mchid: str
    out_bill_no: str
    state: str
    fail_reason: str = ""


class NoticeMade(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The merchant is to be told of something."""

    at: datetime
    id: str
    mchid: str
    kind: str
    """``transaction``, ``refund`` or ``transfer``."""
    number: str
    url: str


class NoticeDone(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The merchant heard it, or never will."""

    at: datetime
    id: str
    state: str


Entry: TypeAlias = (
    OrderOpened
    | OrderPaid
    | OrderClosed
    | RefundOpened
    | RefundSettled
    | TransferOpened
    | TransferSettled
    | NoticeMade
    | NoticeDone
)


@dataclass(slots=True)
class Refund:
    """A refund and where it stands."""

    opened: RefundOpened
    settled: RefundSettled | None = None

    @property
    def status(self) -> str:
        """Answer the provider's word for it."""
        return self.settled.status if self.settled else "PROCESSING"


@dataclass(slots=True)
class Order:
    """A charge and all that became of it."""

    opened: OrderOpened
    paid: OrderPaid | None = None
    closed: OrderClosed | None = None
    refunds: list[Refund] = field(default_factory=list[Refund])

    def state(self, now: datetime) -> str:
        """Answer the trade state; a charge that was not paid in its time is closed."""
        if self.paid:
            return "REFUND" if self.refunds else "SUCCESS"
        if self.closed or (self.opened.expires and now >= self.opened.expires):
            return "CLOSED"
        return "NOTPAY"

    @property
    def refunded(self) -> int:
        """Answer what has gone back or is on its way."""
        return sum(refund.opened.refund for refund in self.refunds if refund.status != "CLOSED")


@dataclass(slots=True)
class Transfer:
    """A transfer and where it stands."""

    opened: TransferOpened
    settled: TransferSettled | None = None

    @property
    def state(self) -> str:
        """Answer the provider's word for it."""
        return self.settled.state if self.settled else "ACCEPTED"


@dataclass(slots=True)
class Book:
    """Everything, by the numbers under which it is asked for."""

    orders: dict[tuple[str, str], Order] = field(default_factory=dict[tuple[str, str], Order])
    by_transaction: dict[str, Order] = field(default_factory=dict[str, Order])
    by_prepay: dict[str, Order] = field(default_factory=dict[str, Order])
    refunds: dict[tuple[str, str], Refund] = field(default_factory=dict[tuple[str, str], Refund])
    transfers: dict[tuple[str, str], Transfer] = field(
        default_factory=dict[tuple[str, str], Transfer]
    )
    untold: dict[str, NoticeMade] = field(default_factory=dict[str, NoticeMade])

    def apply(self, entry: Entry) -> None:
        """Take in what happened; the only way the book changes."""
        match entry:
            case OrderOpened():
                order = Order(entry)
                self.orders[entry.mchid, entry.out_trade_no] = order
                self.by_prepay[entry.prepay_id] = order
            case OrderPaid():
                order = self.orders[entry.mchid, entry.out_trade_no]
                order.paid = entry
                self.by_transaction[entry.transaction_id] = order
            case OrderClosed():
                self.orders[entry.mchid, entry.out_trade_no].closed = entry
            case RefundOpened():
                refund = Refund(entry)
                self.orders[entry.mchid, entry.out_trade_no].refunds.append(refund)
                self.refunds[entry.mchid, entry.out_refund_no] = refund
            case RefundSettled():
                self.refunds[entry.mchid, entry.out_refund_no].settled = entry
            case TransferOpened():
                self.transfers[entry.mchid, entry.out_bill_no] = Transfer(entry)
            case TransferSettled():
                self.transfers[entry.mchid, entry.out_bill_no].settled = entry
            case NoticeMade():
                self.untold[entry.id] = entry
            case NoticeDone():
                self.untold.pop(entry.id, None)

    def order_of(self, refund: Refund) -> Order:
        """Answer the charge that a refund belongs to."""
        return self.orders[refund.opened.mchid, refund.opened.out_trade_no]
