"""The pages of a shop's deposit: what is held and why it must be, paying in, and its history."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xiaodian import ledger, merchants, payments, rulebooks
from xiaodian.deposits import queries, rules, service
from xiaodian.deposits.errors import TopUpAmount
from xiaodian.deposits.service.paying import TOP_UP_MAX_FEN
from xiaodian.deposits.states import DEPOSIT_WORDS, ENDED, DepositState
from xiaodian.infra import http
from xiaodian.infra.i18n import sentence
from xiaodian.infra.problem import STATUS
from xiaodian.infra.sheets import AmountUnreadable, fen_of
from xiaodian.kernel.clock import month_of
from xiaodian.kernel.errors import Outage, Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest
from xiaodian.ledger import accounts

if TYPE_CHECKING:
    from xiaodian.deposits.queries import DepositView, TopUpView
    from xiaodian.infra.db import Tx
    from xiaodian.infra.sessions import Audience
    from xiaodian.merchants import ShopView
    from xiaodian.payments import PaymentView

__all__ = ["router"]

router = APIRouter()
_HOME = "/merchant/shops/{shop_id}/deposit"
_TOP_UP = _HOME + "/top-ups/{top_up_id}"
_NO_CONTENT = 204
_TONES: dict[DepositState, str] = {
    DepositState.UNPAID: "wait",
    DepositState.SUFFICIENT: "ok",
    DepositState.SHORT: "wait",
    DepositState.OVERDUE: "bad",
    DepositState.REFUNDING: "busy",
    DepositState.CLOSED: "off",
}


@router.get(_HOME)
async def deposit(request: Request, shop_id: str, cursor: str = "") -> Response:
    """Show a shop's deposit to whoever has the right to its funds."""
    return await _draw(request, shop_id, cursor=cursor)


@router.get("/operator/shops/{shop_id}/deposit")
async def operator_deposit(request: Request, shop_id: str, cursor: str = "") -> Response:
    """Show a shop's deposit to operators."""
    return await _draw(request, shop_id, cursor=cursor, audience="operator")


@router.post(_HOME + "/top-ups")
async def start_top_up(request: Request, shop_id: str) -> Response:
    """Begin to pay in the yuan that were typed."""
    given = (await http.form(request)).get("amount")
    typed = given if isinstance(given, str) else ""
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, "funds")
            payment = await service.start_top_up(tx, shop, amount_fen=_fen(typed))
            place = _TOP_UP.format(shop_id=shop.id, top_up_id=payment.reference)
            return await http.redirect(tx, place)
    except Refusal as refusal:
        return await _draw(request, shop_id, typed=typed, refusal=refusal)


@router.get(_TOP_UP)
async def top_up(request: Request, shop_id: str, top_up_id: str) -> Response:
    """Show how to pay a top-up; the way to pay is asked of the provider here."""
    shop, wished, payment = await _top_up(request, shop_id, top_up_id)
    refusal: Refusal | None = None
    silent = False
    if payment.is_open:
        try:
            payment = await payments.prepare(http.runtime(request), payment.id, way="native")
        except Refusal as error:
            refusal = error
        except Outage:
            silent = True
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        now = tx.now
    return await http.page(
        request,
        "deposits/top_up.html",
        audience="merchant",
        status=503 if silent else 200,
        shop=shop,
        top_up=wished,
        payment=payment,
        refusal=refusal,
        silent=silent,
        now=now,
    )


@router.get(_TOP_UP + "/state")
async def state(request: Request, shop_id: str, top_up_id: str) -> Response:
    """Tell a waiting page how the payment stands: nothing new, or to look again."""
    shop, wished, payment = await _top_up(request, shop_id, top_up_id)
    if wished.paid_at is None and payment.is_open:
        return Response(status_code=_NO_CONTENT)
    place = _TOP_UP.format(shop_id=shop.id, top_up_id=wished.id)
    return HTMLResponse("", headers={"HX-Redirect": place})


@router.get(_TOP_UP + "/done")
async def done(request: Request, shop_id: str, top_up_id: str) -> Response:
    """Ask the provider at once, for somebody who says that they have paid."""
    shop, wished, payment = await _top_up(request, shop_id, top_up_id)
    if payment.is_open:
        # Silence changes nothing: the page then goes on waiting for the provider's word.
        with contextlib.suppress(Outage, Refusal):
            await payments.resolve(http.runtime(request), payment.id)
    place = _TOP_UP.format(shop_id=shop.id, top_up_id=wished.id)
    return RedirectResponse(place, 303)


async def _top_up(
    request: Request, shop_id: str, top_up_id: str
) -> tuple[ShopView, TopUpView, PaymentView]:
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, "funds")
        wished = await queries.top_up_of(tx, shop.id, parse_id(top_up_id) or 0)
        return shop, wished, await payments.get_payment(tx, wished.payment_id)


async def _draw(
    request: Request,
    shop_id: str,
    *,
    cursor: str = "",
    audience: Audience = "merchant",
    typed: str | None = None,
    refusal: Refusal | None = None,
) -> Response:
    async with http.runtime(request).db.reading(actor=http.actor(request, audience)) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, "funds")
        view = await queries.get_deposit(tx, shop.id)
        page = await ledger.statement(tx, accounts.deposit(shop.id), PageRequest.of(cursor or None))
        context = await _context(tx, shop, view)
    lang: str = request.state.lang
    errors: dict[str, str] = {}
    if refusal is not None:
        errors["amount"] = sentence(refusal.sentence, refusal.facts, lang)
    return await http.page(
        request,
        f"deposits/{audience}.html",
        audience=audience,
        status=200 if refusal is None else STATUS[refusal.kind],
        shop=shop,
        deposit=view,
        state=(DEPOSIT_WORDS[view.state], _TONES[view.state]),
        ended=view.state in ENDED,
        lines=page.items,
        next=page.next,
        cursor=cursor,
        kinds={code: kind.title(lang) for code, kind in ledger.KINDS.items()},
        form={"typed": {"amount": typed}, "errors": errors} if typed is not None else None,
        **context,
    )


async def _context(tx: Tx, shop: ShopView, view: DepositView) -> dict[str, object]:
    book = rulebooks.version(view.rulebook)
    month = month_of(tx.now)
    sold = (await queries.months_of_shops(tx, [shop.id], [month]))[shop.id, month]
    waiting = [each for each in await queries.list_top_ups(tx, shop.id) if each.paid_at is None]
    open_ones = [
        each for each in waiting if (await payments.get_payment(tx, each.payment_id)).is_open
    ]
    return {
        "requirements": await queries.list_requirements(tx, shop.id),
        "surcharges": await queries.list_surcharges(tx, shop.id),
        "waiting": open_ones,
        "month": month,
        "sold": sold,
        "dynamic": book.deposit.dynamic,
        "policy": book.deposit.kind,
        "opens": rules.can_open(book, view.short_fen),
        "suggested_fen": view.short_fen,
        "limit_fen": TOP_UP_MAX_FEN,
        "now": tx.now,
    }


def _fen(typed: str) -> int:
    try:
        return fen_of(typed)
    except AmountUnreadable:
        raise TopUpAmount(limit_fen=TOP_UP_MAX_FEN) from None
