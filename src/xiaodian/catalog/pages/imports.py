"""Bringing many products in: the upload, its progress, what came of it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import rulebooks
from xiaodian.catalog import queries, service
from xiaodian.catalog.api.imports import report_of, uploads_in
from xiaodian.catalog.errors import ImportNotFound
from xiaodian.catalog.pages import drawing
from xiaodian.catalog.states import ImportState
from xiaodian.infra import http
from xiaodian.infra.files import Store
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest

__all__ = ["router"]

router = APIRouter()
_PAGE = 20
_SHOWN = 200


@router.get("/merchant/shops/{shop}/imports")
async def imports(request: Request, shop: str) -> Response:
    """Show the forms, and the imports so far."""
    return await _draw(request, shop, None)


@router.post("/merchant/shops/{shop}/imports")
async def start(request: Request, shop: str) -> Response:
    """Take sheets in and go to where the progress is shown."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    runtime = http.runtime(request)
    try:
        uploads = await uploads_in(request, "files")
        mapping = (await http.form(request)).get("mapping")
        words = None
        if isinstance(mapping, UploadFile) and mapping.filename:
            words = service.read_mapping(await mapping.read())
        async with runtime.db.transaction(actor=actor, key=key) as tx:
            own = await drawing.shop_of(tx, shop)
            run_id = await service.start_import(
                tx, runtime.gateway(Store), own.id, uploads, words=words
            )
            return await http.redirect(tx, f"/merchant/shops/{own.id}/imports/{run_id}")
    except Refusal as refusal:
        return await _draw(request, shop, refusal)


@router.post("/merchant/shops/{shop}/imports/pictures")
async def start_pictures(request: Request, shop: str) -> Response:
    """Take a ZIP of pictures in and go to where the progress is shown."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    runtime = http.runtime(request)
    try:
        (upload, *_) = await uploads_in(request, "archive")
        async with runtime.db.transaction(actor=actor, key=key) as tx:
            own = await drawing.shop_of(tx, shop)
            run_id = await service.start_pictures(tx, runtime.gateway(Store), own.id, upload)
            return await http.redirect(tx, f"/merchant/shops/{own.id}/imports/{run_id}")
    except Refusal as refusal:
        return await _draw(request, shop, refusal)


async def _draw(request: Request, shop: str, refusal: Refusal | None) -> Response:
    cursor = request.query_params.get("cursor", "")
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await drawing.shop_of(tx, shop)
        page = await queries.list_runs(tx, own.id, PageRequest.of(cursor, _PAGE))
    permission = service.batch_import_allowed(rulebooks.version(own.rulebook), own.subject)
    return await http.page(
        request,
        "catalog/imports.html",
        audience="merchant",
        status=drawing.status_of(refusal),
        shop=own,
        page=page,
        cursor=cursor,
        permission=permission,
        refusal=refusal,
    )


@router.get("/merchant/shops/{shop}/imports/{run}")
async def show(request: Request, shop: str, run: str) -> Response:
    """Show how far an import is, or what came of it."""
    return await _draw_run(request, shop, run, "catalog/import.html")


@router.get("/merchant/shops/{shop}/imports/{run}/progress")
async def progress(request: Request, shop: str, run: str) -> Response:
    """Answer the part of the page that moves; at the import's end the page is asked anew."""
    return await _draw_run(request, shop, run, "catalog/import_progress.html")


async def _draw_run(request: Request, shop: str, run: str, template: str) -> Response:
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await drawing.shop_of(tx, shop)
        found = await queries.get_run(tx, _run_id(run), shop_id=own.id)
        counts = await queries.product_counts(tx, own.id)
    running = found.state in {ImportState.WAITING, ImportState.RUNNING}
    response = await http.page(
        request,
        template,
        audience="merchant",
        shop=own,
        run=found,
        running=running,
        refused=found.report.get("refused", [])[:_SHOWN],
        counts=counts,
    )
    if not running and template.endswith("_progress.html"):
        response.headers["HX-Refresh"] = "true"
    return response


@router.get("/merchant/shops/{shop}/imports/{run}/report")
async def report(request: Request, shop: str, run: str) -> Response:
    """Download the same sheet with a column of reasons."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await drawing.shop_of(tx, shop)
    return await report_of(request, own.id, _run_id(run))


def _run_id(run: str) -> int:
    number = parse_id(run)
    if number is None:
        raise ImportNotFound
    return number
