"""Drafts as the rules see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian.catalog.models import DraftRow, PaperLinkRow, PaperRow, SkuRow
from xiaodian.catalog.rules.drafts import Draft, SkuDraft
from xiaodian.catalog.rules.review import PaperState

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from xiaodian.infra.db import Tx

__all__ = ["draft_of", "drafts_of"]


async def drafts_of(tx: Tx, product_ids: Sequence[int]) -> dict[int, tuple[int, Draft]]:
    """Answer drafts as the rules see them, with the shop of each, in three statements."""
    await tx.session.flush()
    rows = await tx.session.scalars(select(DraftRow).where(DraftRow.product_id.in_(product_ids)))
    skus: dict[int, list[SkuDraft]] = {}
    for sku in await tx.session.scalars(
        select(SkuRow)
        .where(SkuRow.product_id.in_(product_ids), SkuRow.in_draft)
        .order_by(SkuRow.id)
    ):
        made = SkuDraft(sku.number, sku.draft_spec, sku.draft_price_fen)
        skus.setdefault(sku.product_id, []).append(made)
    papers: dict[int, set[str]] = {}
    for product_id, code in await tx.session.execute(
        select(PaperLinkRow.product_id, PaperRow.code)
        .join(PaperRow, PaperRow.id == PaperLinkRow.paper_id)
        .where(PaperLinkRow.product_id.in_(product_ids), PaperRow.state != PaperState.FORGED)
    ):
        papers.setdefault(product_id, set()).add(code)
    return {
        row.product_id: (
            row.shop_id,
            draft_of(row, skus.get(row.product_id, ()), papers.get(row.product_id, ())),
        )
        for row in rows
    }


def draft_of(row: DraftRow, skus: Sequence[SkuDraft], papers: Collection[str]) -> Draft:
    """Turn a row into what the rules see."""
    return Draft(
        title=row.title,
        category=row.category,
        market_price_fen=row.market_price_fen,
        sale_price_fen=row.sale_price_fen,
        source=row.source,
        brand=row.brand,
        selling_point=row.selling_point,
        unit=row.unit,
        attributes=row.attributes,
        extra=row.extra,
        ambiguous={key: tuple(values) for key, values in row.ambiguous.items()},
        unread=row.unread,
        documents=frozenset(papers),
        skus=tuple(skus),
    )
