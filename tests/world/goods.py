"""Shops that are open, and products made through the catalogue's front doors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.world.merchants import acting, approved_shop, merchant_account

from xiaodian import catalog, merchants
from xiaodian.infra.jobs import Runtime
from xiaodian.infra.sheets import write_xlsx
from xiaodian.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from xiaodian.infra.db import Database, Tx
    from xiaodian.infra.files import Store
    from xiaodian.merchants import ShopView

PRODUCTS = ["product_no", "title", "category_l1", "category_l2", "market_price_yuan"]
PRODUCTS += ["sale_price_yuan", "attributes"]
SKUS = ["product_no", "sku_no", "spec", "price_yuan", "stock"]
FULL = '{"执行标准": "GB/T 22844", "保质期": "不适用", "产地": "中国", "材质": "棉"}'


async def open_shop(
    tx: Tx, store: Store, *, phone: str = "13800138001", **changes: object
) -> ShopView:
    """An open shop of a merchant of its own."""
    owner = await merchant_account(tx, phone)
    shop = await approved_shop(tx, store, owner, **changes)
    await merchants.open_shop(tx, shop.id)
    return await merchants.get_shop(tx, shop.id)


async def drafted_product(tx: Tx, shop: ShopView, number: str = "1001", **changes: object) -> int:
    """A draft that lacks nothing on WeChat, of bedding, with two SKUs of ten pieces each."""
    given: dict[str, object] = {
        "title": "色织水洗棉四件套",
        "category": "bedding_set",
        "market_price_fen": 91_900,
        "sale_price_fen": 89_900,
        "attributes": {
            "product_standard_no": "GB/T 22844",
            "shelf_life": "不适用",
            "origin": "中国",
        },
        "skus": [
            catalog.SkuInput(f"{number}-1", "颜色:白", 89_900, 10),
            catalog.SkuInput(f"{number}-2", "颜色:灰", 90_900, 10),
        ],
        **changes,
    }
    with acting(tx, "merchant", shop.owner_id):
        return await catalog.create_product(
            tx,
            shop.id,
            number=number,
            changes=catalog.DraftChanges(**given),  # type: ignore[arg-type]
        )


async def online_product(
    tx: Tx, shop: ShopView, reviewer: int, number: str = "1001", **changes: object
) -> int:
    """A product before the buyers."""
    product_id = await drafted_product(tx, shop, number, **changes)
    with acting(tx, "merchant", shop.owner_id):
        await catalog.submit(tx, product_id)
    with acting(tx, "operator", reviewer):
        await catalog.approve(tx, product_id)
    return product_id


def sheet(products: list[list[str]], skus: list[list[str]]) -> bytes:
    """A workbook as merchants send it."""
    return write_xlsx({"products": [PRODUCTS, *products], "skus": [SKUS, *skus]})


def runtime_of(db: Database, store: Store, home: Path) -> Runtime:
    """A runtime for jobs on a database of the tests."""
    from xiaodian.infra.files import Store as StoreKind  # noqa: PLC0415

    return Runtime(db, Settings(home=home), {StoreKind: store})


def shop_for_commands(**changes: object) -> ShopView:
    """An open shop in the database that commands of this test work on."""

    async def make() -> ShopView:
        from xiaodian.cli.session import opened  # noqa: PLC0415
        from xiaodian.infra.db import SYSTEM  # noqa: PLC0415
        from xiaodian.infra.files import Store as StoreKind  # noqa: PLC0415

        async with opened() as runtime, runtime.db.transaction(actor=SYSTEM) as tx:
            return await open_shop(tx, runtime.gateway(StoreKind), **changes)

    return asyncio.run(make())
