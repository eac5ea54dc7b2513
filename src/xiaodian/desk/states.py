"""The lives of a work item and of a request for a second pair of eyes, as tables."""

from __future__ import annotations

from enum import StrEnum

from xiaodian.kernel.states import LifeCycle

__all__ = [
    "APPROVAL",
    "APPROVAL_WORDS",
    "ITEM",
    "ApprovalEvent",
    "ApprovalState",
    "ItemEvent",
    "ItemState",
]


class ItemState(StrEnum):
    """Where a work item stands. Escalation changes its priority, never its state."""

    WAITING = "waiting"
    TAKEN = "taken"
    CLOSED = "closed"


class ItemEvent(StrEnum):
    """What can happen to a work item."""

    TAKE = "take"
    RELEASE = "release"
    ASSIGN = "assign"
    CLOSE = "close"
    OVERDUE = "overdue"


_I, _IE = ItemState, ItemEvent

ITEM = LifeCycle(
    {
        (_I.WAITING, _IE.TAKE): _I.TAKEN,
        (_I.TAKEN, _IE.RELEASE): _I.WAITING,
        (_I.WAITING, _IE.ASSIGN): _I.TAKEN,
        (_I.TAKEN, _IE.ASSIGN): _I.TAKEN,
        (_I.WAITING, _IE.CLOSE): _I.CLOSED,
        (_I.TAKEN, _IE.CLOSE): _I.CLOSED,
        (_I.WAITING, _IE.OVERDUE): _I.WAITING,
        (_I.TAKEN, _IE.OVERDUE): _I.TAKEN,
    }
)


class ApprovalState(StrEnum):
    """Where a request for a second pair of eyes stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ApprovalEvent(StrEnum):
    """What can happen to a request."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"


_A, _AE = ApprovalState, ApprovalEvent

APPROVAL = LifeCycle(
    {
        (_A.PENDING, _AE.APPROVE): _A.APPROVED,
        (_A.PENDING, _AE.REJECT): _A.REJECTED,
        (_A.PENDING, _AE.WITHDRAW): _A.WITHDRAWN,
    }
)

APPROVAL_WORDS: dict[ApprovalState, str] = {
    _A.PENDING: "待复核",
    _A.APPROVED: "已通过",
    _A.REJECTED: "已驳回",
    _A.WITHDRAWN: "已撤回",
}
