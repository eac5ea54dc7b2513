"""The merchant's page of a shop: its public facts, and where its money goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import rulebooks
from xiaodian.infra import http
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.merchants import queries, service
from xiaodian.merchants.pages import words
from xiaodian.merchants.pages.drawing import form_of, status_of, typed_of
from xiaodian.merchants.states import FLAG_WORDS, Right

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["router"]

router = APIRouter()
_LABELS = {"户名": "holder_name", "开户银行": "bank", "银行账号": "number"}


@router.get("/merchant/shops/{shop_id}/settings")
async def settings(request: Request, shop_id: str) -> Response:
    """Show what the shop's page tells of it by law, and its payout account."""
    return await _draw(request, shop_id)


@router.post("/merchant/shops/{shop_id}/settings/payout-account")
async def set_payout_account(request: Request, shop_id: str) -> Response:
    """Name where the shop's money shall go."""
    typed = typed_of(await http.form(request))
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            made = await service.set_payout_account(
                tx,
                parse_id(shop_id) or 0,
                holder_name=typed.get("holder_name", ""),
                bank=typed.get("bank", ""),
                number=typed.get("number", ""),
            )
            return await http.redirect(tx, f"/merchant/shops/{made.shop_id}/settings")
    except Refusal as refusal:
        return await _draw(request, shop_id, typed=typed, refusal=refusal)


async def _draw(
    request: Request,
    shop_id: str,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await queries.visible_shop(tx, parse_id(shop_id) or 0, Right.SETTINGS)
        rights = await queries.rights_of(tx, shop)
        licence = await queries.licence_of(tx, shop.id)
        account = await queries.find_payout_account(tx, shop.id)
        flags = await queries.flag_history(tx, shop.id)
        now = tx.now
    book = rulebooks.version(shop.rulebook)
    return await http.page(
        request,
        "merchants/settings.html",
        audience="merchant",
        status=status_of(refusal),
        shop=shop,
        state=words.SHOPS[shop.state],
        licence=licence,
        account=account,
        outcomes=words.OUTCOMES,
        may_change_account=Right.FUNDS in rights,
        block_hours=book.trade.withdrawals.account_change_block_hours,
        flags=flags,
        flag_words=FLAG_WORDS,
        now=now,
        form=form_of(request, typed, refusal, _LABELS, field="number"),
    )
