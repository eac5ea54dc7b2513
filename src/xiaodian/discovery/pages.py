"""The storefront of a market: home, search, categories, product, shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xiaodian import catalog
from xiaodian.discovery import queries
from xiaodian.discovery.errors import ProductNotHere, ShopNotHere
from xiaodian.discovery.rules import SORTS
from xiaodian.infra import http
from xiaodian.infra.templates import render
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import Page, PageRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.catalog import OfferSku, OfferView, ProductCard

__all__ = ["router"]

router = APIRouter()
_PAGE = 24
_SHORTCUTS = 5
_QUERY_MAX = 60


@router.get("/s/{market}")
async def home(request: Request, market: str, cursor: str = "") -> Response:
    """Show what is on sale in a market, newest first, and the way to its categories."""
    async with http.runtime(request).db.reading(actor=http.optional_actor(request, "buyer")) as tx:
        book = queries.book_of(tx, market)
        page = await queries.feed(tx, book, PageRequest.of(cursor, _PAGE))
        shelves = await queries.shelves_of(tx, book)
    return await http.page(
        request,
        "discovery/home.html",
        audience="buyer",
        market=market,
        goods=_goods(page.items),
        next=page.next,
        cursor=cursor,
        shelves=[shelf for shelf in shelves if shelf.count][:_SHORTCUTS],
    )


@router.get("/s/{market}/search")
async def search(
    request: Request, market: str, q: str = "", sort: str = "", cursor: str = ""
) -> Response:
    """Find products by words; without words, show the categories."""
    wanted = q.strip()[:_QUERY_MAX]
    kept = sort if sort in SORTS else ""
    async with http.runtime(request).db.reading(actor=http.optional_actor(request, "buyer")) as tx:
        book = queries.book_of(tx, market)
        shelves = await queries.shelves_of(tx, book)
        page: Page[ProductCard] = Page([])
        if wanted:
            page = await queries.search(tx, book, wanted, PageRequest.of(cursor, _PAGE), sort=kept)
    return await http.page(
        request,
        "discovery/search.html",
        audience="buyer",
        market=market,
        wanted=wanted,
        sort=kept,
        goods=_goods(page.items),
        next=page.next,
        cursor=cursor,
        shelves=[shelf for shelf in shelves if shelf.count],
    )


@router.get("/s/{market}/category/{category}")
async def category(request: Request, market: str, category: str, cursor: str = "") -> Response:
    """List what is on sale in a category, or in all categories of a shelf."""
    async with http.runtime(request).db.reading(actor=http.optional_actor(request, "buyer")) as tx:
        book = queries.book_of(tx, market)
        page = await queries.feed(tx, book, PageRequest.of(cursor, _PAGE), category=category[:48])
        shelves = await queries.shelves_of(tx, book)
    shelf = next(
        one
        for one in shelves
        if category == one.code or category in {leaf for leaf, _ in one.leaves}
    )
    return await http.page(
        request,
        "discovery/category.html",
        audience="buyer",
        market=market,
        category=category,
        shelf=shelf,
        goods=_goods(page.items),
        next=page.next,
        cursor=cursor,
    )


@router.get("/s/{market}/p/{product_id}")
async def product(
    request: Request, market: str, product_id: str, sku: str = "", added: str = ""
) -> Response:
    """Show a product, its versions and its shop, with the ways to buy it."""
    async with http.runtime(request).db.reading(actor=http.optional_actor(request, "buyer")) as tx:
        number = parse_id(product_id)
        if number is None:
            raise ProductNotHere
        found = await queries.offer_page(tx, queries.book_of(tx, market), number)
    return await http.page(
        request,
        "discovery/product.html",
        audience="buyer",
        market=market,
        offer=found.offer,
        shop=found.shop,
        besides=_goods(found.besides),
        pictures=[picture_of(one) for one in found.offer.pictures],
        chosen=_chosen(found.offer, sku),
        added=added == "1",
    )


@router.get("/s/{market}/p/{product_id}/price")
async def price(request: Request, market: str, product_id: str, sku: str = "") -> Response:
    """Answer price and stock of the chosen version; a piece of the product's page."""
    async with http.runtime(request).db.reading(actor=http.optional_actor(request, "buyer")) as tx:
        found = await queries.offer_page(tx, queries.book_of(tx, market), parse_id(product_id) or 0)
    body = render(
        "discovery/price.html",
        lang=request.state.lang,
        request=request,
        offer=found.offer,
        chosen=_chosen(found.offer, sku),
    )
    return HTMLResponse(body)


@router.get("/s/{market}/shop/{shop_id}")
async def shop(
    request: Request, market: str, shop_id: str, q: str = "", cursor: str = ""
) -> Response:
    """Show a shop: who runs it, and what it sells."""
    wanted = q.strip()[:_QUERY_MAX]
    async with http.runtime(request).db.reading(actor=http.optional_actor(request, "buyer")) as tx:
        number = parse_id(shop_id)
        if number is None:
            raise ShopNotHere
        book = queries.book_of(tx, market)
        found = await queries.shop_page(tx, book, number)
        asked = PageRequest.of(cursor, _PAGE)
        page = (
            await queries.search(tx, book, wanted, asked, shop_id=number)
            if wanted
            else await catalog.list_cards(tx, asked, market=market, shop_id=number)
        )
    return await http.page(
        request,
        "discovery/shop.html",
        audience="buyer",
        market=market,
        shop=found.shop,
        licence=found.licence,
        wanted=wanted,
        goods=_goods(page.items),
        next=page.next,
        cursor=cursor,
    )


def picture_of(file_id: str) -> str:
    """Answer the address of a product's picture."""
    return f"/pictures/{file_id}"


def _goods(cards: Sequence[ProductCard]) -> list[dict[str, object]]:
    """Answer cards as the product grid takes them; those without a picture get a drawn cover."""
    return [
        {
            "href": f"/s/{card.market}/p/{card.id}",
            "title": card.title,
            "category": card.category,
            "seed": card.id,
            "picture": picture_of(card.picture) if card.picture else "",
            "price_fen": card.price_fen,
            "was_fen": card.market_price_fen,
            "sold_out": card.is_sold_out,
        }
        for card in cards
    ]


def _chosen(offer: OfferView, sku: str) -> OfferSku | None:
    """Answer the version that was asked for, or the only one there is."""
    wanted = parse_id(sku)
    named = next((one for one in offer.skus if one.id == wanted), None)
    return named or (offer.skus[0] if len(offer.skus) == 1 else None)
