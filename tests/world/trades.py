"""A shop with goods and a buyer who may order them, made through the front doors of a world."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
from tests.world.goods import online_product
from tests.world.shops import Keeper, browser_of, keeper

from xiaodian import accounts, catalog, orders, payments
from xiaodian.infra.clock import wall_now
from xiaodian.infra.crypto import new_token
from xiaodian.infra.db import SYSTEM, Actor
from xiaodian.sandbox.acts import Town

if TYPE_CHECKING:
    from tests.world.house import World

    from xiaodian.catalog import SaleSku
    from xiaodian.infra.db import Tx
    from xiaodian.orders import OrderView

_KEY = re.compile(r'name="_key" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Trade:
    """A shop, its goods, and a signed-in buyer with an address."""

    world: World
    town: Town
    keeper: Keeper
    buyer: Actor
    browser: httpx.AsyncClient
    product_id: int
    skus: tuple[SaleSku, ...]
    address_id: int

    @property
    def shop_page(self) -> str:
        """Where the shop's pages begin."""
        return f"/merchant/shops/{self.keeper.shop.id}"

    async def order(self, order_id: int) -> OrderView:
        """The order as it stands."""
        async with self.world.db.reading(actor=SYSTEM) as tx:
            return await orders.get_order(tx, order_id)

    async def placed(self, quantity: int = 1) -> orders.Placed:
        """Place an order of the first SKU."""
        sku = self.skus[0]
        wanted = orders.Wanted(sku.id, quantity, sku.price_fen)
        return await self.town.place(self.buyer, [wanted], key=new_token())

    @property
    def keeper_actor(self) -> Actor:
        """The shop's owner."""
        return Actor("merchant", self.keeper.owner_id)

    def number(self) -> str:
        """A waybill that no other test of this process has used at the twins."""
        return f"SF{int(wall_now().timestamp() * 1_000_000) % 10**13:013d}"

    async def payment(self, tx: Tx, checkout_id: int) -> payments.PaymentView:
        """The payment of a cart."""
        found = await payments.find_payment_for(tx, purpose=orders.CHECKOUT, reference=checkout_id)
        assert found is not None, "its payment was started"
        return found

    async def pay_outside(self, out_trade_no: str) -> None:
        """Pay at the provider; nobody tells the house."""
        async with httpx.AsyncClient(base_url=self.world.runtime.settings.twins_url) as provider:
            answer = await provider.post(f"/pay/sandbox/orders/{out_trade_no}/pay", json={})
            answer.raise_for_status()

    async def paid(self) -> int:
        """Place an order and pay it; answers its id."""
        placed = await self.placed()
        await self.town.pay_checkout(self.buyer, placed.checkout_id)
        return placed.order_ids[0]


async def open_trade(world: World, *, market: str = "wechat", **changes: object) -> Trade:
    """Open a shop, list a product of two SKUs, and let a buyer in."""
    of = await keeper(world, market=market)
    town = Town(world.runtime, world.run_jobs)
    cast = await town.cast()
    async with world.db.transaction(actor=SYSTEM) as tx:
        reviewer = await accounts.find_account(tx, "operator", "reviewer@example.com")
        assert reviewer is not None, "the shop was approved by somebody"
        product_id = await online_product(tx, of.shop, reviewer.id, **changes)
        offer = await catalog.get_offer(tx, product_id)
        found = await catalog.get_sale_skus(tx, [sku.id for sku in offer.skus])
    return Trade(
        world=world,
        town=town,
        keeper=of,
        buyer=cast.buyer,
        browser=await browser_of(world, cast.buyer.account_id or 0, "buyer"),
        product_id=product_id,
        skus=tuple(found[sku.id] for sku in offer.skus),
        address_id=await town.address_of(cast.buyer),
    )


def form_key(page: httpx.Response) -> str:
    """The key of the first form on a page."""
    found = _KEY.search(page.text)
    assert found, "the page has a form"
    return found[1]
