"""A shop's products: the list, and a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.catalog import queries, service
from xiaodian.catalog.errors import FieldMissing
from xiaodian.catalog.pages import drawing
from xiaodian.catalog.service import DraftChanges, SkuInput
from xiaodian.infra import http
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.paging import PageRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["router"]

router = APIRouter()
_PAGE = 30
_NAME_MAX = 100
_TABS = (
    ("", "全部", "all"),
    ("open", "待补资料", "open"),
    ("AUDITING", "审核中", "AUDITING"),
    ("AUDIT_FAILED", "审核不通过", "AUDIT_FAILED"),
    ("ONLINE", "在售", "ONLINE"),
    ("SOLD_OUT", "已售罄", None),
    ("SELF_DOWN", "已下架", "SELF_DOWN"),
)


@router.get("/merchant/shops/{shop}/products")
async def products(request: Request, shop: str) -> Response:
    """List a shop's products by tab, narrowed by words and category."""
    return await _draw_list(request, shop, None)


@router.post("/merchant/shops/{shop}/products/submissions")
async def submit_ready(request: Request, shop: str) -> Response:
    """Hand in every draft that lacks nothing."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    try:
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            own = await drawing.shop_of(tx, shop)
            decided = await service.submit_ready(tx, own.id)
            counts = f"submitted={len(decided.done)}&refused={len(decided.refused)}"
            return await http.redirect(tx, f"/merchant/shops/{own.id}/products?{counts}")
    except Refusal as refusal:
        return await _draw_list(request, shop, refusal)


async def _draw_list(request: Request, shop: str, refusal: Refusal | None) -> Response:
    asked = request.query_params
    tab = asked.get("tab", "")[:_NAME_MAX]
    wanted = queries.ProductFilter(
        edit_status=tab if tab in {"AUDITING", "AUDIT_FAILED"} else "",
        status=tab if tab in {"ONLINE", "SOLD_OUT", "SELF_DOWN"} else "",
        category=asked.get("category", "")[:_NAME_MAX],
        words=asked.get("words", "").strip()[:_NAME_MAX],
        open=True if tab == "open" else None,
    )
    cursor = asked.get("cursor", "")
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await drawing.shop_of(tx, shop)
        page = await queries.list_products(tx, own.id, PageRequest.of(cursor, _PAGE), wanted)
        counts = await queries.product_counts(tx, own.id)
    return await http.page(
        request,
        "catalog/products.html",
        audience="merchant",
        status=drawing.status_of(refusal),
        shop=own,
        page=page,
        cursor=cursor,
        tab=tab,
        tabs=[(code, word, counts.get(name, 0) if name else None) for code, word, name in _TABS],
        counts=counts,
        wanted=wanted,
        categories=drawing.category_options(request.state.lang),
        category_name=drawing.category_name,
        words=drawing.words,
        edit_tones=drawing.EDIT_TONES,
        status_tones=drawing.STATUS_TONES,
        submitted=asked.get("submitted", ""),
        held=asked.get("refused", ""),
        refusal=refusal,
    )


@router.get("/merchant/shops/{shop}/products/new")
async def new_product(request: Request, shop: str) -> Response:
    """Show the form of a new product."""
    return await _draw_new(request, shop, {}, None)


@router.post("/merchant/shops/{shop}/products/new")
async def create_product(request: Request, shop: str) -> Response:
    """Make a product with one SKU, and go on editing it."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    form = await http.form(request)
    typed = {
        name: drawing.text(form, name)
        for name in ("number", "title", "category", "market_price", "sale_price", "stock")
    }
    try:
        if not typed["number"]:
            raise FieldMissing(field="货号")
        sale = drawing.fen_in(form, "sale_price", "售价")
        changes = DraftChanges(
            title=typed["title"] or None,
            category=typed["category"] or None,
            market_price_fen=drawing.fen_in(form, "market_price", "市场价"),
            sale_price_fen=sale,
            skus=[
                SkuInput(
                    f"{typed['number']}-1"[:64],
                    "",
                    sale or 0,
                    drawing.number_in(typed["stock"], "库存"),
                )
            ]
            if sale
            else None,
        )
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            own = await drawing.shop_of(tx, shop)
            product_id = await service.create_product(
                tx, own.id, number=typed["number"], changes=changes
            )
            return await http.redirect(tx, f"/merchant/shops/{own.id}/products/{product_id}")
    except Refusal as refusal:
        return await _draw_new(request, shop, typed, refusal)


async def _draw_new(
    request: Request, shop: str, typed: Mapping[str, str], refusal: Refusal | None
) -> Response:
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await drawing.shop_of(tx, shop)
    return await http.page(
        request,
        "catalog/new.html",
        audience="merchant",
        status=drawing.status_of(refusal),
        shop=own,
        form=drawing.form_of(request, typed, refusal),
        categories=drawing.category_options(request.state.lang),
        refusal=refusal,
    )
