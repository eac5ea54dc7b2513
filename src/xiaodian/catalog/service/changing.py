"""Applying to a draft what somebody typed, field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian.catalog.errors import FieldMissing, FieldRefused, FieldTooLong, NumberTaken
from xiaodian.catalog.models import DraftRow, ProductRow, SkuRow
from xiaodian.catalog.rules.attributes import plain_value
from xiaodian.catalog.rules.importing.cells import NUMBER_MAX, STOCK_MAX, is_storable, read_spec
from xiaodian.catalog.rules.questions import SPEC_MAX, TEXT_LIMITS, TEXT_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.catalog.rules.questions import Lore
    from xiaodian.infra.db import Tx

__all__ = [
    "DraftChanges",
    "SkuInput",
    "apply_changes",
    "check_number",
    "check_stock",
    "drop_skus",
    "new_sku",
]

PRICE_MAX_FEN = 100_000_000_000
_VALUE_MAX = 2_000
_ATTRIBUTES_MAX = 100
_PICTURES_MAX = 9


@dataclass(frozen=True, slots=True)
class SkuInput:
    """A SKU as somebody typed it. ``stock`` None leaves what there is (new SKUs begin at 0)."""

    number: str
    spec: str
    price_fen: int
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class DraftChanges:
    """What shall become of a draft; None leaves a field as it is.

    ``attributes`` replaces the values of its keys, an empty value takes a key away. ``skus`` is
    the whole list: whoever is not on it leaves the draft. ``pictures`` are file ids in order.
    """

    title: str | None = None
    category: str | None = None
    brand: str | None = None
    selling_point: str | None = None
    unit: str | None = None
    market_price_fen: int | None = None
    sale_price_fen: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    skus: Sequence[SkuInput] | None = None
    pictures: Sequence[str] | None = None


def check_number(label: str, number: str) -> str:
    """Hold a product's or SKU's number to its form."""
    if not number:
        raise FieldMissing(field=label)
    if len(number) > NUMBER_MAX or not number.isprintable():
        raise FieldTooLong(field=label, limit=NUMBER_MAX)
    return number


async def apply_changes(
    tx: Tx, product: ProductRow, draft: DraftRow, changes: DraftChanges, lore: Lore
) -> None:
    """Write changes into a draft; refuses ``FIELD_MISSING``, ``_TOO_LONG`` and ``_REFUSED``."""
    for name in TEXT_LIMITS:
        value: str | None = getattr(changes, name)
        if value is not None:
            setattr(draft, name, _text(name, value))
    if changes.category is not None:
        draft.category = _leaf(changes.category, lore)
    for name, label in (("market_price_fen", "市场价"), ("sale_price_fen", "售价")):
        price: int | None = getattr(changes, name)
        if price is not None:
            setattr(draft, name, _price(label, price))
    if changes.attributes:
        _apply_attributes(draft, changes.attributes, lore)
    if changes.pictures is not None:
        if len(changes.pictures) > _PICTURES_MAX:
            raise FieldRefused(field="图片", why="最多 9 张")
        draft.pictures = list(changes.pictures)
    if changes.skus is not None:
        await _apply_skus(tx, product, draft, changes.skus)


def _apply_attributes(draft: DraftRow, given: Mapping[str, str], lore: Lore) -> None:
    attributes, extra = dict(draft.attributes), dict(draft.extra)
    known = {*lore.library.by_key, *lore.book.product.attributes}
    for key, raw in given.items():
        value = plain_value(raw)
        if len(value) > _VALUE_MAX or not is_storable(key + value) or len(key) > NUMBER_MAX:
            raise FieldTooLong(field=lore.library.label(key), limit=_VALUE_MAX)
        held = attributes if key in known else extra
        held.pop(key, None)
        if value:
            held[key] = value
    if len(attributes) + len(extra) > _ATTRIBUTES_MAX:
        raise FieldRefused(field="属性", why="太多了")
    draft.attributes, draft.extra = attributes, extra
    draft.ambiguous = {key: one for key, one in draft.ambiguous.items() if key not in given}
    draft.unread = {key: raw for key, raw in draft.unread.items() if key != "attributes"}


async def _apply_skus(
    tx: Tx, product: ProductRow, draft: DraftRow, given: Sequence[SkuInput]
) -> None:
    numbers = [sku.number for sku in given]
    if len(set(numbers)) < len(numbers):
        raise NumberTaken(number=next(one for one in numbers if numbers.count(one) > 1))
    held = {
        row.number: row
        for row in await tx.session.scalars(
            select(SkuRow).where(SkuRow.shop_id == product.shop_id, SkuRow.number.in_(numbers))
        )
    }
    for sku in given:
        check_number("SKU 编号", sku.number)
        if len(sku.spec) > SPEC_MAX or not is_storable(sku.spec):
            raise FieldTooLong(field="规格", limit=SPEC_MAX)
        row = held.get(sku.number)
        if row is None:
            row = new_sku(tx, product, sku.number)
            tx.session.add(row)
        elif row.product_id != product.id:
            raise NumberTaken(number=sku.number)
        row.in_draft, row.draft_spec = True, read_spec(sku.spec)
        row.draft_price_fen = _price("SKU 价格", sku.price_fen)
        if sku.stock is not None:
            row.stock = check_stock(sku.stock)
            draft.unread = {
                key: raw for key, raw in draft.unread.items() if key != f"stock:{sku.number}"
            }
    await tx.session.flush()
    await drop_skus(tx, product.id, keep=numbers)


async def drop_skus(tx: Tx, product_id: int, *, keep: Sequence[str]) -> None:
    """Take SKUs out of a draft; those that were never online go for good."""
    for row in await tx.session.scalars(
        select(SkuRow).where(
            SkuRow.product_id == product_id, SkuRow.in_draft, SkuRow.number.not_in(keep)
        )
    ):
        if row.price_fen:
            row.in_draft = False
        else:
            await tx.session.delete(row)
    await tx.session.flush()


def new_sku(tx: Tx, product: ProductRow, number: str) -> SkuRow:
    """Make the row of a SKU that stands in a draft only, without stock."""
    return SkuRow(
        id=tx.new_id(),
        shop_id=product.shop_id,
        product_id=product.id,
        number=number,
        in_draft=True,
        draft_spec={},
        draft_price_fen=1,
        online=False,
        spec="",
        price_fen=0,
        stock=0,
    )


def _text(name: str, value: str) -> str:
    given, limit = value.strip(), TEXT_LIMITS[name]
    one_line = name == "selling_point" or given.isprintable() or not given
    if len(given) > limit or not one_line or not is_storable(given):
        raise FieldTooLong(field=TEXT_WORDS[name], limit=limit)
    if name == "title" and not given:
        raise FieldMissing(field=TEXT_WORDS[name])
    return given


def _leaf(code: str, lore: Lore) -> str | None:
    if code and code not in {leaf.code for leaf in lore.categories.leaves}:
        raise FieldRefused(field="类目", why="没有这个类目")
    return code or None


def _price(label: str, price_fen: int) -> int:
    if not 0 < price_fen <= PRICE_MAX_FEN:
        raise FieldRefused(field=label, why="须大于 0，不超过十亿元")
    return price_fen


def check_stock(stock: int) -> int:
    """Hold a stock to its bounds."""
    if not 0 <= stock <= STOCK_MAX:
        raise FieldRefused(field="库存", why="须为不超过一亿的非负整数")
    return stock
