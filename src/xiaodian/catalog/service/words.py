"""What a shop's own words mean: categories and attribute names of the sheets it imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.dialects.postgresql import insert as upsert

from xiaodian import rulebooks
from xiaodian.catalog import queries
from xiaodian.catalog.errors import MappingUnusable
from xiaodian.catalog.models import DraftRow, ProductRow, WordRow
from xiaodian.catalog.rules.answers import AnswerFault, answered
from xiaodian.catalog.rules.lore import crosswalk, library, lore_of
from xiaodian.catalog.rules.mapping import MappingFault, Words, parse_mapping
from xiaodian.catalog.service.asking import draft_rows, question_anew, write_draft
from xiaodian.catalog.service.drafting import touch
from xiaodian.catalog.states import EDITABLE

if TYPE_CHECKING:
    from xiaodian import merchants
    from xiaodian.catalog.rules.drafts import Draft
    from xiaodian.catalog.rules.questions import Lore
    from xiaodian.infra.db import Tx

__all__ = ["learn_words", "read_mapping", "words_of"]

_AT_ONCE_MAX = 20_000
_CHUNK = 500


def read_mapping(data: bytes) -> Words:
    """Read a merchant's mapping file, TOML or CSV; refuses ``MAPPING_UNUSABLE``."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            return parse_mapping(text, rulebooks.categories(), library())
        except MappingFault as fault:
            raise MappingUnusable(reason=fault.reason) from fault
    raise MappingUnusable(reason="文字编码不是 UTF-8 或 GB18030")


async def words_of(tx: Tx, shop_id: int) -> Words:
    """Answer what a shop's words mean: its own before the default crosswalk."""
    rows = await tx.session.scalars(select(WordRow).where(WordRow.shop_id == shop_id))
    tables: dict[str, dict[str, str]] = {"category": {}, "attribute": {}}
    for row in rows:
        tables[row.kind][row.name] = row.code
    return Words(tables["category"], tables["attribute"]).over(crosswalk())


async def learn_words(tx: Tx, shop: merchants.ShopView, words: Words) -> int:
    """Remember what a shop's words mean, and answer with them what is open; answers how many."""
    values = [
        {"shop_id": shop.id, "kind": kind, "name": name, "code": code, "set_at": tx.now}
        for kind, table in (("category", words.categories), ("attribute", words.attributes))
        for name, code in table.items()
    ]
    if not values:
        return 0
    row = upsert(WordRow).values(values)
    await tx.session.execute(
        row.on_conflict_do_update(
            index_elements=["shop_id", "kind", "name"],
            set_={"code": row.excluded.code, "set_at": row.excluded.set_at},
        )
    )
    return await _answer_by_words(tx, shop, words)


async def _answer_by_words(tx: Tx, shop: merchants.ShopView, words: Words) -> int:
    """Apply words to the drafts in which they stand open."""
    lore = lore_of(shop.rulebook)
    about = [DraftRow.category.is_(None) & DraftRow.source.in_(list(words.categories))]
    if words.attributes:
        about.append(DraftRow.extra.has_any(array(list(words.attributes))))
    found = await tx.session.scalars(
        select(ProductRow)
        .join(DraftRow, DraftRow.product_id == ProductRow.id)
        .where(ProductRow.shop_id == shop.id, ProductRow.edit_status.in_(EDITABLE), or_(*about))
        .order_by(ProductRow.id)
        .limit(_AT_ONCE_MAX)
        .with_for_update(of=ProductRow)
        .execution_options(populate_existing=True)
    )
    products = found.all()
    for start in range(0, len(products), _CHUNK):
        part = products[start : start + _CHUNK]
        ids = [product.id for product in part]
        drafts, rows = await queries.drafts_of(tx, ids), await draft_rows(tx, ids)
        for product in part:
            write_draft(rows[product.id], _by_words(drafts[product.id][1], words, lore))
            touch(tx, product)
        await question_anew(tx, ids, lore)
    return len(products)


def _by_words(draft: Draft, words: Words, lore: Lore) -> Draft:
    after = draft
    if draft.category is None and draft.source in words.categories:
        after = answered(after, "category", words.categories[draft.source], lore)
    for name in draft.extra:
        if name not in words.attributes:
            continue
        try:
            after = answered(after, f"attribute:{name}", words.attributes[name], lore)
        except AnswerFault:
            # The key is taken by another value; which one holds stays a question.
            continue
    return after
