"""The lives of a withdrawal (4.10), of a manual adjustment and of a buyer's payout, as tables."""

from __future__ import annotations

from enum import StrEnum

from xiaodian.kernel.states import LifeCycle

__all__ = [
    "ADJUSTMENT",
    "ADJUSTMENT_WORDS",
    "OPEN",
    "WITHDRAWAL",
    "WITHDRAWAL_WORDS",
    "AdjustmentEvent",
    "AdjustmentState",
    "PayoutState",
    "WithdrawalEvent",
    "WithdrawalState",
]


class WithdrawalState(StrEnum):
    """Where a withdrawal stands."""

    REQUESTED = "REQUESTED"
    REVIEW = "REVIEW"
    """Above the rulebook's amount: a first operator looks."""
    CONFIRM = "CONFIRM"
    """The first operator passed it on; an administrator decides."""
    PROCESSING = "PROCESSING"
    PAID = "PAID"
    FAILED = "FAILED"
    REJECTED = "REJECTED"


class WithdrawalEvent(StrEnum):
    """What can happen to a withdrawal."""

    ASK_REVIEW = "ask_review"
    PASS_ON = "pass_on"  # noqa: S105 - an event
    SEND = "send"
    REJECT = "reject"
    DONE = "done"
    FAIL = "fail"


_S, _E = WithdrawalState, WithdrawalEvent

WITHDRAWAL = LifeCycle(
    {
        (_S.REQUESTED, _E.ASK_REVIEW): _S.REVIEW,
        (_S.REQUESTED, _E.SEND): _S.PROCESSING,
        (_S.REVIEW, _E.PASS_ON): _S.CONFIRM,
        (_S.REVIEW, _E.REJECT): _S.REJECTED,
        (_S.CONFIRM, _E.SEND): _S.PROCESSING,
        (_S.CONFIRM, _E.REJECT): _S.REJECTED,
        (_S.PROCESSING, _E.DONE): _S.PAID,
        (_S.PROCESSING, _E.FAIL): _S.FAILED,
    }
)

OPEN = frozenset({_S.REQUESTED, _S.REVIEW, _S.CONFIRM, _S.PROCESSING})
"""While a withdrawal is here, its money is in transit."""

WITHDRAWAL_WORDS: dict[WithdrawalState, str] = {
    _S.REQUESTED: "已申请",
    _S.REVIEW: "审核中",
    _S.CONFIRM: "待复核",
    _S.PROCESSING: "打款中",
    _S.PAID: "已打款",
    _S.FAILED: "打款失败",
    _S.REJECTED: "已驳回",
}


class AdjustmentState(StrEnum):
    """Where a manual adjustment stands."""

    PROPOSED = "PROPOSED"
    BOOKED = "BOOKED"
    REJECTED = "REJECTED"


class AdjustmentEvent(StrEnum):
    """What can happen to a manual adjustment."""

    APPROVE = "approve"
    REJECT = "reject"


_A, _AE = AdjustmentState, AdjustmentEvent

ADJUSTMENT = LifeCycle(
    {
        (_A.PROPOSED, _AE.APPROVE): _A.BOOKED,
        (_A.PROPOSED, _AE.REJECT): _A.REJECTED,
    }
)

ADJUSTMENT_WORDS: dict[AdjustmentState, str] = {
    _A.PROPOSED: "待复核",
    _A.BOOKED: "已入账",
    _A.REJECTED: "已驳回",
}


class PayoutState(StrEnum):
    """Where a payout to a buyer stands: it ends as the provider says."""

    PROCESSING = "PROCESSING"
    PAID = "PAID"
    FAILED = "FAILED"
