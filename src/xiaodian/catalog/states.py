"""The two lives of a product (4.4), as tables: its draft and what buyers see."""

from __future__ import annotations

from enum import StrEnum

from xiaodian.kernel.states import LifeCycle

__all__ = [
    "BUYABLE",
    "DRAFT",
    "EDITABLE",
    "EDIT_CODES",
    "EDIT_WORDS",
    "ONLINE",
    "STATUS_CODES",
    "STATUS_WORDS",
    "DraftEvent",
    "EditState",
    "ImportState",
    "OnlineEvent",
    "ReviewState",
    "Status",
    "status_shown",
]


class EditState(StrEnum):
    """Where the draft stands."""

    NEW = "NEW"
    EDITING = "EDITING"
    AUDITING = "AUDITING"
    AUDIT_FAILED = "AUDIT_FAILED"
    AUDIT_PASSED = "AUDIT_PASSED"
    UPLOADING = "UPLOADING"
    UPLOAD_FAILED = "UPLOAD_FAILED"


class DraftEvent(StrEnum):
    """What can happen to a draft."""

    SAVE = "save"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    AUDIT_PASS = "audit_pass"  # noqa: S105 - an event of 4.4, no password
    AUDIT_FAIL = "audit_fail"
    UPLOAD = "upload"
    UPLOADED = "uploaded"
    UPLOAD_BROKE = "upload_broke"


class Status(StrEnum):
    """What buyers see of a product."""

    NONE = "NONE"
    ONLINE = "ONLINE"
    SELF_DOWN = "SELF_DOWN"
    SOLD_OUT = "SOLD_OUT"
    """Never stored: an ONLINE product none of whose SKUs has stock is shown so."""
    VIOLATION_DOWN = "VIOLATION_DOWN"
    DEPOSIT_DOWN = "DEPOSIT_DOWN"
    BRAND_EXPIRED = "BRAND_EXPIRED"
    BANNED = "BANNED"
    DELETED = "DELETED"


class OnlineEvent(StrEnum):
    """What can happen to the online copy."""

    PUBLISH = "publish"
    TAKE_DOWN = "take_down"
    LIST = "list"
    VIOLATION = "violation"
    RESTORE = "restore"
    DEPOSIT_OVERDUE = "deposit_overdue"
    DEPOSIT_CURED = "deposit_cured"
    BRAND_LAPSED = "brand_lapsed"
    BRAND_RENEWED = "brand_renewed"
    BAN = "ban"
    DELETE = "delete"


class ReviewState(StrEnum):
    """Where one submission stands."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class ImportState(StrEnum):
    """Where an import stands."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


_E, _DE = EditState, DraftEvent

DRAFT = LifeCycle(
    {
        (_E.NEW, _DE.SAVE): _E.EDITING,
        (_E.EDITING, _DE.SAVE): _E.EDITING,
        (_E.AUDIT_FAILED, _DE.SAVE): _E.EDITING,
        (_E.AUDIT_PASSED, _DE.SAVE): _E.EDITING,
        (_E.UPLOAD_FAILED, _DE.SAVE): _E.EDITING,
        (_E.EDITING, _DE.SUBMIT): _E.AUDITING,
        (_E.AUDITING, _DE.WITHDRAW): _E.EDITING,
        (_E.AUDITING, _DE.AUDIT_PASS): _E.AUDIT_PASSED,
        (_E.AUDITING, _DE.AUDIT_FAIL): _E.AUDIT_FAILED,
        (_E.EDITING, _DE.UPLOAD): _E.UPLOADING,
        (_E.UPLOADING, _DE.UPLOADED): _E.EDITING,
        (_E.UPLOADING, _DE.UPLOAD_BROKE): _E.UPLOAD_FAILED,
    }
)
"""Matrix 4.4, draft track. While AUDITING nothing but a withdrawal changes the draft (A-PRD-04)."""

EDITABLE = frozenset({_E.NEW, _E.EDITING, _E.AUDIT_FAILED, _E.AUDIT_PASSED, _E.UPLOAD_FAILED})
"""States in which a draft may be changed."""

_S, _SE = Status, OnlineEvent

ONLINE = LifeCycle(
    {
        (_S.NONE, _SE.PUBLISH): _S.ONLINE,
        (_S.ONLINE, _SE.PUBLISH): _S.ONLINE,
        (_S.SELF_DOWN, _SE.PUBLISH): _S.ONLINE,
        (_S.VIOLATION_DOWN, _SE.PUBLISH): _S.ONLINE,
        # A new copy does not cure a deposit or a brand letter: it waits for that.
        (_S.DEPOSIT_DOWN, _SE.PUBLISH): _S.DEPOSIT_DOWN,
        (_S.BRAND_EXPIRED, _SE.PUBLISH): _S.BRAND_EXPIRED,
        (_S.ONLINE, _SE.TAKE_DOWN): _S.SELF_DOWN,
        (_S.SELF_DOWN, _SE.LIST): _S.ONLINE,
        (_S.ONLINE, _SE.VIOLATION): _S.VIOLATION_DOWN,
        (_S.SELF_DOWN, _SE.VIOLATION): _S.VIOLATION_DOWN,
        (_S.VIOLATION_DOWN, _SE.RESTORE): _S.ONLINE,
        (_S.ONLINE, _SE.DEPOSIT_OVERDUE): _S.DEPOSIT_DOWN,
        (_S.DEPOSIT_DOWN, _SE.DEPOSIT_CURED): _S.ONLINE,
        (_S.ONLINE, _SE.BRAND_LAPSED): _S.BRAND_EXPIRED,
        (_S.BRAND_EXPIRED, _SE.BRAND_RENEWED): _S.ONLINE,
        (_S.ONLINE, _SE.BAN): _S.BANNED,
        (_S.SELF_DOWN, _SE.BAN): _S.BANNED,
        (_S.VIOLATION_DOWN, _SE.BAN): _S.BANNED,
        (_S.DEPOSIT_DOWN, _SE.BAN): _S.BANNED,
        (_S.BRAND_EXPIRED, _SE.BAN): _S.BANNED,
        (_S.NONE, _SE.DELETE): _S.DELETED,
        (_S.SELF_DOWN, _SE.DELETE): _S.DELETED,
    }
)
"""Matrix 4.4, online track. SOLD_OUT and back is not a step but what stock makes of ONLINE."""

BUYABLE = frozenset({_S.ONLINE})
"""Stored states in which a product can be bought."""

EDIT_CODES: dict[EditState, int] = {
    _E.NEW: 0,
    _E.EDITING: 1,
    _E.AUDITING: 2,
    _E.AUDIT_FAILED: 3,
    _E.AUDIT_PASSED: 4,
    _E.UPLOADING: 7,
    _E.UPLOAD_FAILED: 8,
}
"""The numbers that open APIs know these states by."""

STATUS_CODES: dict[Status, int] = {
    _S.NONE: 0,
    _S.ONLINE: 5,
    _S.SELF_DOWN: 11,
    _S.SOLD_OUT: 12,
    _S.VIOLATION_DOWN: 13,
    _S.DEPOSIT_DOWN: 14,
    _S.BRAND_EXPIRED: 15,
    _S.BANNED: 20,
}
"""The numbers that open APIs know these states by; a deleted product is not there at all."""

EDIT_WORDS: dict[EditState, str] = {
    _E.NEW: "新建",
    _E.EDITING: "编辑中",
    _E.AUDITING: "审核中",
    _E.AUDIT_FAILED: "审核不通过",
    _E.AUDIT_PASSED: "审核通过",
    _E.UPLOADING: "上传中",
    _E.UPLOAD_FAILED: "上传失败",
}

STATUS_WORDS: dict[Status, str] = {
    _S.NONE: "未上架",
    _S.ONLINE: "在售",
    _S.SELF_DOWN: "已下架",
    _S.SOLD_OUT: "已售罄",
    _S.VIOLATION_DOWN: "违规下架",
    _S.DEPOSIT_DOWN: "保证金不足下架",
    _S.BRAND_EXPIRED: "品牌授权过期",
    _S.BANNED: "已封禁",
    _S.DELETED: "已删除",
}


def status_shown(status: Status, stock: int) -> Status:
    """Answer what a product is to people: ONLINE without stock is SOLD_OUT."""
    return Status.SOLD_OUT if status is Status.ONLINE and stock == 0 else status
