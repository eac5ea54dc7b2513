"""Judging one SKU's row: by its own cells, its product's number and its product's market price."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xiaodian.catalog.rules.importing.cells import (
    Fault,
    is_storable,
    read_number,
    read_spec,
    read_stock,
)
from xiaodian.catalog.rules.importing.outcomes import Known, Line, RowFault, RowRefusal, SkuRow
from xiaodian.catalog.rules.importing.products import (
    UNSTORABLE,
    number_missing,
    number_taken,
    price_of,
)
from xiaodian.catalog.rules.said import Said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["SkuJudge"]


@dataclass(slots=True)
class SkuJudge:
    """Judges the SKU rows of one import in their order.

    ``caps`` is each product's market price, None where it cannot be read. ``_claimed`` gives each
    SKU number to the first row that has it, refused or not.
    """

    caps: Mapping[str, int | None]
    known: Known
    price_capped: bool
    _claimed: dict[str, Line] = field(default_factory=dict[str, Line])

    def judge(self, line: Line) -> SkuRow | RowRefusal:
        """Make a SKU's row the beginning of a draft, or refuse it by all that is wrong with it."""
        named_by = "sku_no" if "sku_no" in line.columns.sku else "product_no"
        product_no = read_number(line.cell("product_no", sku=True))
        # Without SKU numbers every product has one SKU, which bears the product's number.
        number = read_number(line.cell(named_by, sku=True))
        faults = [
            *self._number_faults(line, named_by, number, product_no),
            *self._owner_faults(line, product_no),
        ]
        price_fen = self._price(line, number, product_no, faults)
        if not is_storable(line.text("spec", sku=True)):
            faults.append(line.fault("spec", "TEXT_UNREADABLE", "W-PRD-11", UNSTORABLE, sku=True))
        if faults or price_fen is None:
            return RowRefusal(line.sheet, line.row.number, product_no, number, tuple(faults))
        return _accepted(line, product_no, number, price_fen)

    def _price(
        self, line: Line, number: str, product_no: str, faults: list[RowFault]
    ) -> int | None:
        own = "price" in line.columns.sku
        priced_by = "price" if own else "sale_price"
        price_fen = price_of(line, priced_by, faults, sku=own)
        cap_fen = self.caps.get(product_no)
        if price_fen is None or cap_fen is None or not self.price_capped or price_fen <= cap_fen:
            return price_fen
        said = Said(
            "SKU {number} 的价格 {price_fen} 高于商品市场价 {market_fen}",
            {"number": number, "price_fen": price_fen, "market_fen": cap_fen},
        )
        faults.append(line.fault(priced_by, "PRICE_ABOVE_MARKET", "A-PRD-02", said, sku=own))
        return price_fen

    def _number_faults(
        self, line: Line, named_by: str, number: str, product_no: str
    ) -> Iterator[RowFault]:
        what = "SKU 编号"
        if not number:
            said = number_missing(line.cell(named_by, sku=True), what)
            yield line.fault(named_by, "NUMBER_MISSING", "W-PRD-11", said, sku=True)
        elif (first := self._claimed.setdefault(number, line)) is not line:
            said = number_taken(number, first, what)
            yield line.fault(named_by, "NUMBER_DUPLICATE", "W-PRD-11", said, sku=True)
        elif self.known.skus.get(number, product_no) != product_no:
            said = Said(
                "SKU 编号 {number} 已属于商品 {product}",
                {"number": number, "product": self.known.skus[number]},
            )
            yield line.fault(named_by, "NUMBER_DUPLICATE", "W-PRD-11", said, sku=True)

    def _owner_faults(self, line: Line, product_no: str) -> Iterator[RowFault]:
        if product_no and product_no in self.caps:
            return
        said = Said("没有填写所属商品的货号")
        if product_no:
            said = Said("没有货号为 {number} 的商品", {"number": product_no})
        yield line.fault("product_no", "SKU_WITHOUT_PRODUCT", "W-PRD-11", said, sku=True)


def _accepted(line: Line, product_no: str, number: str, price_fen: int) -> SkuRow:
    cell = line.cell("stock", sku=True)
    assert cell is not None, "the column was asked for before"
    try:
        stock: int | None = read_stock(cell)
    except Fault:
        stock = None
    return SkuRow(
        sheet=line.sheet,
        row=line.row.number,
        product_no=product_no,
        number=number,
        spec=read_spec(line.text("spec", sku=True)),
        price_fen=price_fen,
        stock=stock,
        stock_text=cell.text if is_storable(cell.text) else "",
        cells=dict(line.cells(sku=True)),
    )
