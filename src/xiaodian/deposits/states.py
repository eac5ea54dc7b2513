"""The life of a deposit account (4.3), as a table."""

from __future__ import annotations

from enum import StrEnum

from xiaodian.kernel.states import LifeCycle

__all__ = ["DEDUCTIBLE", "DEPOSIT", "DEPOSIT_WORDS", "ENDED", "DepositEvent", "DepositState"]


class DepositState(StrEnum):
    """Whether a shop's deposit is enough."""

    UNPAID = "UNPAID"
    SUFFICIENT = "SUFFICIENT"
    SHORT = "SHORT"
    OVERDUE = "OVERDUE"
    REFUNDING = "REFUNDING"
    CLOSED = "CLOSED"


class DepositEvent(StrEnum):
    """What changes that; each holds its own condition in the table of 4.3."""

    TOP_UP = "topup"
    INSURE = "insure"
    REQUIREMENT_UP = "requirement_up"
    REQUIREMENT_DOWN = "requirement_down"
    DEDUCT = "deduct"
    GRACE_TIMEOUT = "grace_timeout"
    SHOP_CLOSED = "shop_closed"
    PAID_BACK = "paid"


_S, _E = DepositState, DepositEvent

DEPOSIT = LifeCycle(
    {
        (_S.UNPAID, _E.TOP_UP): _S.SUFFICIENT,
        # A shop that has not opened yet may also become covered without paying again (A-DEP-01).
        (_S.UNPAID, _E.INSURE): _S.SUFFICIENT,
        (_S.UNPAID, _E.REQUIREMENT_DOWN): _S.SUFFICIENT,
        (_S.SUFFICIENT, _E.REQUIREMENT_UP): _S.SHORT,
        (_S.SUFFICIENT, _E.DEDUCT): _S.SHORT,
        (_S.SHORT, _E.TOP_UP): _S.SUFFICIENT,
        (_S.SHORT, _E.INSURE): _S.SUFFICIENT,
        (_S.SHORT, _E.REQUIREMENT_DOWN): _S.SUFFICIENT,
        (_S.SHORT, _E.GRACE_TIMEOUT): _S.OVERDUE,
        (_S.OVERDUE, _E.TOP_UP): _S.SUFFICIENT,
        (_S.OVERDUE, _E.INSURE): _S.SUFFICIENT,
        (_S.OVERDUE, _E.REQUIREMENT_DOWN): _S.SUFFICIENT,
        (_S.SUFFICIENT, _E.SHOP_CLOSED): _S.REFUNDING,
        (_S.REFUNDING, _E.PAID_BACK): _S.CLOSED,
    }
)
"""Matrix 4.3."""

DEDUCTIBLE = frozenset({_S.SUFFICIENT, _S.SHORT, _S.OVERDUE})
"""States in which a penalty or compensation may be taken from the deposit."""
ENDED = frozenset({_S.REFUNDING, _S.CLOSED})

DEPOSIT_WORDS: dict[DepositState, str] = {
    _S.UNPAID: "待缴纳",
    _S.SUFFICIENT: "足额",
    _S.SHORT: "不足，待补缴",
    _S.OVERDUE: "逾期未补缴",
    _S.REFUNDING: "退还中",
    _S.CLOSED: "已退还",
}
