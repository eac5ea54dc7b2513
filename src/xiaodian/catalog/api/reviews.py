"""The reviewers' queue of products."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts
from xiaodian.catalog import queries, service
from xiaodian.catalog.errors import ProductNotFound
from xiaodian.catalog.schemas import (
    ApproveBody,
    DecidedAnswer,
    MadeAnswer,
    ProductIdsBody,
    RejectBody,
    ReviewsAnswer,
)
from xiaodian.catalog.states import ReviewState
from xiaodian.infra import http
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PAGE_MAX, PageRequest

__all__ = ["router"]

router = APIRouter(prefix="/product-reviews")
Word = Annotated[str, Query(max_length=48)]


@router.get("")
async def list_reviews(
    request: Request,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    size: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 20,
    state: ReviewState = ReviewState.OPEN,
    market: Word = "",
    category: Word = "",
) -> Response:
    """List submissions, newest first; for reviewers."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        await accounts.require_role(tx, "reviewer")
        page = await queries.list_reviews(
            tx, PageRequest.of(cursor, size), state=state, market=market, category=category
        )
    return http.json_answer(ReviewsAnswer.of(page, request.state.lang))


@router.post("/approvals")
async def approve_many(request: Request, body: ProductIdsBody) -> Response:
    """Approve those of many submissions against which nothing stands."""
    actor, key = http.actor(request, "operator"), await http.key(request)
    products = [_product_id(one) for one in body.product_ids]
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        decided = await service.approve_many(tx, products)
        return await http.answer(tx, DecidedAnswer.of(decided))


@router.post("/{product}/approve")
async def approve(request: Request, product: str, body: ApproveBody) -> Response:
    """Approve a submission."""
    actor, key = http.actor(request, "operator"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        await service.approve(
            tx, _product_id(product), revision=body.revision, overruled=body.overruled
        )
        return await http.answer(tx, MadeAnswer(id=product))


@router.post("/{product}/reject")
async def reject(request: Request, product: str, body: RejectBody) -> Response:
    """Reject a submission, with reasons."""
    actor, key = http.actor(request, "operator"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        await service.reject(tx, _product_id(product), reasons=body.reasons, revision=body.revision)
        return await http.answer(tx, MadeAnswer(id=product))


def _product_id(product: str) -> int:
    number = parse_id(product)
    if number is None:
        raise ProductNotFound
    return number
