"""The life of a sale's money (4.10) and of a shop's D+0, as tables."""

from __future__ import annotations

from enum import StrEnum

from xiaodian.kernel.states import LifeCycle

__all__ = [
    "D0",
    "D0_WORDS",
    "SALE",
    "SALE_WORDS",
    "WAITING",
    "D0Event",
    "D0State",
    "SaleEvent",
    "SaleState",
]


class SaleState(StrEnum):
    """Where the money of a sale stands."""

    NONE = "NONE"
    """Paid; receipt is not confirmed."""
    SCHEDULED = "SCHEDULED"
    HELD = "HELD"
    SETTLED = "SETTLED"
    ADJUSTED = "ADJUSTED"
    """Settled, then refunded in part or whole."""
    CLOSED = "CLOSED"
    """Refunded in whole before it was settled."""


class SaleEvent(StrEnum):
    """What can happen to the money of a sale."""

    CONFIRM = "confirm"
    CONFIRM_HELD = "confirm_held"
    HOLD = "hold"
    RELEASE = "release"
    SETTLE = "settle"
    REFUND = "refund"
    REFUND_ALL = "refund_all"


_S, _E = SaleState, SaleEvent

SALE = LifeCycle(
    {
        (_S.NONE, _E.CONFIRM): _S.SCHEDULED,
        (_S.NONE, _E.CONFIRM_HELD): _S.HELD,
        (_S.NONE, _E.HOLD): _S.NONE,
        (_S.NONE, _E.RELEASE): _S.NONE,
        (_S.NONE, _E.REFUND): _S.NONE,
        (_S.NONE, _E.REFUND_ALL): _S.CLOSED,
        (_S.SCHEDULED, _E.HOLD): _S.HELD,
        (_S.SCHEDULED, _E.SETTLE): _S.SETTLED,
        (_S.SCHEDULED, _E.REFUND): _S.SCHEDULED,
        (_S.SCHEDULED, _E.REFUND_ALL): _S.CLOSED,
        (_S.HELD, _E.HOLD): _S.HELD,
        (_S.HELD, _E.RELEASE): _S.SCHEDULED,
        (_S.HELD, _E.REFUND): _S.HELD,
        (_S.HELD, _E.REFUND_ALL): _S.CLOSED,
        (_S.SETTLED, _E.REFUND): _S.ADJUSTED,
        (_S.SETTLED, _E.REFUND_ALL): _S.ADJUSTED,
        (_S.ADJUSTED, _E.REFUND): _S.ADJUSTED,
        (_S.ADJUSTED, _E.REFUND_ALL): _S.ADJUSTED,
    }
)

WAITING = frozenset({_S.NONE, _S.SCHEDULED, _S.HELD})
"""While a sale is here, its money is pending."""

SALE_WORDS: dict[SaleState, str] = {
    _S.NONE: "待确认收货",
    _S.SCHEDULED: "待结算",
    _S.HELD: "暂缓结算",
    _S.SETTLED: "已结算",
    _S.ADJUSTED: "结算后有退款",
    _S.CLOSED: "已全额退款",
}


class D0State(StrEnum):
    """Whether a shop's sales settle at once (AMB-21)."""

    REQUESTED = "REQUESTED"
    GRANTED = "GRANTED"
    REJECTED = "REJECTED"
    REVOKED = "REVOKED"


class D0Event(StrEnum):
    """What can happen to a shop's D+0."""

    REQUEST = "request"
    GRANT = "grant"
    REJECT = "reject"
    REVOKE = "revoke"


_D, _DE = D0State, D0Event

D0 = LifeCycle(
    {
        (_D.REQUESTED, _DE.GRANT): _D.GRANTED,
        (_D.REQUESTED, _DE.REJECT): _D.REJECTED,
        (_D.GRANTED, _DE.REVOKE): _D.REVOKED,
        (_D.REQUESTED, _DE.REVOKE): _D.REVOKED,
        (_D.REJECTED, _DE.REQUEST): _D.REQUESTED,
        (_D.REVOKED, _DE.REQUEST): _D.REQUESTED,
    }
)

D0_WORDS: dict[D0State, str] = {
    _D.REQUESTED: "审核中",
    _D.GRANTED: "已开通",
    _D.REJECTED: "未通过",
    _D.REVOKED: "已取消",
}
