"""The reviewers' queue, and what a review is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from xiaodian import merchants, rulebooks
from xiaodian.catalog.models import PaperLinkRow, PaperRow, ReviewRow
from xiaodian.catalog.rules.review import Paper, PaperState, ReviewFacts, predict_category
from xiaodian.catalog.states import ReviewState
from xiaodian.kernel.clock import day_of
from xiaodian.kernel.paging import Page, PageRequest, cut

if TYPE_CHECKING:
    from datetime import datetime

    from xiaodian.catalog.models import ProductRow
    from xiaodian.catalog.rules.drafts import Draft
    from xiaodian.infra.db import Tx

__all__ = ["ReviewView", "list_reviews", "review_counts", "review_facts", "reviews_of"]

_SEEN_MAX = 100


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One submission and what became of it."""

    id: int
    shop_id: int
    product_id: int
    market: str
    category: str
    title: str
    revision: int
    rulebook: str
    state: ReviewState
    submitted_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reasons: tuple[str, ...]
    findings: tuple[dict[str, Any], ...]
    overruled: dict[str, str]


async def review_facts(
    tx: Tx, product: ProductRow, shop: merchants.ShopView, draft: Draft
) -> ReviewFacts:
    """Gather what a review knows beside the draft: prediction, median price, papers, the day."""
    median = await tx.rows(
        "SELECT CAST(percentile_disc(0.5) WITHIN GROUP (ORDER BY s.price_fen) AS bigint) AS fen"
        " FROM products p CROSS JOIN LATERAL (SELECT min(k.price_fen) AS price_fen FROM skus k"
        "  WHERE k.product_id = p.id AND k.online) s"
        " WHERE p.market = :market AND p.category = :category AND p.status = 'ONLINE'"
        " AND p.id <> :id",
        market=product.market,
        category=draft.category,
        id=product.id,
    )
    papers = await tx.session.scalars(
        select(PaperRow)
        .join(PaperLinkRow, PaperLinkRow.paper_id == PaperRow.id)
        .where(PaperLinkRow.product_id == product.id)
        .order_by(PaperRow.id)
    )
    licence = await merchants.licence_of(tx, shop.id)
    return ReviewFacts(
        prediction=predict_category(draft.title, rulebooks.categories()),
        median_fen=median[0]["fen"],
        papers=[
            Paper(row.code, PaperState(row.state), row.issuer, row.holder, row.valid_until)
            for row in papers
        ],
        holder=licence.name,
        on=day_of(tx.now),
    )


async def list_reviews(
    tx: Tx,
    request: PageRequest,
    *,
    state: ReviewState = ReviewState.OPEN,
    market: str = "",
    shop_id: int | None = None,
    category: str = "",
) -> Page[ReviewView]:
    """List submissions of a state, newest first. For reviewers; whoever calls asked who it is."""
    wanted = select(ReviewRow).where(ReviewRow.state == state)
    if market:
        wanted = wanted.where(ReviewRow.market == market)
    if shop_id is not None:
        wanted = wanted.where(ReviewRow.shop_id == shop_id)
    if category:
        wanted = wanted.where(ReviewRow.category == category)
    if request.after is not None:
        wanted = wanted.where(ReviewRow.id < request.after)
    rows = await tx.session.scalars(wanted.order_by(ReviewRow.id.desc()).limit(request.size + 1))
    return cut([_view(row) for row in rows], request, lambda view: view.id)


async def review_counts(tx: Tx) -> dict[str, int]:
    """Answer how many submissions wait, by category; at most two hundred categories."""
    rows = await tx.rows(
        "SELECT category, count(*) AS n FROM product_reviews WHERE state = 'OPEN'"
        " GROUP BY category ORDER BY n DESC, category LIMIT 200"
    )
    return {row["category"]: row["n"] for row in rows}


async def reviews_of(tx: Tx, product_id: int) -> list[ReviewView]:
    """Answer a product's submissions, newest first, at most a hundred."""
    rows = await tx.session.scalars(
        select(ReviewRow)
        .where(ReviewRow.product_id == product_id)
        .order_by(ReviewRow.id.desc())
        .limit(_SEEN_MAX)
    )
    return [_view(row) for row in rows]


def _view(row: ReviewRow) -> ReviewView:
    return ReviewView(
        id=row.id,
        shop_id=row.shop_id,
        product_id=row.product_id,
        market=row.market,
        category=row.category,
        title=row.title,
        revision=row.revision,
        rulebook=row.rulebook,
        state=ReviewState(row.state),
        submitted_at=row.submitted_at,
        due_at=row.due_at,
        decided_at=row.decided_at,
        reasons=tuple(row.reasons),
        findings=tuple(row.findings),
        overruled=row.overruled,
    )
