"""Fifty at once at every door of money and stock: each counts once, and nothing goes below zero."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tests.world.goods import drafted_product
from tests.world.merchants import PASSWORD, acting
from tests.world.money import at, opened, pass_time, sell, sound
from tests.world.shops import browser_of, key
from tests.world.trades import open_trade

from xiaodian import accounts, catalog, deposits, ledger
from xiaodian.infra.db import SYSTEM
from xiaodian.ledger import accounts as book
from xiaodian.payments import jobs as payments_jobs

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World
    from tests.world.trades import Trade

    from xiaodian.merchants import ShopView

CROWD = 50


async def crowd(
    browser: httpx.AsyncClient, path: str, body: Any = None, *, one_key: bool = False
) -> list[httpx.Response]:
    """Ask fifty times at once; an outage (a deadlock that was broken up) is asked again."""
    same = key()

    async def ask() -> httpx.Response:
        mine = same if one_key else key()
        while True:
            answer = await browser.post(path, json=body, headers=mine)
            if answer.status_code != 503:
                return answer

    return await asyncio.gather(*(ask() for _ in range(CROWD)))


def told(answers: list[httpx.Response]) -> Counter[str]:
    return Counter(
        str(one.status_code) if one.is_success else one.json()["code"] for one in answers
    )


async def one(world: World, sql: str, **params: object) -> Any:
    async with world.db.reading(actor=SYSTEM) as tx:
        (row,) = await tx.rows(sql, **params)
    return next(iter(row.values()))


async def add_up(world: World) -> None:
    async with world.db.reading(actor=SYSTEM) as tx:
        await sound(tx)


def cart(trade: Trade, quantity: int) -> dict[str, Any]:
    sku = trade.skus[0]
    line = {"sku_id": str(sku.id), "quantity": quantity, "price_fen": sku.price_fen}
    return {"address_id": str(trade.address_id), "lines": [line]}


async def operator(world: World, *roles: str) -> httpx.AsyncClient:
    async with world.db.transaction(actor=SYSTEM) as tx:
        made = await accounts.create_operator(
            tx, name="演示", email=f"{roles[0]}@x.example", roles=list(roles), password=PASSWORD
        )
    return await browser_of(world, made.id, "operator")


async def test_five_are_left_and_fifty_want_one(world: World) -> None:
    trade = await open_trade(world)
    answers = await crowd(trade.browser, "/api/v1/orders", cart(trade, 2))
    assert told(answers) == {"201": 5, "STOCK_SHORT": 45}
    stock = await one(world, "SELECT stock FROM skus WHERE id = :id", id=trade.skus[0].id)
    assert stock == 0
    assert await one(world, "SELECT count(*) FROM orders") == 5


async def test_one_key_sent_fifty_times_is_one_order(world: World) -> None:
    trade = await open_trade(world)
    answers = await crowd(trade.browser, "/api/v1/orders", cart(trade, 1), one_key=True)
    assert told(answers) == {"201": CROWD}
    assert len({one.text for one in answers}) == 1
    stock = await one(world, "SELECT stock FROM skus WHERE id = :id", id=trade.skus[0].id)
    assert (await one(world, "SELECT count(*) FROM orders"), stock) == (1, 9)


async def test_a_cart_has_one_payment_however_often_it_is_begun(world: World) -> None:
    trade = await open_trade(world)
    placed = await trade.placed()
    answers = await crowd(trade.browser, f"/api/v1/checkouts/{placed.checkout_id}/payment")
    assert told(answers) == {"201": CROWD}
    assert len({one.json()["out_trade_no"] for one in answers}) == 1
    assert await one(world, "SELECT count(*) FROM payments WHERE purpose = 'checkout'") == 1


async def test_cancelling_and_paying_at_once_leave_one_truth(world: World) -> None:
    trade = await open_trade(world)
    placed = await trade.placed()
    path = f"/api/v1/checkouts/{placed.checkout_id}/payment"
    payment = (await trade.browser.post(path, headers=key())).json()
    await trade.pay_outside(payment["out_trade_no"])
    order_id = placed.order_ids[0]
    heard = [payments_jobs.sweep(world.runtime, older_than_s=-1) for _ in range(5)]
    cancelled, begun, *_ = await asyncio.gather(
        crowd(trade.browser, f"/api/v1/orders/{order_id}/cancellation"),
        crowd(trade.browser, path),
        *heard,
    )
    await world.run_jobs()
    await payments_jobs.sweep(world.runtime, older_than_s=-1)
    await world.run_jobs()
    # Unpaid it closes once, paid it is refunded once: either way it is cancelled once.
    assert told(cancelled) in ({"200": 1, "ILLEGAL_TRANSITION": CROWD - 1}, {"200": CROWD})
    assert set(told(begun)) <= {"201", "ILLEGAL_TRANSITION", "PAYMENT_NOT_OPEN"}
    order = await trade.order(order_id)
    assert (order.state, order.refunded_fen) == ("CANCELLED", order.payable_fen)
    stock = await one(world, "SELECT stock FROM skus WHERE id = :id", id=trade.skus[0].id)
    assert stock == 10
    assert await one(world, "SELECT count(*) FROM transfers WHERE kind = 'E01'") == 1
    assert await one(world, "SELECT count(*) FROM refunds") == 1
    await add_up(world)


async def test_receipt_is_confirmed_once(world: World) -> None:
    trade = await open_trade(world)
    order_id = await trade.paid()
    shop_id = trade.keeper.shop.id
    await trade.town.ready_to_ship(trade.keeper_actor, shop_id, carrier="SF")
    await trade.town.ship(
        trade.keeper_actor, shop_id, order_id, carrier="SF", waybill=trade.number()
    )
    answers = await crowd(trade.browser, f"/api/v1/orders/{order_id}/receipt")
    assert told(answers) == {"200": 1, "ILLEGAL_TRANSITION": CROWD - 1}
    await world.advance(days=3)
    assert await one(world, "SELECT count(*) FROM sales WHERE settled_at IS NOT NULL") == 1
    credited = await one(
        world,
        "SELECT count(*) FROM transfers WHERE credit_code = 'L:AVAILABLE' AND credit_shop_id = :id",
        id=shop_id,
    )
    assert credited == 1
    await add_up(world)


async def rich(world: World, fen: int) -> tuple[ShopView, httpx.AsyncClient]:
    """A shop with money to take out, and its owner's browser."""
    async with world.db.transaction(actor=SYSTEM, at=at("2025-03-03 10:00")) as tx:
        shop = await opened(tx)
        await sell(tx, shop, 1_001, fen, confirmed=True)
        await pass_time(tx, to="2025-03-10 10:00")
    return shop, await browser_of(world, shop.owner_id, "merchant")


async def test_no_more_is_taken_out_than_there_is(world: World) -> None:
    shop, owner = await rich(world, 1_000_000)
    async with world.db.reading(actor=SYSTEM) as tx:
        before = await ledger.balance(tx, book.available(shop.id))
    path = f"/api/v1/shops/{shop.id}/withdrawals"
    answers = await crowd(owner, path, {"amount_fen": before // 2 + 1})
    found = told(answers)
    assert found["201"] == 1
    assert set(found) <= {"201", "BALANCE_TOO_LOW", "DENIED", "TOO_MANY_WITHDRAWALS"}, found
    async with world.db.reading(actor=SYSTEM) as tx:
        left = await ledger.balance(tx, book.available(shop.id))
    assert left == before - (before // 2 + 1)
    await add_up(world)


async def test_a_large_withdrawal_is_passed_and_approved_once(world: World) -> None:
    shop, owner = await rich(world, 10_000_000)
    finance, admin = await operator(world, "finance"), await operator(world, "administrator")
    asked = await owner.post(
        f"/api/v1/shops/{shop.id}/withdrawals", json={"amount_fen": 6_000_000}, headers=key()
    )
    assert asked.status_code == 201, asked.text
    passed = await crowd(finance, f"/api/v1/operator/withdrawals/{asked.json()['id']}/pass")
    assert told(passed) == {"200": 1, "OWN_REQUEST": CROWD - 1}, "nobody looks twice"
    listed = (await admin.get("/api/v1/desk/approvals")).json()["items"]
    approved = await crowd(admin, f"/api/v1/desk/approvals/{listed[0]['id']}/approve")
    assert told(approved)["200"] == 1, told(approved)
    assert await one(world, "SELECT count(*) FROM pay_outs") == 1
    assert await one(world, "SELECT count(*) FROM transfers WHERE kind = 'E15'") == 1
    await world.run_jobs()
    await payments_jobs.sweep(world.runtime, older_than_s=-1)
    await add_up(world)


async def test_a_deposit_takes_each_payment_once(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        shop = await opened(tx)
    owner = await browser_of(world, shop.owner_id, "merchant")
    path = f"/api/v1/shops/{shop.id}/deposit/top-ups"
    answers = await crowd(owner, path, {"amount_fen": 10_000}, one_key=True)
    assert told(answers) == {"201": CROWD}
    assert len({one.text for one in answers}) == 1
    links = await crowd(owner, f"{path}/{answers[0].json()['id']}/pay")
    assert told(links) == {"200": CROWD}
    number = await one(world, "SELECT out_trade_no FROM payments WHERE purpose = 'deposit_top_up'")
    async with world.db.reading(actor=SYSTEM) as tx:
        before = (await deposits.get_deposit(tx, shop.id)).cash_fen
    await world.pay(number)
    sweeps = [payments_jobs.sweep(world.runtime, older_than_s=-1) for _ in range(10)]
    await asyncio.gather(*sweeps)
    async with world.db.reading(actor=SYSTEM) as tx:
        after = (await deposits.get_deposit(tx, shop.id)).cash_fen
    assert after == before + 10_000
    await add_up(world)


@pytest.mark.parametrize("verdict", ["approve", "reject"])
async def test_a_product_is_decided_once(world: World, verdict: str) -> None:
    trade = await open_trade(world)
    async with world.db.transaction(actor=SYSTEM) as tx:
        product_id = await drafted_product(tx, trade.keeper.shop, "2001")
        with acting(tx, "merchant", trade.keeper.owner_id):
            await catalog.submit(tx, product_id)
    reviewer = await operator(world, "reviewer")
    path = f"/api/v1/product-reviews/{product_id}/{verdict}"
    body = {"reasons": ["图片不清"]} if verdict == "reject" else {}
    answers = await crowd(reviewer, path, body)
    found = told(answers)
    assert sum(n for what, n in found.items() if what.isdecimal()) == 1, found
    assert (
        await one(
            world,
            "SELECT count(*) FROM audit_entries WHERE subject_id = :id AND action LIKE :what",
            id=product_id,
            what=f"product.{verdict}%",
        )
        <= 1
    )
