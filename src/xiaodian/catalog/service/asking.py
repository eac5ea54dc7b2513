"""Questioning drafts anew after every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from xiaodian.catalog import queries
from xiaodian.catalog.models import DraftRow, QuestionRow
from xiaodian.catalog.rules.questions import open_questions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.catalog.rules.drafts import Draft
    from xiaodian.catalog.rules.questions import Lore
    from xiaodian.infra.db import Tx

__all__ = ["draft_rows", "question_anew", "write_draft"]


async def question_anew(tx: Tx, product_ids: Sequence[int], lore: Lore) -> None:
    """Ask everything anew that drafts of one rulebook lack now."""
    if not product_ids:
        return
    drafts = await queries.drafts_of(tx, product_ids)
    await tx.session.execute(
        delete(QuestionRow)
        .where(QuestionRow.product_id.in_(product_ids))
        .execution_options(synchronize_session=False)
    )
    rows = [
        {
            "product_id": product_id,
            "key": question.key,
            "shop_id": shop_id,
            "position": position,
            "code": question.code,
            "rule": question.rule,
            "sentence": question.said.sentence,
            "facts": dict(question.said.facts),
            "asks": question.asks.value,
            "options": list(question.options),
            "not_applicable": question.not_applicable,
        }
        for product_id, (shop_id, draft) in drafts.items()
        for position, question in enumerate(open_questions(draft, lore))
    ]
    if rows:
        await tx.session.execute(insert(QuestionRow), rows)


def write_draft(row: DraftRow, draft: Draft) -> None:
    """Write what the rules made of a draft into its row."""
    row.title, row.source, row.category = draft.title, draft.source, draft.category
    row.brand, row.selling_point, row.unit = draft.brand, draft.selling_point, draft.unit
    row.market_price_fen, row.sale_price_fen = draft.market_price_fen, draft.sale_price_fen
    row.attributes, row.extra = dict(draft.attributes), dict(draft.extra)
    row.ambiguous = {key: list(values) for key, values in draft.ambiguous.items()}
    row.unread = dict(draft.unread)


async def draft_rows(tx: Tx, product_ids: Sequence[int]) -> dict[int, DraftRow]:
    """Answer the rows of drafts, to be changed."""
    rows = await tx.session.scalars(select(DraftRow).where(DraftRow.product_id.in_(product_ids)))
    return {row.product_id: row for row in rows}
