"""The merchant's page of carriers and the return address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import merchants, rulebooks
from xiaodian.infra import http
from xiaodian.infra.i18n import sentence
from xiaodian.infra.problem import STATUS
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.logistics import rules
from xiaodian.logistics.errors import AddressIncomplete
from xiaodian.logistics.service import carriers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData

__all__ = ["router"]

router = APIRouter()
_ADDRESS = ("name", "phone", "region", "detail")
_CARRIER = ("carrier", "account_no")


@router.get("/merchant/shops/{shop_id}/logistics")
async def logistics(request: Request, shop_id: str) -> Response:
    """Show the carriers of the market, which of them the shop may use, and where returns go."""
    return await _draw(request, shop_id)


@router.post("/merchant/shops/{shop_id}/logistics/carriers")
async def register(request: Request, shop_id: str) -> Response:
    """Register the shop's account with a carrier."""
    form = await http.form(request)
    typed = _typed(form, _CARRIER)
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, right="settings")
            await carriers.register_carrier(
                tx, shop, carrier=typed["carrier"], account_no=typed["account_no"]
            )
            return await http.redirect(tx, f"/merchant/shops/{shop.id}/logistics")
    except Refusal as refusal:
        return await _draw(request, shop_id, carrier=typed, refusal=refusal)


@router.post("/merchant/shops/{shop_id}/logistics/carriers/{code}/drop")
async def drop(request: Request, shop_id: str, code: str) -> Response:
    """End the registration of a carrier."""
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, "merchant"), key=await http.key(request)
    ) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, right="settings")
        await carriers.drop_carrier(tx, shop, code[:16])
        return await http.redirect(tx, f"/merchant/shops/{shop.id}/logistics")


@router.post("/merchant/shops/{shop_id}/logistics/return-address")
async def set_return_address(request: Request, shop_id: str) -> Response:
    """Set where the shop's returns go."""
    form = await http.form(request)
    typed = _typed(form, _ADDRESS)
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, right="settings")
            await carriers.set_return_address(tx, shop, address=carriers.Address(**typed))
            return await http.redirect(tx, f"/merchant/shops/{shop.id}/logistics")
    except Refusal as refusal:
        return await _draw(request, shop_id, address=typed, refusal=refusal)


async def _draw(
    request: Request,
    shop_id: str,
    *,
    carrier: Mapping[str, str] | None = None,
    address: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    """Draw the page; after a refusal with what was typed into the form that was refused."""
    actor = http.actor(request, "merchant")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, right="settings")
        views = await carriers.carriers_for(tx, shop)
        kept = await carriers.open_return_address(tx, shop.id)
        label = await carriers.find_return_address(tx, shop.id)
    book = rulebooks.version(shop.rulebook)
    return await http.page(
        request,
        "logistics/settings.html",
        audience="merchant",
        status=200 if refusal is None else STATUS[refusal.kind],
        shop=shop,
        carriers=views,
        policy=rules.carriers(book),
        registers=getattr(book.logistics.carrier, "registration_required", False),
        return_address=label,
        return_rule=rules.parcel_allowed(book, parcels=0, has_return_address=label is not None),
        carrier_form=_form(request, carrier or {}, refusal, "account_no") if carrier else None,
        address_form=_form(request, address or {}, refusal, "form")
        if address
        else {
            "typed": {name: getattr(kept, name) for name in _ADDRESS} if kept else {},
            "errors": {},
        },
        refusal=refusal if carrier is None and address is None else None,
    )


def _form(
    request: Request, typed: Mapping[str, str], refusal: Refusal | None, field: str
) -> dict[str, object]:
    """Answer a form as the field macros take it; a refusal stands beneath the field it names."""
    errors: dict[str, str] = {}
    if refusal is not None:
        if isinstance(refusal, AddressIncomplete):
            words = {word: name for name, word in carriers.FIELD_WORDS.items()}
            field = words.get(str(refusal.facts["field"]), field)
        errors[field] = sentence(refusal.sentence, refusal.facts, request.state.lang)
    return {"typed": dict(typed), "errors": errors}


def _typed(form: FormData, names: tuple[str, ...]) -> dict[str, str]:
    given = {name: form.get(name) for name in names}
    return {name: value if isinstance(value, str) else "" for name, value in given.items()}
