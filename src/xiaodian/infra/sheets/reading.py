"""Reading what somebody uploaded, XLSX or CSV, into one neutral shape."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Literal

from xiaodian.infra.sheets.errors import NotASheet, SheetTooLarge, SheetUnreadable
from xiaodian.infra.sheets.workbook import (
    LIMITS,
    Cell,
    Limits,
    Problem,
    Row,
    Sheet,
    Workbook,
    column_letters,
)
from xiaodian.infra.sheets.writing import restored
from xiaodian.infra.sheets.xlsx import read_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["read_workbook"]

_ZIP = b"PK\x03\x04"
_MAGIC = {
    b"\xd0\xcf\x11\xe0": "XLS 或加密的 XLSX",
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7Z",
    b"\x1f\x8b": "GZIP",
    b"PK\x05\x06": "ZIP",
}
_MARKUP = re.compile(r"\s*<(?:\?xml|!doctype|html|table|svg)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_DELIMITERS = ",;\t"
_ENCODINGS = ("utf-8", "gb18030")


def read_workbook(data: bytes, *, name: str = "CSV", limits: Limits = LIMITS) -> Workbook:
    """Read an XLSX or CSV file that is not trusted.

    CSV may be UTF-8 (with or without mark), UTF-16 with its mark or GB18030, parted by comma,
    semicolon or tab; ``name`` becomes the name of its only sheet. No formula is ever computed: a
    formula cell counts by the value saved with it, as text, and one saved without a value carries
    a ``Problem``. Numbers come as their shortest text, so ``19.9`` is ``"19.9"``. An apostrophe
    put before a dangerous first sign by our own export is taken off again.

    Refuses ``NOT_A_SHEET``, ``SHEET_TOO_LARGE`` and ``SHEET_UNREADABLE``.
    """
    if len(data) > limits.file_bytes:
        raise SheetTooLarge(limit="file_bytes", at_most=limits.file_bytes, found=len(data))
    if data.startswith(_ZIP):
        found = [_sheet(raw.name, raw.rows, limits) for raw in read_xlsx(data, limits)]
        return _workbook("xlsx", found)
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise NotASheet(found=kind)
    return _workbook("csv", [_sheet(name, _csv_rows(_decode(data), limits), limits)])


def _workbook(kind: Literal["xlsx", "csv"], sheets: Sequence[Sheet]) -> Workbook:
    return Workbook(kind, {sheet.name: sheet for sheet in sheets})


def _decode(data: bytes) -> str:
    """Find the encoding: a mark decides, then strict UTF-8, then GB18030."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif data.startswith(b"\xef\xbb\xbf"):
        encodings = ("utf-8-sig",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            raise NotASheet(found="二进制文件")
        if _MARKUP.match(text):
            raise NotASheet(found="网页或 XML")
        return text
    raise SheetUnreadable(reason="文字编码不是 UTF-8 或 GB18030")


def _delimiter(text: str) -> str:
    """Take the sign that parts the first line into the most cells; a comma when none does."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    # max() keeps the first of equals, so the comma wins a tie.
    return max(
        _DELIMITERS, key=lambda sign: sum(len(row) for row in csv.reader([first], delimiter=sign))
    )


def _csv_rows(text: str, limits: Limits) -> Iterable[list[tuple[str, Problem | None]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        # A quoted cell may span lines, so rows are counted as a spreadsheet shows them.
        for number, row in enumerate(reader):
            if number > limits.rows:
                raise SheetTooLarge(limit="rows", at_most=limits.rows)
            yield [(text, None) for text in row]
    except csv.Error as error:
        if "field larger" in str(error):
            raise SheetTooLarge(limit="cell_chars", at_most=limits.cell_chars) from error
        raise SheetUnreadable(reason=f"第 {reader.line_num} 行附近的引号不成对") from error


def _sheet(name: str, raw: Iterable[list[tuple[str, Problem | None]]], limits: Limits) -> Sheet:
    rows = [
        row
        for row in (_row(number, cells, limits) for number, cells in enumerate(raw, 1))
        if row.cells
    ]
    if len(rows) > limits.rows + 1:
        raise SheetTooLarge(limit="rows", at_most=limits.rows, found=len(rows) - 1)
    return Sheet(name, rows[0].cells if rows else (), tuple(rows[1:]))


def _row(number: int, raw: Sequence[tuple[str, Problem | None]], limits: Limits) -> Row:
    cells: list[Cell] = []
    filled = 0
    for index, (text, problem) in enumerate(raw):
        if len(text) > limits.cell_chars:
            raise SheetTooLarge(
                limit="cell_chars", at_most=limits.cell_chars, found=len(text), row=number
            )
        # A workbook can code control signs that nothing further on could store.
        trimmed = restored(_CONTROL.sub("", text).strip()).strip()
        cells.append(Cell(trimmed, column_letters(index), number, problem))
        if trimmed or problem:
            filled = index + 1
    if filled > limits.columns:
        raise SheetTooLarge(limit="columns", at_most=limits.columns, found=filled, row=number)
    return Row(number, tuple(cells[:filled]))
