"""One shop as its merchant sees it: the overview, and how far its opening is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import catalog, deposits, funds, merchants, orders, rulebooks
from xiaodian.consoles.opening import guide_of, steps_of
from xiaodian.infra import http
from xiaodian.kernel.ids import parse_id
from xiaodian.merchants import Right

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ShopView
    from xiaodian.rulebooks import Verdict

__all__ = ["router"]

router = APIRouter(prefix="/merchant/shops/{shop_id}")


@router.get("")
async def overview(request: Request, shop_id: str) -> Response:
    """Show a shop: what waits, what restricts it and why, and by which rules it goes."""
    lang: str = request.state.lang
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0)
        rights = await merchants.rights_of(tx, shop)
        application = await merchants.application_of(tx, shop.id)
        steps = steps_of(await guide_of(tx, application), application, lang)
        context: dict[str, object] = {
            "figures": await _figures(tx, shop, rights),
            "flags": [
                each for each in await merchants.flag_history(tx, shop.id) if not each.cleared_at
            ],
            "reasons": await _reasons(tx, shop),
            "now": tx.now,
        }
    return await http.page(
        request,
        "consoles/merchant/shop.html",
        audience="merchant",
        status=200,
        shop=shop,
        rights=rights,
        state_word=merchants.SHOP_WORDS[shop.state],
        flag_words=merchants.FLAG_WORDS,
        steps=steps,
        opening=any(step["state"] != "done" for step in steps),
        **context,
    )


@router.get("/opening")
async def opening(request: Request, shop_id: str) -> Response:
    """Show how far the shop's opening is."""
    lang: str = request.state.lang
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0)
        application = await merchants.application_of(tx, shop.id)
        steps = steps_of(await guide_of(tx, application), application, lang)
    return await http.page(
        request, "consoles/merchant/opening.html", audience="merchant", shop=shop, steps=steps
    )


async def _figures(tx: Tx, shop: ShopView, rights: frozenset[Right]) -> dict[str, object]:
    """Answer what waits in a shop, None where the viewer may not know."""
    may_orders, may_funds = Right.ORDERS in rights, Right.FUNDS in rights
    return {
        "orders": await orders.count_by_state(tx, shop_id=shop.id) if may_orders else None,
        "funds": await funds.funds_of(tx, shop.id) if may_funds else None,
        "deposit": await deposits.find_deposit(tx, shop.id) if may_funds else None,
        "products": await catalog.product_counts(tx, shop.id) if Right.PRODUCTS in rights else None,
    }


async def _reasons(tx: Tx, shop: ShopView) -> list[Verdict[object]]:
    """Answer the decisions that shape the shop, each with its rule."""
    book = rulebooks.version(shop.rulebook)
    subject = rulebooks.Subject(shop.subject)
    deposit = await deposits.find_deposit(tx, shop.id)
    found: list[Verdict[object]] = [
        merchants.opening.shop_type(book, subject),
        merchants.opening.methods(book, subject),
        merchants.opening.invoice_allowed(book, subject),
    ]
    return found if deposit is None else [*found, deposit.required]
