"""Reading XLSX without trusting it: the archive is measured and rewritten before it is parsed.

The parser keeps a sheet as a full rectangle, so one cell in the far corner of an otherwise empty
sheet would cost gigabytes; and an archive may unpack to far more than it weighs. Therefore the
parts are unpacked under a limit that counts real bytes, every cell's address is checked with a
streaming XML parser, and only then the parser sees a clean archive made of exactly those parts.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from xiaodian.infra.sheets.errors import NotASheet, SheetTooLarge, SheetUnreadable
from xiaodian.infra.sheets.workbook import Limits, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RawSheet", "read_xlsx"]

_KEPT = (".xml", ".rels")
_CELLS = re.compile(rb"<(?:[^\s<>/:]*:)?(?:c|row)[\s/>]")
_ADDRESS = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_SEEN_TWICE = "part named twice"
_ENCRYPTED = 0x1
_PRECISE_BELOW = 10**15
_LETTERS = 26
_ROW_DIGITS_MAX = 7

Value = int | float | str | bool | time | date | datetime | timedelta


@dataclass(slots=True)
class RawSheet:
    """One sheet as rows of (text, problem), beginning at A1."""

    name: str
    rows: list[list[tuple[str, Problem | None]]]


@dataclass(slots=True)
class _Marks:
    """What the values alone do not tell about a sheet's cells, by (row, column) from zero."""

    formulas: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    errors: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])


def read_xlsx(data: bytes, limits: Limits) -> list[RawSheet]:
    """Read every worksheet; refuses ``SHEET_TOO_LARGE``, ``SHEET_UNREADABLE``, ``NOT_A_SHEET``."""
    parts = _unpack(data, limits)
    if "xl/workbook.xml" not in parts:
        raise NotASheet(found="ZIP")
    marks = {
        name: _survey(content, limits) for name, content in parts.items() if _CELLS.search(content)
    }
    places = _sheet_places(parts)
    try:
        sheets = _parse(_pack(parts))
    except (CalamineError, OSError, ValueError) as error:
        raise SheetUnreadable(reason="文件已损坏") from error
    except BaseException as error:
        # A panic inside the native parser arrives as a BaseException of no importable type.
        if type(error).__name__ == "PanicException":
            raise SheetUnreadable(reason="文件已损坏") from error
        raise
    if len(sheets) > limits.sheets:
        raise SheetTooLarge(limit="sheets", at_most=limits.sheets, found=len(sheets))
    return [
        RawSheet(name, _texts(rows, marks.get(places.get(name, ""), _Marks())))
        for name, rows in sheets
    ]


def _parse(data: bytes) -> list[tuple[str, list[list[Value]]]]:
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        names = [meta.name for meta in book.sheets_metadata if meta.typ is SheetTypeEnum.WorkSheet]
        return [
            (name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names
        ]


def _unpack(data: bytes, limits: Limits) -> dict[str, bytes]:
    """Unpack the XML parts, counting the bytes that really come out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > limits.entries:
                raise SheetTooLarge(limit="entries", at_most=limits.entries, found=len(entries))
            declared = sum(entry.file_size for entry in entries)
            if declared > limits.unpacked_bytes:
                raise SheetTooLarge(
                    limit="unpacked_bytes", at_most=limits.unpacked_bytes, found=declared
                )
            if any(entry.flag_bits & _ENCRYPTED for entry in entries):
                raise SheetUnreadable(reason="文件已加密")
            parts: dict[str, bytes] = {}
            for entry in entries:
                if not entry.filename.endswith(_KEPT):
                    continue
                if entry.filename in parts:
                    raise SheetUnreadable(reason="文件已损坏", detail=_SEEN_TWICE)
                # zipfile stops at the declared size and then compares the checksum, so a part that
                # lies about its size fails here instead of growing.
                with archive.open(entry) as part:
                    parts[entry.filename] = part.read(entry.file_size + 1)
            return parts
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        raise SheetUnreadable(reason="文件已损坏") from error


def _pack(parts: dict[str, bytes]) -> bytes:
    """Write the surveyed parts into a plain archive, the only one the parser gets to see."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def _parser() -> expat.XMLParserType:
    """Make a streaming parser that refuses document types, and with them entities."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise SheetUnreadable(reason="文件含有不允许的声明")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _feed(parser: expat.XMLParserType, content: bytes) -> None:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in content[:4]:
        raise SheetUnreadable(reason="文件编码不受支持")
    try:
        _ = parser.Parse(content, True)  # noqa: FBT003 - the parser takes no keyword
    except expat.ExpatError as error:
        raise SheetUnreadable(reason="文件已损坏") from error


def _survey(content: bytes, limits: Limits) -> _Marks:
    """Check the address of every cell that holds something; note which are formulas or errors."""
    marks = _Marks()
    row, column = -1, -1

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column
        match name.rpartition(":")[2]:
            case "row":
                row = _row(attributes["r"]) if "r" in attributes else row + 1
                column = -1
            case "c":
                row, column = (
                    _address(attributes["r"]) if "r" in attributes else (max(row, 0), column + 1)
                )
                if attributes.get("t") == "e":
                    marks.errors.add((row, column))
            case "f":
                _hold(row, column, limits)
                marks.formulas.add((row, column))
            case "v" | "is":
                _hold(row, column, limits)
            case _:
                pass

    parser = _parser()
    parser.StartElementHandler = start
    _feed(parser, content)
    return marks


def _row(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > _ROW_DIGITS_MAX:
        raise SheetUnreadable(reason="行号无法识别")
    return int(text) - 1


def _address(text: str) -> tuple[int, int]:
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise SheetUnreadable(reason="单元格地址无法识别")
    column = 0
    for letter in match[1].upper():
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return _row(match[2]), column - 1


def _hold(row: int, column: int, limits: Limits) -> None:
    """Hold a filled cell inside the limits; the header is a row more."""
    if row > limits.rows:
        raise SheetTooLarge(limit="rows", at_most=limits.rows, found=row)
    if column >= limits.columns:
        raise SheetTooLarge(limit="columns", at_most=limits.columns, found=column + 1)


def _sheet_places(parts: dict[str, bytes]) -> dict[str, str]:
    """Answer which part holds which sheet, by the workbook's own index."""
    targets: dict[str, str] = {}
    places: dict[str, str] = {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Relationship":
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = (
                target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            )

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet":
            link = next(
                (value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), ""
            )
            places[attributes.get("name", "")] = targets.get(link, "")

    for part, handler in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", sheet)):
        parser = _parser()
        parser.StartElementHandler = handler
        _feed(parser, parts.get(part, b"<none/>"))
    return places


def _texts(
    rows: Sequence[Sequence[Value]], marks: _Marks
) -> list[list[tuple[str, Problem | None]]]:
    return [
        [_text(value, (r, c), marks) for c, value in enumerate(row)] for r, row in enumerate(rows)
    ]


def _text(value: Value, at: tuple[int, int], marks: _Marks) -> tuple[str, Problem | None]:
    if at in marks.errors:
        return "", Problem.ERROR
    if value == "" and at in marks.formulas:
        return "", Problem.FORMULA
    if isinstance(value, int | float) and not -_PRECISE_BELOW < value < _PRECISE_BELOW:
        return "", Problem.IMPRECISE
    return _shortest(value), None


def _shortest(value: Value) -> str:
    """Write a value as the shortest text that means the same."""
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return str(int(value)) if value == int(value) else repr(value)
        case timedelta():
            return str(value)
        case _:
            return value.isoformat()
