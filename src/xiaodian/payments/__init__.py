"""Payments: collects, refunds and pays out for a purpose and a reference, not knowing what for."""

from xiaodian.payments.schemas import PaymentAnswer
from xiaodian.payments.service.booking import Notices
from xiaodian.payments.service.collecting import (
    PaymentView,
    close,
    close_for,
    find_payment_for,
    get_payment,
    prepare,
    resolve,
    start,
)
from xiaodian.payments.service.returning import refund
from xiaodian.payments.service.sending import pay_out

__all__ = [
    "Notices",
    "PaymentAnswer",
    "PaymentView",
    "close",
    "close_for",
    "find_payment_for",
    "get_payment",
    "pay_out",
    "prepare",
    "refund",
    "resolve",
    "start",
]
