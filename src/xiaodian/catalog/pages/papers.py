"""Papers on the pages: uploaded beside a product, looked at by those who may."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts, merchants
from xiaodian.catalog import queries, service
from xiaodian.catalog.api.imports import uploads_in
from xiaodian.catalog.api.papers import paper_in
from xiaodian.catalog.errors import PaperNotFound
from xiaodian.catalog.pages import drawing
from xiaodian.catalog.pages.editor import draw_product
from xiaodian.infra import audit, http
from xiaodian.infra.files import Store
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id

__all__ = ["router"]

router = APIRouter()
_SHUT = {
    "content-security-policy": "default-src 'none'; sandbox",
    "content-disposition": "inline",
}


@router.post("/merchant/shops/{shop}/products/{product}/papers")
async def add(request: Request, shop: str, product: str) -> Response:
    """Attach a paper that is there already, or upload one and attach it."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    form = await http.form(request)
    known = parse_id(drawing.text(form, "paper"))
    runtime, product_id = http.runtime(request), drawing.product_id_of(product)
    home = f"/merchant/shops/{shop}/products/{product_id}"
    try:
        async with runtime.db.transaction(actor=actor, key=key) as tx:
            own = await drawing.shop_of(tx, shop)
            if known is None:
                (upload, *_) = await uploads_in(request, "file")
                store = runtime.gateway(Store)
                known = await service.upload_paper(tx, store, own.id, upload.data, paper_in(form))
            await service.attach_paper(tx, known, [product_id])
            return await http.redirect(tx, f"{home}#papers")
    except Refusal as refusal:
        return await draw_product(request, shop, product, paper_refused=refusal)


@router.post("/merchant/shops/{shop}/products/{product}/papers/{paper}/detach")
async def detach(request: Request, shop: str, product: str, paper: str) -> Response:
    """Let a product no longer rest on a paper."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        own = await drawing.shop_of(tx, shop)
        product_id = drawing.product_id_of(product)
        await service.detach_paper(tx, _paper_id(paper), product_id)
        return await http.redirect(tx, f"/merchant/shops/{own.id}/products/{product_id}#papers")


@router.get("/merchant/shops/{shop}/papers/{paper}")
async def own_paper(request: Request, shop: str, paper: str) -> Response:
    """Show a paper to the shop it is of."""
    runtime, actor = http.runtime(request), http.actor(request, "merchant")
    async with runtime.db.reading(actor=actor) as tx:
        own = await drawing.shop_of(tx, shop)
        found = await queries.get_paper(tx, _paper_id(paper))
        if found.shop_id != own.id:
            raise PaperNotFound
        row, data = await runtime.gateway(Store).get(tx, found.file_id)
    return Response(data, media_type=row.content_type, headers=_SHUT)


@router.get("/operator/papers/{paper}")
async def reviewed_paper(request: Request, paper: str) -> Response:
    """Show a paper to a reviewer; each look is recorded."""
    runtime, actor = http.runtime(request), http.actor(request, "operator")
    async with runtime.db.transaction(actor=actor) as tx:
        await accounts.require_role(tx, "reviewer")
        found = await queries.get_paper(tx, _paper_id(paper))
        await merchants.get_shop(tx, found.shop_id)
        row, data = await runtime.gateway(Store).get(tx, found.file_id)
        await audit.record(tx, "paper.seen", subject="paper", subject_id=found.id)
    return Response(data, media_type=row.content_type, headers=_SHUT)


def _paper_id(paper: str) -> int:
    number = parse_id(paper)
    if number is None:
        raise PaperNotFound
    return number
