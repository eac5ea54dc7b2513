"""The operator's doors: the review queue, and shops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.infra import http
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PAGE_MAX, PageRequest
from xiaodian.merchants import queries, service
from xiaodian.merchants.api.acting import whole, with_application, with_shop
from xiaodian.merchants.schemas import (
    ApplicationAnswer,
    ApplicationListAnswer,
    ReasonsBody,
    ShopAnswer,
    ShopListAnswer,
    SupplementBody,
    WhyBody,
)

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.merchants.queries import ApplicationView

__all__ = ["router"]

router = APIRouter()
Cursor = Annotated[str | None, Query(max_length=64)]
Size = Annotated[int, Query(ge=1, le=PAGE_MAX)]
Filter = Annotated[str, Query(max_length=64)]


@router.get("/operator/applications")
async def list_queue(
    request: Request,
    cursor: Cursor = None,
    size: Size = 20,
    state: Filter = "",
    market: Filter = "",
    *,
    mine: bool = False,
    overdue: bool = False,
) -> Response:
    """Answer what waits for review, the most urgent first; with ``state``, all of that state."""
    asked = PageRequest.of(cursor, size)
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        if state or market:
            page = await queries.list_applications(tx, asked, state=state, market=market)
        else:
            waiting = await queries.list_queue(tx, asked, mine=mine, overdue=overdue)
            page = waiting.map(lambda entry: entry.application)
    return http.json_answer(
        ApplicationListAnswer(
            items=[ApplicationAnswer.of(each) for each in page.items], next=page.next
        )
    )


@router.get("/operator/applications/{application_id}")
async def review_application(request: Request, application_id: str) -> Response:
    """Answer one application to a reviewer."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        found = await queries.visible_application(tx, parse_id(application_id) or 0)
        return http.json_answer(await whole(request, tx, found))


@router.post("/operator/applications/{application_id}/claim")
async def claim_review(request: Request, application_id: str) -> Response:
    """Take an application to review it."""
    return await with_application(
        request, application_id, service.claim_review, audience="operator"
    )


@router.post("/operator/applications/{application_id}/approve")
async def approve(request: Request, application_id: str) -> Response:
    """Approve: the shop exists from now on."""
    return await with_application(request, application_id, service.approve, audience="operator")


@router.post("/operator/applications/{application_id}/reject")
async def reject(request: Request, application_id: str, body: ReasonsBody) -> Response:
    """Reject, with reasons."""

    async def act(tx: Tx, number: int) -> ApplicationView:
        return await service.reject(tx, number, reasons=body.reasons)

    return await with_application(request, application_id, act, audience="operator")


@router.post("/operator/applications/{application_id}/ask-supplement")
async def ask_supplement(request: Request, application_id: str, body: SupplementBody) -> Response:
    """Ask the applicant to mend things."""

    async def act(tx: Tx, number: int) -> ApplicationView:
        return await service.ask_supplement(
            tx, number, items=[(each.item, each.sentence) for each in body.items]
        )

    return await with_application(request, application_id, act, audience="operator")


@router.get("/operator/shops")
async def list_all_shops(
    request: Request,
    cursor: Cursor = None,
    size: Size = 20,
    market: Filter = "",
    state: Filter = "",
    flag: Filter = "",
    name: Filter = "",
) -> Response:
    """Answer a page of all shops."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        page = await queries.list_shops(
            tx, PageRequest.of(cursor, size), market=market, state=state, flag=flag, name=name
        )
    return http.json_answer(
        ShopListAnswer(items=[ShopAnswer.of(each) for each in page.items], next=page.next)
    )


@router.post("/operator/shops/{shop_id}/suspend")
async def suspend(request: Request, shop_id: str, body: WhyBody) -> Response:
    """Make a shop stand still; for administrators."""

    async def act(tx: Tx, number: int) -> None:
        await service.operator_suspend(tx, number, why=body.why)

    return await with_shop(request, shop_id, act, audience="operator")


@router.post("/operator/shops/{shop_id}/lift")
async def lift(request: Request, shop_id: str, body: WhyBody) -> Response:
    """Let a suspended shop trade again; for administrators."""

    async def act(tx: Tx, number: int) -> None:
        await service.operator_lift(tx, number, why=body.why)

    return await with_shop(request, shop_id, act, audience="operator")


@router.post("/operator/shops/{shop_id}/ban")
async def ban(request: Request, shop_id: str, body: WhyBody) -> Response:
    """Ban a shop for good; for administrators."""

    async def act(tx: Tx, number: int) -> None:
        await service.operator_ban(tx, number, why=body.why)

    return await with_shop(request, shop_id, act, audience="operator")


@router.post("/operator/shops/{shop_id}/payout-account/{decision}")
async def decide_payout_account(
    request: Request, shop_id: str, decision: Literal["approve", "reject"]
) -> Response:
    """Decide on an account that the bank left unclear."""

    async def act(tx: Tx, number: int) -> None:
        await service.decide_payout_account(tx, number, approved=decision == "approve")

    return await with_shop(request, shop_id, act, audience="operator")
