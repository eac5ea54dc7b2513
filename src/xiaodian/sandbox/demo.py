"""The world of the demo: open shops in four markets, goods on shelves, some trade behind them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from xiaodian import catalog, orders
from xiaodian.infra.db import SYSTEM
from xiaodian.sandbox import goods
from xiaodian.sandbox.acts import Town
from xiaodian.sandbox.keys import SandboxKeys
from xiaodian.sandbox.twins import ScanStep, TwinsConfig, serve_twins

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from xiaodian.infra.jobs import Runtime
    from xiaodian.sandbox.acts import Cast
    from xiaodian.settings import Settings

__all__ = ["demo_twins", "seed_demo"]

_READY_S = 30.0
_CARRIER = "SF"
_SHOPS = (
    ("wechat", "演示家居店", True),
    ("douyin", "演示生活馆", False),
    ("kuaishou", "演示日用铺", False),
    ("xiaohongshu", "演示好物集", False),
)
# Which of the seeded orders stays where, so that every tab of the orders page shows something.
_UNPAID, _UNSHIPPED, _RECEIVED = 0, 1, 3
_CATEGORIES = ("home", "personal_care", "pet", "leisure")


def demo_twins(settings: Settings) -> TwinsConfig:
    """Answer how the demo's twins are served; parcels travel by themselves."""
    return TwinsConfig(
        folder=settings.home / "twins",
        keys=SandboxKeys.load_or_make(settings.home / "sandbox-keys"),
        product_url=settings.public_url,
        host=settings.host,
        port=int(settings.twins_url.rsplit(":", 1)[1]),
        smtp_port=settings.smtp_port,
        sandbox_key=settings.sandbox_key,
        scan_plan=(
            ScanStep("PICKED_UP", 5),
            ScanStep("IN_TRANSIT", 10),
            ScanStep("DELIVERING", 10),
            ScanStep("SIGNED", 10),
        ),
    )


async def seed_demo(runtime: Runtime, settle: Callable[[], Awaitable[None]]) -> None:
    """Seed the world, unless it was seeded before."""
    async with runtime.db.reading(actor=SYSTEM) as tx:
        (row,) = await tx.rows("SELECT EXISTS (SELECT FROM shops) AS seeded")
    town = Town(runtime, settle)
    cast = await town.cast()
    if row["seeded"]:
        return
    async with _twins(runtime.settings):
        for market, name, trades in _SHOPS:
            await _seed_shop(town, cast, market, name, trades=trades)
        await _leave_work(town, cast)


async def _seed_shop(town: Town, cast: Cast, market: str, name: str, *, trades: bool) -> None:
    shop_id = await town.open_shop(
        cast, market=market, subject="ENTERPRISE", categories=_CATEGORIES, shop_name=name
    )
    await goods.bring_in(
        town,
        cast,
        shop_id,
        goods.own_sheet(),
        answers=[catalog.BulkAnswer("shelf_life", "NOT_APPLICABLE")],
    )
    if not trades:
        return
    await town.ready_to_ship(cast.merchant, shop_id, carrier=_CARRIER)
    skus = await goods.listed_skus(town, shop_id)
    for number, sku in enumerate(skus[:4]):
        placed = await town.place(
            cast.buyer, [orders.Wanted(sku.id, 1, sku.price_fen)], key=f"demo-{number}"
        )
        if number == _UNPAID:
            continue
        await town.pay_checkout(cast.buyer, placed.checkout_id)
        if number == _UNSHIPPED:
            continue
        await town.ship(
            cast.merchant,
            shop_id,
            placed.order_ids[0],
            carrier=_CARRIER,
            waybill=f"SF10203040506{number:02d}",
        )
        if number == _RECEIVED:
            await town.confirm(cast.buyer, placed.order_ids[0])


async def _leave_work(town: Town, cast: Cast) -> None:
    """Leave one application in the reviewers' queue."""
    await town.apply(
        cast.merchant,
        market="wechat",
        subject="PERSONAL",
        categories=["stationery"],
        shop_name="演示文具铺",
    )


@asynccontextmanager
async def _twins(settings: Settings) -> AsyncGenerator[None]:
    ready, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(serve_twins(demo_twins(settings), ready=ready, stop=stop))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({serving, waiting}, timeout=_READY_S, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        await serving
    try:
        yield
    finally:
        waiting.cancel()
        stop.set()
        await serving
