"""From a merchant's sheets to drafts, row by row: what is refused, and what can exist.

A row is refused only when no draft can exist. Each outcome depends on the row's own cells and,
for a SKU, on its product's number and market price: altering one cell alters no other outcome.
That is why a number belongs to its first row even where that row is itself refused, and why the
SKUs of a product refused for its title are not refused with it (the product's row answers for
them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.catalog.rules.importing.columns import Columns, SheetKind, read_columns
from xiaodian.catalog.rules.importing.outcomes import (
    Known,
    Line,
    Plan,
    ProductRow,
    RowRefusal,
    SkuRow,
)
from xiaodian.catalog.rules.importing.products import (
    first_rows,
    is_further_sku,
    judge_product,
    price_of,
)
from xiaodian.catalog.rules.importing.skus import SkuJudge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.catalog.rules.importing.table import AmountReader, Sheet

__all__ = ["plan_import"]

_NEEDED: Mapping[SheetKind, tuple[str, ...]] = {
    SheetKind.PRODUCTS: ("product_no", "market_price", "sale_price"),
    SheetKind.BOTH: ("product_no", "market_price", "sale_price", "stock"),
    SheetKind.SKUS: ("price", "stock"),
}


def plan_import(
    sheets: Sequence[Sheet], *, known: Known, price_capped: bool, fen_of: AmountReader
) -> Plan:
    """Judge every row of a merchant's sheets.

    Sheets are told apart by their headings: products, SKUs, or both in one row. ``price_capped``
    is the market's rule that nothing sells above its market price (A-PRD-02), ``fen_of`` reads the
    amounts. A plan with
    ``missing`` or ``repeated`` headings is empty: the sheets as a whole could not be read.
    """
    read = [(sheet, read_columns(sheet)) for sheet in sheets]
    missing, repeated = _missing(read), _repeated(read)
    if missing or repeated:
        return Plan(0, 0, (), (), (), missing, repeated)
    product_lines, sku_lines = _sort(read, fen_of)
    firsts = first_rows(product_lines)
    own_lines = [line for line in product_lines if not is_further_sku(line, firsts)]
    outcomes: list[ProductRow | SkuRow | RowRefusal] = [
        judge_product(line, firsts, price_capped=price_capped) for line in own_lines
    ]
    caps = {
        **known.products,
        **{number: price_of(line, "market_price", []) for number, line in firsts.items()},
    }
    judge = SkuJudge(caps, known, price_capped)
    outcomes += [judge.judge(line) for line in sku_lines]
    order = {sheet.name: place for place, sheet in enumerate(sheets)}
    return Plan(
        rows=len(own_lines),
        sku_rows=len(sku_lines),
        products=tuple(outcome for outcome in outcomes if isinstance(outcome, ProductRow)),
        skus=tuple(outcome for outcome in outcomes if isinstance(outcome, SkuRow)),
        refused=_refused(outcomes, order),
    )


def _missing(read: Sequence[tuple[Sheet, Columns]]) -> tuple[tuple[str, str], ...]:
    """Name the headings without which a sheet says nothing, by sheet."""
    usable = [(sheet, columns) for sheet, columns in read if columns.kind is not SheetKind.OTHER]
    if not usable:
        return ((read[0][0].name if read else "", "title"),)
    return tuple(
        (sheet.name, name)
        for sheet, columns in usable
        for name in _NEEDED[columns.kind]
        if name not in (columns.sku if columns.kind is SheetKind.SKUS else columns.product)
    )


def _repeated(read: Sequence[tuple[Sheet, Columns]]) -> tuple[tuple[str, str], ...]:
    return tuple((sheet.name, name) for sheet, columns in read for name in columns.repeated)


def _sort(
    read: Sequence[tuple[Sheet, Columns]], fen_of: AmountReader
) -> tuple[list[Line], list[Line]]:
    """Answer the rows that are products and the rows that are SKUs; a row may be both."""
    has_skus = any(columns.kind is SheetKind.SKUS for _, columns in read)
    products: list[Line] = []
    skus: list[Line] = []
    for sheet, columns in read:
        lines = [Line(sheet.name, columns, row, fen_of) for row in sheet.rows]
        if columns.kind in {SheetKind.PRODUCTS, SheetKind.BOTH}:
            products += lines
        # Beside a sheet of SKUs, the stock in a sheet of products is a mere remark.
        is_remark = has_skus and "sku_no" not in columns.sku
        if columns.kind is SheetKind.SKUS or (columns.kind is SheetKind.BOTH and not is_remark):
            skus += lines
    return products, skus


def _refused(
    outcomes: Sequence[ProductRow | SkuRow | RowRefusal], order: Mapping[str, int]
) -> tuple[RowRefusal, ...]:
    """Bring the refusals into the order of the file, one a row."""
    found: dict[tuple[int, int], RowRefusal] = {}
    for outcome in outcomes:
        if isinstance(outcome, RowRefusal):
            place = (order[outcome.sheet], outcome.row)
            found[place] = _joined(found.get(place), outcome)
    return tuple(found[place] for place in sorted(found))


def _joined(earlier: RowRefusal | None, later: RowRefusal) -> RowRefusal:
    """Make one refusal of the two halves of a row that is product and SKU at once."""
    if earlier is None:
        return later
    seen = {(fault.column, fault.code) for fault in earlier.faults}
    more = tuple(fault for fault in later.faults if (fault.column, fault.code) not in seen)
    return RowRefusal(later.sheet, later.row, later.product_no, later.sku_no, earlier.faults + more)
