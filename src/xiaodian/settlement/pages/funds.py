"""What a shop has, what settles when and why, and the way to its bank account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import deposits, funds, ledger, merchants, rulebooks
from xiaodian.infra import http
from xiaodian.infra.i18n import sentence
from xiaodian.infra.problem import STATUS
from xiaodian.infra.sheets import fen_of
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest
from xiaodian.merchants import Right
from xiaodian.settlement import queries, service
from xiaodian.settlement.errors import SaleNotFound
from xiaodian.settlement.pages import words
from xiaodian.settlement.states import SaleState

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ShopView

__all__ = ["router"]

router = APIRouter()
_HOME = "/merchant/shops/{shop_id}/funds"
_PAGE = 20
_WITHDRAWALS = 5


@router.get(_HOME)
async def overview(request: Request, shop_id: str) -> Response:
    """Show a shop's balances, withdrawals and settlements."""
    return await _draw(request, shop_id)


@router.post(_HOME + "/withdrawals")
async def withdraw(request: Request, shop_id: str) -> Response:
    """Take money out."""
    given = (await http.form(request)).get("amount")
    typed = given.strip() if isinstance(given, str) else ""
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, Right.FUNDS)
            await funds.request_withdrawal(tx, shop.id, amount_fen=fen_of(typed))
            return await http.redirect(tx, f"/merchant/shops/{shop.id}/funds#withdrawals")
    except Refusal as refusal:
        return await _draw(request, shop_id, typed=typed, refusal=refusal)


@router.get(_HOME + "/withdrawals")
async def withdrawals(request: Request, shop_id: str, cursor: str = "") -> Response:
    """List all withdrawals of a shop."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, Right.FUNDS)
        page = await funds.list_withdrawals(tx, shop.id, PageRequest.of(cursor, _PAGE))
    return await http.page(
        request,
        "settlement/withdrawals.html",
        audience="merchant",
        shop=shop,
        page=page,
        cursor=cursor,
        tones=words.WITHDRAWALS,
    )


@router.post(_HOME + "/d0")
async def ask_d0(request: Request, shop_id: str) -> Response:
    """Ask for D+0."""
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            row = await service.request_d0(tx, parse_id(shop_id) or 0)
            return await http.redirect(tx, f"/merchant/shops/{row.shop_id}/funds#d0")
    except Refusal as refusal:
        return await _draw(request, shop_id, refusal=refusal)


@router.get(_HOME + "/settlements/{order_id}")
async def sale(request: Request, shop_id: str, order_id: str) -> Response:
    """Show the money of one order: each fee, each date and each transfer, with its reason."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, Right.FUNDS)
        view = await queries.visible_sale(tx, parse_id(order_id) or 0)
        if view.shop_id != shop.id:
            raise SaleNotFound
        holds = await queries.holds_of(tx, view.order_id)
        refunds = await queries.refunds_of(tx, view.order_id)
        transfers = await ledger.list_of_order(tx, view.order_id)
    return await http.page(
        request,
        "settlement/sale.html",
        audience="merchant",
        shop=shop,
        sale=view,
        kinds=ledger.KINDS,
        states=words.SALES,
        fees=words.FEES,
        payees=words.PAYEES,
        hold_words=words.HOLDS,
        holds=holds,
        refunds=refunds,
        transfers=transfers,
    )


async def _draw(
    request: Request, shop_id: str, *, typed: str = "", refusal: Refusal | None = None
) -> Response:
    asked = request.query_params
    cursor, wished = asked.get("cursor", ""), asked.get("state", "")
    state = wished if wished in SaleState.__members__ else ""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, Right.FUNDS)
        context = await _facts(tx, shop)
        context["sales"] = await queries.list_sales(
            tx, shop.id, PageRequest.of(cursor, _PAGE), state=state
        )
    return await http.page(
        request,
        "settlement/funds.html",
        audience="merchant",
        status=200 if refusal is None else STATUS[refusal.kind],
        shop=shop,
        state=state,
        cursor=cursor,
        tabs=words.TABS,
        states=words.SALES,
        tones=words.WITHDRAWALS,
        form=_form(request, typed, refusal),
        **context,
    )


async def _facts(tx: Tx, shop: ShopView) -> dict[str, object]:
    book = rulebooks.version(shop.rulebook)
    account = await merchants.find_payout_account(tx, shop.id)
    held = await funds.funds_of(tx, shop.id)
    deposit = await deposits.find_deposit(tx, shop.id)
    return {
        "held": held,
        "pending": await queries.pending_of(tx, shop.id),
        "deposit": deposit,
        "withdrawals": await funds.list_withdrawals(tx, shop.id, PageRequest(_WITHDRAWALS)),
        "account": account,
        "objections": []
        if account is None
        else funds.objections_now(shop, account, max(held.available_fen, 1), tx.now),
        "arrival": funds.arrives_on(book, tx.now),
        "limit_fen": book.trade.withdrawals.review_over_fen,
        "d0": await queries.d0_of(tx, shop.id),
        "offers_d0": book.trade.settlement.d0 is not None,
        "reserves": book.trade.settlement.reserve is not None,
    }


def _form(request: Request, typed: str, refusal: Refusal | None) -> dict[str, object] | None:
    if refusal is None:
        return None
    text = sentence(refusal.sentence, refusal.facts, request.state.lang)
    return {"typed": {"amount": typed}, "errors": {"amount": text}}
