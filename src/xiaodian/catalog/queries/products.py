"""Products as their merchants see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian.catalog.errors import PaperNotFound
from xiaodian.catalog.models import (
    DraftRow,
    PaperLinkRow,
    PaperRow,
    ProductRow,
    QuestionRow,
    SkuRow,
)
from xiaodian.catalog.queries.reviews import ReviewView, reviews_of
from xiaodian.catalog.rules.drafts import spec_text
from xiaodian.catalog.rules.review import PaperState
from xiaodian.catalog.states import EditState, Status, status_shown
from xiaodian.kernel.paging import Page, PageRequest, cut

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import RowMapping

    from xiaodian.infra.db import Tx

__all__ = [
    "PaperView",
    "ProductFilter",
    "ProductLine",
    "ProductView",
    "QuestionView",
    "SkuView",
    "get_paper",
    "list_papers",
    "list_products",
    "product_counts",
    "product_view",
]


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """What a merchant's list is narrowed to; empty fields narrow nothing.

    ``words`` are looked for in title and number; ``open`` wants drafts with (True) or without
    (False) open questions.
    """

    edit_status: str = ""
    status: str = ""
    category: str = ""
    words: str = ""
    open: bool | None = None


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A product in its merchant's list."""

    id: int
    number: str
    title: str
    category: str | None
    source: str
    picture: str
    price_fen: int
    market_price_fen: int
    stock: int
    sku_count: int
    question_count: int
    edit_status: EditState
    status: Status
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class SkuView:
    """A SKU with both copies; ``price_fen`` and ``spec`` are of the draft."""

    id: int
    number: str
    spec: str
    price_fen: int
    stock: int
    in_draft: bool
    online: bool
    online_spec: str
    online_price_fen: int


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One thing a draft lacks."""

    key: str
    code: str
    rule: str
    sentence: str
    facts: dict[str, object]
    asks: str
    options: tuple[str, ...]
    not_applicable: bool


@dataclass(frozen=True, slots=True)
class PaperView:
    """A certificate or authorisation of a shop."""

    id: int
    shop_id: int
    code: str
    file_id: int
    number: str
    issuer: str
    holder: str
    valid_until: date | None
    state: PaperState
    why: str
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product with its draft, what is open on it, its papers, and its reviews."""

    id: int
    shop_id: int
    market: str
    number: str
    revision: int
    edit_status: EditState
    status: Status
    title: str
    category: str | None
    source: str
    brand: str
    selling_point: str
    unit: str
    market_price_fen: int
    sale_price_fen: int
    attributes: dict[str, str]
    extra: dict[str, str]
    pictures: tuple[str, ...]
    online_title: str
    online_category: str
    online_market_price_fen: int
    published_at: datetime | None
    changed_at: datetime
    skus: tuple[SkuView, ...]
    questions: tuple[QuestionView, ...]
    papers: tuple[PaperView, ...]
    reviews: tuple[ReviewView, ...]


_LINES = """
SELECT p.id, p.number, d.title, d.category, d.source, d.pictures, d.market_price_fen,
  coalesce(s.price_fen, d.sale_price_fen) AS price_fen, s.stock, s.sku_count, q.question_count,
  p.edit_status, p.status, p.changed_at
FROM products p JOIN product_drafts d ON d.product_id = p.id
CROSS JOIN LATERAL (SELECT min(k.draft_price_fen) AS price_fen,
  CAST(coalesce(sum(k.stock), 0) AS bigint) AS stock, count(*) AS sku_count
  FROM skus k WHERE k.product_id = p.id AND (k.in_draft OR k.online)) s
CROSS JOIN LATERAL (SELECT count(*) AS question_count
  FROM product_questions x WHERE x.product_id = p.id) q
WHERE p.shop_id = :shop_id AND p.status <> 'DELETED'
  AND (:edit_status = '' OR p.edit_status = :edit_status)
  AND (:status = '' OR CASE WHEN p.status = 'ONLINE' AND s.stock = 0 THEN 'SOLD_OUT'
    ELSE p.status END = :status)
  AND (:category = '' OR d.category = :category OR (:category = '-' AND d.category IS NULL))
  AND (:words = '' OR p.number = :words OR d.title ILIKE :pattern)
  AND (CAST(:open AS boolean) IS NULL OR (q.question_count > 0) = :open)
  AND (CAST(:after AS bigint) IS NULL OR p.id < :after)
ORDER BY p.id DESC LIMIT :size
"""


async def list_products(
    tx: Tx, shop_id: int, request: PageRequest, wanted: ProductFilter | None = None
) -> Page[ProductLine]:
    """List a shop's products, newest first."""
    narrow = wanted or ProductFilter()
    escaped = narrow.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = await tx.rows(
        _LINES,
        shop_id=shop_id,
        edit_status=narrow.edit_status,
        status=narrow.status,
        category=narrow.category,
        words=narrow.words,
        pattern=f"%{escaped}%",
        open=narrow.open,
        after=request.after,
        size=request.size + 1,
    )
    return cut([_line(row) for row in rows], request, lambda line: line.id)


async def product_counts(tx: Tx, shop_id: int) -> dict[str, int]:
    """Answer how many products a shop has: ``all``, with questions ``open``, and by state."""
    rows = await tx.rows(
        "SELECT p.edit_status, p.status, count(*) AS n, count(*) FILTER (WHERE EXISTS"
        " (SELECT 1 FROM product_questions q WHERE q.product_id = p.id)) AS asked"
        " FROM products p WHERE p.shop_id = :shop_id AND p.status <> 'DELETED' GROUP BY 1, 2",
        shop_id=shop_id,
    )
    found = {"all": 0, "open": 0}
    for row in rows:
        found["all"] += row["n"]
        found["open"] += row["asked"]
        for state in (row["edit_status"], row["status"]):
            found[state] = found.get(state, 0) + row["n"]
    return found


async def product_view(tx: Tx, product: ProductRow) -> ProductView:
    """Answer everything about a product whose row somebody was allowed to see."""
    draft = await tx.session.get_one(DraftRow, product.id)
    skus = await tx.session.scalars(
        select(SkuRow)
        .where(SkuRow.product_id == product.id, SkuRow.in_draft | SkuRow.online)
        .order_by(SkuRow.id)
    )
    questions = await tx.session.scalars(
        select(QuestionRow)
        .where(QuestionRow.product_id == product.id)
        .order_by(QuestionRow.position)
        .execution_options(populate_existing=True)
    )
    papers = await tx.session.scalars(
        select(PaperRow)
        .join(PaperLinkRow, PaperLinkRow.paper_id == PaperRow.id)
        .where(PaperLinkRow.product_id == product.id)
        .order_by(PaperRow.id)
    )
    sku_views = tuple(_sku(row) for row in skus)
    return ProductView(
        id=product.id,
        shop_id=product.shop_id,
        market=product.market,
        number=product.number,
        revision=product.revision,
        edit_status=EditState(product.edit_status),
        status=status_shown(
            Status(product.status), sum(sku.stock for sku in sku_views if sku.online)
        ),
        title=draft.title,
        category=draft.category,
        source=draft.source,
        brand=draft.brand,
        selling_point=draft.selling_point,
        unit=draft.unit,
        market_price_fen=draft.market_price_fen,
        sale_price_fen=draft.sale_price_fen,
        attributes=draft.attributes,
        extra=draft.extra,
        pictures=tuple(draft.pictures),
        online_title=product.title,
        online_category=product.category,
        online_market_price_fen=product.market_price_fen,
        published_at=product.published_at,
        changed_at=product.changed_at,
        skus=sku_views,
        questions=tuple(_question(row) for row in questions),
        papers=tuple(_paper(row) for row in papers),
        reviews=tuple(await reviews_of(tx, product.id)),
    )


async def list_papers(tx: Tx, shop_id: int, request: PageRequest) -> Page[PaperView]:
    """List a shop's papers, newest first."""
    wanted = select(PaperRow).where(PaperRow.shop_id == shop_id)
    if request.after is not None:
        wanted = wanted.where(PaperRow.id < request.after)
    rows = await tx.session.scalars(wanted.order_by(PaperRow.id.desc()).limit(request.size + 1))
    return cut([_paper(row) for row in rows], request, lambda view: view.id)


async def get_paper(tx: Tx, paper_id: int) -> PaperView:
    """Answer a paper to whoever asked whether it may be seen; refuses ``PAPER_NOT_FOUND``."""
    row = await tx.session.get(PaperRow, paper_id)
    if row is None:
        raise PaperNotFound
    return _paper(row)


def _line(row: RowMapping) -> ProductLine:
    given = dict(row)
    pictures: list[str] = given.pop("pictures")
    given["edit_status"] = EditState(given["edit_status"])
    given["status"] = status_shown(Status(given["status"]), given["stock"])
    return ProductLine(picture=pictures[0] if pictures else "", **given)


def _sku(row: SkuRow) -> SkuView:
    return SkuView(
        id=row.id,
        number=row.number,
        spec=spec_text(row.draft_spec),
        price_fen=row.draft_price_fen,
        stock=row.stock,
        in_draft=row.in_draft,
        online=row.online,
        online_spec=row.spec,
        online_price_fen=row.price_fen,
    )


def _question(row: QuestionRow) -> QuestionView:
    return QuestionView(
        key=row.key,
        code=row.code,
        rule=row.rule,
        sentence=row.sentence,
        facts=row.facts,
        asks=row.asks,
        options=tuple(row.options),
        not_applicable=row.not_applicable,
    )


def _paper(row: PaperRow) -> PaperView:
    return PaperView(
        id=row.id,
        shop_id=row.shop_id,
        code=row.code,
        file_id=row.file_id,
        number=row.number,
        issuer=row.issuer,
        holder=row.holder,
        valid_until=row.valid_until,
        state=PaperState(row.state),
        why=row.why,
        uploaded_at=row.uploaded_at,
    )
