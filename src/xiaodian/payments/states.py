"""The lives of a payment, a refund and a pay-out as tables (rulebook 4.6)."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["OPEN_PAYMENTS", "TRANSITIONS", "PayOutState", "PaymentState", "RefundState", "may"]


class PaymentState(StrEnum):
    """Where a payment stands."""

    INIT = "INIT"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    PART_REFUNDED = "PART_REFUNDED"
    REFUNDED = "REFUNDED"
    FAILED = "FAILED"
    CLOSED = "CLOSED"


class RefundState(StrEnum):
    """Where a refund stands; ABNORMAL waits for staff."""

    REQUESTED = "REQUESTED"
    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    ABNORMAL = "ABNORMAL"


class PayOutState(StrEnum):
    """Where money on its way out stands."""

    REQUESTED = "REQUESTED"
    PROCESSING = "PROCESSING"
    PAID = "PAID"
    FAILED = "FAILED"


TRANSITIONS: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.INIT: frozenset(
        {PaymentState.PENDING, PaymentState.SUCCESS, PaymentState.FAILED, PaymentState.CLOSED}
    ),
    PaymentState.PENDING: frozenset(
        {PaymentState.SUCCESS, PaymentState.FAILED, PaymentState.CLOSED}
    ),
    # Closed by us while the buyer was paying: the money counts, whoever hears of it decides.
    PaymentState.CLOSED: frozenset({PaymentState.SUCCESS}),
    PaymentState.FAILED: frozenset({PaymentState.SUCCESS}),
    PaymentState.SUCCESS: frozenset({PaymentState.PART_REFUNDED, PaymentState.REFUNDED}),
    PaymentState.PART_REFUNDED: frozenset({PaymentState.PART_REFUNDED, PaymentState.REFUNDED}),
    PaymentState.REFUNDED: frozenset(),
}

OPEN_PAYMENTS = frozenset({PaymentState.INIT, PaymentState.PENDING})
"""States in which the buyer may still pay."""


def may(state: PaymentState, to: PaymentState) -> bool:
    """Tell whether a payment may go from one state to another."""
    return to in TRANSITIONS[state]
