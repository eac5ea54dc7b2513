"""What buyers see, and what orders are priced by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian.catalog.errors import ProductNotFound
from xiaodian.catalog.models import ProductRow, SkuRow
from xiaodian.catalog.rules.attributes import NOT_APPLICABLE
from xiaodian.catalog.rules.lore import library
from xiaodian.catalog.rules.search import search_tokens
from xiaodian.catalog.states import Status
from xiaodian.kernel.paging import Page, PageRequest, cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from xiaodian.infra.db import Tx

__all__ = [
    "OfferSku",
    "OfferView",
    "ProductCard",
    "SaleSku",
    "cards_of",
    "count_by_category",
    "get_offer",
    "get_sale_skus",
    "list_cards",
    "search_products",
]

_CARD = (
    "SELECT p.id, p.shop_id, p.market, p.number, p.title, p.category, p.pictures,"
    " p.market_price_fen, s.price_fen, s.stock"
    " FROM products p CROSS JOIN LATERAL (SELECT min(k.price_fen) AS price_fen,"
    " CAST(sum(k.stock) AS bigint) AS stock FROM skus k WHERE k.product_id = p.id AND k.online) s"
)
_SEARCH = (
    _CARD + " WHERE p.status = 'ONLINE'"  # noqa: S608 - constants only
    " AND p.tokens @> CAST(:required AS text[]) AND (:market = '' OR p.market = :market)"
    " AND (CAST(:shop_id AS bigint) IS NULL OR p.shop_id = :shop_id)"
    " ORDER BY (SELECT count(*) FROM unnest(CAST(:preferred AS text[])) w"
    "  WHERE w = ANY(p.tokens)) DESC, s.stock = 0, p.id DESC LIMIT :size"
)
_SEEN_MAX = 200


@dataclass(frozen=True, slots=True)
class SaleSku:
    """A SKU that can be bought now, as an order copies it. Prices in fen."""

    id: int
    shop_id: int
    product_id: int
    market: str
    number: str
    title: str
    spec: str
    category: str
    price_fen: int
    market_price_fen: int
    stock: int
    picture: str


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product in a list; ``picture`` is a file's id or empty, the price the cheapest SKU's."""

    id: int
    shop_id: int
    market: str
    number: str
    title: str
    category: str
    picture: str
    price_fen: int
    market_price_fen: int
    stock: int

    @property
    def is_sold_out(self) -> bool:
        """Tell whether no SKU has stock."""
        return self.stock == 0


@dataclass(frozen=True, slots=True)
class OfferSku:
    """A SKU on a product's page."""

    id: int
    number: str
    spec: str
    price_fen: int
    stock: int


@dataclass(frozen=True, slots=True)
class OfferView:
    """A product's page. ``attributes`` are (name, value) as people read them."""

    id: int
    shop_id: int
    market: str
    number: str
    title: str
    category: str
    brand: str
    selling_point: str
    unit: str
    market_price_fen: int
    attributes: tuple[tuple[str, str], ...]
    pictures: tuple[str, ...]
    skus: tuple[OfferSku, ...]

    @property
    def price_fen(self) -> int:
        """The price of the cheapest SKU."""
        return min(sku.price_fen for sku in self.skus)

    @property
    def stock(self) -> int:
        """How many pieces there are of all SKUs."""
        return sum(sku.stock for sku in self.skus)


async def get_sale_skus(tx: Tx, sku_ids: Sequence[int]) -> dict[int, SaleSku]:
    """Answer those of SKUs that can be bought now, by id, in one statement.

    Stock is not asked about here: it is taken by ``take_stock``.
    """
    if not sku_ids:
        return {}
    rows = await tx.rows(
        "SELECT k.id, k.shop_id, k.product_id, p.market, k.number, p.title, k.spec, p.category,"
        " k.price_fen, p.market_price_fen, k.stock, coalesce(p.pictures ->> 0, '') AS picture"
        " FROM skus k JOIN products p ON p.id = k.product_id"
        " WHERE k.id = ANY(CAST(:ids AS bigint[])) AND k.online AND p.status = 'ONLINE'",
        ids=list(sku_ids),
    )
    return {row["id"]: SaleSku(**row) for row in rows}


async def list_cards(
    tx: Tx,
    request: PageRequest,
    *,
    market: str = "",
    shop_id: int | None = None,
    categories: Sequence[str] = (),
) -> Page[ProductCard]:
    """List what buyers see, newest first: of a market, a shop, some leaf categories."""
    rows = await tx.rows(
        f"{_CARD} WHERE p.status = 'ONLINE' AND (:market = '' OR p.market = :market)"
        " AND (CAST(:shop_id AS bigint) IS NULL OR p.shop_id = :shop_id)"
        " AND (:every OR p.category = ANY(CAST(:categories AS text[])))"
        " AND (CAST(:after AS bigint) IS NULL OR p.id < :after)"
        " ORDER BY p.id DESC LIMIT :size",
        market=market,
        shop_id=shop_id,
        every=not categories,
        categories=list(categories),
        after=request.after,
        size=request.size + 1,
    )
    return cut([_card(row) for row in rows], request, lambda card: card.id)


async def count_by_category(tx: Tx, *, market: str) -> dict[str, int]:
    """Answer how many products buyers see in each leaf category of a market that has any."""
    rows = await tx.rows(
        "SELECT category, count(*) AS n FROM products"
        " WHERE status = 'ONLINE' AND market = :market GROUP BY category",
        market=market,
    )
    return {row["category"]: row["n"] for row in rows}


async def search_products(
    tx: Tx, text: str, *, market: str = "", shop_id: int | None = None, at_most: int = 60
) -> list[ProductCard]:
    """Find what buyers see by words, best first: every word must be there, in Chinese every sign.

    Of equals those in stock come first, then the newer. At most two hundred.
    """
    wanted = search_tokens(text)
    if not wanted.required:
        return []
    rows = await tx.rows(
        _SEARCH,
        required=wanted.required,
        preferred=wanted.preferred,
        market=market,
        shop_id=shop_id,
        size=min(at_most, _SEEN_MAX),
    )
    return [_card(row) for row in rows]


async def cards_of(tx: Tx, product_ids: Sequence[int]) -> dict[int, ProductCard]:
    """Answer those of products that buyers see, by id."""
    if not product_ids:
        return {}
    rows = await tx.rows(
        f"{_CARD} WHERE p.status = 'ONLINE' AND p.id = ANY(CAST(:ids AS bigint[]))",
        ids=list(product_ids),
    )
    return {row["id"]: _card(row) for row in rows}


async def get_offer(tx: Tx, product_id: int) -> OfferView:
    """Answer the page of a product that buyers see; refuses ``PRODUCT_NOT_FOUND``."""
    row = await tx.session.get(ProductRow, product_id)
    if row is None or row.status != Status.ONLINE:
        raise ProductNotFound
    skus = await tx.session.scalars(
        select(SkuRow).where(SkuRow.product_id == product_id, SkuRow.online).order_by(SkuRow.id)
    )
    label = library().label
    attributes = [
        (label(key), value) for key, value in row.attributes.items() if value != NOT_APPLICABLE
    ]
    return OfferView(
        id=row.id,
        shop_id=row.shop_id,
        market=row.market,
        number=row.number,
        title=row.title,
        category=row.category,
        brand=row.brand,
        selling_point=row.selling_point,
        unit=row.unit,
        market_price_fen=row.market_price_fen,
        attributes=(*attributes, *row.extra.items()),
        pictures=tuple(row.pictures),
        skus=tuple(
            OfferSku(sku.id, sku.number, sku.spec, sku.price_fen, sku.stock) for sku in skus
        ),
    )


def _card(row: RowMapping) -> ProductCard:
    given = dict(row)
    pictures: list[str] = given.pop("pictures")
    return ProductCard(picture=pictures[0] if pictures else "", **given)
