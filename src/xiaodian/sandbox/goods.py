"""Goods come into the sandbox's shops as a merchant brings them: by a sheet, with its questions."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from xiaodian import catalog
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.files import Store
from xiaodian.infra.sheets import write_xlsx
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.money import yuan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xiaodian.sandbox.acts import Cast, Town

__all__ = ["bring_in", "list_simple", "listed_skus", "own_sheet", "real_sheet"]

_REAL = Path("..") / "shared" / "data" / "products.xlsx"
_ROUNDS_MAX = 20
_BY_EYE = {"PRICE_UNREASONABLE": "人工核对：标价与商品相符"}
_PRODUCT_HEADER = (
    "product_no",
    "title",
    "category",
    "brand",
    "selling_point",
    "unit",
    "market_price_yuan",
    "sale_price_yuan",
    "attributes",
)
_SKU_HEADER = ("product_no", "sku_no", "spec", "price_yuan", "stock")


def real_sheet() -> bytes | None:
    """Answer the sheet of real products, where it lies beside the checkout."""
    return _REAL.read_bytes() if _REAL.is_file() else None


def own_sheet() -> bytes:
    """Answer the demonstration's own sheet, in the same two tables."""
    text = resources.files("xiaodian.sandbox").joinpath("data/goods.toml").read_text("utf-8")
    goods = tomllib.loads(text)["goods"]
    products: list[tuple[str, ...]] = []
    skus: list[tuple[str, ...]] = []
    for one in goods:
        attributes = {
            "product_standard_no": one["standard"],
            "origin": "中国",
            "material": one["material"],
            "usage_scene": one["scene"],
            "manufacturer": "演示家居用品厂",
            "brand_model": f"演示 {one['number']}",
            "trial_impression": one["selling_point"],
            "celebrity_label": "NO",
        }
        products.append(
            (
                one["number"],
                one["title"],
                one["category"],
                one["brand"],
                one["selling_point"],
                "件",
                one["market_price"],
                one["price"],
                json.dumps(attributes, ensure_ascii=False),
            )
        )
        skus += [
            (one["number"], f"{one['number']}-{place}", spec, one["price"], str(one["stock"]))
            for place, spec in enumerate(one["specs"], 1)
        ]
    return write_xlsx({"products": [_PRODUCT_HEADER, *products], "skus": [_SKU_HEADER, *skus]})


async def _look_at(town: Town, cast: Cast, product_ids: Sequence[int]) -> int:
    """Let the reviewer decide by eye what the checks left to a person: an unusual price."""
    approved = 0
    for product_id in product_ids:
        try:
            async with town.runtime.db.transaction(actor=cast.reviewer) as tx:
                await catalog.approve(tx, product_id, overruled=_BY_EYE)
        except Refusal:
            continue
        approved += 1
    return approved


@dataclass(frozen=True, slots=True)
class _Simple:
    count: int
    price_fen: int
    stock: int
    category: str

    def sheet(self) -> bytes:
        """Draw up products that lack nothing."""
        price = yuan(self.price_fen).replace(",", "")
        attributes = json.dumps(
            {
                "product_standard_no": "QB/T 1438-2007",
                "shelf_life": "NOT_APPLICABLE",
                "origin": "中国",
            }
        )
        numbers = [f"B{number:05d}" for number in range(1, self.count + 1)]
        products: Iterable[tuple[str, ...]] = (
            (number, f"文具套装 {number}", self.category, "", "", "件", price, price, attributes)
            for number in numbers
        )
        skus = ((n, f"{n}-1", "规格:标准", price, str(self.stock)) for n in numbers)
        return write_xlsx({"products": [_PRODUCT_HEADER, *products], "skus": [_SKU_HEADER, *skus]})


async def bring_in(
    town: Town,
    cast: Cast,
    shop_id: int,
    sheet: bytes,
    *,
    answers: Sequence[catalog.BulkAnswer] = (),
) -> int:
    """Import a sheet, answer questions in bulk, submit what is ready, approve it.

    Answers how many products were approved. What review demands and nobody answered stays a draft.
    """
    store = town.runtime.gateway(Store)
    async with town.runtime.db.transaction(actor=cast.merchant) as tx:
        await catalog.start_import(
            tx, store, shop_id, [catalog.Upload("goods.xlsx", sheet)], answers=answers
        )
    await town.settle()
    approved = 0
    for _ in range(_ROUNDS_MAX):
        async with town.runtime.db.transaction(actor=cast.merchant) as tx:
            handed_in = await catalog.submit_ready(tx, shop_id)
        if not handed_in.done:
            break
        async with town.runtime.db.transaction(actor=cast.reviewer) as tx:
            decided = await catalog.approve_many(tx, handed_in.done)
        approved += len(decided.done)
        approved += await _look_at(town, cast, [product_id for product_id, _ in decided.refused])
        await town.settle()
    return approved


async def list_simple(
    town: Town,
    cast: Cast,
    shop_id: int,
    *,
    count: int,
    price_fen: int,
    stock: int,
    category: str,
) -> list[catalog.SaleSku]:
    """List so many products of one SKU each, for a bench."""
    await bring_in(town, cast, shop_id, _Simple(count, price_fen, stock, category).sheet())
    return await listed_skus(town, shop_id)


async def listed_skus(town: Town, shop_id: int) -> list[catalog.SaleSku]:
    """Answer all SKUs of a shop that may be bought now, by id."""
    async with town.runtime.db.reading(actor=SYSTEM) as tx:
        rows = await tx.rows("SELECT id FROM skus WHERE shop_id = :shop_id", shop_id=shop_id)
        found = await catalog.get_sale_skus(tx, sorted(row["id"] for row in rows))
    return [found[sku_id] for sku_id in sorted(found)]
