"""What the payment room refuses."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = [
    "MethodNotOffered",
    "PaymentNotFound",
    "PaymentNotOpen",
    "ProviderDeclined",
    "RefundExceedsPaid",
    "RefundTooLate",
    "TooManyRefunds",
]


class PaymentNotFound(Refusal):
    """No such payment, or not this person's."""

    code: ClassVar[str] = "PAYMENT_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "支付单不存在"


class PaymentNotOpen(Refusal):
    """The payment ended: it is paid, closed or failed."""

    code: ClassVar[str] = "PAYMENT_NOT_OPEN"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "这笔支付已经结束"


class MethodNotOffered(Refusal):
    """The market's rulebook does not know this method of payment."""

    code: ClassVar[str] = "METHOD_NOT_OFFERED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "这个平台不支持该支付方式"


class ProviderDeclined(Refusal):
    """The provider said no; ``reason`` is its word."""

    code: ClassVar[str] = "PROVIDER_DECLINED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "支付机构拒绝了请求：{reason}"


class RefundExceedsPaid(Refusal):
    """Refunds together may not exceed what was paid (4.6)."""

    code: ClassVar[str] = "REFUND_EXCEEDS_PAID"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "退款合计不能超过实付金额"


class TooManyRefunds(Refusal):
    """A payment takes so many refunds at most (A-ORD-04)."""

    code: ClassVar[str] = "TOO_MANY_REFUNDS"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "一笔支付最多退款 {limit} 次"


class RefundTooLate(Refusal):
    """A payment can be refunded for so many days (A-ORD-04)."""

    code: ClassVar[str] = "REFUND_TOO_LATE"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "支付超过 {days} 天，不能再退款"
