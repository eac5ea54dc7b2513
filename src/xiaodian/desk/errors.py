"""What the desk refuses."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = [
    "ApprovalDecided",
    "ApprovalNotFound",
    "AssigneeUnfit",
    "ItemClosed",
    "ItemNotFound",
    "ItemTaken",
    "OwnRequest",
    "ReasonMissing",
]


class ItemNotFound(Refusal):
    """No such work item, or not one of the operator's roles."""

    code: ClassVar[str] = "ITEM_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这个工作项"


class ItemClosed(Refusal):
    """The item is done."""

    code: ClassVar[str] = "ITEM_CLOSED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "这个工作项已经办结"


class ItemTaken(Refusal):
    """A colleague works on it."""

    code: ClassVar[str] = "ITEM_TAKEN"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "{name}正在处理，请选择别的工作项"


class AssigneeUnfit(Refusal):
    """Whoever is given an item has its role."""

    code: ClassVar[str] = "ASSIGNEE_UNFIT"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "这位同事没有“{role}”权限"


class ApprovalNotFound(Refusal):
    """No such request, or not one of the operator's roles."""

    code: ClassVar[str] = "APPROVAL_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这个复核申请"


class ApprovalDecided(Refusal):
    """The request was decided before."""

    code: ClassVar[str] = "APPROVAL_DECIDED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "这个申请已经处理过"


class OwnRequest(Refusal):
    """Whoever asked never decides, nor does the same person under another account."""

    code: ClassVar[str] = "OWN_REQUEST"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    sentence: ClassVar[str] = "不能处理自己提出的申请，请由另一位同事复核"


class ReasonMissing(Refusal):
    """A rejection says why, in 1 to ``limit`` characters."""

    code: ClassVar[str] = "REASON_MISSING"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请填写理由（最多 {limit} 字）"
