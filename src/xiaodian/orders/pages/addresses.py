"""The buyer's address book."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.infra import http
from xiaodian.infra.templates import address as address_of
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.orders.pages.drawing import form_of, own_place, status_of, text
from xiaodian.orders.service import addresses as book

__all__ = ["router"]

router = APIRouter()
_FIELDS = ("name", "phone", "region", "detail")


@router.get("/addresses")
async def addresses(request: Request) -> Response:
    """List the buyer's addresses; with ``next`` (a checkout) one of them is chosen for it."""
    return await _draw(request, {}, None)


@router.post("/addresses")
async def add(request: Request) -> Response:
    """Add an address, and go back to the checkout it was added for."""
    form = await http.form(request)
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    typed = {name: text(form, name) for name in _FIELDS}
    try:
        async with http.runtime(request).db.transaction(
            actor=actor, key=await http.key(request)
        ) as tx:
            view = await book.add_address(tx, actor.account_id, book.Receiver(**typed))
            place = own_place(text(form, "next"), ["/checkout"], "")
            return await http.redirect(tx, _chosen(place, view.id) if place else "/addresses")
    except Refusal as refusal:
        return await _draw(request, typed, refusal, wished=text(form, "next"))


@router.post("/addresses/{address_id}/removal")
async def remove(request: Request, address_id: str) -> Response:
    """Forget an address; orders keep the one they were placed with."""
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    form = await http.form(request)
    place = own_place(text(form, "next"), ["/checkout"], "")
    async with http.runtime(request).db.transaction(actor=actor, key=await http.key(request)) as tx:
        await book.remove_address(tx, actor.account_id, parse_id(address_id) or 0)
        return await http.redirect(tx, address_of("/addresses", "", next=place))


async def _draw(
    request: Request, typed: dict[str, str], refusal: Refusal | None, *, wished: str = ""
) -> Response:
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        views = await book.list_addresses(tx, actor.account_id)
    place = own_place(wished or request.query_params.get("next", ""), ["/checkout"], "")
    return await http.page(
        request,
        "orders/addresses.html",
        audience="buyer",
        status=status_of(refusal),
        addresses=views,
        places={view.id: _chosen(place, view.id) for view in views} if place else {},
        next=place,
        form=form_of(request, typed, refusal),
        refusal=refusal,
    )


def _chosen(place: str, address_id: int) -> str:
    """Answer the checkout with this address chosen."""
    path, _, query = place.partition("?")
    return address_of(path, query, address=address_id)
