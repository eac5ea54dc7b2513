"""A buyer's cart: what is in it, and what it would cost now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from xiaodian import catalog, merchants
from xiaodian.orders.errors import CartFull, NotForSale, QuantityOutOfRange
from xiaodian.orders.models import CartLineRow
from xiaodian.orders.rules import LINES_MAX, QUANTITY_MAX, PricedLine, bill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.orders.rules import Bill

__all__ = [
    "CartLine",
    "CartShop",
    "CartView",
    "cart_count",
    "empty_lines",
    "get_cart",
    "put_in_cart",
]


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line as the catalogue has it now; ``sku`` is None when it is no longer on sale."""

    sku_id: int
    quantity: int
    sku: catalog.SaleSku | None

    @property
    def amount_fen(self) -> int:
        """Price times quantity."""
        return self.sku.price_fen * self.quantity if self.sku else 0


@dataclass(frozen=True, slots=True)
class CartShop:
    """The lines of one shop, and its bill."""

    shop: merchants.ShopView
    lines: tuple[CartLine, ...]
    bill: Bill


@dataclass(frozen=True, slots=True)
class CartView:
    """A whole cart: shop by shop, and what has gone."""

    shops: tuple[CartShop, ...]
    gone: tuple[CartLine, ...]

    @property
    def payable_fen(self) -> int:
        """What all shops together come to."""
        return sum(part.bill.payable_fen for part in self.shops)

    @property
    def count(self) -> int:
        """How many lines can be bought."""
        return sum(len(part.lines) for part in self.shops)

    @property
    def pieces(self) -> int:
        """How many pieces all lines that can be bought come to."""
        return sum(line.quantity for part in self.shops for line in part.lines)


async def put_in_cart(tx: Tx, buyer_id: int, sku_id: int, *, quantity: int, add: bool) -> None:
    """Set a line's quantity, or add to it; 0 takes it out.

    Refuses ``QUANTITY_OUT_OF_RANGE``, ``CART_FULL`` and, for what is not on sale, ``NOT_FOR_SALE``.
    """
    if not 0 <= quantity <= QUANTITY_MAX:
        raise QuantityOutOfRange(limit=QUANTITY_MAX)
    if quantity == 0:
        await empty_lines(tx, buyer_id, [sku_id])
        return
    if sku_id not in await catalog.get_sale_skus(tx, [sku_id]):
        raise NotForSale(skus=[str(sku_id)])
    row = await tx.session.get(CartLineRow, (buyer_id, sku_id))
    if row is None:
        held = await cart_count(tx, buyer_id)
        if held >= LINES_MAX:
            raise CartFull(limit=LINES_MAX)
        tx.session.add(
            CartLineRow(buyer_id=buyer_id, sku_id=sku_id, quantity=quantity, added_at=tx.now)
        )
        await tx.session.flush()
        return
    wished = row.quantity + quantity if add else quantity
    if wished > QUANTITY_MAX:
        raise QuantityOutOfRange(limit=QUANTITY_MAX)
    row.quantity = wished


async def empty_lines(tx: Tx, buyer_id: int, sku_ids: Sequence[int]) -> None:
    """Take lines out of the cart."""
    await tx.session.execute(
        delete(CartLineRow).where(
            CartLineRow.buyer_id == buyer_id, CartLineRow.sku_id.in_(list(sku_ids))
        )
    )


async def cart_count(tx: Tx, buyer_id: int) -> int:
    """Answer how many lines the cart has."""
    (row,) = await tx.rows(
        "SELECT count(*) AS n FROM cart_lines WHERE buyer_id = :buyer_id", buyer_id=buyer_id
    )
    return row["n"]


async def get_cart(tx: Tx, buyer_id: int, *, only: Sequence[int] | None = None) -> CartView:
    """Answer the cart priced as the intake would price it; ``only`` picks SKUs."""
    rows = (
        await tx.session.scalars(
            select(CartLineRow)
            .where(CartLineRow.buyer_id == buyer_id)
            .order_by(CartLineRow.added_at, CartLineRow.sku_id)
            .limit(LINES_MAX)
        )
    ).all()
    wanted = [(row.sku_id, row.quantity) for row in rows if only is None or row.sku_id in only]
    return await price_cart(tx, wanted)


async def price_cart(tx: Tx, wanted: Sequence[tuple[int, int]]) -> CartView:
    """Price (SKU, quantity) pairs as a cart."""
    skus = await catalog.get_sale_skus(tx, sorted({sku_id for sku_id, _ in wanted}))
    lines = [CartLine(sku_id, quantity, skus.get(sku_id)) for sku_id, quantity in wanted]
    priced = [
        PricedLine(sku.id, sku.shop_id, sku.category, sku.price_fen, line.quantity)
        for line in lines
        if (sku := line.sku) is not None
    ]
    bills = bill(priced)
    shops = await merchants.get_shops(tx, [part.shop_id for part in bills])
    return CartView(
        tuple(
            CartShop(
                shops[part.shop_id],
                tuple(
                    line
                    for line in lines
                    if line.sku is not None and line.sku.shop_id == part.shop_id
                ),
                part,
            )
            for part in bills
        ),
        tuple(line for line in lines if line.sku is None),
    )
