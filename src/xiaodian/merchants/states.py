"""The lives of an application (4.1) and of a shop (4.2), as tables; restrictions are flags."""

from __future__ import annotations

from enum import StrEnum

from xiaodian.kernel.states import LifeCycle

__all__ = [
    "APPLICATION",
    "APPLICATION_WORDS",
    "EDITABLE",
    "ENDED",
    "FLAG_WORDS",
    "RIGHT_WORDS",
    "SHOP",
    "SHOP_WORDS",
    "UNDER_AUDIT",
    "ApplicationEvent",
    "ApplicationState",
    "CheckOutcome",
    "Flag",
    "Right",
    "ShopEvent",
    "ShopState",
]


class ApplicationState(StrEnum):
    """Where an application to open a shop stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    CHECKING = "CHECKING"
    REVIEWING = "REVIEWING"
    NEED_SUPPLEMENT = "NEED_SUPPLEMENT"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class ApplicationEvent(StrEnum):
    """What can happen to an application."""

    SUBMIT = "submit"
    AUTO_CHECK_START = "auto_check_start"
    AUTO_CHECK_PASS = "auto_check_pass"  # noqa: S105 - an event of 4.1, no password
    AUTO_CHECK_FAIL = "auto_check_fail"
    APPROVE = "approve"
    REJECT = "reject"
    ASK_SUPPLEMENT = "ask_supplement"
    RESUBMIT = "resubmit"
    TIMEOUT = "timeout"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    AUDIT_SLA_TIMEOUT = "audit_sla_timeout"


_A, _AE = ApplicationState, ApplicationEvent

APPLICATION = LifeCycle(
    {
        (_A.DRAFT, _AE.SUBMIT): _A.SUBMITTED,
        (_A.SUBMITTED, _AE.AUTO_CHECK_START): _A.CHECKING,
        (_A.CHECKING, _AE.AUTO_CHECK_PASS): _A.REVIEWING,
        (_A.CHECKING, _AE.AUTO_CHECK_FAIL): _A.NEED_SUPPLEMENT,
        (_A.REVIEWING, _AE.APPROVE): _A.APPROVED,
        (_A.REVIEWING, _AE.REJECT): _A.REJECTED,
        (_A.REVIEWING, _AE.ASK_SUPPLEMENT): _A.NEED_SUPPLEMENT,
        (_A.NEED_SUPPLEMENT, _AE.RESUBMIT): _A.SUBMITTED,
        (_A.NEED_SUPPLEMENT, _AE.TIMEOUT): _A.EXPIRED,
        (_A.DRAFT, _AE.WITHDRAW): _A.WITHDRAWN,
        (_A.SUBMITTED, _AE.WITHDRAW): _A.WITHDRAWN,
        (_A.REVIEWING, _AE.WITHDRAW): _A.WITHDRAWN,
        (_A.NEED_SUPPLEMENT, _AE.WITHDRAW): _A.WITHDRAWN,
        # A copy begins as a draft; the ended application itself stays as it ended.
        (_A.REJECTED, _AE.REOPEN): _A.DRAFT,
        (_A.EXPIRED, _AE.REOPEN): _A.DRAFT,
        (_A.WITHDRAWN, _AE.REOPEN): _A.DRAFT,
        # A missed deadline is escalated; it never decides (AMB-01).
        (_A.SUBMITTED, _AE.AUDIT_SLA_TIMEOUT): _A.SUBMITTED,
        (_A.CHECKING, _AE.AUDIT_SLA_TIMEOUT): _A.CHECKING,
        (_A.REVIEWING, _AE.AUDIT_SLA_TIMEOUT): _A.REVIEWING,
    }
)
"""Matrix 4.1."""

EDITABLE = frozenset({_A.DRAFT, _A.NEED_SUPPLEMENT})
"""States in which the applicant may change fields and papers."""
UNDER_AUDIT = frozenset({_A.SUBMITTED, _A.CHECKING, _A.REVIEWING})
"""States in which the audit clock runs."""
ENDED = frozenset({_A.APPROVED, _A.REJECTED, _A.WITHDRAWN, _A.EXPIRED})

APPLICATION_WORDS: dict[ApplicationState, str] = {
    _A.DRAFT: "草稿",
    _A.SUBMITTED: "已提交",
    _A.CHECKING: "自动核验中",
    _A.REVIEWING: "审核中",
    _A.NEED_SUPPLEMENT: "待补充材料",
    _A.APPROVED: "已通过",
    _A.REJECTED: "已驳回",
    _A.WITHDRAWN: "已撤回",
    _A.EXPIRED: "已过期",
}


class CheckOutcome(StrEnum):
    """What an automatic check of a paper came to; ``DOWN`` is asked again."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    UNCLEAR = "UNCLEAR"
    DOWN = "DOWN"


class ShopState(StrEnum):
    """Where a shop stands."""

    PENDING_DEPOSIT = "PENDING_DEPOSIT"
    OPEN = "OPEN"
    SUSPENDED = "SUSPENDED"
    BANNED = "BANNED"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"


class ShopEvent(StrEnum):
    """What can happen to a shop."""

    DEPOSIT_COVERED = "deposit_changed"
    SUSPEND = "suspend"
    LIFT = "lift"
    BAN = "ban"
    CLOSE_REQUEST = "close_request"
    CANCEL_CLOSE = "cancel_close"
    CLOSE_CHECK = "close_check"


_S, _SE = ShopState, ShopEvent

SHOP = LifeCycle(
    {
        (_S.PENDING_DEPOSIT, _SE.DEPOSIT_COVERED): _S.OPEN,
        (_S.OPEN, _SE.SUSPEND): _S.SUSPENDED,
        (_S.SUSPENDED, _SE.LIFT): _S.OPEN,
        (_S.OPEN, _SE.BAN): _S.BANNED,
        (_S.SUSPENDED, _SE.BAN): _S.BANNED,
        (_S.OPEN, _SE.CLOSE_REQUEST): _S.CLOSING,
        (_S.CLOSING, _SE.CANCEL_CLOSE): _S.OPEN,
        (_S.CLOSING, _SE.CLOSE_CHECK): _S.CLOSED,
    }
)
"""Matrix 4.2. A deposit that falls short or is cured while OPEN changes flags, not the state."""

SHOP_WORDS: dict[ShopState, str] = {
    _S.PENDING_DEPOSIT: "待缴保证金",
    _S.OPEN: "营业中",
    _S.SUSPENDED: "暂停营业",
    _S.BANNED: "已清退",
    _S.CLOSING: "关店中",
    _S.CLOSED: "已关店",
}


class Flag(StrEnum):
    """A restriction laid on a shop, for as long as any of its causes lasts."""

    DEPOSIT_SHORT = "DEPOSIT_SHORT"
    TRAFFIC_LIMITED = "TRAFFIC_LIMITED"
    LISTING_LIMITED = "LISTING_LIMITED"
    PUBLISH_FROZEN = "PUBLISH_FROZEN"
    DOC_EXPIRED = "DOC_EXPIRED"
    WITHDRAW_BLOCKED = "WITHDRAW_BLOCKED"


FLAG_WORDS: dict[Flag, str] = {
    Flag.DEPOSIT_SHORT: "保证金不足",
    Flag.TRAFFIC_LIMITED: "限制流量",
    Flag.LISTING_LIMITED: "限制上新",
    Flag.PUBLISH_FROZEN: "冻结发布",
    Flag.DOC_EXPIRED: "资质过期",
    Flag.WITHDRAW_BLOCKED: "暂停提现",
}


class Right(StrEnum):
    """What staff may do in a shop; the owner may do all of it."""

    PRODUCTS = "products"
    ORDERS = "orders"
    FUNDS = "funds"
    SETTINGS = "settings"


RIGHT_WORDS: dict[Right, str] = {
    Right.PRODUCTS: "商品",
    Right.ORDERS: "订单",
    Right.FUNDS: "资金",
    Right.SETTINGS: "设置",
}
