"""The buyer's orders."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import logistics, rulebooks
from xiaodian.infra import http
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.paging import PageRequest
from xiaodian.orders import queries
from xiaodian.orders.pages import words
from xiaodian.orders.pages.drawing import (
    id_of,
    moments,
    names_of_shops,
    pictures_of,
    reasons_of,
    status_of,
    track,
)
from xiaodian.orders.service import lifecycle
from xiaodian.orders.states import Event, State, after

__all__ = ["router"]

router = APIRouter()
_PAGE = 10


@router.get("/orders")
async def orders(request: Request, state: str = "", cursor: str = "") -> Response:
    """List the buyer's orders, newest first, by tab."""
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        page = await queries.list_orders_of_buyer(
            tx, actor.account_id, PageRequest.of(cursor, _PAGE), state=state
        )
        shops = await names_of_shops(tx, page.items)
        pictures = await pictures_of(
            tx, [line.product_id for order in page.items for line in order.lines]
        )
        now = tx.now
    return await http.page(
        request,
        "orders/mine.html",
        audience="buyer",
        orders=page.items,
        next=page.next,
        cursor=cursor,
        state=state,
        tabs=words.BUYER_TABS,
        states=words.STATES,
        shops=shops,
        pictures=pictures,
        now=now,
    )


@router.get("/orders/{order_id}")
async def order(request: Request, order_id: str) -> Response:
    """Show one of the buyer's orders: where it stands, its parcels, its history and the reasons."""
    return await _draw(request, order_id, None)


@router.post("/orders/{order_id}/cancellation")
async def cancel(request: Request, order_id: str) -> Response:
    """Cancel an order before it ships."""
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    try:
        async with http.runtime(request).db.transaction(
            actor=actor, key=await http.key(request)
        ) as tx:
            await lifecycle.cancel(tx, id_of(order_id), buyer_id=actor.account_id)
            return await http.redirect(tx, f"/orders/{order_id}")
    except Refusal as refusal:
        return await _draw(request, order_id, refusal)


@router.post("/orders/{order_id}/receipt")
async def confirm(request: Request, order_id: str) -> Response:
    """Confirm receipt."""
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    try:
        async with http.runtime(request).db.transaction(
            actor=actor, key=await http.key(request)
        ) as tx:
            await lifecycle.confirm(tx, id_of(order_id), buyer_id=actor.account_id)
            return await http.redirect(tx, f"/orders/{order_id}")
    except Refusal as refusal:
        return await _draw(request, order_id, refusal)


async def _draw(request: Request, order_id: str, refusal: Refusal | None) -> Response:
    actor = http.actor(request, "buyer")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        view = await queries.visible_order(tx, id_of(order_id), buyer_id=actor.account_id)
        shops = await names_of_shops(tx, [view])
        history = await queries.history_of(tx, view)
        parcels = await logistics.parcels_of(tx, view.id)
        pictures = await pictures_of(tx, [line.product_id for line in view.lines])
        now = tx.now
    state = State(view.state)
    refunds = rulebooks.version(view.rulebook).trade.orders.unshipped_auto_refund
    return await http.page(
        request,
        "orders/order.html",
        audience="buyer",
        status=status_of(refusal),
        order=view,
        shop=shops[view.shop_id],
        states=words.STATES,
        moments=moments(history),
        parcels=track(parcels),
        pictures=pictures,
        reasons=reasons_of(view),
        now=now,
        may_cancel=after(state, Event.BUYER_CANCEL) is not None
        or (state is State.WAIT_SHIP and refunds),
        may_confirm=after(state, Event.CONFIRM) is not None,
        refusal=refusal,
    )
