"""The merchant's page of a shop's staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts
from xiaodian.infra import http
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.merchants import queries, service
from xiaodian.merchants.pages.drawing import form_of, status_of
from xiaodian.merchants.schemas import text_of
from xiaodian.merchants.states import RIGHT_WORDS, Right

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from xiaodian.infra.db import Tx

__all__ = ["router"]

router = APIRouter()
_PATH = "/merchant/shops/{shop_id}/staff"


@router.get(_PATH)
async def staff(request: Request, shop_id: str) -> Response:
    """Show who acts for the shop, within which rights, and who is invited."""
    return await _draw(request, shop_id)


@router.post(_PATH + "/invite")
async def invite(request: Request, shop_id: str) -> Response:
    """Invite somebody; the page says the same whether or not they are registered."""
    form = await http.form(request)
    rights = [str(value) for value in form.getlist("rights")]
    typed = {"contact": text_of(form, "contact"), **{f"right-{one}": one for one in rights}}

    async def act(tx: Tx, number: int) -> None:
        await service.invite_staff(tx, number, contact=typed["contact"], rights=rights)

    return await _act(request, shop_id, act, typed=typed)


@router.post(_PATH + "/{account_id}/rights")
async def set_rights(request: Request, shop_id: str, account_id: str) -> Response:
    """Give a member other rights."""
    rights = [str(value) for value in (await http.form(request)).getlist("rights")]

    async def act(tx: Tx, number: int) -> None:
        await service.set_rights(tx, number, account_id=parse_id(account_id) or 0, rights=rights)

    return await _act(request, shop_id, act)


@router.post(_PATH + "/{account_id}/remove")
async def remove(request: Request, shop_id: str, account_id: str) -> Response:
    """End a membership."""

    async def act(tx: Tx, number: int) -> None:
        await service.remove_staff(tx, number, account_id=parse_id(account_id) or 0)

    return await _act(request, shop_id, act)


@router.post(_PATH + "/invitations/{invitation_id}/cancel")
async def cancel(request: Request, shop_id: str, invitation_id: str) -> Response:
    """Take an invitation back."""

    async def act(tx: Tx, number: int) -> None:
        await service.cancel_invitation(tx, number, invitation_id=parse_id(invitation_id) or 0)

    return await _act(request, shop_id, act)


async def _act(
    request: Request,
    shop_id: str,
    act: Callable[[Tx, int], Awaitable[None]],
    *,
    typed: Mapping[str, str] | None = None,
) -> Response:
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            number = parse_id(shop_id) or 0
            await act(tx, number)
            return await http.redirect(tx, f"/merchant/shops/{number}/staff")
    except Refusal as refusal:
        return await _draw(request, shop_id, typed=typed, refusal=refusal)


async def _draw(
    request: Request,
    shop_id: str,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    actor = http.actor(request, "merchant")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        shop = await queries.visible_shop(tx, parse_id(shop_id) or 0, Right.SETTINGS)
        members = await queries.list_staff(tx, shop.id)
        people = await accounts.get_accounts(
            tx, [shop.owner_id, *(member.account_id for member in members)]
        )
        invitations = await queries.list_invitations(tx, shop_id=shop.id)
    return await http.page(
        request,
        "merchants/staff.html",
        audience="merchant",
        status=status_of(refusal),
        shop=shop,
        owner=people.get(shop.owner_id),
        is_owner=actor.account_id == shop.owner_id,
        me=actor.account_id,
        members=members,
        people=people,
        invitations=invitations,
        rights=RIGHT_WORDS,
        form=form_of(request, typed, refusal, field="contact"),
        refusal=refusal if typed is None else None,
    )
