"""Stock is taken in order of arrival, all of a group or nothing, and never below zero."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from tests.world.goods import drafted_product, online_product, open_shop
from tests.world.merchants import acting

from xiaodian import accounts, catalog
from xiaodian.catalog import StockWant
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.files import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.house import World

    from xiaodian.infra.db import Tx


@pytest.fixture
async def skus(tx: Tx, tmp_path: Path) -> list[int]:
    """Two SKUs of ten pieces each, of a draft: stock does not ask whether it is online."""
    shop = await open_shop(tx, Store(tmp_path / "files"))
    product_id = await drafted_product(tx, shop)
    rows = await tx.rows("SELECT id FROM skus WHERE product_id = :p ORDER BY id", p=product_id)
    return [row["id"] for row in rows]


async def left(tx: Tx, skus: list[int]) -> list[int]:
    rows = await tx.rows(
        "SELECT stock FROM skus WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id", ids=skus
    )
    return [row["stock"] for row in rows]


async def test_groups_take_all_or_nothing_in_order_of_arrival(tx: Tx, skus: list[int]) -> None:
    first, second = skus
    verdicts = await catalog.take_stock(
        tx,
        [
            StockWant(7, first, 4),
            StockWant(3, first, 7),
            StockWant(3, second, 1),
            StockWant(9, first, 6),
            StockWant(5, second, 10),
            StockWant(1, second, 1),
            StockWant(2, 404, 1),
            StockWant(2, first, 1),
        ],
    )
    assert verdicts == {7: (), 3: (first,), 9: (), 5: (), 1: (second,), 2: (404, first)}
    assert await left(tx, skus) == [0, 0]


async def test_the_same_sku_twice_in_a_group_counts_together(tx: Tx, skus: list[int]) -> None:
    wants = [StockWant(1, skus[0], 6), StockWant(1, skus[0], 5)]
    assert await catalog.take_stock(tx, wants) == {1: (skus[0],)}
    assert await left(tx, skus) == [10, 10]


async def test_what_is_given_back_can_be_taken_again(tx: Tx, skus: list[int]) -> None:
    await catalog.take_stock(tx, [StockWant(1, skus[0], 10)])
    back = [StockWant(1, skus[0], 3), StockWant(1, skus[0], 1), StockWant(2, 404, 1)]
    assert await catalog.return_stock(tx, back) == {1: (), 2: (404,)}
    assert await left(tx, skus) == [4, 10]
    assert await catalog.take_stock(tx, [StockWant(1, skus[0], 4)]) == {1: ()}


async def test_nothing_wanted_is_nothing_done(tx: Tx) -> None:
    assert await catalog.take_stock(tx, []) == {}
    assert await catalog.return_stock(tx, []) == {}


async def test_a_crowd_costs_two_statements(tx: Tx, skus: list[int]) -> None:
    seen: list[str] = []
    connection = await tx.session.connection()
    engine = connection.engine.sync_engine

    def listen(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        wants = [StockWant(n, skus[n % 2], 1) for n in range(512)]
        verdicts = await catalog.take_stock(tx, wants)
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    assert len(seen) == 2
    assert sum(not short for short in verdicts.values()) == 20
    assert await left(tx, skus) == [0, 0]


async def test_fifty_takers_at_once_never_oversell(world: World, tmp_path: Path) -> None:
    store = Store(tmp_path / "files")
    async with world.db.transaction(actor=SYSTEM) as tx:
        shop = await open_shop(tx, store)
        reviewer = await accounts.find_account(tx, "operator", "reviewer@example.com")
        assert reviewer is not None
        product_id = await online_product(tx, shop, reviewer.id)
        with acting(tx, "merchant", shop.owner_id):
            await catalog.set_stock(tx, product_id, {"1001-1": 30, "1001-2": 20})
        rows = await tx.rows("SELECT id FROM skus WHERE product_id = :p ORDER BY id", p=product_id)
        ids = [row["id"] for row in rows]
    chance = random.Random(50)

    async def take(group: int) -> dict[int, int]:
        wanted = {sku: chance.randint(1, 3) for sku in chance.sample(ids, 2)}
        async with world.db.transaction(actor=SYSTEM) as tx:
            wants = [StockWant(group, sku, n) for sku, n in wanted.items()]
            verdicts = await catalog.take_stock(tx, wants)
        return {} if verdicts[group] else wanted

    taken = await asyncio.gather(*(take(group) for group in range(50)))
    async with world.db.reading(actor=SYSTEM) as tx:
        stocks = await left(tx, ids)
    for sku, began, remains in zip(ids, (30, 20), stocks, strict=True):
        assert remains >= 0
        assert began - remains == sum(one.get(sku, 0) for one in taken)
    assert min(stocks) < 3
