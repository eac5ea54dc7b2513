"""Drafts: made and edited by merchants; the online copy is never touched here (A-PRD-01)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from xiaodian import merchants
from xiaodian.catalog.errors import (
    DraftLocked,
    DraftMoved,
    FieldMissing,
    NumberTaken,
    ProductNotFound,
    SkuNotFound,
    TooManyProducts,
)
from xiaodian.catalog.models import DraftRow, ProductRow
from xiaodian.catalog.rules.lore import lore_of
from xiaodian.catalog.service.asking import question_anew
from xiaodian.catalog.service.changing import apply_changes, check_number, check_stock
from xiaodian.catalog.states import DRAFT, EDITABLE, DraftEvent, EditState, Status
from xiaodian.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.catalog.service.changing import DraftChanges
    from xiaodian.infra.db import Tx

__all__ = [
    "PRODUCTS_MAX",
    "create_product",
    "edit_product",
    "lock_product",
    "new_product",
    "set_stock",
    "touch",
    "visible_product",
]

PRODUCTS_MAX = 20_000
"""A shop has at most so many products."""


async def visible_product(
    tx: Tx, product_id: int, *, right: str = "products", lock: bool = False
) -> tuple[ProductRow, merchants.ShopView]:
    """Answer a product to whoever may act for its shop; refuses ``PRODUCT_NOT_FOUND``.

    With ``lock`` the product's row is held until the transaction ends.
    """
    row = await tx.session.get(
        ProductRow, product_id, with_for_update=lock or None, populate_existing=lock
    )
    if row is None or row.status == Status.DELETED:
        raise ProductNotFound
    try:
        shop = await merchants.visible_shop(tx, row.shop_id, right)
    except Refusal as refusal:
        if refusal.code == "SHOP_NOT_FOUND":
            raise ProductNotFound from refusal
        raise
    return row, shop


async def lock_product(tx: Tx, product_id: int) -> ProductRow:
    """Hold a product's row until the transaction ends, whoever asks; ``PRODUCT_NOT_FOUND``."""
    row = await tx.session.get(ProductRow, product_id, with_for_update=True, populate_existing=True)
    if row is None or row.status == Status.DELETED:
        raise ProductNotFound
    return row


async def create_product(tx: Tx, shop_id: int, *, number: str, changes: DraftChanges) -> int:
    """Make a product with a draft and answer its id; title and both prices must be given.

    Refuses ``SHOP_NOT_FOUND``, ``FIELD_REFUSED``, ``NUMBER_DUPLICATE`` and ``PRODUCTS_MAX``.
    """
    shop = await merchants.visible_shop(tx, shop_id, "products")
    check_number("货号", number)
    for name, value in (
        ("标题", changes.title),
        ("市场价", changes.market_price_fen),
        ("售价", changes.sale_price_fen),
    ):
        if not value:
            raise FieldMissing(field=name)
    count = await tx.session.scalar(
        select(func.count()).select_from(ProductRow).where(ProductRow.shop_id == shop.id)
    )
    if (count or 0) >= PRODUCTS_MAX:
        raise TooManyProducts(limit=PRODUCTS_MAX)
    taken = await tx.session.scalar(
        select(ProductRow.id).where(ProductRow.shop_id == shop.id, ProductRow.number == number)
    )
    if taken is not None:
        raise NumberTaken(number=number)
    product = new_product(tx, shop, number)
    draft = DraftRow(
        product_id=product.id,
        shop_id=shop.id,
        title=changes.title,
        source="",
        brand="",
        selling_point="",
        unit="",
        market_price_fen=changes.market_price_fen,
        sale_price_fen=changes.sale_price_fen,
        attributes={},
        extra={},
        ambiguous={},
        unread={},
        pictures=[],
    )
    tx.session.add(product)
    await tx.session.flush()
    tx.session.add(draft)
    await apply_changes(tx, product, draft, changes, lore_of(shop.rulebook))
    await question_anew(tx, [product.id], lore_of(shop.rulebook))
    return product.id


def new_product(tx: Tx, shop: merchants.ShopView, number: str) -> ProductRow:
    """Make the row of a product that has a draft only."""
    return ProductRow(
        id=tx.new_id(),
        shop_id=shop.id,
        market=shop.market,
        number=number,
        edit_status=DRAFT.after(EditState.NEW, DraftEvent.SAVE),
        status=Status.NONE,
        revision=1,
        made_at=tx.now,
        changed_at=tx.now,
    )


async def edit_product(
    tx: Tx, product_id: int, changes: DraftChanges, *, seen_revision: int | None = None
) -> None:
    """Change a draft; the online copy stays as it is (A-PRD-01).

    Refuses ``PRODUCT_NOT_FOUND``, ``DRAFT_LOCKED`` under audit (A-PRD-04), ``DRAFT_CHANGED`` when
    it is no longer what was seen, and ``FIELD_REFUSED``.
    """
    product, shop = await visible_product(tx, product_id, lock=True)
    if product.edit_status not in EDITABLE:
        raise DraftLocked
    if seen_revision is not None and seen_revision != product.revision:
        raise DraftMoved(seen=seen_revision, now=product.revision)
    draft = await tx.session.get_one(DraftRow, product.id)
    lore = lore_of(shop.rulebook)
    await apply_changes(tx, product, draft, changes, lore)
    touch(tx, product)
    await question_anew(tx, [product.id], lore)


def touch(tx: Tx, product: ProductRow) -> None:
    """Count a change of the draft, which is then being edited."""
    product.edit_status = DRAFT.after(EditState(product.edit_status), DraftEvent.SAVE)
    product.revision += 1
    product.changed_at = tx.now


async def set_stock(tx: Tx, product_id: int, stocks: Mapping[str, int]) -> None:
    """Set the stock of SKUs by number, at once: stock concerns no audit.

    Refuses ``PRODUCT_NOT_FOUND``, ``SKU_NOT_FOUND`` and ``FIELD_REFUSED``.
    """
    product, shop = await visible_product(tx, product_id)
    for number, stock in stocks.items():
        check_stock(stock)
        changed = await tx.run(
            "UPDATE skus SET stock = :stock WHERE product_id = :product_id AND number = :number",
            stock=stock,
            product_id=product.id,
            number=number,
        )
        if not changed:
            raise SkuNotFound
    draft = await tx.session.get_one(DraftRow, product.id)
    answered = {f"stock:{number}" for number in stocks} & draft.unread.keys()
    if answered:
        draft.unread = {key: raw for key, raw in draft.unread.items() if key not in answered}
        await question_anew(tx, [product.id], lore_of(shop.rulebook))
