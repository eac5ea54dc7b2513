"""The online copy: written by a review, taken down and listed again, and found by searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import merchants, rulebooks
from xiaodian.catalog.errors import DraftLocked, ShopCannotList
from xiaodian.catalog.events import ProductDown, ProductListed
from xiaodian.catalog.models import SkuRow
from xiaodian.catalog.rules.drafts import spec_text
from xiaodian.catalog.rules.search import tokens_of
from xiaodian.catalog.rules.submission import Standing, standing_against
from xiaodian.catalog.service.drafting import visible_product
from xiaodian.catalog.states import ONLINE, EditState, OnlineEvent, Status
from xiaodian.infra import audit

if TYPE_CHECKING:
    from xiaodian.catalog.models import DraftRow, ProductRow
    from xiaodian.infra.db import Tx

__all__ = [
    "delete_product",
    "list_again",
    "move_shop",
    "publish",
    "refuse_unless_listable",
    "take_down",
]

_DEPOSIT_SHORT = "DEPOSIT_SHORT"


async def publish(tx: Tx, product: ProductRow, draft: DraftRow, shop: merchants.ShopView) -> None:
    """Let a draft that passed its review overwrite the online copy (4.4)."""
    assert draft.category is not None, "a draft without category is not submitted"
    product.status = ONLINE.after(Status(product.status), OnlineEvent.PUBLISH)
    if product.status == Status.ONLINE and _DEPOSIT_SHORT in shop.flags:
        product.status = ONLINE.after(Status.ONLINE, OnlineEvent.DEPOSIT_OVERDUE)
    product.title, product.category, product.brand = draft.title, draft.category, draft.brand
    product.selling_point, product.unit = draft.selling_point, draft.unit
    product.market_price_fen = draft.market_price_fen
    product.attributes, product.extra = dict(draft.attributes), dict(draft.extra)
    product.pictures = list(draft.pictures)
    product.published_at, product.published_rulebook = tx.now, shop.rulebook
    leaf = rulebooks.categories().get(draft.category)
    product.tokens = tokens_of(draft.title, draft.brand, leaf.name.zh, draft.selling_point)
    skus = await tx.session.scalars(
        select(SkuRow)
        .where(SkuRow.product_id == product.id)
        .order_by(SkuRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for sku in skus:
        sku.online = sku.in_draft
        if sku.in_draft:
            sku.spec, sku.price_fen = spec_text(sku.draft_spec), sku.draft_price_fen
    await tx.session.flush()


async def take_down(tx: Tx, product_id: int) -> None:
    """Take one's product from before the buyers; ``PRODUCT_NOT_FOUND``, ``ILLEGAL_TRANSITION``."""
    product, _shop = await visible_product(tx, product_id, lock=True)
    product.status = ONLINE.after(Status(product.status), OnlineEvent.TAKE_DOWN)
    await audit.record(tx, "product.taken_down", subject="product", subject_id=product.id)
    await tx.emit(ProductDown(product.id, product.shop_id, product.status))


async def list_again(tx: Tx, product_id: int) -> None:
    """Put one's product before the buyers again, as it was approved.

    Refuses ``PRODUCT_NOT_FOUND``, ``ILLEGAL_TRANSITION`` and ``SHOP_CANNOT_LIST``.
    """
    product, shop = await visible_product(tx, product_id, lock=True)
    after = ONLINE.after(Status(product.status), OnlineEvent.LIST)
    refuse_unless_listable(shop, is_new=False)
    product.status = after
    if _DEPOSIT_SHORT in shop.flags:
        product.status = ONLINE.after(Status.ONLINE, OnlineEvent.DEPOSIT_OVERDUE)
    await audit.record(tx, "product.listed", subject="product", subject_id=product.id)
    if product.status == Status.ONLINE:
        await tx.emit(ProductListed(product.id, product.shop_id))


async def delete_product(tx: Tx, product_id: int) -> None:
    """Delete a product that buyers do not see; orders keep what they copied of it.

    Its numbers are free again. Refuses ``PRODUCT_NOT_FOUND`` and ``ILLEGAL_TRANSITION`` (take it
    down first; under audit withdraw it first).
    """
    product, _shop = await visible_product(tx, product_id, lock=True)
    if product.edit_status == EditState.AUDITING:
        raise DraftLocked
    product.status = ONLINE.after(Status(product.status), OnlineEvent.DELETE)
    number = product.number
    product.number = f"#{product.id}"
    await tx.run(
        "DELETE FROM sheet_cells WHERE shop_id = :shop_id AND ((kind = 'product' AND number = :n)"
        " OR (kind = 'sku' AND number IN"
        "  (SELECT number FROM skus WHERE product_id = :product_id)))",
        shop_id=product.shop_id,
        n=number,
        product_id=product.id,
    )
    await tx.run(
        "UPDATE skus SET number = '#' || id, online = false, in_draft = false"
        " WHERE product_id = :product_id",
        product_id=product.id,
    )
    await tx.run("DELETE FROM product_questions WHERE product_id = :id", id=product.id)
    await audit.record(
        tx,
        "product.deleted",
        subject="product",
        subject_id=product.id,
        before={"number": number},
    )


async def move_shop(tx: Tx, shop_id: int, event: OnlineEvent) -> int:
    """Let what happened to a shop happen to all its products; answers to how many.

    Products in states from which the event leads nowhere stay as they are.
    """
    moved = 0
    for (before, happened), after in ONLINE.steps.items():
        if happened is not event:
            continue
        rows = await tx.rows(
            "UPDATE products SET status = :after WHERE shop_id = :shop_id AND status = :before"
            " RETURNING id",
            after=after.value,
            before=before.value,
            shop_id=shop_id,
        )
        moved += len(rows)
        if after is Status.ONLINE:
            await tx.emit_all([ProductListed(row["id"], shop_id) for row in rows])
        else:
            await tx.emit_all([ProductDown(row["id"], shop_id, after.value) for row in rows])
    return moved


def refuse_unless_listable(shop: merchants.ShopView, *, is_new: bool) -> None:
    """Refuse ``SHOP_CANNOT_LIST`` while the shop's state or a flag keeps products offline."""
    against = standing_against(Standing(shop.is_open, shop.state, shop.flags), is_new=is_new)
    if against is None:
        return
    words: dict[str, str] = {**merchants.SHOP_WORDS, **merchants.FLAG_WORDS}
    raise ShopCannotList(why=words.get(against, against), standing=against)
