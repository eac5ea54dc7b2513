"""The buyer's cart."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xiaodian.infra import http
from xiaodian.infra.templates import address, render
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.orders.errors import NotForSale
from xiaodian.orders.pages.drawing import own_place, pictures_of, status_of, text
from xiaodian.orders.rules import LINES_MAX, QUANTITY_MAX
from xiaodian.orders.service import carts

if TYPE_CHECKING:
    from starlette.datastructures import FormData

__all__ = ["router"]

router = APIRouter()
_DIGITS_MAX = 4


@router.get("/cart")
async def cart(request: Request) -> Response:
    """Show what is in the cart, shop by shop, priced as it would be ordered now."""
    return await _draw(request, None)


@router.get("/cart/total")
async def total(request: Request) -> Response:
    """Answer what the chosen lines come to; a piece of the cart."""
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    chosen = chosen_skus(request)
    async with http.runtime(request).db.reading(actor=actor) as tx:
        view = await carts.get_cart(tx, actor.account_id, only=chosen)
    return HTMLResponse(
        render("orders/cart_total.html", lang=request.state.lang, request=request, cart=view)
    )


@router.post("/cart/lines")
async def put(request: Request) -> Response:
    """Add a SKU to the cart, or set how many of it are wanted; 0 takes it out.

    Somebody who is not signed in is sent to sign in and comes back to the product.
    """
    form = await http.form(request)
    place = own_place(text(form, "next"), ["/s"], "/cart")
    actor = http.optional_actor(request, "buyer")
    if actor.account_id is None:
        return _sign_in(place)
    adds = text(form, "act") == "add"
    try:
        async with http.runtime(request).db.transaction(
            actor=actor, key=await http.key(request)
        ) as tx:
            await carts.put_in_cart(
                tx,
                actor.account_id,
                _sku(form),
                quantity=_quantity(form, otherwise=1 if adds else 0),
                add=adds,
            )
            path, _, query = place.partition("?")
            shown = {"sku": text(form, "sku"), "added": "1"} if adds else {}
            return await http.redirect(tx, address(path, query, **shown))
    except Refusal as refusal:
        return await _draw(request, refusal)


@router.post("/buy")
async def buy(request: Request) -> Response:
    """Go straight to the checkout with one SKU. Writes nothing, so it needs no key."""
    form = await http.form(request)
    line = f"{_sku(form)}:{_quantity(form, otherwise=1)}"
    return RedirectResponse(f"/checkout?{urlencode({'line': line})}", 303)


def chosen_skus(request: Request) -> list[int] | None:
    """Read which lines of the cart are meant; None where nothing was said: all of them."""
    if "chosen" not in request.query_params and "sku" not in request.query_params:
        return None
    given = request.query_params.getlist("sku")[:LINES_MAX]
    return [number for one in given if (number := parse_id(one)) is not None]


async def _draw(request: Request, refusal: Refusal | None) -> Response:
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        view = await carts.get_cart(tx, actor.account_id)
        pictures = await pictures_of(
            tx,
            [line.sku.product_id for part in view.shops for line in part.lines if line.sku],
        )
    return await http.page(
        request,
        "orders/cart.html",
        audience="buyer",
        status=status_of(refusal),
        cart=view,
        pictures=pictures,
        quantity_max=QUANTITY_MAX,
        refusal=refusal,
    )


def _sign_in(place: str) -> Response:
    return RedirectResponse(f"/sign-in?{urlencode({'next': place})}", 303)


def _sku(form: FormData) -> int:
    number = parse_id(text(form, "sku"))
    if number is None:
        raise NotForSale(skus=[text(form, "sku")[:40]])
    return number


def _quantity(form: FormData, *, otherwise: int) -> int:
    """Read a quantity; what is no number is out of range, not a guess."""
    given = text(form, "quantity")
    if not given:
        return otherwise
    plain = given.isascii() and given.isdecimal() and len(given) <= _DIGITS_MAX
    return int(given) if plain else QUANTITY_MAX + 1
