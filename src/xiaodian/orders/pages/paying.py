"""Paying a cart: the amount, how long there is time, and the ways to the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xiaodian import payments
from xiaodian.infra import http
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.errors import Outage, Refusal
from xiaodian.orders import queries
from xiaodian.orders.pages.drawing import id_of, names_of_shops
from xiaodian.orders.service import lifecycle
from xiaodian.orders.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.jobs import Runtime
    from xiaodian.orders.queries import OrderView
    from xiaodian.payments import PaymentView

__all__ = ["router"]

router = APIRouter()
_NO_CONTENT = 204


@router.get("/pay/{checkout_id}")
async def pay(request: Request, checkout_id: str) -> Response:
    """Show what is to be paid, by when, and how; a paid cart goes on to its success page."""
    actor = http.actor(request, "buyer")
    orders = await _orders(request, checkout_id)
    if _paid(orders):
        return RedirectResponse(f"/pay/{checkout_id}/done", 303)
    runtime = http.runtime(request)
    payment: PaymentView | None = None
    refusal: Refusal | None = None
    silent = False
    if orders[0].state == State.WAIT_PAY:
        try:
            async with runtime.db.transaction(actor=actor) as tx:
                started = await lifecycle.start_payment(
                    tx, id_of(checkout_id), buyer_id=actor.account_id
                )
            payment = await _prepared(runtime, started, checkout_id, phone=_is_phone(request))
        except Refusal as error:
            refusal = error
        except Outage:
            silent = True
    async with runtime.db.reading(actor=actor) as tx:
        shops, now = await names_of_shops(tx, orders), tx.now
    return await http.page(
        request,
        "orders/pay.html",
        audience="buyer",
        status=503 if silent else 200,
        checkout_id=checkout_id,
        orders=orders,
        shops=shops,
        payable_fen=sum(order.payable_fen for order in orders),
        payment=payment,
        now=now,
        refusal=refusal,
        silent=silent,
    )


@router.get("/pay/{checkout_id}/state")
async def state(request: Request, checkout_id: str) -> Response:
    """Tell a waiting page how the payment stands: nothing new, or where to go."""
    orders = await _orders(request, checkout_id)
    if orders[0].state == State.WAIT_PAY:
        return Response(status_code=_NO_CONTENT)
    place = f"/pay/{checkout_id}/done" if _paid(orders) else f"/pay/{checkout_id}"
    return HTMLResponse("", headers={"HX-Redirect": place})


@router.get("/pay/{checkout_id}/done")
async def done(request: Request, checkout_id: str) -> Response:
    """Show that the cart is paid. Who comes back before the provider told us waits here for it."""
    actor = http.actor(request, "buyer")
    orders = await _orders(request, checkout_id)
    if orders[0].state == State.WAIT_PAY:
        await _ask(http.runtime(request), id_of(checkout_id))
        orders = await _orders(request, checkout_id)
    async with http.runtime(request).db.reading(actor=actor) as tx:
        shops = await names_of_shops(tx, orders)
    return await http.page(
        request,
        "orders/paid.html",
        audience="buyer",
        checkout_id=checkout_id,
        orders=orders,
        shops=shops,
        payable_fen=sum(order.payable_fen for order in orders),
        paid=_paid(orders),
        waiting=orders[0].state == State.WAIT_PAY,
    )


async def _orders(request: Request, checkout_id: str) -> Sequence[OrderView]:
    """Answer the orders of a cart to its buyer; refuses ``ORDER_NOT_FOUND`` to anybody else."""
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        return await queries.checkout_of(tx, id_of(checkout_id), buyer_id=actor.account_id)


def _paid(orders: Sequence[OrderView]) -> bool:
    return any(order.paid_at is not None for order in orders)


def _is_phone(request: Request) -> bool:
    """Tell whether the page is looked at on a phone, as far as the browser says."""
    says = request.headers
    return says.get("sec-ch-ua-mobile") == "?1" or "Mobi" in says.get("user-agent", "")


async def _prepared(
    runtime: Runtime, payment: PaymentView, checkout_id: str, *, phone: bool
) -> PaymentView:
    """Have the link to pay at made: on a phone one that opens the payment, else a code to scan."""
    way = "h5" if phone or payment.link_h5 else "native"
    back = f"{runtime.settings.public_url}/pay/{checkout_id}/done"
    return await payments.prepare(runtime, payment.id, way=way, return_url=back)


async def _ask(runtime: Runtime, checkout_id: int) -> None:
    """Ask the provider at once, rather than wait for its word; silence changes nothing."""
    async with runtime.db.reading(actor=SYSTEM) as tx:
        payment = await payments.find_payment_for(
            tx, purpose=lifecycle.CHECKOUT, reference=checkout_id
        )
    if payment is None or not payment.is_open:
        return
    try:
        await payments.resolve(runtime, payment.id)
    except Outage:
        return
