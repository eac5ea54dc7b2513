"""The doors of the logistics room: for carriers, and for shops."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import merchants
from xiaodian.infra import http, limits
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.ids import parse_id
from xiaodian.logistics import queries
from xiaodian.logistics.errors import CarrierNotSupported, ParcelNotFound
from xiaodian.logistics.gateway import CarrierGateway, PushRejected
from xiaodian.logistics.schemas import (
    AddressBody,
    CarrierAnswer,
    CarriersAnswer,
    ParcelAnswer,
    PushAnswer,
    RegisterBody,
    ReturnAddressAnswer,
)
from xiaodian.logistics.service import carriers, tracking
from xiaodian.logistics.states import ParcelEvent

__all__ = ["notify", "router"]

router = APIRouter(prefix="/api/v1", tags=["logistics"])
_CODE = re.compile(r"[A-Z0-9_]{2,20}")
_REJECTED_PER_MINUTE = 600


async def notify(request: Request) -> Response:
    """Take a carrier's word of a scan (``POST /notify/carriers/{code}``).

    What is not believed changes nothing, is recorded with its reason and answers 401. What is
    believed is noted once and answers 200 with what became of it, also when the waybill is none
    of ours; an outage answers 503, and the carrier sends it again.
    """
    runtime = http.runtime(request)
    code = str(request.path_params["code"])
    if _CODE.fullmatch(code) is None:
        raise CarrierNotSupported(carrier=code[:20])
    body = await request.body()
    read = runtime.gateway(CarrierGateway).read_push(code, request.headers, body)
    if isinstance(read, PushRejected):
        await limits.take(runtime.db, f"push:{code}", at_most=_REJECTED_PER_MINUTE, per_s=60)
        async with runtime.db.transaction(actor=SYSTEM) as tx:
            await tracking.record_push(
                tx, carrier=code, waybill="", outcome=read.reason, detail=read.detail, body=body
            )
        return http.json_answer(PushAnswer(read.reason), status=401)
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        outcome = await tracking.hear(
            tx,
            tracking.Scan(
                scan_id=read.id,
                carrier=code,
                waybill=read.waybill_no.upper(),
                event=ParcelEvent(read.state.value),
                at=read.at,
                place=read.place,
                text=read.text,
            ),
        )
        if outcome == "unknown":
            await tracking.record_push(
                tx, carrier=code, waybill=read.waybill_no, outcome=outcome, detail="", body=body
            )
    return http.json_answer(PushAnswer(outcome))


@router.get("/shops/{shop_id}/carriers")
async def list_carriers(request: Request, shop_id: str) -> CarriersAnswer:
    """List the carriers of a shop's market, and which of them it may use."""
    actor = http.actor(request, "merchant")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        shop = await merchants.visible_shop(tx, _shop_id(shop_id), right="orders")
        views = await carriers.carriers_for(tx, shop)
    return CarriersAnswer(items=[CarrierAnswer.of(view) for view in views])


@router.post("/shops/{shop_id}/carriers", status_code=201)
async def register(request: Request, shop_id: str, body: RegisterBody) -> Response:
    """Register the shop's account with a carrier."""
    actor = http.actor(request, "merchant")
    async with http.runtime(request).db.transaction(actor=actor, key=await http.key(request)) as tx:
        shop = await merchants.visible_shop(tx, _shop_id(shop_id), right="settings")
        view = await carriers.register_carrier(
            tx, shop, carrier=body.carrier, account_no=body.account_no
        )
        return await http.answer(tx, CarrierAnswer.of(view), status=201)


@router.put("/shops/{shop_id}/return-address")
async def set_return_address(request: Request, shop_id: str, body: AddressBody) -> Response:
    """Set where the shop's returns go."""
    actor = http.actor(request, "merchant")
    async with http.runtime(request).db.transaction(actor=actor, key=await http.key(request)) as tx:
        shop = await merchants.visible_shop(tx, _shop_id(shop_id), right="settings")
        view = await carriers.set_return_address(
            tx,
            shop,
            address=carriers.Address(body.name, body.phone, body.region, body.detail),
        )
        return await http.answer(tx, ReturnAddressAnswer(label=view.label))


@router.get("/shops/{shop_id}/return-address")
async def return_address(request: Request, shop_id: str) -> ReturnAddressAnswer:
    """Show where the shop's returns go, masked."""
    actor = http.actor(request, "merchant")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        shop = await merchants.visible_shop(tx, _shop_id(shop_id), right="orders")
        view = await carriers.find_return_address(tx, shop.id)
    return ReturnAddressAnswer(label=view.label if view else "")


@router.get("/shops/{shop_id}/parcels/{parcel_id}")
async def parcel(request: Request, shop_id: str, parcel_id: str) -> ParcelAnswer:
    """Show one of the shop's parcels with its track."""
    actor = http.actor(request, "merchant")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        shop = await merchants.visible_shop(tx, _shop_id(shop_id), right="orders")
        number = parse_id(parcel_id)
        if number is None:
            raise ParcelNotFound
        view = await queries.visible_parcel(tx, number, shop_id=shop.id)
    return ParcelAnswer.of(view)


def _shop_id(text: str) -> int:
    """Read a shop's id; what cannot be one is no shop."""
    return parse_id(text) or 0
