"""The operator's pages of shops: all of them, and one with its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts, rulebooks
from xiaodian.infra import http
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest
from xiaodian.merchants import queries, service
from xiaodian.merchants.pages import words
from xiaodian.merchants.pages.drawing import form_of, moments, status_of
from xiaodian.merchants.schemas import text_of
from xiaodian.merchants.states import FLAG_WORDS, SHOP, CheckOutcome, Flag, ShopEvent, ShopState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from xiaodian.infra.db import Tx

__all__ = ["router"]

router = APIRouter()
_HOME = "/operator/shops"
_NAME_MAX = 40


@router.get(_HOME)
async def shops(
    request: Request,
    market: str = "",
    state: str = "",
    flag: str = "",
    name: str = "",
    cursor: str = "",
) -> Response:
    """Show all shops, filtered where asked."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        page = await queries.list_shops(
            tx,
            PageRequest.of(cursor or None),
            market=market[:32],
            state=state if state in ShopState.__members__ else "",
            flag=flag if flag in Flag.__members__ else "",
            name=name.strip()[:_NAME_MAX],
        )
    return await http.page(
        request,
        "merchants/shops.html",
        audience="operator",
        shops=page.items,
        next=page.next,
        cursor=cursor,
        asked={"market": market, "state": state, "flag": flag, "name": name},
        markets=rulebooks.shipped().codes(),
        states=words.SHOPS,
        flag_words=FLAG_WORDS,
    )


@router.get(_HOME + "/{shop_id}")
async def shop(request: Request, shop_id: str) -> Response:
    """Show one shop."""
    return await _draw(request, shop_id)


@router.post(_HOME + "/{shop_id}/suspend")
async def suspend(request: Request, shop_id: str) -> Response:
    """Make a shop stand still."""
    return await _stated(request, shop_id, ShopEvent.SUSPEND, service.operator_suspend)


@router.post(_HOME + "/{shop_id}/lift")
async def lift(request: Request, shop_id: str) -> Response:
    """Let a suspended shop trade again."""
    return await _stated(request, shop_id, ShopEvent.LIFT, service.operator_lift)


@router.post(_HOME + "/{shop_id}/ban")
async def ban(request: Request, shop_id: str) -> Response:
    """Ban a shop for good."""
    return await _stated(request, shop_id, ShopEvent.BAN, service.operator_ban)


@router.post(_HOME + "/{shop_id}/payout-account")
async def decide_payout_account(request: Request, shop_id: str) -> Response:
    """Decide on an account that the bank left unclear."""
    decision = text_of(await http.form(request), "decision")

    async def act(tx: Tx, number: int) -> None:
        await service.decide_payout_account(tx, number, approved=decision == "approve")

    return await _act(request, shop_id, act)


async def _stated(
    request: Request, shop_id: str, event: ShopEvent, does: Callable[..., Awaitable[None]]
) -> Response:
    field = f"why_{event}"
    why = text_of(await http.form(request), field)

    async def act(tx: Tx, number: int) -> None:
        await does(tx, number, why=why)

    return await _act(request, shop_id, act, typed={field: why}, field=field)


async def _act(
    request: Request,
    shop_id: str,
    act: Callable[[Tx, int], Awaitable[None]],
    *,
    typed: Mapping[str, str] | None = None,
    field: str = "form",
) -> Response:
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "operator"), key=await http.key(request)
        ) as tx:
            number = parse_id(shop_id) or 0
            await act(tx, number)
            return await http.redirect(tx, f"{_HOME}/{number}")
    except Refusal as refusal:
        return await _draw(request, shop_id, typed=typed, refusal=refusal, field=field)


async def _draw(
    request: Request,
    shop_id: str,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
    field: str = "form",
) -> Response:
    actor = http.actor(request, "operator")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        found = await queries.visible_shop(tx, parse_id(shop_id) or 0)
        roles = await accounts.roles_of(tx, actor.account_id)
        members = await queries.list_staff(tx, found.id)
        people = await accounts.get_accounts(
            tx, [found.owner_id, *(member.account_id for member in members)]
        )
        account = await queries.find_payout_account(tx, found.id)
        context: dict[str, object] = {
            "licence": await queries.licence_of(tx, found.id),
            "flags": await queries.flag_history(tx, found.id),
            "history": await moments(tx, "shop", found.id, lang=request.state.lang),
            "now": tx.now,
        }
    administers = accounts.Role.ADMINISTRATOR in roles
    acts = (ShopEvent.SUSPEND, ShopEvent.LIFT, ShopEvent.BAN)
    return await http.page(
        request,
        "merchants/shop.html",
        audience="operator",
        status=status_of(refusal),
        shop=found,
        state=words.SHOPS[found.state],
        owner=people.get(found.owner_id),
        members=members,
        people=people,
        account=account,
        outcomes=words.OUTCOMES,
        decides_account=accounts.Role.FINANCE in roles
        and account is not None
        and account.outcome is CheckOutcome.UNCLEAR,
        acts=[each.value for each in acts if administers and SHOP.allows(found.state, each)],
        flag_words=FLAG_WORDS,
        form=form_of(request, typed, refusal, field=field),
        refusal=refusal if typed is None else None,
        **context,
    )
