"""A shop's certificates and authorisations, and the reviewers' word on them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import merchants
from xiaodian.catalog import queries, service
from xiaodian.catalog.api.imports import uploads_in
from xiaodian.catalog.api.products import shop_id_of
from xiaodian.catalog.errors import FieldRefused, PaperNotFound, ProductNotFound
from xiaodian.catalog.schemas import (
    CheckPaperBody,
    MadeAnswer,
    PaperAnswer,
    PapersAnswer,
    ProductIdsBody,
)
from xiaodian.infra import http
from xiaodian.infra.files import Store
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PAGE_MAX, PageRequest

__all__ = ["paper_in", "router"]

router = APIRouter()


def paper_in(form: FormData) -> service.PaperInput:
    """Read what a posted form says of a paper; refuses ``FIELD_REFUSED`` for a wrong day."""
    texts = {
        name: given if isinstance(given := form.get(name), str) else ""
        for name in ("code", "number", "issuer", "holder", "valid_until")
    }
    until: date | None = None
    if texts["valid_until"]:
        try:
            until = date.fromisoformat(texts["valid_until"])
        except ValueError as error:
            raise FieldRefused(field="有效期", why="请写成 2026-12-31") from error
    return service.PaperInput(
        texts["code"], texts["number"], texts["issuer"], texts["holder"], until
    )


@router.post("/shops/{shop}/papers")
async def upload_paper(request: Request, shop: str) -> Response:
    """Keep a paper.

    Form fields: ``file``, ``code``, ``number``, ``issuer``, ``holder``, and ``valid_until`` when
    it ends.
    """
    actor, key = http.actor(request, "merchant"), await http.key(request)
    (upload, *_) = await uploads_in(request, "file")
    given = paper_in(await http.form(request))
    runtime = http.runtime(request)
    async with runtime.db.transaction(actor=actor, key=key) as tx:
        paper_id = await service.upload_paper(
            tx, runtime.gateway(Store), shop_id_of(shop), upload.data, given
        )
        return await http.answer(tx, MadeAnswer(id=str(paper_id)), status=201)


@router.get("/shops/{shop}/papers")
async def list_papers(
    request: Request,
    shop: str,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    size: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 20,
) -> Response:
    """List a shop's papers, newest first."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await merchants.visible_shop(tx, shop_id_of(shop), "products")
        page = await queries.list_papers(tx, own.id, PageRequest.of(cursor, size))
    items = [PaperAnswer.of(paper) for paper in page.items]
    return http.json_answer(PapersAnswer(items=items, next=page.next))


@router.post("/papers/{paper}/products")
async def attach_paper(request: Request, paper: str, body: ProductIdsBody) -> Response:
    """Let products of the paper's shop rest on it."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    products = [parse_id(one) or 0 for one in body.product_ids]
    if 0 in products:
        raise ProductNotFound
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        await service.attach_paper(tx, _paper_id(paper), products)
        return await http.answer(tx, MadeAnswer(id=paper))


@router.post("/papers/{paper}/check")
async def check_paper(request: Request, paper: str, body: CheckPaperBody) -> Response:
    """Say what a paper was found to be; for reviewers."""
    actor, key = http.actor(request, "operator"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        await service.check_paper(tx, _paper_id(paper), genuine=body.genuine, why=body.why)
        return await http.answer(tx, MadeAnswer(id=paper))


def _paper_id(paper: str) -> int:
    number = parse_id(paper)
    if number is None:
        raise PaperNotFound
    return number
