"""Answering drafts' questions, one by one or many at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from xiaodian.catalog import queries
from xiaodian.catalog.errors import AnswerRefused, AnswersUnclear, DraftLocked
from xiaodian.catalog.models import (
    AnswerRow,
    DraftRow,
    ProductRow,
    QuestionRow,
    SkuRow,
    WordRow,
)
from xiaodian.catalog.rules.answers import AnswerFault, answered, stock_of
from xiaodian.catalog.rules.lore import lore_of
from xiaodian.catalog.service.asking import draft_rows, question_anew, write_draft
from xiaodian.catalog.service.drafting import touch, visible_product
from xiaodian.catalog.states import EDITABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from xiaodian import merchants
    from xiaodian.catalog.rules.drafts import Draft
    from xiaodian.catalog.rules.questions import Lore
    from xiaodian.infra.db import Tx

__all__ = [
    "AnswerReport",
    "BulkAnswer",
    "Where",
    "answer",
    "answer_many",
    "answers_of",
    "parse_answer",
    "parse_where",
]

_AT_ONCE_MAX = 20_000
_NAMED_MAX = 50
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Where:
    """Whose questions are meant; empty means everybody's.

    ``category`` is a leaf or group of the neutral list, or a category as the sheet named it.
    """

    category: str = ""
    product_no: str = ""
    brand: str = ""

    @property
    def is_about_words(self) -> bool:
        """Tell whether nothing but a category narrows this, so that it speaks of a whole kind."""
        return not (self.product_no or self.brand)


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """One answer for every open question of a key, where something holds."""

    key: str
    value: str
    where: Where = field(default_factory=Where)


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """How many questions an answer closed, and where it was none: number, code, sentence."""

    answered_count: int
    refused_count: int
    refused: tuple[tuple[str, str, str], ...] = ()


def parse_answer(text: str) -> tuple[str, str]:
    """Read ``key=value``; refuses ``ANSWERS_UNCLEAR``."""
    key, sign, value = text.partition("=")
    if not (sign and key.strip() and value.strip()):
        raise AnswersUnclear(found=text[:80])
    return key.strip(), value.strip()


def parse_where(texts: Sequence[str]) -> Where:
    """Read conditions ``category=…``, ``product_no=…``, ``brand=…``; ``ANSWERS_UNCLEAR``."""
    given = dict(parse_answer(text) for text in texts)
    if unknown := given.keys() - {"category", "product_no", "brand"}:
        raise AnswersUnclear(found=min(unknown)[:80])
    return Where(**given)


def answers_of(run: queries.ImportView) -> list[BulkAnswer]:
    """Answer what shall be answered once an import's rows are in."""
    return [BulkAnswer(one["key"], one["value"], Where(**one["where"])) for one in run.answers]


async def answer(tx: Tx, product_id: int, key: str, value: str) -> None:
    """Answer one question of a draft.

    Refuses ``PRODUCT_NOT_FOUND``, ``DRAFT_LOCKED`` and ``ANSWER_REFUSED``.
    """
    product, shop = await visible_product(tx, product_id, lock=True)
    if product.edit_status not in EDITABLE:
        raise DraftLocked
    lore = lore_of(shop.rulebook)
    report = await _answer_products(tx, [product], BulkAnswer(key, value), lore)
    if report.refused:
        _, code, text = report.refused[0]
        raise AnswerRefused(key=key, why=code, text=text)
    await question_anew(tx, [product.id], lore)


async def answer_many(tx: Tx, shop: merchants.ShopView, given: BulkAnswer) -> AnswerReport:
    """Answer the open questions of a key in a shop, wherever the condition holds.

    Only open questions are touched, drafts under audit are left alone, and a draft for which the
    value is no answer keeps its question and is named. An answer about a whole category of the
    sheet, or about an attribute's name, is remembered as the shop's word.
    """
    lore = lore_of(shop.rulebook)
    found = await tx.session.scalars(
        select(ProductRow)
        .join(QuestionRow, QuestionRow.product_id == ProductRow.id)
        .join(DraftRow, DraftRow.product_id == ProductRow.id)
        .where(
            ProductRow.shop_id == shop.id,
            QuestionRow.key == given.key,
            ProductRow.edit_status.in_(EDITABLE),
            *_conditions(given.where, lore),
        )
        .order_by(ProductRow.id)
        .limit(_AT_ONCE_MAX)
        .with_for_update(of=ProductRow)
        .execution_options(populate_existing=True)
    )
    products = found.all()
    total, refused = 0, list[tuple[str, str, str]]()
    for start in range(0, len(products), _CHUNK):
        part = products[start : start + _CHUNK]
        report = await _answer_products(tx, part, given, lore)
        await question_anew(tx, [product.id for product in part], lore)
        total += report.answered_count
        refused += report.refused
    if total and given.where.is_about_words:
        await _remember(tx, shop.id, given)
    return AnswerReport(total, len(refused), tuple(refused[:_NAMED_MAX]))


async def _answer_products(
    tx: Tx, products: Sequence[ProductRow], given: BulkAnswer, lore: Lore
) -> AnswerReport:
    drafts = await queries.drafts_of(tx, [product.id for product in products])
    rows = await draft_rows(tx, [product.id for product in products])
    refused: list[tuple[str, str, str]] = []
    log: list[dict[str, object]] = []
    for product in products:
        try:
            after = answered(drafts[product.id][1], given.key, given.value, lore)
        except AnswerFault as fault:
            refused.append((product.number, fault.code, str(fault.said)))
            continue
        write_draft(rows[product.id], after)
        await _write_skus(tx, product, after, given)
        touch(tx, product)
        log.append(
            {
                "id": tx.new_id(),
                "shop_id": product.shop_id,
                "product_id": product.id,
                "key": given.key,
                "value": given.value,
                "answered_at": tx.now,
                "account_id": tx.actor.account_id,
            }
        )
    if log:
        await tx.session.execute(insert(AnswerRow), log)
    return AnswerReport(len(log), len(refused), tuple(refused))


async def _write_skus(tx: Tx, product: ProductRow, after: Draft, given: BulkAnswer) -> None:
    """Carry an answer about a SKU to its row: a stock, or what tells it from its sisters."""
    head, _, number = given.key.partition(":")
    if head not in {"stock", "spec"}:
        return
    sku = await tx.session.scalar(
        select(SkuRow).where(SkuRow.product_id == product.id, SkuRow.number == number)
    )
    if sku is None:
        return
    if head == "stock":
        sku.stock = stock_of(given.value)
    else:
        sku.draft_spec = dict(next(one.spec for one in after.skus if one.number == number))


def _conditions(where: Where, lore: Lore) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if where.category:
        leaves = [
            leaf.code
            for leaf in lore.categories.leaves
            if where.category in lore.categories.chain(leaf.code)
        ]
        by_source = or_(
            DraftRow.source == where.category,
            DraftRow.source.endswith(f"/{where.category}", autoescape=True),
        )
        conditions.append(or_(DraftRow.category.in_(leaves), by_source))
    if where.product_no:
        conditions.append(ProductRow.number == where.product_no)
    if where.brand:
        conditions.append(DraftRow.brand == where.brand)
    return conditions


async def _remember(tx: Tx, shop_id: int, given: BulkAnswer) -> None:
    head, _, name = given.key.partition(":")
    if head == "attribute" and not given.where.category:
        kind = "attribute"
    elif head == "category" and "/" in given.where.category:
        kind, name = "category", given.where.category
    else:
        return
    row = upsert(WordRow).values(
        shop_id=shop_id, kind=kind, name=name, code=given.value, set_at=tx.now
    )
    await tx.session.execute(
        row.on_conflict_do_update(
            index_elements=["shop_id", "kind", "name"],
            set_={"code": row.excluded.code, "set_at": row.excluded.set_at},
        )
    )
