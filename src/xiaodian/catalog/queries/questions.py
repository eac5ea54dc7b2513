"""Open questions of a shop, gathered so that many can be answered at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from xiaodian.infra.db import Tx

__all__ = ["QuestionGroup", "question_groups"]

_GROUPS_MAX = 500


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """The same question on many drafts of one category.

    ``category`` is the drafts' leaf, or None where there is none yet; then ``source`` is what the
    sheet calls it. ``options`` are those of one of them, ``examples`` a few titles.
    """

    key: str
    code: str
    rule: str
    asks: str
    category: str | None
    source: str
    count: int
    sentence: str
    facts: dict[str, Any]
    options: tuple[str, ...]
    not_applicable: bool
    examples: tuple[str, ...]


async def question_groups(
    tx: Tx, shop_id: int, *, key: str = "", category: str = ""
) -> list[QuestionGroup]:
    """Gather a shop's open questions by key and category, the commonest first, at most 500.

    ``category`` narrows to a leaf, or to a category as the sheet names it.
    """
    rows = await tx.rows(
        "SELECT q.key, q.code, q.rule, q.asks, d.category,"
        " CASE WHEN d.category IS NULL THEN d.source ELSE '' END AS source, count(*) AS count,"
        " min(q.sentence) AS sentence, (array_agg(q.facts))[1] AS facts,"
        " (array_agg(q.options))[1] AS options, bool_and(q.not_applicable) AS not_applicable,"
        " (array_agg(d.title ORDER BY d.product_id))[1:3] AS examples"
        " FROM product_questions q JOIN product_drafts d ON d.product_id = q.product_id"
        " JOIN products p ON p.id = q.product_id AND p.status <> 'DELETED'"
        " WHERE q.shop_id = :shop_id AND (:key = '' OR q.key = :key)"
        " AND (:category = '' OR d.category = :category OR d.source = :category)"
        " GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY count(*) DESC, q.key, 5, 6 LIMIT :size",
        shop_id=shop_id,
        key=key,
        category=category,
        size=_GROUPS_MAX,
    )
    return [_group(row) for row in rows]


def _group(row: RowMapping) -> QuestionGroup:
    given = dict(row)
    options: list[str] = given.pop("options")
    examples: list[str] = given.pop("examples")
    return QuestionGroup(options=tuple(options), examples=tuple(examples), **given)
