"""Judging one product's row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.catalog.rules.importing.cells import (
    NUMBER_MAX,
    Fault,
    PriceFault,
    is_storable,
    problem_of,
    read_attributes,
    read_number,
    read_price,
)
from xiaodian.catalog.rules.importing.columns import SheetKind
from xiaodian.catalog.rules.importing.outcomes import Line, ProductRow, RowFault, RowRefusal
from xiaodian.catalog.rules.said import Fact, Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xiaodian.catalog.rules.importing.table import Cell

__all__ = [
    "first_rows",
    "is_further_sku",
    "judge_product",
    "number_missing",
    "number_taken",
    "price_of",
]

UNSTORABLE = Said("含有无法保存的字符")
_TEXT_FIELDS = (
    "product_no",
    "title",
    "category_l1",
    "category_l2",
    "category",
    "brand",
    "selling_point",
    "unit",
)


def first_rows(lines: Iterable[Line]) -> dict[str, Line]:
    """Give each product number to the first row that has it, refused or not."""
    firsts: dict[str, Line] = {}
    for line in lines:
        number = read_number(line.cell("product_no"))
        if number:
            firsts.setdefault(number, line)
    return firsts


def is_further_sku(line: Line, firsts: Mapping[str, Line]) -> bool:
    """Tell whether a row of a one-sheet form is a further SKU of a product named above it.

    It is when its product cells are empty or the same; otherwise it is a second product of that
    number.
    """
    first = firsts.get(read_number(line.cell("product_no")))
    if first is None or first is line or line.columns.kind is not SheetKind.BOTH:
        return False
    if "sku_no" not in line.columns.sku or first.sheet != line.sheet:
        return False
    shared = set(line.columns.sku.values())
    own = [name for name, index in line.columns.product.items() if index not in shared]
    return all(line.text(name) in {"", first.text(name)} for name in own)


def judge_product(
    line: Line, firsts: Mapping[str, Line], *, price_capped: bool
) -> ProductRow | RowRefusal:
    """Make a product's row the beginning of a draft, or refuse it by all that is wrong with it."""
    faults = [*_number_faults(line, firsts), *_title_faults(line), *_text_faults(line)]
    market, sale = price_of(line, "market_price", faults), price_of(line, "sale_price", faults)
    if price_capped and market is not None and sale is not None and sale > market:
        said = Said(
            "售价 {sale_fen} 高于市场价 {market_fen}", {"sale_fen": sale, "market_fen": market}
        )
        faults.append(line.fault("sale_price", "PRICE_ABOVE_MARKET", "A-PRD-02", said))
    if faults or market is None or sale is None:
        return RowRefusal(line.sheet, line.row.number, line.text("product_no"), "", tuple(faults))
    unread: dict[str, str] = {}
    return ProductRow(
        sheet=line.sheet,
        row=line.row.number,
        number=line.text("product_no"),
        title=line.text("title"),
        source=_source(line),
        brand=line.text("brand"),
        selling_point=line.text("selling_point"),
        unit=line.text("unit"),
        market_price_fen=market,
        sale_price_fen=sale,
        attributes=_attributes(line, unread),
        unread=unread,
        cells=dict(line.cells()),
    )


def price_of(line: Line, name: str, faults: list[RowFault], *, sku: bool = False) -> int | None:
    """Read a price column that was made sure of; None with a fault added when it holds no price."""
    cell = line.cell(name, sku=sku)
    assert cell is not None, "the column was asked for before"
    try:
        return read_price(cell, line.fen_of)
    except PriceFault as fault:
        faults.append(line.fault(name, fault.code, "A-PRD-02", fault.said, sku=sku))
        return None


def number_missing(cell: Cell | None, what: str) -> Said:
    """Say why a cell names nothing."""
    if cell is None or not (cell.text or cell.problem):
        return Said("{what}没有填写", {"what": what})
    if cell.problem:
        return Said("{what}无法识别：{why}", {"what": what, "why": problem_of(cell)})
    return Said("{what}须为一行文字，不超过 {limit} 个字符", {"what": what, "limit": NUMBER_MAX})


def number_taken(number: str, first: Line, what: str) -> Said:
    """Say where a number stood before."""
    facts: dict[str, Fact] = {"what": what, "number": number, "sheet": first.sheet}
    facts["row"] = first.row.number
    return Said("{what} {number} 已在 {sheet} 第 {row} 行出现", facts)


def _number_faults(line: Line, firsts: Mapping[str, Line]) -> Iterator[RowFault]:
    cell = line.cell("product_no")
    number = read_number(cell)
    if not number:
        said = number_missing(cell, "货号")
        yield line.fault("product_no", "NUMBER_MISSING", "W-PRD-11", said)
    elif (first := firsts[number]) is not line:
        said = number_taken(number, first, "货号")
        yield line.fault("product_no", "NUMBER_DUPLICATE", "W-PRD-11", said)


def _title_faults(line: Line) -> Iterator[RowFault]:
    cell = line.cell("title")
    if cell is None or not cell.text:
        why = problem_of(cell) if cell else ""
        said = Said("标题无法识别：{why}", {"why": why}) if why else Said("标题没有填写")
        yield line.fault("title", "TITLE_MISSING", "A-PRD-02", said)


def _text_faults(line: Line) -> Iterator[RowFault]:
    """Texts that no database can hold; they come from hand-made files only."""
    for name in _TEXT_FIELDS:
        if not is_storable(line.text(name)):
            yield line.fault(name, "TEXT_UNREADABLE", "W-PRD-11", UNSTORABLE)


def _attributes(line: Line, unread: dict[str, str]) -> dict[str, str]:
    """Read the attributes of a row; a cell that cannot be read is kept as it is and asked about."""
    found: dict[str, str] = {}
    cell = line.cell("attributes")
    if cell is not None:
        try:
            found = read_attributes(cell)
        except Fault as fault:
            unread["attributes"] = (
                cell.text if is_storable(cell.text) and cell.text else str(fault.said)
            )
    for index, name in line.columns.attributes:
        text = line.row.at(index).text
        if text and is_storable(text):
            found[name] = text
    return found


def _source(line: Line) -> str:
    """Name the category as the sheet does, its levels parted by a slash."""
    levels = [line.text("category_l1"), line.text("category_l2")]
    return "/".join(level for level in levels if level) or line.text("category").replace(">", "/")
