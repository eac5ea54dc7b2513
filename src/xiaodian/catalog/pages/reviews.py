"""The reviewers' queue of products, and one submission with what speaks for and against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts, merchants, rulebooks
from xiaodian.catalog import queries, service
from xiaodian.catalog.errors import PaperNotFound
from xiaodian.catalog.pages import drawing
from xiaodian.catalog.rules.lore import library
from xiaodian.catalog.states import ReviewState
from xiaodian.infra import audit, http
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xiaodian.infra.db import Tx

__all__ = ["router"]

router = APIRouter()
_PAGE = 50
_NAME_MAX = 48
_OVERRULE = "overrule:"


@router.get("/operator/products")
async def queue(request: Request) -> Response:
    """Show what waits, and what was decided."""
    return await _draw_queue(request, None)


@router.post("/operator/products/approvals")
async def approve_many(request: Request) -> Response:
    """Approve those that were ticked, or all shown, against which nothing stands."""
    actor, key = http.actor(request, "operator"), await http.key(request)
    form = await http.form(request)
    ticked = drawing.texts(form, "shown" if drawing.text(form, "every") else "product")
    products = [number for one in ticked if (number := parse_id(one)) is not None]
    try:
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            decided = await service.approve_many(tx, products)
            counts = f"approved={len(decided.done)}&held={len(decided.refused)}"
            return await http.redirect(tx, f"/operator/products?{counts}")
    except Refusal as refusal:
        return await _draw_queue(request, refusal)


async def _draw_queue(request: Request, refusal: Refusal | None) -> Response:
    asked = request.query_params
    shown = asked.get("state", "OPEN")
    state = ReviewState(shown) if shown in set(ReviewState) else ReviewState.OPEN
    market, category = asked.get("market", "")[:_NAME_MAX], asked.get("category", "")[:_NAME_MAX]
    cursor = asked.get("cursor", "")
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        await accounts.require_role(tx, "reviewer")
        page = await queries.list_reviews(
            tx, PageRequest.of(cursor, _PAGE), state=state, market=market, category=category
        )
        shops = await merchants.get_shops(tx, sorted({review.shop_id for review in page.items}))
        counts, now = await queries.review_counts(tx), tx.now
    return await http.page(
        request,
        "catalog/reviews.html",
        audience="operator",
        status=drawing.status_of(refusal),
        page=page,
        cursor=cursor,
        state=state,
        market=market,
        category=category,
        markets=rulebooks.shipped().codes(),
        shops=shops,
        counts=counts,
        category_name=drawing.category_name,
        approved=asked.get("approved", ""),
        held=asked.get("held", ""),
        now=now,
        refusal=refusal,
    )


@router.get("/operator/products/{product}")
async def show(request: Request, product: str) -> Response:
    """Show one product to a reviewer."""
    return await _draw(request, product, "", None)


@router.post("/operator/products/{product}/approve")
async def approve(request: Request, product: str) -> Response:
    """Approve the submission that was seen."""
    form = await http.form(request)
    overruled = {
        str(name).removeprefix(_OVERRULE): drawing.text(form, str(name))
        for name in form
        if str(name).startswith(_OVERRULE) and drawing.text(form, str(name))
    }

    async def act(tx: Tx, product_id: int) -> None:
        revision = drawing.number_in(drawing.text(form, "revision"), "版本")
        await service.approve(tx, product_id, revision=revision, overruled=overruled)

    return await _with_product(request, product, act, "/operator/products?approved=1")


@router.post("/operator/products/{product}/reject")
async def reject(request: Request, product: str) -> Response:
    """Reject the submission that was seen, one reason a line."""
    form = await http.form(request)
    typed = drawing.text(form, "reasons")

    async def act(tx: Tx, product_id: int) -> None:
        revision = drawing.number_in(drawing.text(form, "revision"), "版本")
        await service.reject(tx, product_id, reasons=typed.splitlines(), revision=revision)

    return await _with_product(request, product, act, "/operator/products", typed=typed)


@router.post("/operator/products/{product}/papers/{paper}")
async def check_paper(request: Request, product: str, paper: str) -> Response:
    """Say what a paper was found to be."""
    form = await http.form(request)
    number = parse_id(paper)

    async def act(tx: Tx, _product_id: int) -> None:
        if number is None:
            raise PaperNotFound
        genuine = drawing.text(form, "genuine") == "yes"
        await service.check_paper(tx, number, genuine=genuine, why=drawing.text(form, "why"))

    return await _with_product(request, product, act, f"/operator/products/{product}#papers")


async def _with_product(
    request: Request,
    product: str,
    act: Callable[[Tx, int], Awaitable[None]],
    place: str,
    *,
    typed: str = "",
) -> Response:
    actor, key = http.actor(request, "operator"), await http.key(request)
    product_id = drawing.product_id_of(product)
    try:
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            await act(tx, product_id)
            return await http.redirect(tx, place)
    except Refusal as refusal:
        return await _draw(request, product, typed, refusal)


async def _draw(request: Request, product: str, typed: str, refusal: Refusal | None) -> Response:
    product_id = drawing.product_id_of(product)
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        await accounts.require_role(tx, "reviewer")
        row, shop = await service.visible_product(tx, product_id)
        view = await queries.product_view(tx, row)
        current = next((one for one in view.reviews if one.state is ReviewState.OPEN), None)
        found = await service.findings_of(tx, row, shop) if current else ()
        history = await audit.history(tx, subject="product", subject_id=product_id)
        now = tx.now
    return await http.page(
        request,
        "catalog/review.html",
        audience="operator",
        status=drawing.status_of(refusal),
        product=view,
        shop=shop,
        current=current,
        findings=found,
        label=library().label,
        category_name=drawing.category_name,
        document_name=drawing.document_name,
        words=drawing.words,
        edit_tones=drawing.EDIT_TONES,
        status_tones=drawing.STATUS_TONES,
        history=history,
        typed=typed,
        now=now,
        refusal=refusal,
    )
