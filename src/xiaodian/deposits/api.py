"""The JSON doors of deposits."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import merchants, payments
from xiaodian.deposits import queries, service
from xiaodian.deposits.schemas import DepositAnswer, TopUpAnswer, TopUpBody, TopUpListAnswer
from xiaodian.infra import http
from xiaodian.kernel.ids import parse_id

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["deposits"])


@router.get("/shops/{shop_id}/deposit")
async def get_deposit(request: Request, shop_id: str) -> Response:
    """Answer a shop's deposit, and why each figure is what it is."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, "funds")
        deposit = await queries.get_deposit(tx, shop.id)
    return http.json_answer(DepositAnswer.of(deposit, request.state.lang))


@router.get("/shops/{shop_id}/deposit/top-ups")
async def list_top_ups(request: Request, shop_id: str) -> Response:
    """Answer the payments into a shop's deposit, newest first."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, "funds")
        listed = await queries.list_top_ups(tx, shop.id)
    return http.json_answer(TopUpListAnswer(items=[TopUpAnswer.of(each) for each in listed]))


@router.post("/shops/{shop_id}/deposit/top-ups", status_code=201)
async def start_top_up(request: Request, shop_id: str, body: TopUpBody) -> Response:
    """Begin to pay into a shop's deposit; ``pay`` then answers where to pay."""
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, "merchant"), key=await http.key(request)
    ) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, "funds")
        payment = await service.start_top_up(tx, shop, amount_fen=body.amount_fen)
        return await http.answer(tx, TopUpAnswer.of_payment(payment), status=201)


@router.post("/shops/{shop_id}/deposit/top-ups/{top_up_id}/pay")
async def pay(
    request: Request, shop_id: str, top_up_id: str, way: Literal["native", "h5"] = "native"
) -> Response:
    """Register the payment with the provider and answer its link; may be asked again."""
    runtime = http.runtime(request)
    async with runtime.db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, "funds")
        top_up = await queries.top_up_of(tx, shop.id, parse_id(top_up_id) or 0)
    payment = await payments.prepare(runtime, top_up.payment_id, way=way)
    return http.json_answer(TopUpAnswer.of_payment(payment))
