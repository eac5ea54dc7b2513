"""What the catalogue refuses. Denials of a market's rules are ``rulebooks.Denied``."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = [
    "AnswerRefused",
    "AnswersUnclear",
    "DraftLocked",
    "DraftMoved",
    "FieldMissing",
    "FieldRefused",
    "FieldTooLong",
    "FindingsStand",
    "ImportNotFound",
    "ImportRunning",
    "MappingUnusable",
    "NumberTaken",
    "PaperNotFound",
    "PicturesRefused",
    "ProductNotFound",
    "ReasonRequired",
    "ReviewNotOpen",
    "SheetColumnMissing",
    "SheetColumnTwice",
    "ShopCannotList",
    "SkuNotFound",
    "TooManyProducts",
]


class ProductNotFound(Refusal):
    """No such product, or not of a shop this person has to do with."""

    code: ClassVar[str] = "PRODUCT_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这件商品"


class SkuNotFound(Refusal):
    """No such SKU of this product."""

    code: ClassVar[str] = "SKU_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这个 SKU"


class PaperNotFound(Refusal):
    """No such paper of this shop."""

    code: ClassVar[str] = "PAPER_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这份资质文件"


class ImportNotFound(Refusal):
    """No such import of this shop."""

    code: ClassVar[str] = "IMPORT_NOT_FOUND"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这次导入"


class DraftLocked(Refusal):
    """Under audit nothing may be changed; withdraw it first (A-PRD-04)."""

    code: ClassVar[str] = "DRAFT_LOCKED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "商品审核中，不能修改；请先撤回审核"


class DraftMoved(Refusal):
    """Somebody changed the draft since it was looked at; facts ``seen`` and ``now``."""

    code: ClassVar[str] = "DRAFT_CHANGED"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "商品已被修改，请刷新后再操作"


class FieldRefused(Refusal):
    """A field of a product cannot hold this; facts ``field`` and ``why``."""

    code: ClassVar[str] = "FIELD_REFUSED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "{field}不正确：{why}"


class FieldMissing(Refusal):
    """A field that must be filled is empty; fact ``field``."""

    code: ClassVar[str] = "FIELD_MISSING"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请填写{field}"


class FieldTooLong(Refusal):
    """A text is longer than its field, or not one line of text; facts ``field`` and ``limit``."""

    code: ClassVar[str] = "FIELD_TOO_LONG"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "{field}须为一行文字，最多 {limit} 个字"


class NumberTaken(Refusal):
    """Another product or SKU of the shop has this number; fact ``number``."""

    code: ClassVar[str] = "NUMBER_DUPLICATE"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "编号 {number} 已被使用"


class TooManyProducts(Refusal):
    """A shop has as many products as it may have; fact ``limit``."""

    code: ClassVar[str] = "PRODUCTS_MAX"
    kind: ClassVar[Kind] = Kind.TOO_MANY
    sentence: ClassVar[str] = "一家店铺最多 {limit} 件商品"


class AnswerRefused(Refusal):
    """A value is no answer to the question; facts ``key``, ``why`` (code) and ``text``."""

    code: ClassVar[str] = "ANSWER_REFUSED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "这个答案不能用：{text}"


class AnswersUnclear(Refusal):
    """An answer or a condition is not written as ``key=value``; fact ``found``."""

    code: ClassVar[str] = "ANSWERS_UNCLEAR"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请写成 键=值：{found}"


class MappingUnusable(Refusal):
    """A mapping file or entry cannot be used; fact ``reason``."""

    code: ClassVar[str] = "MAPPING_UNUSABLE"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "映射不能使用：{reason}"


class SheetColumnMissing(Refusal):
    """A sheet lacks a column without which it says nothing; facts ``sheet`` and ``columns``."""

    code: ClassVar[str] = "SHEET_COLUMN_MISSING"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "工作表“{sheet}”缺少列：{columns}"


class SheetColumnTwice(Refusal):
    """Two columns of a sheet claim to be the same; facts ``sheet`` and ``columns``."""

    code: ClassVar[str] = "SHEET_COLUMN_TWICE"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "工作表“{sheet}”有重复的列：{columns}"


class ImportRunning(Refusal):
    """One import of a shop at a time; or this one has not ended yet."""

    code: ClassVar[str] = "IMPORT_RUNNING"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "导入正在进行，请稍候"


class PicturesRefused(Refusal):
    """An archive of pictures cannot be taken; fact ``reason``."""

    code: ClassVar[str] = "PICTURES_REFUSED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "图片包不能使用：{reason}"


class ShopCannotList(Refusal):
    """The shop may not put products before buyers now; fact ``why`` (a state or a flag)."""

    code: ClassVar[str] = "SHOP_CANNOT_LIST"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "店铺当前不能上架商品：{why}"


class ReviewNotOpen(Refusal):
    """Nothing waits for a decision here: it was decided or withdrawn."""

    code: ClassVar[str] = "REVIEW_NOT_OPEN"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "这件商品没有待审核的提交"


class FindingsStand(Refusal):
    """Findings stand in the way of approval; fact ``findings``."""

    code: ClassVar[str] = "FINDINGS_STAND"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "还有未解决的审核发现：{codes}"


class ReasonRequired(Refusal):
    """A decision against a product, or against a finding, names its reason."""

    code: ClassVar[str] = "REASON_REQUIRED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请写明原因，1 到 10 条，每条不超过 500 字"
