"""What happened to money on its way in and out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field's type

from xiaodian.kernel.events import Event

__all__ = ["PayOutDone", "PayOutFailed", "PaymentCaptured", "RefundSettled"]


@dataclass(frozen=True, slots=True)
class PaymentCaptured(Event):
    """The provider has the payer's money. ``paid_at`` is business time."""

    payment_id: int
    purpose: str
    reference: int
    shop_id: int | None
    amount_fen: int
    channel: str
    method: str
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class RefundSettled(Event):
    """The payer has the money back."""

    refund_id: int
    payment_id: int
    purpose: str
    reference: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PayOutDone(Event):
    """Money has left."""

    pay_out_id: int
    purpose: str
    reference: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PayOutFailed(Event):
    """Money did not leave and is still ours to give."""

    pay_out_id: int
    purpose: str
    reference: int
    amount_fen: int
    reason: str
