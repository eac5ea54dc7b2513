"""What states, outcomes and acts are called on the pages, and the tone they are shown in."""

from __future__ import annotations

from xiaodian.merchants.states import (
    APPLICATION_WORDS,
    SHOP_WORDS,
    ApplicationState,
    CheckOutcome,
    ShopState,
)

__all__ = ["ACTS", "APPLICATIONS", "OUTCOMES", "SHOPS"]

_TONES: dict[ApplicationState, str] = {
    ApplicationState.DRAFT: "off",
    ApplicationState.SUBMITTED: "busy",
    ApplicationState.CHECKING: "busy",
    ApplicationState.REVIEWING: "busy",
    ApplicationState.NEED_SUPPLEMENT: "wait",
    ApplicationState.APPROVED: "ok",
    ApplicationState.REJECTED: "bad",
    ApplicationState.WITHDRAWN: "off",
    ApplicationState.EXPIRED: "off",
}
APPLICATIONS: dict[str, tuple[str, str]] = {
    state.value: (word, _TONES[state]) for state, word in APPLICATION_WORDS.items()
}
"""State of an application → word and tone."""

_SHOP_TONES: dict[ShopState, str] = {
    ShopState.PENDING_DEPOSIT: "wait",
    ShopState.OPEN: "ok",
    ShopState.SUSPENDED: "bad",
    ShopState.BANNED: "bad",
    ShopState.CLOSING: "wait",
    ShopState.CLOSED: "off",
}
SHOPS: dict[str, tuple[str, str]] = {
    state.value: (word, _SHOP_TONES[state]) for state, word in SHOP_WORDS.items()
}
"""State of a shop → word and tone."""

OUTCOMES: dict[str, tuple[str, str]] = {
    CheckOutcome.PENDING.value: ("核验中", "busy"),
    CheckOutcome.APPROVED.value: ("核验通过", "ok"),
    CheckOutcome.REJECTED.value: ("核验未通过", "bad"),
    CheckOutcome.UNCLEAR.value: ("需人工核对", "wait"),
    CheckOutcome.DOWN.value: ("等待应答", "wait"),
}
"""Outcome of a check → word and tone."""

ACTS: dict[str, tuple[str, str]] = {
    "application.started": ("创建申请", ""),
    "application.edited": ("修改申请", ""),
    "application.document_saved": ("提交材料", ""),
    "application.submit": ("提交审核", "busy"),
    "application.resubmit": ("补充后重新提交", "busy"),
    "application.auto_check_start": ("开始自动核验", ""),
    "application.auto_check_pass": ("自动核验完成，转人工审核", "ok"),
    "application.auto_check_fail": ("自动核验未通过，要求补充", "wait"),
    "application.approve": ("审核通过", "ok"),
    "application.reject": ("审核驳回", "bad"),
    "application.ask_supplement": ("要求补充材料", "wait"),
    "application.withdraw": ("撤回申请", "off"),
    "application.timeout": ("逾期未补充，自动关闭", "off"),
    "application.reopen": ("重新发起", ""),
    "shop.deposit_changed": ("保证金足额，开店", "ok"),
    "shop.suspend": ("暂停营业", "bad"),
    "shop.lift": ("恢复营业", "ok"),
    "shop.ban": ("清退店铺", "bad"),
    "shop.flag_set": ("设置限制", "wait"),
    "shop.flag_cleared": ("解除限制", "ok"),
    "shop.payout_account_changed": ("更改收款账户", "wait"),
    "shop.payout_account_verified": ("收款账户核验通过", "ok"),
    "shop.payout_account_refused": ("收款账户核验未通过", "bad"),
    "shop.staff_invited": ("邀请成员", ""),
    "shop.staff_joined": ("成员加入", ""),
    "shop.staff_rights": ("调整成员权限", ""),
    "shop.staff_removed": ("移除成员", ""),
}
"""Act in the audit log → its words and tone in a timeline."""
