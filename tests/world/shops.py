"""Open shops with signed-in owners, made through the front doors of a world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.world.merchants import acting, approved_shop, merchant_account

from xiaodian import merchants
from xiaodian.infra import sessions
from xiaodian.infra.crypto import new_token
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.files import Store
from xiaodian.merchants import queries as merchants_queries
from xiaodian.merchants import service as staff

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World

    from xiaodian.merchants import ShopView


@dataclass(frozen=True, slots=True)
class Keeper:
    """A shop and its owner's browser."""

    shop: ShopView
    owner_id: int
    browser: httpx.AsyncClient


def key() -> dict[str, str]:
    """The header that names one write."""
    return {"idempotency-key": new_token()}


async def browser_of(
    world: World, account_id: int, audience: sessions.Audience
) -> httpx.AsyncClient:
    """A browser in which an account is signed in."""
    async with world.db.transaction(actor=SYSTEM) as tx:
        token = await sessions.open_session(
            tx, account_id, audience, address="203.0.113.5", agent="test"
        )
    browser = world.client()
    browser.cookies.set(f"xd_{audience}", token)
    browser.headers["accept"] = "text/html"
    return browser


async def keeper(
    world: World, *, market: str = "wechat", phone: str = "13800138001", name: str = "示例店"
) -> Keeper:
    """Walk a merchant to an open shop."""
    async with world.db.transaction(actor=SYSTEM) as tx:
        owner_id = await merchant_account(tx, phone)
        shop = await approved_shop(
            tx, world.runtime.gateway(Store), owner_id, market=market, shop_name=name
        )
        await merchants.open_shop(tx, shop.id)
        shop = await merchants.get_shop(tx, shop.id)
    return Keeper(shop, owner_id, await browser_of(world, owner_id, "merchant"))


async def hand(world: World, of: Keeper, *rights: str) -> httpx.AsyncClient:
    """The browser of a member of the shop's staff with these rights."""
    async with world.db.transaction(actor=SYSTEM) as tx:
        member = await merchant_account(tx, "13800138009", "演示店员")
        with acting(tx, "merchant", of.owner_id):
            await staff.invite_staff(tx, of.shop.id, contact="13800138009", rights=list(rights))
            (invitation,) = await merchants_queries.list_invitations(tx, shop_id=of.shop.id)
        with acting(tx, "merchant", member):
            await staff.accept_invitation(tx, invitation.id)
    return await browser_of(world, member, "merchant")
