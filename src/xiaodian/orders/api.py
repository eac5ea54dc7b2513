"""The JSON doors of the order room."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import merchants, payments
from xiaodian.infra import http
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest
from xiaodian.orders import queries
from xiaodian.orders.errors import AddressNotFound, NotForSale, OrderNotFound
from xiaodian.orders.schemas import (
    AddressAnswer,
    AddressBody,
    OrderAnswer,
    OrdersAnswer,
    PlaceBody,
    PlacedAnswer,
    ShipBody,
)
from xiaodian.orders.service import addresses, lifecycle
from xiaodian.orders.service.intake import Intake
from xiaodian.orders.service.placing import Placement, Wanted

__all__ = ["place", "router"]

router = APIRouter(prefix="/api/v1", tags=["orders"])
_NOTE_MAX = 200


async def place(request: Request) -> Response:
    """Place a cart's orders (the hot door: ``POST /api/v1/orders``).

    Needs a signed-in buyer and an ``Idempotency-Key``; answers 201 with the orders, or a named
    refusal. The same key and body answer the same again.
    """
    actor = http.actor(request, "buyer")
    key = await http.key(request)
    body = await http.read_json(request, PlaceBody)
    assert actor.account_id is not None, "a signed-in actor has an account"
    placed = (
        await http.runtime(request)
        .gateway(Intake)
        .place(
            Placement(
                buyer_id=actor.account_id,
                key=key.key,
                fingerprint=key.fingerprint,
                address_id=parse_id(body.address_id) or _refuse_address(),
                lines=tuple(
                    Wanted(
                        parse_id(line.sku_id) or _refuse_sku(line.sku_id),
                        line.quantity,
                        line.price_fen,
                    )
                    for line in body.lines
                ),
                note=body.note[:_NOTE_MAX],
            )
        )
    )
    return http.json_answer(
        PlacedAnswer(
            checkout_id=str(placed.checkout_id),
            order_ids=[str(order_id) for order_id in placed.order_ids],
            payable_fen=placed.payable_fen,
            pay_by=placed.pay_by,
        ),
        status=201,
    )


@router.post("/addresses", status_code=201)
async def add_address(request: Request, body: AddressBody) -> Response:
    """Add a receiver to the buyer's address book."""
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.transaction(actor=actor, key=await http.key(request)) as tx:
        view = await addresses.add_address(
            tx,
            actor.account_id,
            addresses.Receiver(body.name, body.phone, body.region, body.detail),
        )
        return await http.answer(
            tx,
            AddressAnswer(id=str(view.id), label=view.label, is_default=view.is_default),
            status=201,
        )


@router.get("/orders")
async def my_orders(
    request: Request, cursor: str = "", size: int = 20, state: str = ""
) -> OrdersAnswer:
    """List the buyer's orders, newest first."""
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        page = await queries.list_orders_of_buyer(
            tx, actor.account_id, PageRequest.of(cursor, size), state=state
        )
    return OrdersAnswer(items=[OrderAnswer.of(order) for order in page.items], next=page.next)


@router.get("/orders/{order_id}")
async def my_order(request: Request, order_id: str) -> OrderAnswer:
    """Answer one of the buyer's orders."""
    actor = http.actor(request, "buyer")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        order = await queries.visible_order(tx, _id(order_id), buyer_id=actor.account_id)
    return OrderAnswer.of(order)


@router.post("/orders/{order_id}/cancellation")
async def cancel(request: Request, order_id: str) -> Response:
    """Cancel an order of the buyer's before it ships."""
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.transaction(actor=actor, key=await http.key(request)) as tx:
        await lifecycle.cancel(tx, _id(order_id), buyer_id=actor.account_id)
        order = await queries.get_order(tx, _id(order_id))
        return await http.answer(tx, OrderAnswer.of(order))


@router.post("/orders/{order_id}/receipt")
async def confirm(request: Request, order_id: str) -> Response:
    """Confirm receipt of an order of the buyer's."""
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.transaction(actor=actor, key=await http.key(request)) as tx:
        await lifecycle.confirm(tx, _id(order_id), buyer_id=actor.account_id)
        order = await queries.get_order(tx, _id(order_id))
        return await http.answer(tx, OrderAnswer.of(order))


@router.post("/checkouts/{checkout_id}/payment", status_code=201)
async def pay(request: Request, checkout_id: str) -> Response:
    """Start, or find again, the payment of a cart; answers the links to pay at."""
    actor = http.actor(request, "buyer")
    runtime = http.runtime(request)
    async with runtime.db.transaction(actor=actor, key=None) as tx:
        payment = await lifecycle.start_payment(tx, _id(checkout_id), buyer_id=actor.account_id)
    payment = await payments.prepare(runtime, payment.id, way="h5")
    return http.json_answer(payments.PaymentAnswer.of(payment), status=201)


@router.get("/shops/{shop_id}/orders")
async def shop_orders(
    request: Request, shop_id: str, cursor: str = "", size: int = 20, state: str = ""
) -> OrdersAnswer:
    """List a shop's orders, newest first."""
    actor = http.actor(request, "merchant")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        shop = await merchants.visible_shop(tx, _id(shop_id), right="orders")
        page = await queries.list_orders_of_shop(
            tx, shop.id, PageRequest.of(cursor, size), state=state
        )
    return OrdersAnswer(items=[OrderAnswer.of(order) for order in page.items], next=page.next)


@router.post("/shops/{shop_id}/orders/{order_id}/shipment", status_code=201)
async def ship(request: Request, shop_id: str, order_id: str, body: ShipBody) -> Response:
    """Hand an order to a carrier."""
    actor = http.actor(request, "merchant")
    async with http.runtime(request).db.transaction(actor=actor, key=await http.key(request)) as tx:
        shop = await merchants.visible_shop(tx, _id(shop_id), right="orders")
        await lifecycle.ship(
            tx, _id(order_id), shop_id=shop.id, carrier=body.carrier, waybill=body.waybill
        )
        order = await queries.get_order(tx, _id(order_id))
        return await http.answer(tx, OrderAnswer.of(order), status=201)


def _id(text: str) -> int:
    number = parse_id(text)
    if number is None:
        raise OrderNotFound
    return number


def _refuse_address() -> int:
    raise AddressNotFound


def _refuse_sku(text: str) -> int:
    raise NotForSale(skus=[text[:40]])
