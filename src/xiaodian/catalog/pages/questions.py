"""What a shop's drafts lack, gathered by category, answered for many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.catalog import queries, service
from xiaodian.catalog.errors import FieldMissing
from xiaodian.catalog.pages import drawing
from xiaodian.infra import http
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PAGE_MAX, PageRequest

if TYPE_CHECKING:
    from xiaodian.catalog.service import AnswerReport

__all__ = ["router"]

router = APIRouter()
_NAME_MAX = 200


@router.get("/merchant/shops/{shop}/questions")
async def questions(request: Request, shop: str) -> Response:
    """Show what is open, category by category."""
    return await _draw(request, shop, None)


@router.post("/merchant/shops/{shop}/questions")
async def answer(request: Request, shop: str) -> Response:
    """Answer one question for all drafts of a category."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    form = await http.form(request)
    given = [one for one in drawing.texts(form, "value") if one]
    category = drawing.text(form, "category")[:_NAME_MAX]
    bulk = service.BulkAnswer(
        drawing.text(form, "question")[:160],
        given[-1] if given else "",
        service.Where(category=category),
    )
    try:
        if not bulk.value:
            raise FieldMissing(field="答案")
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            own = await drawing.shop_of(tx, shop)
            report = await service.answer_many(tx, own, bulk)
            place = f"/merchant/shops/{own.id}/questions?{_counts(report)}"
            return await http.redirect(tx, place)
    except Refusal as refusal:
        return await _draw(request, shop, refusal)


@router.post("/merchant/shops/{shop}/questions/papers")
async def attach(request: Request, shop: str) -> Response:
    """Let all drafts of a category that lack a paper rest on one of the shop's."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    form = await http.form(request)
    category = drawing.text(form, "category")[:_NAME_MAX]
    try:
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            own = await drawing.shop_of(tx, shop)
            paper_id = parse_id(drawing.text(form, "paper")) or 0
            count = await service.attach_everywhere(tx, own, paper_id, category=category)
            place = f"/merchant/shops/{own.id}/questions?answered={count}&unfit=0"
            return await http.redirect(tx, place)
    except Refusal as refusal:
        return await _draw(request, shop, refusal)


@router.post("/merchant/shops/{shop}/questions/mapping")
async def learn(request: Request, shop: str) -> Response:
    """Take a mapping file in: what the shop's categories and attribute names mean."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    mapping = (await http.form(request)).get("mapping")
    try:
        if not isinstance(mapping, UploadFile) or not mapping.filename:
            raise FieldMissing(field="文件")
        words = service.read_mapping(await mapping.read())
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            own = await drawing.shop_of(tx, shop)
            count = await service.learn_words(tx, own, words)
            return await http.redirect(tx, f"/merchant/shops/{own.id}/questions?mapped={count}")
    except Refusal as refusal:
        return await _draw(request, shop, refusal)


async def _draw(request: Request, shop: str, refusal: Refusal | None) -> Response:
    asked, lang = request.query_params, request.state.lang
    category = asked.get("category", "")[:_NAME_MAX]
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await drawing.shop_of(tx, shop)
        groups = await queries.question_groups(tx, own.id, category=category)
        counts = await queries.product_counts(tx, own.id)
        papers = await queries.list_papers(tx, own.id, PageRequest(PAGE_MAX))
    shelves: dict[tuple[str | None, str], list[queries.QuestionGroup]] = {}
    for group in groups:
        shelves.setdefault((group.category, group.source), []).append(group)
    return await http.page(
        request,
        "catalog/questions.html",
        audience="merchant",
        status=drawing.status_of(refusal),
        shop=own,
        shelves=shelves,
        counts=counts,
        papers=papers.items,
        document_name=drawing.document_name,
        categories=drawing.category_options(lang),
        keys=drawing.key_options(lang),
        category_name=drawing.category_name,
        answered=asked.get("answered", ""),
        unfit=asked.get("unfit", ""),
        mapped=asked.get("mapped", ""),
        wanted=category,
        refusal=refusal,
    )


def _counts(report: AnswerReport) -> str:
    return f"answered={report.answered_count}&unfit={report.refused_count}"
