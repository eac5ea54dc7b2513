"""What becomes of each row of a merchant's sheets: a draft's beginnings, or a refusal by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xiaodian.catalog.rules.importing.columns import Columns, cell_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xiaodian.catalog.rules.importing.table import AmountReader, Cell, Row
    from xiaodian.catalog.rules.said import Said

__all__ = ["Known", "Line", "Plan", "ProductRow", "RowFault", "RowRefusal", "SkuRow"]


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing wrong with a row: the cell, the rule that says so, and the sentence."""

    column: str
    heading: str
    code: str
    rule: str
    said: Said


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """A row from which no draft can come; ``faults`` has at least one."""

    sheet: str
    row: int
    product_no: str
    sku_no: str
    faults: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product's row that can be a draft. Prices in fen.

    ``source`` is the category as the sheet names it; ``unread`` holds, by field, the texts that
    say nothing usable (``attributes``), each of which becomes a question; ``cells`` are the texts
    as they stood, by which a later import knows what has changed.
    """

    sheet: str
    row: int
    number: str
    title: str
    source: str
    brand: str
    selling_point: str
    unit: str
    market_price_fen: int
    sale_price_fen: int
    attributes: Mapping[str, str]
    unread: Mapping[str, str]
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SkuRow:
    """A SKU's row that can be a draft; ``stock`` None could not be read and becomes a question."""

    sheet: str
    row: int
    product_no: str
    number: str
    spec: Mapping[str, str]
    price_fen: int
    stock: int | None
    stock_text: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What the shop has already: products by number with market price, and whose each SKU is."""

    products: Mapping[str, int] = field(default_factory=dict[str, int])
    skus: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import will do. ``rows`` and ``sku_rows`` count what was read, refused or not.

    ``missing`` and ``repeated`` name headings, by sheet, without which or with which twice a
    sheet cannot be read at all; then nothing else is planned.
    """

    rows: int
    sku_rows: int
    products: tuple[ProductRow, ...]
    skus: tuple[SkuRow, ...]
    refused: tuple[RowRefusal, ...]
    missing: tuple[tuple[str, str], ...] = ()
    repeated: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A row with the columns it is read by."""

    sheet: str
    columns: Columns
    row: Row
    fen_of: AmountReader

    def cell(self, field: str, *, sku: bool = False) -> Cell | None:
        """Answer the cell of a field, None when the sheet has no such column."""
        return cell_at(self.row, self.columns.sku if sku else self.columns.product, field)

    def text(self, field: str, *, sku: bool = False) -> str:
        """Answer the text of a field, empty when the sheet has no such column."""
        cell = self.cell(field, sku=sku)
        return cell.text if cell else ""

    def fault(self, field: str, code: str, rule: str, said: Said, *, sku: bool = False) -> RowFault:
        """Say what is wrong with a field of this row, naming its cell."""
        places = self.columns.sku if sku else self.columns.product
        index = places.get(field)
        if index is None:
            return RowFault("", field, code, rule, said)
        return RowFault(self.row.at(index).column, self.columns.heading(index), code, rule, said)

    def cells(self, *, sku: bool = False) -> Iterator[tuple[str, str]]:
        """List the row's texts by field, as a later import compares them."""
        for name, index in (self.columns.sku if sku else self.columns.product).items():
            yield name, self.row.at(index).text
        if not sku:
            for index, name in self.columns.attributes:
                yield f"attribute:{name}", self.row.at(index).text
