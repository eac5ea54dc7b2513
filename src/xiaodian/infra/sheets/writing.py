"""Writing tables that a spreadsheet shows but never runs."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, cast

from openpyxl import Workbook as OpenpyxlWorkbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["Exported", "defused", "restored", "write_csv", "write_xlsx"]

Exported = str | int | None
"""What may stand in an exported cell. Money is written as text, so that no cell rounds it."""

_FIRST = frozenset("=+-@\t\r\n＝＋－＠")
_CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CELL_MAX = 32_767
_SHEET_NAME_MAX = 31
_SHEET_NAME_SIGNS = re.compile(r"[\[\]:*?/\\]")


def defused(text: str) -> str:
    """Put an apostrophe before a text that begins with = + - @, a tab or a line break.

    The full-width forms count too, since a Chinese spreadsheet reads them as formulas, and so do
    leading spaces, which some programs take off before they look. A text that already carries
    apostrophes before such a sign gets one more, so that ``restored`` is exact.
    """
    return f"'{text}" if _dangerous(text) else text


def restored(text: str) -> str:
    """Take off the apostrophe that ``defused`` put on."""
    return text[1:] if text.startswith("'") and _dangerous(text) else text


def _dangerous(text: str) -> bool:
    bare = text.lstrip("'")
    return bare.lstrip(" ")[:1] in _FIRST


def write_csv(rows: Iterable[Iterable[Exported]]) -> bytes:
    """Write one table as UTF-8 with its mark and CRLF, which is what spreadsheets expect of CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_text(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(sheets: Mapping[str, Iterable[Iterable[Exported]]]) -> bytes:
    """Write a workbook; the first row of each sheet is its header, shown in bold and kept in view.

    Whole numbers stay numbers, everything else is text. A text beyond what a cell can hold
    (32,767 signs) is cut.
    """
    book = OpenpyxlWorkbook(write_only=True)
    for name, rows in sheets.items():
        title = _SHEET_NAME_SIGNS.sub(" ", name).strip("' ")[:_SHEET_NAME_MAX] or "Sheet"
        sheet: object = book.create_sheet(title)
        assert isinstance(sheet, WriteOnlyWorksheet), "a write-only book makes write-only sheets"
        _fill(sheet, rows)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: WriteOnlyWorksheet, rows: Iterable[Iterable[Exported]]) -> None:
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    append = cast("Callable[[Sequence[object]], None]", sheet.append)
    for number, row in enumerate(rows):
        values = [_value(value) for value in row]
        append(values if number else [_header(sheet, value, bold) for value in values])


def _header(sheet: WriteOnlyWorksheet, value: str | int, font: Font) -> object:
    cell = WriteOnlyCell(sheet, value=value)
    cell.font = font
    return cell


def _value(value: Exported) -> str | int:
    if isinstance(value, int):
        return value
    # A workbook reads ``_x0041_`` as a coded letter, so a text that looks like one is itself coded.
    return _CODED.sub("_x005F_", _text(value)[:_CELL_MAX])


def _text(value: Exported) -> str:
    if value is None:
        return ""
    return defused(_UNWRITABLE.sub("", str(value)).replace("\r\n", "\n"))
