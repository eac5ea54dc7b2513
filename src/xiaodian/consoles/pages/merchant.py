"""The merchant's first pages: shops and applications with what to do next, and a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts, merchants, rulebooks
from xiaodian.consoles.opening import guide_of, place_of
from xiaodian.consoles.pages.asked import category_options, subject_options
from xiaodian.infra import http
from xiaodian.infra.i18n import sentence
from xiaodian.infra.problem import STATUS
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ApplicationView, InvitationView, ShopView

__all__ = ["router"]

router = APIRouter(prefix="/merchant")
_ENDED_SHOWN = 5
_FIELDS = {"店铺名称": "shop_name"}


@router.get("")
async def home(request: Request) -> Response:
    """Show the shops somebody owns or works for, their applications, and what to do next."""
    actor = http.actor(request, "merchant")
    assert actor.account_id is not None, "a signed-in actor has an account"
    lang: str = request.state.lang
    async with http.runtime(request).db.reading(actor=actor) as tx:
        shops = await merchants.list_shops_of(tx, actor.account_id)
        applications = await merchants.list_applications_of(tx, actor.account_id)
        open_ones = [each for each in applications if each.decided_at is None]
        ended = [each for each in applications if each.decided_at and each.shop_id is None]
        context: dict[str, object] = {
            "shops": [await _shop_card(tx, shop, applications, lang) for shop in shops],
            "applications": [await _application_card(tx, each, lang) for each in open_ones],
            "ended": ended[:_ENDED_SHOWN],
            "invitations": [
                await _invitation_card(tx, each)
                for each in await merchants.list_invitations(tx, account_id=actor.account_id)
            ],
            "me": actor.account_id,
            "now": tx.now,
        }
    return await http.page(
        request,
        "consoles/merchant/home.html",
        audience="merchant",
        status=200,
        books=rulebooks.shipped().compared(),
        states=merchants.APPLICATION_WORDS,
        shop_states=merchants.SHOP_WORDS,
        flag_words=merchants.FLAG_WORDS,
        right_words=merchants.RIGHT_WORDS,
        **context,
    )


@router.get("/open")
async def choose(request: Request) -> Response:
    """Show the form of a new application; the market of the address is chosen already."""
    asked = request.query_params
    typed = {
        "market": asked.get("market", ""),
        "subject": asked.get("subject", ""),
        "category": asked.get("category", ""),
    }
    return await _draw_choice(request, typed)


@router.post("/open")
async def start(request: Request) -> Response:
    """Begin an application and go on to its steps."""
    form = await http.form(request)
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    categories = [str(value) for value in form.getlist("category") if str(value)]
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            made = await merchants.start_application(
                tx,
                market=typed.get("market", ""),
                subject=typed.get("subject", ""),
                categories=categories,
                shop_name=typed.get("shop_name", ""),
                self_operated="agency" not in typed,
            )
            return await http.redirect(tx, f"/merchant/applications/{made.id}")
    except Refusal as refusal:
        return await _draw_choice(request, typed, refusal)


@router.post("/invitations/{invitation_id}/accept")
async def accept(request: Request, invitation_id: str) -> Response:
    """Join the staff one was invited to."""
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, "merchant"), key=await http.key(request)
    ) as tx:
        shop_id = await merchants.accept_invitation(tx, parse_id(invitation_id) or 0)
        return await http.redirect(tx, f"/merchant/shops/{shop_id}")


@router.post("/invitations/{invitation_id}/decline")
async def decline(request: Request, invitation_id: str) -> Response:
    """Turn an invitation down."""
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, "merchant"), key=await http.key(request)
    ) as tx:
        await merchants.decline_invitation(tx, parse_id(invitation_id) or 0)
        return await http.redirect(tx, "/merchant")


async def _draw_choice(
    request: Request, typed: dict[str, str], refusal: Refusal | None = None
) -> Response:
    lang: str = request.state.lang
    errors: dict[str, str] = {}
    if refusal is not None:
        where = {
            "MARKET_UNKNOWN": "market",
            "SUBJECT_UNKNOWN": "subject",
            "CATEGORY_UNKNOWN": "category",
        }
        field = _FIELDS.get(str(refusal.facts.get("field", "")), where.get(refusal.code, "form"))
        errors[field] = sentence(refusal.sentence, refusal.facts, lang)
    return await http.page(
        request,
        "consoles/merchant/open.html",
        audience="merchant",
        status=200 if refusal is None else STATUS[refusal.kind],
        books=rulebooks.shipped().compared(),
        subjects=subject_options(lang),
        categories=category_options(lang),
        form={"typed": typed, "errors": errors},
    )


async def _shop_card(
    tx: Tx, shop: ShopView, applications: list[ApplicationView], lang: str
) -> dict[str, object]:
    """Answer a shop with the first step of its guide that is not done."""
    rights = await merchants.rights_of(tx, shop)
    own = next((each for each in applications if each.shop_id == shop.id), None)
    return {"shop": shop, "rights": rights, "next": await _next_step(tx, own, lang)}


async def _application_card(tx: Tx, application: ApplicationView, lang: str) -> dict[str, object]:
    return {"application": application, "next": await _next_step(tx, application, lang)}


async def _next_step(
    tx: Tx, application: ApplicationView | None, lang: str
) -> dict[str, object] | None:
    if application is None:
        return None
    found = (await guide_of(tx, application)).next
    if found is None:
        return None
    href = place_of(application, found.step)
    return {"step": found.step, "why": found.why(lang), "href": href}


async def _invitation_card(tx: Tx, invitation: InvitationView) -> dict[str, object]:
    shop = await merchants.get_shop(tx, invitation.shop_id)
    owner = await accounts.get_account(tx, shop.owner_id)
    return {"invitation": invitation, "shop": shop, "owner": owner.name}
