"""What merchants are refused."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = [
    "AlreadyStaff",
    "ApplicationNotFound",
    "ApplicationsMax",
    "BindingInvalid",
    "CategoryUnknown",
    "DateInvalid",
    "DocumentKindUnknown",
    "DocumentNotFound",
    "DocumentNumberInvalid",
    "FieldMissing",
    "FieldTooLong",
    "FileMissing",
    "InvitationNotFound",
    "LinkExpired",
    "MarketUnknown",
    "NotAssigned",
    "NotEditable",
    "OwnApplication",
    "PayoutAccountNotSet",
    "ReasonRequired",
    "RightMissing",
    "RightsUnknown",
    "ShopNotFound",
    "StaffNotFound",
    "SubjectUnknown",
    "SupplementUnanswered",
    "SurfaceUnknown",
]


class ApplicationNotFound(Refusal):
    """No such application, or somebody else's."""

    code: ClassVar[str] = "APPLICATION_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这份入驻申请"


class ShopNotFound(Refusal):
    """No such shop, or not one this person has to do with."""

    code: ClassVar[str] = "SHOP_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这家店铺"


class RightMissing(Refusal):
    """Staff of the shop without the right that this needs; fact ``right``."""

    code: ClassVar[str] = "RIGHT_MISSING"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    sentence: ClassVar[str] = "你没有这家店铺的“{right}”权限，请联系店主"


class MarketUnknown(Refusal):
    """No rulebook governs such a market; fact ``market``."""

    code: ClassVar[str] = "MARKET_UNKNOWN"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "没有名为 {market} 的平台"


class SubjectUnknown(Refusal):
    """Not a subject type; fact ``subject``."""

    code: ClassVar[str] = "SUBJECT_UNKNOWN"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "没有“{subject}”这种主体类型"


class CategoryUnknown(Refusal):
    """Not a category of this market; fact ``category``."""

    code: ClassVar[str] = "CATEGORY_UNKNOWN"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "这个平台没有“{category}”类目"


class SurfaceUnknown(Refusal):
    """Not an account that this house binds; fact ``surface``."""

    code: ClassVar[str] = "SURFACE_UNKNOWN"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "不能绑定“{surface}”这种账号"


class BindingInvalid(Refusal):
    """What was typed cannot be such an account."""

    code: ClassVar[str] = "BINDING_INVALID"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "账号格式不对，请核对后重新填写"


class ApplicationsMax(Refusal):
    """As many applications as one merchant may have open at once; fact ``limit``."""

    code: ClassVar[str] = "APPLICATIONS_MAX"
    kind: ClassVar[Kind] = Kind.TOO_MANY
    sentence: ClassVar[str] = "进行中的申请最多 {limit} 份，请先处理已有的申请"


class NotEditable(Refusal):
    """Under audit or decided: nothing may be changed; fact ``state``."""

    code: ClassVar[str] = "APPLICATION_LOCKED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "申请{state}，现在不能修改"


class FieldMissing(Refusal):
    """A field that must be filled is empty; fact ``field``."""

    code: ClassVar[str] = "FIELD_MISSING"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请填写{field}"


class FieldTooLong(Refusal):
    """A text longer than its field, or not one line of text; facts ``field`` and ``limit``."""

    code: ClassVar[str] = "FIELD_TOO_LONG"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "{field}须为一行文字，最多 {limit} 个字"


class DateInvalid(Refusal):
    """Not a day of the calendar; fact ``field``."""

    code: ClassVar[str] = "DATE_INVALID"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "{field}须为日期，例如 2030-12-31"


class DocumentKindUnknown(Refusal):
    """Not a paper that this application asks for; fact ``kind``."""

    code: ClassVar[str] = "DOCUMENT_NOT_ASKED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "这份申请不需要这种材料"


class DocumentNumberInvalid(Refusal):
    """A number with a wrong length, form or check digit; fact ``field``."""

    code: ClassVar[str] = "DOCUMENT_NUMBER_INVALID"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "{field}不正确，请逐位核对"


class FileMissing(Refusal):
    """A page of a paper was not uploaded; fact ``side``."""

    code: ClassVar[str] = "FILE_MISSING"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请上传{side}"


class DocumentNotFound(Refusal):
    """No such paper, or not for this person."""

    code: ClassVar[str] = "DOCUMENT_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这份材料"


class LinkExpired(Refusal):
    """The link to a paper is older than five minutes, was altered, or was made for another."""

    code: ClassVar[str] = "LINK_EXPIRED"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    sentence: ClassVar[str] = "查看链接已失效，请回到原页面重新打开"


class SupplementUnanswered(Refusal):
    """Something that was asked for is still open; fact ``items``."""

    code: ClassVar[str] = "SUPPLEMENT_UNANSWERED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "还有要求补充的内容没有处理：{items}"


class NotAssigned(Refusal):
    """Only the reviewer who took the application may see its papers and decide it."""

    code: ClassVar[str] = "REVIEW_NOT_ASSIGNED"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    sentence: ClassVar[str] = "请先领取这份申请；已由他人领取的申请不能代为处理"


class OwnApplication(Refusal):
    """A reviewer does not judge their own application (same phone or mail)."""

    code: ClassVar[str] = "REVIEW_OWN_APPLICATION"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    sentence: ClassVar[str] = "不能审核自己提交的申请"


class ReasonRequired(Refusal):
    """A decision against somebody names its reason."""

    code: ClassVar[str] = "REASON_REQUIRED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请写明原因，1 到 10 条，每条不超过 500 字"


class RightsUnknown(Refusal):
    """No right was chosen, or one that does not exist."""

    code: ClassVar[str] = "RIGHTS_UNKNOWN"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请至少选择一项权限"


class AlreadyStaff(Refusal):
    """The person acts for this shop already."""

    code: ClassVar[str] = "ALREADY_STAFF"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "对方已经是这家店铺的成员"


class StaffNotFound(Refusal):
    """No such member of this shop."""

    code: ClassVar[str] = "STAFF_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "店铺里没有这位成员"


class InvitationNotFound(Refusal):
    """No such invitation for this person, or it has run out."""

    code: ClassVar[str] = "INVITATION_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "邀请不存在或已失效"


class PayoutAccountNotSet(Refusal):
    """The shop has no account to be paid out to."""

    code: ClassVar[str] = "PAYOUT_ACCOUNT_NOT_SET"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "还没有设置收款账户"
