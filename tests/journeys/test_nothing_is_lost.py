"""Orders are placed and paid while server, worker and database are killed: nothing is lost."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.world.siege import Siege

from xiaodian import ledger, wiring, worker
from xiaodian.infra import jobs, timers
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.payments import jobs as payments_jobs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.world.siege import Buyer

    from xiaodian.catalog import SaleSku
    from xiaodian.infra.db import Tx
    from xiaodian.infra.jobs import Runtime

STARTS = datetime(2025, 3, 10, 10, tzinfo=SHANGHAI)
BUYERS = 10
STOCKS = (4000, 4000, 12, 25, 1)
"""Pieces of each SKU of a shop: plenty, and what runs out."""
KILLS = {"serve": (3, 4.0), "work": (4, 3.0), "database": (14, 1.5)}
"""How often each part is killed, and how long at most it stands before; the server takes longest
to come up."""
PATIENCE_S = 20.0
"""So long a kill waits for a house in which something happens."""
HURRY_S = 50.0
"""After so long it waits no more, however slow the machine is."""
AT_LEAST = 20
"""Acknowledged orders, without which the test would have shown nothing."""


@dataclass(slots=True)
class Memory:
    """What the clients were told, and will hold the house to."""

    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    given_up: list[str] = field(default_factory=list)
    paid: set[str] = field(default_factory=set)
    """Numbers of the charges that were paid at the provider."""
    cancelled: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    over: bool = False


@pytest.fixture
async def siege() -> AsyncIterator[Siege]:
    folder = _folder()
    laid = await Siege.lay(folder, STARTS)
    yield laid
    await laid.lift()
    shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    # Killing a process loses nothing that the kernel holds: memory is as good as a disk here.
    shm = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="xd-siege-", dir=shm if shm.is_dir() else None))
    folder.chmod(0o755)
    return folder


@pytest.mark.slow
async def test_nothing_is_lost(siege: Siege) -> None:
    seed = int(os.environ.get("XIAODIAN_TEST_SEED", "0")) or random.SystemRandom().randrange(10**6)
    print(f"seed {seed}: run it again with XIAODIAN_TEST_SEED={seed}")  # noqa: T201 - whoever wants it again
    runtime = await siege.runtime()
    shops = [await siege.stock_up(runtime, name, STOCKS) for name in ("示例店", "演示店")]
    buyers = await siege.let_in(runtime, BUYERS)
    await wiring.close_runtime(runtime)
    for name in ("serve", "work"):
        await siege.raise_again(name)
    memory = Memory()
    clients = [
        asyncio.create_task(_shop(siege, memory, buyer, shops, random.Random(seed + place)))
        for place, buyer in enumerate(buyers)
    ]
    started = time.perf_counter()
    hurry = started + HURRY_S
    killed = await asyncio.gather(
        *(
            _besiege(siege, name, *how, hurry, random.Random(f"{seed}{name}"))
            for name, how in KILLS.items()
        )
    )
    memory.over = True
    await asyncio.gather(*clients)
    took_s = time.perf_counter() - started
    print(f"{sum(killed)} kills in {took_s:.0f} s: {dict(memory.answers)}")  # noqa: T201
    assert sum(killed) >= 20
    await _let_settle(siege)
    runtime = await siege.runtime()
    try:
        await _finish(runtime)
        assert memory.wrong == []
        assert len(memory.acknowledged) >= AT_LEAST
        async with runtime.db.reading(actor=SYSTEM) as tx:
            await _orders_exist_once(tx, memory)
            await _nothing_is_oversold(tx, shops)
            await _payments_have_their_postings(tx, memory, siege)
            await _no_job_is_left(tx)
            findings = await ledger.verify(tx, wiring.CHECKS)
        assert [finding for finding in findings if not finding.holds] == []
    finally:
        await wiring.close_runtime(runtime)


async def _besiege(
    siege: Siege, name: str, times: int, longest_s: float, hurry: float, chance: random.Random
) -> int:
    """Kill one part again and again, each time while orders come in; start it again."""
    for _ in range(times):
        patience = min(time.perf_counter() + PATIENCE_S, hurry)
        while not await siege.is_up("serve") and time.perf_counter() < patience:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        await asyncio.sleep(chance.uniform(0.2, longest_s))
        await siege.kill(name)
        await asyncio.sleep(chance.uniform(0.0, 0.5))
        await siege.raise_again(name)
    return times


async def _shop(
    siege: Siege, memory: Memory, buyer: Buyer, shops: list[list[SaleSku]], chance: random.Random
) -> None:
    """Buy, pay, sometimes cancel, as long as the siege lasts."""
    number = 0
    async with httpx.AsyncClient(
        base_url=siege.settings.public_url,
        headers={"authorization": f"Bearer {buyer.token}"},
        timeout=10,
        limits=httpx.Limits(max_keepalive_connections=0),
    ) as client:
        while not memory.over:
            number += 1
            await asyncio.sleep(chance.uniform(0.0, 0.2))
            key = f"siege-{buyer.id}-{number}"
            body = _cart(buyer, shops, chance)
            placed = await _insist(client, memory, "/api/v1/orders", key, body)
            if placed is None:
                memory.given_up.append(key)
                continue
            if placed.status_code != 201:
                continue
            memory.acknowledged[key] = placed.json()
            await _go_on(siege, client, memory, placed.json(), chance)
            if chance.random() < 0.2:
                again = await _insist(client, memory, "/api/v1/orders", key, body)
                if again is not None and again.json() != placed.json():
                    memory.wrong.append(f"{key} was answered differently: {again.text}")


async def _go_on(
    siege: Siege,
    client: httpx.AsyncClient,
    memory: Memory,
    placed: dict[str, Any],
    chance: random.Random,
) -> None:
    """Pay most of what was placed; cancel some of it before, after, or without paying."""
    cancel_before, pay, cancel_after = (chance.random() < odds for odds in (0.1, 0.8, 0.15))
    order_id = placed["order_ids"][0]
    if cancel_before:
        await _cancel(client, memory, order_id)
    if not pay:
        return
    path = f"/api/v1/checkouts/{placed['checkout_id']}/payment"
    payment = await _insist(client, memory, path, "", None)
    if payment is None or payment.status_code != 201:
        return
    if payment.json()["amount_fen"] != placed["payable_fen"]:
        memory.wrong.append(f"another amount is asked: {payment.text}")
    out_trade_no = payment.json()["out_trade_no"]
    charges = f"{siege.settings.twins_url}/pay/sandbox/orders"
    answer = await siege.asker.post(f"{charges}/{out_trade_no}/pay", json={})
    if answer.is_success:
        memory.paid.add(out_trade_no)
    if cancel_after:
        await _cancel(client, memory, order_id)


async def _cancel(client: httpx.AsyncClient, memory: Memory, order_id: str) -> None:
    path = f"/api/v1/orders/{order_id}/cancellation"
    answer = await _insist(client, memory, path, f"cancel-{order_id}", None)
    if answer is not None and answer.is_success:
        memory.cancelled.add(order_id)


def _cart(buyer: Buyer, shops: list[list[SaleSku]], chance: random.Random) -> dict[str, Any]:
    """Goods of one shop or of both; about half of them run out sooner or later."""
    of = shops if chance.random() < 0.5 else [chance.choice(shops)]
    skus = [sku for goods in of for sku in chance.sample(goods, chance.choice((1, 1, 2)))]
    return {
        "address_id": str(buyer.address_id),
        "lines": [
            {
                "sku_id": str(sku.id),
                "quantity": chance.choice((1, 1, 2)),
                "price_fen": sku.price_fen,
            }
            for sku in skus
        ],
    }


async def _insist(
    client: httpx.AsyncClient,
    memory: Memory,
    path: str,
    key: str,
    body: dict[str, Any] | None,
) -> httpx.Response | None:
    """Ask until there is an answer: a silence and an outage are asked again, the same way."""
    until = time.perf_counter() + 60
    while time.perf_counter() < until:
        try:
            answer = await client.post(path, json=body, headers={"idempotency-key": key})
        except httpx.TransportError as error:
            memory.answers[type(error).__name__] += 1
        else:
            memory.answers[f"{answer.status_code}"] += 1
            if answer.status_code not in {201, 200, 409, 503}:
                memory.wrong.append(f"{path}: {answer.status_code} {answer.text[:300]}")
            if answer.status_code != 503:
                return answer
        await asyncio.sleep(0.25)
    return None


async def _let_settle(siege: Siege) -> None:
    """Give the last processes time for the notifications that are still on their way."""
    await asyncio.sleep(3)
    await siege.stop()


async def _finish(runtime: Runtime) -> None:
    """Ask after everything that stayed silent, do the jobs that were left, close what is unpaid."""

    async def settle() -> None:
        await worker.run_waiting_jobs(runtime)

    for _ in range(3):
        await jobs.rescue(runtime, silent_s=0)
        async with runtime.db.transaction(actor=SYSTEM) as tx:
            await tx.run("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
        await settle()
        await payments_jobs.sweep(runtime, older_than_s=-1)
        await asyncio.sleep(0.5)
    async with runtime.db.reading(actor=SYSTEM) as tx:
        to = tx.now + timedelta(hours=2)
    await timers.advance(runtime.db, wiring.TIMERS, to=to, settle=settle)
    await asyncio.sleep(0.5)
    await payments_jobs.sweep(runtime, older_than_s=-1)


async def _orders_exist_once(tx: Tx, memory: Memory) -> None:
    rows = await tx.rows(
        "SELECT placement_key, array_agg(CAST(id AS text) ORDER BY id) AS ids,"
        " CAST(sum(payable_fen) AS bigint) AS fen, min(CAST(checkout_id AS text)) AS checkout_id"
        " FROM orders GROUP BY placement_key"
    )
    stored = {row["placement_key"]: row for row in rows}
    for key, told in memory.acknowledged.items():
        row = stored.get(key)
        assert row is not None, f"the acknowledged order {key} is lost"
        found = (row["ids"], row["fen"], row["checkout_id"])
        assert found == (told["order_ids"], told["payable_fen"], told["checkout_id"])
    assert set(stored) - set(memory.given_up) == set(memory.acknowledged)
    states = await tx.rows(
        "SELECT CAST(id AS text) AS id FROM orders WHERE state = 'CANCELLED'"
        " OR (refunded_fen = payable_fen AND closed_at IS NOT NULL)"
    )
    assert memory.cancelled <= {row["id"] for row in states}


async def _nothing_is_oversold(tx: Tx, shops: list[list[SaleSku]]) -> None:
    rows = await tx.rows(
        "SELECT k.id, k.stock, CAST(coalesce(sum(l.quantity) FILTER (WHERE o.closed_at IS NULL), 0)"
        " AS bigint) AS sold FROM skus k LEFT JOIN order_lines l ON l.sku_id = k.id"
        " LEFT JOIN orders o ON o.id = l.order_id GROUP BY k.id, k.stock"
    )
    found = {row["id"]: row for row in rows}
    for goods in shops:
        for sku, initial in zip(goods, STOCKS, strict=True):
            row = found[sku.id]
            assert row["stock"] >= 0
            assert row["stock"] + row["sold"] == initial, sku
    scarce = [found[sku.id]["sold"] for goods in shops for sku in goods[2:]]
    assert sum(scarce) > 0, "what is scarce was sold too"


async def _payments_have_their_postings(tx: Tx, memory: Memory, siege: Siege) -> None:
    """What the provider took is booked once, what it did not take is not booked."""
    payments = await tx.rows("SELECT * FROM payments WHERE purpose = 'checkout'")
    booked = {row["out_trade_no"]: row for row in payments if row["paid_at"] is not None}
    assert memory.paid <= set(booked), "paid at the provider, and not known here"
    charges = f"{siege.settings.twins_url}/pay/sandbox/orders"
    for row in payments:
        answer = await siege.asker.get(f"{charges}/{row['out_trade_no']}")
        state = answer.json()["trade_state"] if answer.is_success else "NOTPAY"
        taken = state in {"SUCCESS", "REFUND"}
        assert taken == (row["out_trade_no"] in booked), (row["out_trade_no"], state)
    posted = await tx.rows(
        "SELECT o.checkout_id, o.id, o.payable_fen, count(t.id) AS times,"
        " CAST(coalesce(sum(t.amount_fen), 0) AS bigint) AS fen FROM orders o"
        " LEFT JOIN transfers t ON t.order_id = o.id AND t.kind = 'E01' GROUP BY o.id"
    )
    paid_checkouts = {row["reference"] for row in booked.values()}
    for row in posted:
        expected = (1, row["payable_fen"]) if row["checkout_id"] in paid_checkouts else (0, 0)
        assert (row["times"], row["fen"]) == expected, row
    for row in booked.values():
        fen = sum(one["payable_fen"] for one in posted if one["checkout_id"] == row["reference"])
        assert fen == row["amount_fen"]


async def _no_job_is_left(tx: Tx) -> None:
    rows = await tx.rows(
        "SELECT task_name, status, count(*) AS n FROM procrastinate_jobs"
        " WHERE status NOT IN ('succeeded', 'cancelled') GROUP BY 1, 2"
    )
    assert [dict(row) for row in rows] == []
