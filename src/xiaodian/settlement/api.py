"""The JSON doors of settlement, for shops and operators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.infra import http
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PAGE_MAX, PageRequest
from xiaodian.merchants.errors import ShopNotFound
from xiaodian.settlement import queries, service
from xiaodian.settlement.errors import SaleNotFound
from xiaodian.settlement.schemas import (
    D0Answer,
    D0Body,
    PendingAnswer,
    SaleAnswer,
    SaleListAnswer,
)
from xiaodian.settlement.states import SaleState

__all__ = ["router"]

router = APIRouter(prefix="/api/v1")
Cursor = Annotated[str | None, Query(max_length=64)]
Size = Annotated[int, Query(ge=1, le=PAGE_MAX)]


@router.get("/shops/{shop_id}/settlements")
async def list_sales(
    request: Request,
    shop_id: str,
    cursor: Cursor = None,
    size: Size = 20,
    state: SaleState | None = None,
) -> Response:
    """Answer a page of a shop's sales, each with why it settles when and costs what."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        page = await queries.list_sales(
            tx, _shop(shop_id), PageRequest.of(cursor, size), state=state or ""
        )
    return http.json_answer(SaleListAnswer.of(page, request.state.lang))


@router.get("/shops/{shop_id}/pending")
async def pending_of(request: Request, shop_id: str) -> Response:
    """Answer what a shop has in its sales."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        return http.json_answer(PendingAnswer.of(await queries.pending_of(tx, _shop(shop_id))))


@router.get("/settlements/{order_id}")
async def get_sale(request: Request, order_id: str) -> Response:
    """Answer the money of one order to its shop."""
    number = parse_id(order_id)
    if number is None:
        raise SaleNotFound
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        sale = await queries.visible_sale(tx, number)
    return http.json_answer(SaleAnswer.of(sale, request.state.lang))


@router.get("/shops/{shop_id}/d0")
async def d0_of(request: Request, shop_id: str) -> Response:
    """Answer whether a shop has D+0 or may ask for it."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        view = await queries.d0_of(tx, _shop(shop_id))
    return http.json_answer(D0Answer.of(view, request.state.lang))


@router.post("/shops/{shop_id}/d0")
async def request_d0(request: Request, shop_id: str) -> Response:
    """Ask for D+0."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        row = await service.request_d0(tx, _shop(shop_id))
        view = await queries.d0_of(tx, row.shop_id)
        return await http.answer(tx, D0Answer.of(view, request.state.lang), status=201)


@router.post("/operator/shops/{shop_id}/d0")
async def decide_d0(request: Request, shop_id: str, body: D0Body) -> Response:
    """Grant or reject a shop's D+0, as a finance operator."""
    actor, key = http.actor(request, "operator"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        row = await service.decide_d0(tx, _shop(shop_id), grant=body.grant, reason=body.reason)
        view = await queries.d0_of(tx, row.shop_id)
        return await http.answer(tx, D0Answer.of(view, request.state.lang))


def _shop(shop_id: str) -> int:
    number = parse_id(shop_id)
    if number is None:
        raise ShopNotFound
    return number
