"""The shop's doors: the shop, its staff, where its money goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.infra import http
from xiaodian.kernel.ids import parse_id
from xiaodian.merchants import queries, service
from xiaodian.merchants.api.acting import with_shop
from xiaodian.merchants.schemas import (
    InviteBody,
    MemberAnswer,
    MemberListAnswer,
    PayoutAnswer,
    PayoutBody,
    RightsBody,
    ShopAnswer,
    ShopListAnswer,
)

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["router"]

router = APIRouter()


@router.get("/shops")
async def list_shops(request: Request) -> Response:
    """Answer the shops the account owns or works for."""
    actor = http.actor(request, "merchant")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        shops = await queries.list_shops_of(tx, actor.account_id)
    return http.json_answer(ShopListAnswer(items=[ShopAnswer.of(each) for each in shops]))


@router.get("/shops/{shop_id}")
async def get_shop(request: Request, shop_id: str) -> Response:
    """Answer one shop."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await queries.visible_shop(tx, parse_id(shop_id) or 0)
    return http.json_answer(ShopAnswer.of(shop))


@router.get("/shops/{shop_id}/staff")
async def list_staff(request: Request, shop_id: str) -> Response:
    """Answer who acts for the shop and who is invited to."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await queries.visible_shop(tx, parse_id(shop_id) or 0, "settings")
        members = [MemberAnswer.of(each) for each in await queries.list_staff(tx, shop.id)]
        invited = await queries.list_invitations(tx, shop_id=shop.id)
    members += [MemberAnswer.of_invitation(each) for each in invited]
    return http.json_answer(MemberListAnswer(items=members))


@router.post("/shops/{shop_id}/staff", status_code=202)
async def invite_staff(request: Request, shop_id: str, body: InviteBody) -> Response:
    """Invite somebody; the answer does not tell whether they are registered."""

    async def act(tx: Tx, number: int) -> None:
        await service.invite_staff(tx, number, contact=body.contact, rights=body.rights)

    return await with_shop(request, shop_id, act, status=202)


@router.delete("/shops/{shop_id}/invitations/{invitation_id}")
async def cancel_invitation(request: Request, shop_id: str, invitation_id: str) -> Response:
    """Take an invitation back."""

    async def act(tx: Tx, number: int) -> None:
        await service.cancel_invitation(tx, number, invitation_id=parse_id(invitation_id) or 0)

    return await with_shop(request, shop_id, act)


@router.put("/shops/{shop_id}/staff/{account_id}")
async def set_rights(request: Request, shop_id: str, account_id: str, body: RightsBody) -> Response:
    """Give a member other rights."""

    async def act(tx: Tx, number: int) -> None:
        await service.set_rights(
            tx, number, account_id=parse_id(account_id) or 0, rights=body.rights
        )

    return await with_shop(request, shop_id, act)


@router.delete("/shops/{shop_id}/staff/{account_id}")
async def remove_staff(request: Request, shop_id: str, account_id: str) -> Response:
    """End a membership."""

    async def act(tx: Tx, number: int) -> None:
        await service.remove_staff(tx, number, account_id=parse_id(account_id) or 0)

    return await with_shop(request, shop_id, act)


@router.post("/invitations/{invitation_id}/accept")
async def accept_invitation(request: Request, invitation_id: str) -> Response:
    """Join the staff one was invited to."""
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, "merchant"), key=await http.key(request)
    ) as tx:
        shop_id = await service.accept_invitation(tx, parse_id(invitation_id) or 0)
        shop = await queries.visible_shop(tx, shop_id)
        return await http.answer(tx, ShopAnswer.of(shop))


@router.get("/shops/{shop_id}/payout-account")
async def get_payout_account(request: Request, shop_id: str) -> Response:
    """Answer where the shop's money goes, masked."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await queries.visible_shop(tx, parse_id(shop_id) or 0, "funds")
        found = await queries.get_payout_account(tx, shop.id)
    return http.json_answer(PayoutAnswer.of(found))


@router.put("/shops/{shop_id}/payout-account")
async def set_payout_account(request: Request, shop_id: str, body: PayoutBody) -> Response:
    """Name where the shop's money shall go."""
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, "merchant"), key=await http.key(request)
    ) as tx:
        made = await service.set_payout_account(
            tx,
            parse_id(shop_id) or 0,
            holder_name=body.holder_name,
            bank=body.bank,
            number=body.number,
        )
        return await http.answer(tx, PayoutAnswer.of(made))
