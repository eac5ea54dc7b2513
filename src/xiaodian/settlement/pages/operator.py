"""A shop's money as operators see it, and whether its sales settle at once."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts as people
from xiaodian import funds, merchants
from xiaodian.infra import http
from xiaodian.infra.problem import STATUS
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest
from xiaodian.settlement import queries, service
from xiaodian.settlement.pages import words

__all__ = ["router"]

router = APIRouter(prefix="/operator/funds/shops")
_PAGE = 20


@router.get("/{shop_id}")
async def shop_funds(request: Request, shop_id: str) -> Response:
    """Show a shop's balances, its D+0 and its settlements."""
    return await _draw(request, shop_id)


@router.post("/{shop_id}/d0")
async def decide_d0(request: Request, shop_id: str) -> Response:
    """Grant or reject D+0."""
    form = await http.form(request)
    reason = form.get("reason")
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "operator"), key=await http.key(request)
        ) as tx:
            row = await service.decide_d0(
                tx,
                parse_id(shop_id) or 0,
                grant=form.get("act") == "grant",
                reason=reason if isinstance(reason, str) else "",
            )
            return await http.redirect(tx, f"/operator/funds/shops/{row.shop_id}")
    except Refusal as refusal:
        return await _draw(request, shop_id, refusal=refusal)


async def _draw(request: Request, shop_id: str, *, refusal: Refusal | None = None) -> Response:
    actor, cursor = http.actor(request, "operator"), request.query_params.get("cursor", "")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        await people.require_role(tx, people.Role.FINANCE, people.Role.ADMINISTRATOR)
        shop = await merchants.get_shop(tx, parse_id(shop_id) or 0)
        held = await funds.funds_of(tx, shop.id)
        pending = await queries.pending_of(tx, shop.id)
        d0 = await queries.d0_of(tx, shop.id)
        sales = await queries.list_sales(tx, shop.id, PageRequest.of(cursor, _PAGE))
        roles = await people.roles_of(tx, actor.account_id or 0)
    return await http.page(
        request,
        "settlement/shop.html",
        audience="operator",
        status=200 if refusal is None else STATUS[refusal.kind],
        shop=shop,
        held=held,
        pending=pending,
        d0=d0,
        sales=sales,
        states=words.SALES,
        decides=people.Role.FINANCE in roles,
        cursor=cursor,
        refusal=refusal,
    )
