"""The shop's orders: what waits to be shipped, and one order with everything about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xiaodian import logistics, merchants, settlement
from xiaodian.infra import http
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest
from xiaodian.orders import queries
from xiaodian.orders.pages import words
from xiaodian.orders.pages.drawing import (
    form_of,
    id_of,
    moments,
    pictures_of,
    reasons_of,
    status_of,
    text,
    track,
)
from xiaodian.orders.service import addresses, lifecycle
from xiaodian.orders.states import Event, State, after

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ShopView
    from xiaodian.orders.queries import OrderView

__all__ = ["router"]

router = APIRouter()
_PAGE = 20


@router.get("/merchant/shops/{shop_id}/orders")
async def orders(
    request: Request, shop_id: str, state: str | None = None, cursor: str = "", number: str = ""
) -> Response:
    """List a shop's orders by tab, what ships late first."""
    actor = http.actor(request, "merchant")
    tab = words.SHOP_TABS[0][0] if state is None else state
    async with http.runtime(request).db.reading(actor=actor) as tx:
        shop = await _shop(tx, shop_id)
        found = await _by_number(tx, shop, number)
        if found is not None:
            return RedirectResponse(f"/merchant/shops/{shop.id}/orders/{found.id}", 303)
        page = await queries.list_orders_of_shop(
            tx, shop.id, PageRequest.of(cursor, _PAGE), state=tab
        )
        late = await queries.list_late_orders_of_shop(tx, shop.id)
        shown = list(page.items)
        if State.WAIT_SHIP in tab.split(",") and not number:
            first = [] if cursor else list(late)
            known = {order.id for order in late}
            shown = first + [order for order in page.items if order.id not in known]
        counts = await queries.count_by_state(tx, shop_id=shop.id)
        pictures = await pictures_of(
            tx, [line.product_id for order in shown for line in order.lines]
        )
        now = tx.now
    return await http.page(
        request,
        "orders/selling.html",
        audience="merchant",
        shop=shop,
        orders=[] if number else shown,
        next=None if number else page.next,
        cursor=cursor,
        tab=tab,
        tabs=_tabs(counts),
        states=words.STATES,
        late_count=len(late),
        number=number,
        pictures=pictures,
        now=now,
    )


@router.get("/merchant/shops/{shop_id}/orders/{order_id}")
async def order(request: Request, shop_id: str, order_id: str, receiver: str = "") -> Response:
    """Show one order of the shop; with ``receiver=open`` also who receives it, which is logged."""
    return await _draw(request, shop_id, order_id, opened=receiver == "open")


@router.post("/merchant/shops/{shop_id}/orders/{order_id}/shipment")
async def ship(request: Request, shop_id: str, order_id: str) -> Response:
    """Hand the order to a carrier."""
    form = await http.form(request)
    typed = {"carrier": text(form, "carrier"), "waybill": text(form, "waybill")}
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            shop = await _shop(tx, shop_id)
            await lifecycle.ship(
                tx,
                id_of(order_id),
                shop_id=shop.id,
                carrier=typed["carrier"][:16],
                waybill=typed["waybill"][:64],
            )
            return await http.redirect(tx, f"/merchant/shops/{shop.id}/orders/{order_id}")
    except Refusal as refusal:
        return await _draw(request, shop_id, order_id, typed=typed, refusal=refusal)


@router.post("/merchant/shops/{shop_id}/orders/{order_id}/ewaybill")
async def ewaybill(request: Request, shop_id: str, order_id: str) -> Response:
    """Have the platform issue a waybill for the order."""
    form = await http.form(request)
    carrier = text(form, "carrier")
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            shop = await _shop(tx, shop_id)
            view = await queries.visible_order(tx, id_of(order_id), shop_id=shop.id)
            await logistics.request_ewaybill(
                tx,
                shop_id=shop.id,
                order_id=view.id,
                carrier=carrier[:16],
                rulebook=view.rulebook,
            )
            return await http.redirect(tx, f"/merchant/shops/{shop.id}/orders/{order_id}")
    except Refusal as refusal:
        return await _draw(
            request, shop_id, order_id, typed={"carrier": carrier, "waybill": ""}, refusal=refusal
        )


async def _draw(
    request: Request,
    shop_id: str,
    order_id: str,
    *,
    opened: bool = False,
    typed: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    actor = http.actor(request, "merchant")
    # A page that opens a receiver writes down who looked, so it is no mere reading.
    async with http.runtime(request).db.transaction(actor=actor) as tx:
        shop = await _shop(tx, shop_id)
        view = await queries.visible_order(tx, id_of(order_id), shop_id=shop.id)
        receiver = await addresses.show_receiver(tx, view.id, shop_id=shop.id) if opened else None
        parcels = await logistics.parcels_of(tx, view.id, with_created=True)
        facts = {
            "carriers": await logistics.carriers_for(tx, shop),
            "moments": moments(await queries.history_of(tx, view)),
            "pictures": await pictures_of(tx, [line.product_id for line in view.lines]),
            "sale": await _sale(tx, shop, view),
            "now": tx.now,
        }
    return await http.page(
        request,
        "orders/sold.html",
        audience="merchant",
        status=status_of(refusal),
        shop=shop,
        order=view,
        receiver=receiver,
        states=words.STATES,
        parcels=track([parcel for parcel in parcels if parcel.declared_at is not None]),
        issued=[parcel for parcel in parcels if parcel.declared_at is None],
        ewaybills=logistics.ewaybill_carriers(view.rulebook),
        reasons=reasons_of(view),
        may_ship=after(State(view.state), Event.SHIP_ALL) is not None,
        form=form_of(request, typed or {}, refusal, "waybill"),
        refusal=refusal,
        **facts,
    )


async def _shop(tx: Tx, shop_id: str) -> ShopView:
    return await merchants.visible_shop(tx, parse_id(shop_id) or 0, right="orders")


async def _sale(tx: Tx, shop: ShopView, order: OrderView) -> settlement.SaleView | None:
    """Answer the money of a paid order to those of the shop who may see its funds."""
    held = await merchants.rights_of(tx, shop)
    if order.paid_at is None or merchants.Right.FUNDS not in held:
        return None
    return await settlement.get_sale(tx, order.id)


async def _by_number(tx: Tx, shop: ShopView, number: str) -> OrderView | None:
    """Answer the shop's order of this number, if it is one."""
    wanted = parse_id(number.strip())
    if wanted is None:
        return None
    try:
        return await queries.visible_order(tx, wanted, shop_id=shop.id)
    except Refusal:
        return None


def _tabs(counts: Mapping[str, int]) -> Sequence[tuple[str, str, int | None]]:
    """Answer (states, word, how many), without a number where orders have ended."""
    return [
        (
            states,
            word,
            sum(counts.get(state, 0) for state in states.split(","))
            if states and set(states.split(",")) & set(counts)
            else None,
        )
        for states, word in words.SHOP_TABS
    ]
