"""From chosen lines to orders: address, lines by shop, total, and the placing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xiaodian.infra import http
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.orders.errors import AddressNotFound, CartEmpty
from xiaodian.orders.pages.cart import chosen_skus
from xiaodian.orders.pages.drawing import form_of, pictures_of, status_of, text
from xiaodian.orders.rules import LINES_MAX, QUANTITY_MAX
from xiaodian.orders.service import addresses, carts
from xiaodian.orders.service.intake import Intake
from xiaodian.orders.service.placing import Placement, Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import FormData

__all__ = ["router"]

router = APIRouter()
_NOTE_MAX = 200


@router.get("/checkout")
async def checkout(request: Request) -> Response:
    """Show what would be ordered: lines given as ``line=SKU:QUANTITY``, or lines of the cart."""
    lines = [_pair(one) for one in request.query_params.getlist("line")[:LINES_MAX]]
    return await _draw(
        request,
        lines=[pair for pair in lines if pair is not None] or None,
        address_id=parse_id(request.query_params.get("address", "")),
    )


@router.post("/checkout")
async def place(request: Request) -> Response:
    """Place the orders under the form's key, and go on to pay.

    What was seen is sent along: a price that has changed meanwhile is shown before it is accepted.
    """
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    form = await http.form(request)
    wanted = _wanted(form)
    address_id = parse_id(text(form, "address"))
    key = await http.key(request)
    try:
        if address_id is None:
            raise AddressNotFound
        placed = (
            await http.runtime(request)
            .gateway(Intake)
            .place(
                Placement(
                    buyer_id=actor.account_id,
                    key=key.key,
                    fingerprint=key.fingerprint,
                    address_id=address_id,
                    lines=tuple(wanted),
                    note=text(form, "note")[:_NOTE_MAX],
                )
            )
        )
    except Refusal as refusal:
        return await _draw(
            request,
            lines=[(line.sku_id, line.quantity) for line in wanted],
            address_id=address_id,
            note=text(form, "note"),
            refusal=refusal,
        )
    async with http.runtime(request).db.transaction(actor=actor) as tx:
        await carts.empty_lines(tx, actor.account_id, [line.sku_id for line in wanted])
    return RedirectResponse(f"/pay/{placed.checkout_id}", 303)


async def _draw(
    request: Request,
    *,
    lines: Sequence[tuple[int, int]] | None,
    address_id: int | None,
    note: str = "",
    refusal: Refusal | None = None,
) -> Response:
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        if lines is None:
            view = await carts.get_cart(tx, actor.account_id, only=chosen_skus(request))
        else:
            view = await carts.price_cart(tx, lines)
        book = await addresses.list_addresses(tx, actor.account_id)
        pictures = await pictures_of(
            tx,
            [line.sku.product_id for part in view.shops for line in part.lines if line.sku],
        )
    if not view.shops and refusal is None:
        refusal = CartEmpty()
    chosen = next((one for one in book if one.id == address_id), book[0] if book else None)
    pairs = [(line.sku_id, line.quantity) for part in view.shops for line in part.lines]
    place = f"/checkout?{urlencode([('line', f'{sku}:{count}') for sku, count in pairs])}"
    return await http.page(
        request,
        "orders/checkout.html",
        audience="buyer",
        status=status_of(refusal),
        cart=view,
        pictures=pictures,
        address=chosen,
        addresses=book,
        place=place,
        note=note,
        note_max=_NOTE_MAX,
        address_form=form_of(request, {}, None),
        refusal=refusal,
        short=_named_skus(refusal),
    )


def _pair(given: str) -> tuple[int, int] | None:
    """Read ``SKU:QUANTITY``; what cannot be one is left out."""
    sku, _, count = given.partition(":")
    number = parse_id(sku)
    quantity = parse_id(count)
    if number is None or quantity is None or quantity > QUANTITY_MAX:
        return None
    return number, quantity


def _wanted(form: FormData) -> list[Wanted]:
    """Read the hidden lines ``SKU:QUANTITY:PRICE`` of the form."""
    found: list[Wanted] = []
    for given in form.getlist("line")[:LINES_MAX]:
        pair, _, price = str(given).rpartition(":")
        line, seen = _pair(pair), parse_id(price)
        if line is not None:
            found.append(Wanted(line[0], line[1], seen or 0))
    return found


def _named_skus(refusal: Refusal | None) -> frozenset[str]:
    """Answer which lines a refusal names."""
    facts = {} if refusal is None else refusal.facts
    named: set[str] = set()
    for fact in (facts.get("skus"), facts.get("lines")):
        if isinstance(fact, list):
            named.update(str(one["sku_id"]) if isinstance(one, dict) else str(one) for one in fact)
    return frozenset(named)
