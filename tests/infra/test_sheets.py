"""Tables from outside are read under limits; tables for outside are harmless."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaodian.infra.sheets import (
    AmountUnreadable,
    Limits,
    NotASheet,
    Problem,
    SheetTooLarge,
    SheetUnreadable,
    column_letters,
    defused,
    fen_of,
    read_workbook,
    write_csv,
    write_xlsx,
)

SHEET = "xl/worksheets/sheet1.xml"


def texts(data: bytes, sheet: str | None = None) -> list[list[str]]:
    book = read_workbook(data)
    found = book.sheets[sheet] if sheet else next(iter(book.sheets.values()))
    return [
        [cell.text for cell in found.header],
        *[[cell.text for cell in row.cells] for row in found.rows],
    ]


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """Replace one part of an archive."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.namelist():
            new.writestr(entry, content if entry == name else old.read(entry))
        if name not in old.namelist():
            new.writestr(name, content)
    return out.getvalue()


def sheet_xml(body: str, before: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    data = f"<sheetData>{body}</sheetData>"
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{space}">{data}</worksheet>'.encode()


# --- amounts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("3,000.00", 300_000),
        ("3000", 300_000),
        ("0.01", 1),
        ("19.9", 1990),
        ("0", 0),
        ("￥１，２３４．５６", 123_456),
        ("¥ 99 元", 9_900),
        (" 12.30 ", 1_230),
        ("9999999999999.99", 999_999_999_999_999),
    ],
)
def test_exact_amounts_become_fen(text: str, fen: int) -> None:
    assert fen_of(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        *("1.234", "1.000", "1e3", "1E3", "-1", "+1", "NaN", "inf", ".5", "1.", "1.2.3", "12,"),
        *("1,00", "10,00.00", "1,2345", "１．２３４", "1 000", "0x10", "٣", "十", "$1", "1元2"),
        *("10000000000000", "9,999,999,999,999,999"),
    ],
)
def test_everything_else_is_no_amount(text: str) -> None:
    with pytest.raises(AmountUnreadable):
        fen_of(text)


@given(st.integers(0, 10**15 - 1))
def test_written_amounts_read_back(fen: int) -> None:
    whole, rest = divmod(fen, 100)
    assert fen_of(f"{whole:,}.{rest:02d}") == fen
    assert fen_of(f"{whole}.{rest:02d}") == fen


@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_a_refusal(text: str) -> None:
    try:
        fen = fen_of(text)
    except AmountUnreadable:
        fen = 0
    assert fen >= 0


@settings(deadline=None)
@given(st.integers(0, 10**12))
def test_a_price_typed_as_a_number_is_exact(fen: int) -> None:
    assert fen_of(texts(workbook(["price"], [fen / 100]))[1][0]) == fen


# --- reading ---------------------------------------------------------------------------------


def test_a_cell_knows_where_it_stood() -> None:
    book = read_workbook(workbook(["no", "title"], [], ["1", None, "x"]))
    row = book.sheets["Sheet"].rows[0]
    assert (row.number, row.cells[2].column, row.cells[2].row, row.cells[2].text) == (
        3,
        "C",
        3,
        "x",
    )
    assert row.at(7).column == "H"
    assert row.at(7).text == ""


def test_values_become_their_shortest_text() -> None:
    read = texts(workbook(["h"], [1.0, 19.9, True, date(2025, 3, 10), 690_123_456_789, " x "]))
    assert read[1] == ["1", "19.9", "TRUE", "2025-03-10", "690123456789", "x"]


def test_a_number_that_lost_its_end_is_a_problem() -> None:
    cell = (
        read_workbook(workbook(["h"], [6_901_234_567_890_123_456])).sheets["Sheet"].rows[0].cells[0]
    )
    assert (cell.text, cell.problem) == ("", Problem.IMPRECISE)


@pytest.mark.parametrize(
    ("cell", "text", "problem"),
    [
        ('<c r="B2"><f>1+1</f></c>', "", Problem.FORMULA),
        ('<c r="B2"><f>1+1</f><v></v></c>', "", Problem.FORMULA),
        ('<c r="B2"><f>1+1</f><v>7</v></c>', "7", None),
        ('<c r="B2" t="str"><f>cmd|x</f><v>calc</v></c>', "calc", None),
        ('<c r="B2" t="e"><v>#N/A</v></c>', "", Problem.ERROR),
        ('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "", Problem.ERROR),
    ],
)
def test_formulas_are_never_computed(cell: str, text: str, problem: Problem | None) -> None:
    line = f'<row r="2"><c r="A2"><v>2</v></c>{cell}<c r="C2"><v>3</v></c></row>'
    body = f'<row r="1"><c r="A1"><v>1</v></c></row>{line}'
    row = read_workbook(with_part(workbook(["h"]), SHEET, sheet_xml(body))).sheets["Sheet"].rows[0]
    assert (row.cells[1].text, row.cells[1].problem) == (text, problem)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_csv_in_the_encodings_people_send(encoding: str, sign: str) -> None:
    lines = [["货号", "标题", "价格"], ["1", '纯"棉"四件套\n加厚', "3,000.00"]]
    data = "\r\n".join(
        sign.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines
    )
    assert texts(data.encode(encoding)) == lines


def test_csv_of_one_column() -> None:
    assert texts(b"no\n1\n\n2\n") == [["no"], ["1"], ["2"]]


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        b"%PDF-1.7",
        b"\xd0\xcf\x11\xe0" + b"\0" * 600,
        b"PK\x05\x06" + b"\0" * 18,
        b"a,b\0,c",
        b"<html><table></table></html>",
        b"<?xml version='1.0'?><x/>",
    ],
)
def test_other_files_are_named_as_such(data: bytes) -> None:
    with pytest.raises(NotASheet):
        read_workbook(data)


def test_an_archive_without_a_workbook_is_no_sheet() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.xml", "<a/>")
    with pytest.raises(NotASheet):
        read_workbook(out.getvalue())


@pytest.mark.parametrize(
    "data",
    [b"\xff\xff\xff\xff", b"\xef\xbb\xbf\xff", b'a,b\n"open', b'a,b\n"x"y,z\n', b"\xff\xfea"],
)
def test_unreadable_text_is_refused(data: bytes) -> None:
    with pytest.raises(SheetUnreadable):
        read_workbook(data)


# --- hostile workbooks -----------------------------------------------------------------------


@pytest.mark.parametrize("cut", [5, 100, 1000, -1, -40])
def test_a_damaged_archive_is_refused(cut: int) -> None:
    with pytest.raises(SheetUnreadable):
        read_workbook(workbook(["h"], ["x"])[:cut])


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_one_wrong_byte_is_read_or_refused(place: int, value: int) -> None:
    data = bytearray(SMALL)
    data[place % len(data)] = value
    try:
        read_workbook(bytes(data))
    except (SheetUnreadable, SheetTooLarge, NotASheet):
        return


SMALL = workbook(["no", "title"], ["1", "x"])


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for prefix in (b"", b"PK\x03\x04"):
        try:
            read_workbook(prefix + data)
        except (SheetUnreadable, SheetTooLarge, NotASheet):
            continue


def test_a_bomb_is_refused_by_its_directory() -> None:
    with pytest.raises(SheetTooLarge) as refused:
        read_workbook(with_part(SMALL, "xl/bomb.xml", b" " * (65 << 20)))
    assert refused.value.facts["limit"] == "unpacked_bytes"


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    bomb = bytearray(with_part(SMALL, SHEET, sheet_xml("<row/>" * 400_000)))
    size = len(sheet_xml("<row/>" * 400_000)).to_bytes(4, "little")
    assert bomb.count(size) == 2
    with pytest.raises(SheetUnreadable):
        read_workbook(bytes(bomb.replace(size, (100).to_bytes(4, "little"))))


def test_a_cell_in_the_far_corner_costs_nothing() -> None:
    for address, limit in (("XFD1", "columns"), ("A1048576", "rows"), ("XFD1048576", "rows")):
        body = f'<row><c r="A1"><v>1</v></c><c foo=">" r = "{address}"><v>1</v></c></row>'
        with pytest.raises(SheetTooLarge) as refused:
            read_workbook(with_part(SMALL, SHEET, sheet_xml(body)))
        assert refused.value.facts["limit"] == limit


def test_empty_styled_cells_far_away_are_no_obstacle() -> None:
    body = '<row r="1"><c r="A1"><v>1</v></c></row><row r="900000"><c r="ZZ900000" s="0"/></row>'
    assert texts(with_part(SMALL, SHEET, sheet_xml(body))) == [["1"]]


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(SheetUnreadable):
        read_workbook(
            with_part(SMALL, SHEET, sheet_xml('<row><c t="str"><v>&b;</v></c></row>', bomb))
        )


def test_coded_control_signs_are_dropped() -> None:
    body = '<row><c r="A1" t="inlineStr"><is><t>a_x0000__x0007_b</t></is></c></row>'
    assert texts(with_part(SMALL, SHEET, sheet_xml(body))) == [["ab"]]


def test_a_locked_archive_is_refused() -> None:
    locked = bytearray(SMALL)
    place = locked.index(b"PK\x01\x02")
    locked[place + 8] |= 1
    with pytest.raises(SheetUnreadable):
        read_workbook(bytes(locked))


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(file_bytes=10), "file_bytes"),
        (Limits(entries=2), "entries"),
        (Limits(unpacked_bytes=100), "unpacked_bytes"),
        (Limits(rows=1), "rows"),
        (Limits(columns=1), "columns"),
        (Limits(cell_chars=3), "cell_chars"),
        (Limits(sheets=0), "sheets"),
    ],
)
def test_each_limit_is_named(limits: Limits, name: str) -> None:
    data = workbook(["no", "b"], ["1", "long"], ["2", "x"])
    with pytest.raises(SheetTooLarge) as refused:
        read_workbook(data, limits=limits)
    assert refused.value.facts["limit"] == name
    if name in {"rows", "columns", "cell_chars"}:
        with pytest.raises(SheetTooLarge) as refused:
            read_workbook(b"no,b\n1,long\n2,x\n", limits=limits)
        assert refused.value.facts["limit"] == name


def test_a_very_long_csv_cell_is_too_large() -> None:
    with pytest.raises(SheetTooLarge):
        read_workbook(b"a\n" + b"x" * 200_000)


# --- writing ---------------------------------------------------------------------------------

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", " =1", "'=1"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_dangerous_cell_is_defused(text: str) -> None:
    assert defused(text) == f"'{text}"
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx({"s": [["h"], [text]]})))
    cell = book["s"]["A2"]
    assert cell.data_type == "s"
    assert str(cell.value).startswith("'")
    assert write_csv([[text]]).decode("utf-8-sig").lstrip('"').startswith("'")


@pytest.mark.parametrize("text", ["", "x", "1-1", "3,000.00", "'x", "a=b", "100%棉"])
def test_a_harmless_cell_is_left_alone(text: str) -> None:
    assert defused(text) == text


def test_a_negative_number_is_a_number_in_a_workbook_and_defused_in_csv() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx({"s": [["h"], [-5]]})))
    assert book["s"]["A2"].value == -5
    assert write_csv([[-5]]).decode("utf-8-sig") == "'-5\r\n"


def test_unwritable_signs_do_not_break_the_export() -> None:
    assert texts(write_xlsx({"a/b:c*?[]": [["h"], ["x\x00\x1f\ufffey"]]})) == [["h"], ["xy"]]


cells = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12
) | st.sampled_from([*DANGEROUS, "_x000D_", "''=x", "a\nb", '"', "a,b;c\td"])


@settings(deadline=None)
@given(st.lists(st.lists(cells, min_size=2, max_size=4), max_size=4))
def test_what_is_written_reads_back(rows: list[list[str]]) -> None:
    table = [["no", "b", "c", "d"], *[["1", *row] for row in rows]]
    clean = [[cell.strip() for cell in row] for row in table]
    for row in clean:
        while row and not row[-1]:
            row.pop()
    assert texts(write_xlsx({"s": table})) == clean
    assert texts(write_csv(table)) == clean


@pytest.mark.parametrize(
    ("index", "letters"),
    [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")],
)
def test_columns_are_named_as_spreadsheets_do(index: int, letters: str) -> None:
    assert column_letters(index) == letters
