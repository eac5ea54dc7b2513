"""Which column of a merchant's sheet holds what: the headings we know, in any order."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.catalog.rules.importing.table import Cell, Row, Sheet

__all__ = ["REPORT_HEADING", "Columns", "SheetKind", "heading_of", "read_columns"]

REPORT_HEADING = "导入结果"
"""The heading of the column our report adds; a report that is imported again passes it over."""

_PRODUCT: Mapping[str, tuple[str, ...]] = {
    "product_no": (
        "product_no",
        "product_number",
        "number",
        "货号",
        "商品编号",
        "商品编码",
        "商家编码",
        "编号",
        "款号",
    ),
    "title": ("title", "name", "标题", "商品标题", "商品名称", "名称", "品名"),
    "category_l1": ("category_l1", "一级类目", "一级分类"),
    "category_l2": ("category_l2", "二级类目", "二级分类"),
    "category": ("category", "类目", "分类", "商品类目", "商品分类"),
    "brand": ("brand", "品牌"),
    "selling_point": ("selling_point", "卖点", "简介", "商品卖点", "副标题"),
    "unit": ("unit", "单位", "计量单位"),
    "market_price": ("market_price_yuan", "market_price", "市场价", "划线价", "吊牌价", "原价"),
    "sale_price": (
        "sale_price_yuan",
        "sale_price",
        "price_yuan",
        "price",
        "售价",
        "销售价",
        "价格",
        "单价",
    ),
    "attributes": ("attributes", "属性", "商品属性"),
    "stock": ("stock", "库存", "库存数量"),
}
_SKU: Mapping[str, tuple[str, ...]] = {
    "product_no": _PRODUCT["product_no"],
    "sku_no": ("sku_no", "sku", "sku编号", "sku编码", "规格编号", "规格编码"),
    "spec": ("spec", "规格", "规格值", "销售规格"),
    "price": (
        "price_yuan",
        "price",
        "sku_price",
        "sku价格",
        "sku售价",
        "规格价",
        "价格",
        "售价",
        "sale_price_yuan",
        "销售价",
    ),
    "stock": _PRODUCT["stock"],
}
_ATTRIBUTE = re.compile(r"(?:属性|attribute)\s*[:./]\s*(?P<name>.{1,64})", re.IGNORECASE)
_NOTE = re.compile(r"\([^()]*\)$")


class SheetKind(StrEnum):
    """What the rows of a sheet are."""

    PRODUCTS = "products"
    SKUS = "skus"
    BOTH = "both"
    """One row a SKU, with its product's cells beside it (the first row of a product counts)."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the fields of a sheet stand: field to zero-based column, once as product, once as SKU.

    ``attributes`` are columns that hold one attribute each, headed ``属性:材质``. ``repeated``
    names fields that two columns claim, which makes the sheet ambiguous.
    """

    kind: SheetKind
    product: Mapping[str, int]
    sku: Mapping[str, int]
    attributes: tuple[tuple[int, str], ...]
    repeated: tuple[str, ...]
    headings: tuple[str, ...]

    def heading(self, index: int) -> str:
        """Answer what stands at the head of a column."""
        return self.headings[index] if index < len(self.headings) else ""


def read_columns(sheet: Sheet) -> Columns:
    """Recognise a sheet by its header."""
    headings = tuple(cell.text for cell in sheet.header)
    product, product_twice = _match(_PRODUCT, headings)
    sku, sku_twice = _match(_SKU, headings)
    attributes = tuple(
        (index, match["name"].strip())
        for index, text in enumerate(headings)
        if (match := _ATTRIBUTE.fullmatch(unicodedata.normalize("NFKC", text)))
    )
    kind = _kind(product, sku)
    twice = {
        SheetKind.PRODUCTS: product_twice,
        SheetKind.SKUS: sku_twice,
        SheetKind.BOTH: product_twice,
        SheetKind.OTHER: (),
    }[kind]
    return Columns(kind, product, sku, attributes, twice, headings)


def heading_of(field: str) -> str:
    """Answer the Chinese heading under which a field is looked for."""
    names = _PRODUCT.get(field) or _SKU.get(field) or (field,)
    return next((name for name in names if not name.isascii()), field)


def cell_at(row: Row, columns: Mapping[str, int], field: str) -> Cell | None:
    """Answer the cell of a field, None when the sheet has no such column."""
    return row.at(columns[field]) if field in columns else None


def _kind(product: Mapping[str, int], sku: Mapping[str, int]) -> SheetKind:
    has_number, has_title, has_sku = "product_no" in product, "title" in product, "sku_no" in sku
    if has_title and (has_sku or "stock" in product):
        return SheetKind.BOTH
    if has_title:
        return SheetKind.PRODUCTS
    if has_sku and has_number:
        return SheetKind.SKUS
    return SheetKind.OTHER


def _match(
    known: Mapping[str, tuple[str, ...]], headings: tuple[str, ...]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Find each field's column; where several names fit, the first of the list wins."""
    places: dict[str, list[int]] = {}
    for index, heading in enumerate(headings):
        places.setdefault(_plain(heading), []).append(index)
    found: dict[str, int] = {}
    twice: list[str] = []
    for field, names in known.items():
        name = next((name for name in names if name in places), None)
        if name is None:
            continue
        found[field] = places[name][0]
        if len(places[name]) > 1:
            twice.append(field)
    return found, tuple(twice)


def _plain(heading: str) -> str:
    """Fold width, case and a unit in brackets away: ``市场价(元)`` is ``市场价``."""
    folded = unicodedata.normalize("NFKC", heading).casefold().strip().strip("*").strip()
    return _NOTE.sub("", folded).strip()
