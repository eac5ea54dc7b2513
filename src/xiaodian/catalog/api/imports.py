"""A shop's imports: sheets and pictures in, reports out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import merchants
from xiaodian.catalog import queries, service
from xiaodian.catalog.api.products import shop_id_of
from xiaodian.catalog.errors import FieldMissing, ImportNotFound, ImportRunning
from xiaodian.catalog.schemas import ImportAnswer, ImportsAnswer, MadeAnswer
from xiaodian.catalog.states import ImportState
from xiaodian.infra import http
from xiaodian.infra.files import Store
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PAGE_MAX, PageRequest

__all__ = ["report_of", "router", "uploads_in"]

router = APIRouter(prefix="/shops/{shop}")
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def uploads_in(request: Request, name: str) -> list[service.Upload]:
    """Read the files of a posted form's field; refuses ``FIELD_MISSING`` when there is none."""
    given = (await http.form(request)).getlist(name)
    uploads = [
        service.Upload(one.filename, await one.read())
        for one in given
        if isinstance(one, UploadFile) and one.filename
    ]
    if not uploads:
        raise FieldMissing(field="文件")
    return uploads


@router.post("/imports")
async def start_import(request: Request, shop: str) -> Response:
    """Take sheets in: form fields ``files`` and, when there is one, ``mapping``.

    Answers 202 with the import's id; a job brings the rows in.
    """
    actor, key = http.actor(request, "merchant"), await http.key(request)
    uploads = await uploads_in(request, "files")
    mapping = (await http.form(request)).get("mapping")
    words = None
    if isinstance(mapping, UploadFile) and mapping.filename:
        words = service.read_mapping(await mapping.read())
    runtime = http.runtime(request)
    async with runtime.db.transaction(actor=actor, key=key) as tx:
        run_id = await service.start_import(
            tx, runtime.gateway(Store), shop_id_of(shop), uploads, words=words
        )
        return await http.answer(tx, MadeAnswer(id=str(run_id)), status=202)


@router.post("/pictures")
async def start_pictures(request: Request, shop: str) -> Response:
    """Take a ZIP of pictures in (form field ``file``); answers 202 with the import's id."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    uploads = await uploads_in(request, "file")
    runtime = http.runtime(request)
    async with runtime.db.transaction(actor=actor, key=key) as tx:
        run_id = await service.start_pictures(
            tx, runtime.gateway(Store), shop_id_of(shop), uploads[0]
        )
        return await http.answer(tx, MadeAnswer(id=str(run_id)), status=202)


@router.get("/imports")
async def list_imports(
    request: Request,
    shop: str,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    size: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 20,
) -> Response:
    """List a shop's imports, newest first."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await merchants.visible_shop(tx, shop_id_of(shop), "products")
        page = await queries.list_runs(tx, own.id, PageRequest.of(cursor, size))
    items = [ImportAnswer.of(run) for run in page.items]
    return http.json_answer(ImportsAnswer(items=items, next=page.next))


@router.get("/imports/{run}")
async def get_import(request: Request, shop: str, run: str) -> Response:
    """Answer an import: how far it is, or what came of it."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await merchants.visible_shop(tx, shop_id_of(shop), "products")
        found = await queries.get_run(tx, _run_id(run), shop_id=own.id)
    return http.json_answer(ImportAnswer.of(found))


@router.get("/imports/{run}/report")
async def download_report(request: Request, shop: str, run: str) -> Response:
    """Answer the same sheet with a column of reasons."""
    return await report_of(request, shop_id_of(shop), _run_id(run))


async def report_of(request: Request, shop_id: int, run_id: int) -> Response:
    """Draw up an import's report as a file; refuses ``IMPORT_RUNNING`` while it runs."""
    runtime, actor = http.runtime(request), http.actor(request, "merchant")
    async with runtime.db.reading(actor=actor) as tx:
        own = await merchants.visible_shop(tx, shop_id, "products")
        found = await queries.get_run(tx, run_id, shop_id=own.id)
        if found.kind != "sheets":
            raise ImportNotFound
        if found.state is not ImportState.DONE:
            raise ImportRunning
        sheets = await service.sheets_of(tx, runtime.gateway(Store), found)
        ending, data = await queries.report_file(tx, found, sheets, lang=request.state.lang)
    name = f'attachment; filename="import-{found.id}.{ending}"'
    return Response(data, media_type=_TYPES[ending], headers={"content-disposition": name})


def _run_id(run: str) -> int:
    number = parse_id(run)
    if number is None:
        raise ImportNotFound
    return number
