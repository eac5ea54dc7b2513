"""Bringing judged rows of sheets into drafts and SKUs, many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from xiaodian.catalog import queries
from xiaodian.catalog.models import DraftRow, ProductRow, SheetCellsRow, SkuRow
from xiaodian.catalog.rules.drafts import drafted
from xiaodian.catalog.rules.lore import lore_of
from xiaodian.catalog.rules.merging import SheetSaid, changed_fields, merged
from xiaodian.catalog.service.asking import draft_rows, question_anew, write_draft
from xiaodian.catalog.service.changing import new_sku
from xiaodian.catalog.service.drafting import new_product, touch
from xiaodian.catalog.states import EDITABLE, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian import merchants
    from xiaodian.catalog.rules import importing as sheet_rules
    from xiaodian.catalog.rules.mapping import Words
    from xiaodian.catalog.rules.questions import Lore
    from xiaodian.catalog.service.reporting import ImportReport
    from xiaodian.infra.db import Tx

__all__ = ["bring_in_products", "bring_in_skus"]


async def bring_in_products(
    tx: Tx,
    shop: merchants.ShopView,
    rows: Sequence[sheet_rules.ProductRow],
    words: Words,
    report: ImportReport,
) -> None:
    """Make or change the drafts of rows; a row that says what it said before changes nothing."""
    lore = lore_of(shop.rulebook)
    numbers = [row.number for row in rows]
    products = await _products(tx, shop.id, numbers)
    said = await _said(tx, shop.id, "product", numbers)
    ids = [product.id for product in products.values()]
    drafts, draft_of_id = await queries.drafts_of(tx, ids), await draft_rows(tx, ids)
    questioned: list[int] = []
    made: list[DraftRow] = []
    keep: list[sheet_rules.ProductRow] = []
    for row in rows:
        product, before = products.get(row.number), said.get(row.number)
        changed = changed_fields(before.cells if before else None, row.cells)
        if product is not None and not changed:
            report.unchanged += 1
        elif product is not None and product.edit_status not in EDITABLE:
            report.hold(row.sheet, row.row, row.number)
            continue
        elif product is not None:
            draft = merged(drafts[product.id][1], before, row, words, lore)
            write_draft(draft_of_id[product.id], draft)
            touch(tx, product)
            questioned.append(product.id)
            report.changed += 1
        else:
            product = new_product(tx, shop, row.number)
            tx.session.add(product)
            made.append(_new_draft(product, row, words, lore))
            questioned.append(product.id)
            report.created += 1
        keep.append(row)
        report.drafts += 1
    # Products first: a draft refers to its product.
    await tx.session.flush()
    tx.session.add_all(made)
    await _keep(tx, shop.id, "product", {row.number: (row.cells, row.attributes) for row in keep})
    await question_anew(tx, questioned, lore)


async def bring_in_skus(
    tx: Tx, shop: merchants.ShopView, rows: Sequence[sheet_rules.SkuRow], report: ImportReport
) -> None:
    """Make or change the SKUs of rows; a stock that the sheet did not change stays as it is."""
    lore = lore_of(shop.rulebook)
    products = await _products(tx, shop.id, list({row.product_no for row in rows}))
    ids = [product.id for product in products.values()]
    drafts = await draft_rows(tx, ids)
    numbers = [row.number for row in rows]
    said = await _said(tx, shop.id, "sku", numbers)
    found = await tx.session.scalars(
        select(SkuRow).where(SkuRow.shop_id == shop.id, SkuRow.number.in_(numbers))
    )
    skus = {sku.number: sku for sku in found}
    keep: list[sheet_rules.SkuRow] = []
    questioned: dict[int, ProductRow] = {}
    for row in rows:
        product = products.get(row.product_no)
        if product is None:
            report.waiting_skus.append(row.number)
            continue
        before = said.get(row.number)
        changed = changed_fields(before.cells if before else None, row.cells)
        sku = skus.get(row.number)
        of_draft = sku is None or bool(changed - {"stock"})
        if not changed and sku is not None:
            continue
        if of_draft and product.edit_status not in EDITABLE:
            report.hold(row.sheet, row.row, row.product_no, row.number)
            continue
        if sku is None:
            sku = new_sku(tx, product, row.number)
            tx.session.add(sku)
        _write_sku(sku, row, drafts[product.id], stock_said="stock" in changed)
        keep.append(row)
        if of_draft or "stock" in changed:
            questioned[product.id] = product
        if of_draft:
            touch(tx, product)
    await tx.session.flush()
    await _keep(tx, shop.id, "sku", {row.number: (row.cells, {}) for row in keep})
    await question_anew(tx, list(questioned), lore)


def _write_sku(sku: SkuRow, row: sheet_rules.SkuRow, draft: DraftRow, *, stock_said: bool) -> None:
    sku.in_draft, sku.draft_spec, sku.draft_price_fen = True, dict(row.spec), row.price_fen
    if not stock_said:
        return
    key = f"stock:{row.number}"
    unread = {name: raw for name, raw in draft.unread.items() if name != key}
    if row.stock is None:
        unread[key] = row.stock_text
    else:
        sku.stock = row.stock
    draft.unread = unread


def _new_draft(
    product: ProductRow, row: sheet_rules.ProductRow, words: Words, lore: Lore
) -> DraftRow:
    draft = drafted(row, words, book=lore.book, categories=lore.categories, library=lore.library)
    made = DraftRow(product_id=product.id, shop_id=product.shop_id, pictures=[])
    write_draft(made, draft)
    return made


async def _products(tx: Tx, shop_id: int, numbers: Sequence[str]) -> dict[str, ProductRow]:
    found = await tx.session.scalars(
        select(ProductRow)
        .where(
            ProductRow.shop_id == shop_id,
            ProductRow.number.in_(numbers),
            ProductRow.status != Status.DELETED,
        )
        .order_by(ProductRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {product.number: product for product in found}


async def _said(tx: Tx, shop_id: int, kind: str, numbers: Sequence[str]) -> dict[str, SheetSaid]:
    found = await tx.session.execute(
        select(SheetCellsRow.number, SheetCellsRow.cells, SheetCellsRow.attributes).where(
            SheetCellsRow.shop_id == shop_id,
            SheetCellsRow.kind == kind,
            SheetCellsRow.number.in_(numbers),
        )
    )
    return {number: SheetSaid(cells, attributes) for number, cells, attributes in found}


async def _keep(
    tx: Tx,
    shop_id: int,
    kind: str,
    said: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]],
) -> None:
    """Remember what a sheet said, by number: cells, and attributes by name."""
    if not said:
        return
    row = upsert(SheetCellsRow).values(
        [
            {
                "shop_id": shop_id,
                "kind": kind,
                "number": number,
                "cells": dict(cells),
                "attributes": dict(attributes),
            }
            for number, (cells, attributes) in said.items()
        ]
    )
    await tx.session.execute(
        row.on_conflict_do_update(
            index_elements=["shop_id", "kind", "number"],
            set_={"cells": row.excluded.cells, "attributes": row.excluded.attributes},
        )
    )
