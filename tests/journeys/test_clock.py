"""Forty days in one move, and in forty: the same books, the same states, the same dates."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.world.database import ClonedDatabase
from tests.world.goods import drafted_product
from tests.world.house import World
from tests.world.money import sound
from tests.world.shops import browser_of
from tests.world.trades import open_trade

from xiaodian import ledger
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.db.server import create_database, drop_database
from xiaodian.ledger import accounts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.world.database import Template
    from tests.world.trades import Trade

    from xiaodian.sandbox.twins import TwinsConfig

DAYS = 40


async def _seed(trade: Trade) -> None:
    """Leave something of every kind for time to act upon."""
    owner, shop_id = trade.keeper_actor, trade.keeper.shop.id
    await trade.town.ready_to_ship(owner, shop_id, carrier="SF")
    received, shipped, late = [await trade.paid() for _ in range(3)]
    await trade.placed()  # nobody pays it
    for order_id in (received, shipped):
        await trade.town.ship(owner, shop_id, order_id, carrier="SF", waybill=trade.number())
    await trade.town.confirm(trade.buyer, received)
    assert late
    async with trade.world.db.transaction(actor=SYSTEM) as tx:
        await drafted_product(tx, trade.keeper.shop, "2001")
    async with trade.world.db.reading(actor=SYSTEM) as tx:
        assert await ledger.balance(tx, accounts.pending(shop_id, received)) > 0


_BOOKS = """
SELECT kind, leg, split_part(event, ':', 1) AS event, debit_code, credit_code, amount_fen,
  currency, rulebook, at, debit_shop_id, credit_shop_id, order_id FROM transfers
"""
_STATES = {
    "orders": "SELECT id, state, refunded_fen, paid_at, ship_by, shipped_at, late_ship_at,"
    " signed_at, confirm_by, completed_at, closed_at FROM orders",
    "order_events": "SELECT order_id, event, state, at, actor_kind, facts FROM order_events",
    "sales": "SELECT * FROM sales",
    "payments": "SELECT id, state, refunded_fen, paid_at FROM payments",
    "shops": "SELECT id, state FROM shops",
    "skus": "SELECT id, stock FROM skus",
    "products": "SELECT id, status FROM products",
    "deposits": "SELECT * FROM deposits",
    "timers": "SELECT kind, subject_id, due_at FROM timers",
    "notices": "SELECT account_id, kind, subject_id FROM notices",
    "clock": "SELECT stands_at FROM business_clock",
}


async def _picture(world: World) -> dict[str, list[str]]:
    """Everything that time may have changed, without the ids it made and the order it kept."""
    seen: dict[str, list[str]] = {}
    async with world.db.reading(actor=SYSTEM) as tx:
        for name, sql in {"transfers": _BOOKS, **_STATES}.items():
            rows: Any = await tx.rows(sql)
            seen[name] = sorted(str(dict(row)) for row in rows)
        await sound(tx)
    return seen


@pytest.fixture
async def two(
    template: Template, twins: TwinsConfig, tmp_path: Path
) -> AsyncIterator[tuple[World, World, str]]:
    """Two copies of one seeded world, and the token of a session in both."""
    first = ClonedDatabase(template)
    home = tmp_path / "one"
    home.mkdir()
    world = await World.open(first.url, home, twins)
    trade = await open_trade(world)
    await _seed(trade)
    token = (await browser_of(world, trade.keeper.owner_id, "merchant")).cookies["xd_merchant"]
    key = world.runtime.settings.master_key
    await world.close()
    # A database can be copied while nobody is connected to it.
    copy = f"{first.name}_copy"
    url = await asyncio.to_thread(create_database, template.main, copy, template=first.name)
    worlds: list[World] = []
    for number, place in enumerate((first.url, url)):
        home = tmp_path / f"open{number}"
        home.mkdir()
        worlds.append(await World.open(place, home, twins, master_key=key))
    yield worlds[0], worlds[1], token
    for opened in worlds:
        await opened.close()
    first.drop()
    drop_database(template.main, copy)


@pytest.mark.slow
async def test_forty_days_at_once_and_one_by_one(two: tuple[World, World, str]) -> None:
    at_once, daily, token = two
    assert await _picture(at_once) == await _picture(daily)
    begun = await at_once.now()
    fired = await at_once.advance(days=DAYS)
    counted = 0
    for _ in range(DAYS):
        counted += await daily.advance(days=1)
    assert fired == counted >= 6
    for world in two[:2]:
        assert await world.now() == begun + timedelta(days=DAYS)
        browser = world.client()
        browser.cookies.set("xd_merchant", token)
        answer = await browser.get("/api/v1/shops")
        assert answer.status_code == 200, "the session outlives the clock's moves"
    one, many = await _picture(at_once), await _picture(daily)
    for name, rows in one.items():
        assert rows == many[name], name
    kinds = {row.split("'kind': '")[1][:3] for row in one["transfers"]}
    assert {"E01", "E02", "E03"} <= kinds, "time settled what was received"
    states = "".join(one["orders"])
    assert all(state in states for state in ("CANCELLED", "COMPLETED", "WAIT_SHIP")), states
