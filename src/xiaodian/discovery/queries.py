"""What buyers find: the feed of a market, its shelves, searches, shops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xiaodian import catalog, merchants, rulebooks
from xiaodian.discovery import rules
from xiaodian.discovery.errors import (
    CategoryNotFound,
    ProductNotHere,
    ShopNotHere,
    StorefrontNotFound,
)
from xiaodian.kernel.paging import PageRequest
from xiaodian.merchants import ShopState

if TYPE_CHECKING:
    from xiaodian.discovery.rules import Shelf
    from xiaodian.infra.db import Tx
    from xiaodian.kernel.paging import Page
    from xiaodian.rulebooks import Rulebook

__all__ = [
    "OfferPage",
    "ShopPage",
    "book_of",
    "feed",
    "leaves_of",
    "offer_page",
    "search",
    "shelves_of",
    "shop_page",
]

_RANKED_MAX = 200
_BESIDES = 7


@dataclass(frozen=True, slots=True)
class ShopPage:
    """A shop as buyers meet it, and who runs it (E-Commerce Law, article 15)."""

    shop: merchants.ShopView
    licence: merchants.LicenceView


@dataclass(frozen=True, slots=True)
class OfferPage:
    """A product as buyers meet it, its shop, and what else the shop sells."""

    offer: catalog.OfferView
    shop: merchants.ShopView
    besides: tuple[catalog.ProductCard, ...]


def book_of(tx: Tx, market: str) -> Rulebook:
    """Answer the rulebook in force in a market; refuses ``STOREFRONT_NOT_FOUND``."""
    try:
        return rulebooks.at(market, tx.now)
    except KeyError:
        raise StorefrontNotFound from None


def leaves_of(book: Rulebook, category: str) -> tuple[str, ...]:
    """Answer a category's leaves that the market trades in; refuses ``CATEGORY_NOT_FOUND``."""
    tree = rulebooks.categories()
    leaves = tuple(leaf for leaf in book.categories.tree if category in tree.chain(leaf))
    if not leaves:
        raise CategoryNotFound
    return leaves


async def shelves_of(tx: Tx, book: Rulebook) -> list[Shelf]:
    """Answer the market's categories by shelf, with how much is on sale in each."""
    counts = await catalog.count_by_category(tx, market=book.market)
    return rules.shelves(tuple(book.categories.tree), counts, rulebooks.categories())


async def feed(
    tx: Tx, book: Rulebook, request: PageRequest, *, category: str = ""
) -> Page[catalog.ProductCard]:
    """Answer what is on sale in a market, or in one of its categories, newest first."""
    leaves = leaves_of(book, category) if category else ()
    return await catalog.list_cards(tx, request, market=book.market, categories=leaves)


async def search(
    tx: Tx,
    book: Rulebook,
    text: str,
    request: PageRequest,
    *,
    sort: str = "",
    shop_id: int | None = None,
) -> Page[catalog.ProductCard]:
    """Answer a page of what a market sells under these words, the best match first.

    At most the two hundred best are found at all; ``sort`` orders those.
    """
    found = await catalog.search_products(
        tx, text, market=book.market, shop_id=shop_id, at_most=_RANKED_MAX
    )
    return rules.ranked_page(found, request, sort)


async def offer_page(tx: Tx, book: Rulebook, product_id: int) -> OfferPage:
    """Answer a product's page; refuses ``PRODUCT_NOT_FOUND`` also for another market's."""
    known = await catalog.cards_of(tx, [product_id])
    if product_id not in known or known[product_id].market != book.market:
        raise ProductNotHere
    offer = await catalog.get_offer(tx, product_id)
    shop = await merchants.get_shop(tx, offer.shop_id)
    others = await catalog.list_cards(
        tx, PageRequest(_BESIDES), market=book.market, shop_id=shop.id
    )
    besides = tuple(card for card in others.items if card.id != product_id)
    return OfferPage(offer, shop, besides[: _BESIDES - 1])


async def shop_page(tx: Tx, book: Rulebook, shop_id: int) -> ShopPage:
    """Answer a shop's page; refuses ``SHOP_NOT_FOUND`` for one that never opened here."""
    shop = (await merchants.get_shops(tx, [shop_id])).get(shop_id)
    shown = {ShopState.OPEN, ShopState.SUSPENDED}
    if shop is None or shop.market != book.market or shop.state not in shown:
        raise ShopNotHere
    return ShopPage(shop, await merchants.licence_of(tx, shop_id))
