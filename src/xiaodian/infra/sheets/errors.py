"""The refusals of reading a table somebody uploaded."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = ["AmountUnreadable", "NotASheet", "SheetTooLarge", "SheetUnreadable"]


class NotASheet(Refusal):
    """Neither an XLSX workbook nor a text table; ``found`` says what the bytes look like."""

    code: ClassVar[str] = "NOT_A_SHEET"
    kind: ClassVar[Kind] = Kind.UNSUPPORTED
    sentence: ClassVar[str] = "这不是可读取的表格：请上传 XLSX 或 CSV 文件（识别为 {found}）"


class SheetTooLarge(Refusal):
    """A limit was passed: ``limit`` names it, ``at_most`` is its value, ``found`` what was sent."""

    code: ClassVar[str] = "SHEET_TOO_LARGE"
    kind: ClassVar[Kind] = Kind.TOO_LARGE
    sentence: ClassVar[str] = "表格过大：{limit} 最多 {at_most}"


class SheetUnreadable(Refusal):
    """It claims to be a table but is damaged, locked or in no encoding we read; see ``reason``."""

    code: ClassVar[str] = "SHEET_UNREADABLE"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "表格无法读取：{reason}"


class AmountUnreadable(Refusal):
    """A text is not an exact, non-negative amount of yuan with at most two decimals."""

    code: ClassVar[str] = "AMOUNT_UNREADABLE"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "金额无法识别：{text}"
