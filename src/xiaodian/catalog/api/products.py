"""A shop's products: drafts, answers, submission, stock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import merchants
from xiaodian.catalog import queries, service
from xiaodian.catalog.errors import ProductNotFound
from xiaodian.catalog.schemas import (
    AnswerBody,
    AnswersAnswer,
    BulkAnswerBody,
    DecidedAnswer,
    NewProductBody,
    ProductAnswer,
    ProductBody,
    ProductQuery,
    ProductsAnswer,
    QuestionGroupsAnswer,
    StockBody,
)
from xiaodian.infra import http
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest
from xiaodian.merchants.errors import ShopNotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xiaodian.infra.db import Tx

__all__ = ["router", "shop_id_of"]

router = APIRouter(prefix="/shops/{shop}")
Word = Annotated[str, Query(max_length=100)]


def shop_id_of(shop: str) -> int:
    """Read a shop's id from an address; refuses ``SHOP_NOT_FOUND`` for what cannot be one."""
    number = parse_id(shop)
    if number is None:
        raise ShopNotFound
    return number


@router.get("/products")
async def list_products(
    request: Request, shop: str, asked: Annotated[ProductQuery, Query()]
) -> Response:
    """List a shop's products, newest first."""
    wanted = queries.ProductFilter(
        asked.edit_status, asked.status, asked.category, asked.words, asked.open
    )
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await merchants.visible_shop(tx, shop_id_of(shop), "products")
        page = await queries.list_products(
            tx, own.id, PageRequest.of(asked.cursor, asked.size), wanted
        )
    return http.json_answer(ProductsAnswer.of(page))


@router.post("/products")
async def create_product(request: Request, shop: str, body: NewProductBody) -> Response:
    """Make a product with a draft."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        product_id = await service.create_product(
            tx, shop_id_of(shop), number=body.number, changes=body.changes()
        )
        return await http.answer(tx, await _drawn(tx, request, product_id), status=201)


@router.get("/products/{product}")
async def get_product(request: Request, shop: str, product: str) -> Response:
    """Answer a product with everything about it."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        product_id = await _own(tx, shop, product)
        return http.json_answer(await _drawn(tx, request, product_id))


@router.patch("/products/{product}")
async def edit_product(request: Request, shop: str, product: str, body: ProductBody) -> Response:
    """Change a draft; the online copy stays."""

    async def act(tx: Tx, product_id: int) -> None:
        await service.edit_product(tx, product_id, body.changes(), seen_revision=body.seen_revision)

    return await _with_product(request, shop, product, act)


@router.delete("/products/{product}")
async def delete_product(request: Request, shop: str, product: str) -> Response:
    """Delete a product that buyers do not see."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        product_id = await _own(tx, shop, product)
        before = await _drawn(tx, request, product_id)
        await service.delete_product(tx, product_id)
        return await http.answer(tx, before)


@router.put("/products/{product}/stock")
async def set_stock(request: Request, shop: str, product: str, body: StockBody) -> Response:
    """Set the stock of SKUs, at once."""

    async def act(tx: Tx, product_id: int) -> None:
        await service.set_stock(tx, product_id, body.stocks)

    return await _with_product(request, shop, product, act)


@router.post("/products/{product}/answers")
async def answer(request: Request, shop: str, product: str, body: AnswerBody) -> Response:
    """Answer one question of a draft."""

    async def act(tx: Tx, product_id: int) -> None:
        await service.answer(tx, product_id, body.key, body.value)

    return await _with_product(request, shop, product, act)


@router.post("/products/{product}/submit")
async def submit(request: Request, shop: str, product: str) -> Response:
    """Hand a draft to review."""
    return await _with_product(request, shop, product, service.submit)


@router.post("/products/{product}/withdraw")
async def withdraw(request: Request, shop: str, product: str) -> Response:
    """Take a submission back."""
    return await _with_product(request, shop, product, service.withdraw)


@router.post("/products/{product}/take-down")
async def take_down(request: Request, shop: str, product: str) -> Response:
    """Take a product from before the buyers."""
    return await _with_product(request, shop, product, service.take_down)


@router.post("/products/{product}/list")
async def list_again(request: Request, shop: str, product: str) -> Response:
    """Put a product before the buyers again."""
    return await _with_product(request, shop, product, service.list_again)


@router.post("/submissions")
async def submit_ready(request: Request, shop: str) -> Response:
    """Hand in every draft that lacks nothing, at most two hundred at once."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        decided = await service.submit_ready(tx, shop_id_of(shop))
        return await http.answer(tx, DecidedAnswer.of(decided))


@router.get("/questions")
async def list_questions(
    request: Request, shop: str, key: Word = "", category: Word = ""
) -> Response:
    """Gather a shop's open questions by key and category."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        own = await merchants.visible_shop(tx, shop_id_of(shop), "products")
        groups = await queries.question_groups(tx, own.id, key=key, category=category)
    return http.json_answer(QuestionGroupsAnswer.of(groups, request.state.lang))


@router.post("/answers")
async def answer_many(request: Request, shop: str, body: BulkAnswerBody) -> Response:
    """Answer every open question of a key, where something holds."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    where = service.Where(**body.where.model_dump())
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        own = await merchants.visible_shop(tx, shop_id_of(shop), "products")
        given = service.BulkAnswer(body.key, body.value, where)
        report = await service.answer_many(tx, own, given)
        return await http.answer(tx, AnswersAnswer.of(report))


async def _with_product(
    request: Request, shop: str, product: str, act: Callable[[Tx, int], Awaitable[None]]
) -> Response:
    actor, key = http.actor(request, "merchant"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        product_id = await _own(tx, shop, product)
        await act(tx, product_id)
        return await http.answer(tx, await _drawn(tx, request, product_id))


async def _own(tx: Tx, shop: str, product: str) -> int:
    """Read a product's id from an address, if it is of that shop."""
    number, shop_id = parse_id(product), shop_id_of(shop)
    if number is None:
        raise ProductNotFound
    row, _ = await service.visible_product(tx, number)
    if row.shop_id != shop_id:
        raise ProductNotFound
    return number


async def _drawn(tx: Tx, request: Request, product_id: int) -> ProductAnswer:
    row, _ = await service.visible_product(tx, product_id)
    return ProductAnswer.of(await queries.product_view(tx, row), request.state.lang)
