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
from xiaodian.catalog.rules.importing.products import number_reason, price_of
from xiaodian.kernel.money import yuan

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
        priced_by = "price" if "price" in line.columns.sku else "sale_price"
        price_fen = price_of(line, priced_by, faults, sku=priced_by == "price")
        cap_fen = self.caps.get(product_no)
        if (
            self.price_capped
            and price_fen is not None
            and cap_fen is not None
            and price_fen > cap_fen
        ):
            reason = f"SKU {number} 价格 {yuan(price_fen)} 高于商品市场价 {yuan(cap_fen)}"
            faults.append(
                line.fault(
                    priced_by, "PRICE_ABOVE_MARKET", "A-PRD-02", reason, sku=priced_by == "price"
                )
            )
        if not is_storable(line.text("spec", sku=True)):
            faults.append(
                line.fault("spec", "TEXT_UNREADABLE", "W-PRD-11", "含有无法保存的字符", sku=True)
            )
        if faults or price_fen is None:
            return RowRefusal(line.sheet, line.row.number, product_no, number, tuple(faults))
        return _accepted(line, product_no, number, price_fen)

    def _number_faults(
        self, line: Line, named_by: str, number: str, product_no: str
    ) -> Iterator[RowFault]:
        if not number:
            reason = number_reason(line.cell(named_by, sku=True), "SKU 编号")
            yield line.fault(named_by, "NUMBER_MISSING", "W-PRD-11", reason, sku=True)
        elif (first := self._claimed.setdefault(number, line)) is not line:
            reason = f"SKU 编号 {number} 已在 {first.sheet} 第 {first.row.number} 行出现"
            yield line.fault(named_by, "NUMBER_DUPLICATE", "W-PRD-11", reason, sku=True)
        elif self.known.skus.get(number, product_no) != product_no:
            reason = f"SKU 编号 {number} 已属于商品 {self.known.skus[number]}"
            yield line.fault(named_by, "NUMBER_DUPLICATE", "W-PRD-11", reason, sku=True)

    def _owner_faults(self, line: Line, product_no: str) -> Iterator[RowFault]:
        if product_no and product_no in self.caps:
            return
        reason = f"没有货号为 {product_no} 的商品" if product_no else "没有填写所属商品的货号"
        yield line.fault("product_no", "SKU_WITHOUT_PRODUCT", "W-PRD-11", reason, sku=True)


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
