"""Transactions, the two clocks, timers, keys and jobs on a real PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from xiaodian.infra import clock, limits, timers
from xiaodian.infra.audit import Actor
from xiaodian.infra.db import SYSTEM, Answered, Key, KeyReused, Replayed, keep

if TYPE_CHECKING:
    from tests.world.house import World

    from xiaodian.infra.db import Database, Tx

BUYER = Actor("buyer", 7)


async def test_business_time_stands_where_it_was_put(tx: Tx) -> None:
    assert tx.now.isoformat() == "2025-03-10T02:00:00+00:00"


async def test_ids_ascend(tx: Tx) -> None:
    made = [tx.new_id(), *tx.new_ids(5000), tx.new_id()]
    assert made == sorted(set(made))


async def test_a_key_answers_the_same_again_and_refuses_another_body(db: Database) -> None:
    async with db.transaction(actor=BUYER, key=Key("k1", b"a")) as tx:
        await keep(tx, Answered(201, "application/json", "", b"{}"))
    with pytest.raises(Replayed) as replayed:
        async with db.transaction(actor=BUYER, key=Key("k1", b"a")):
            pass
    assert replayed.value.answered == Answered(201, "application/json", "", b"{}")
    with pytest.raises(KeyReused):
        async with db.transaction(actor=BUYER, key=Key("k1", b"b")):
            pass
    async with db.transaction(actor=Actor("buyer", 8), key=Key("k1", b"b")) as tx:
        await keep(tx, Answered(200))


async def test_timers_fire_in_order_each_at_its_own_time(world: World) -> None:
    seen: list[tuple[int, str]] = []
    start = await world.now()

    async def note(tx: Tx, subject: int) -> None:
        seen.append((subject, str(tx.now - start)))
        if subject == 2:
            await timers.set(tx, "test.note", 9, due_at=tx.now + timedelta(hours=1))

    async with world.db.transaction(actor=SYSTEM) as tx:
        await timers.set(tx, "test.note", 1, due_at=start + timedelta(hours=5))
        await timers.set(tx, "test.note", 2, due_at=start + timedelta(hours=2))
        await timers.set(tx, "test.note", 3, due_at=start + timedelta(days=9))
    fired = await timers.advance(world.db, {"test.note": note}, to=start + timedelta(days=1))
    assert fired == 3
    assert seen == [(2, "2:00:00"), (9, "3:00:00"), (1, "5:00:00")]
    assert await world.now() == start + timedelta(days=1)


async def test_a_timer_that_fails_stops_time_before_it(world: World) -> None:
    start = await world.now()

    async def fail(_tx: Tx, _subject: int) -> None:
        raise RuntimeError

    async with world.db.transaction(actor=SYSTEM) as tx:
        await timers.set(tx, "test.fail", 1, due_at=start + timedelta(hours=1))
    with pytest.raises(timers.StuckTimer):
        await timers.advance(world.db, {"test.fail": fail}, to=start + timedelta(days=1))
    assert await world.now() == start + timedelta(hours=1)
    assert (
        await timers.fire_due(world.db, {"test.fail": fail}, until=start + timedelta(days=1)) == 0
    )


async def test_a_limit_survives_what_it_refuses(world: World) -> None:
    for _ in range(3):
        await limits.take(world.db, "b", at_most=3, per_s=60)
    with pytest.raises(limits.TooOften):
        await limits.take(world.db, "b", at_most=3, per_s=60)
    await limits.forgive(world.db, "b")
    await limits.take(world.db, "b", at_most=3, per_s=60)


async def test_a_fresh_clock_may_start_anywhere_but_history_never_goes_back(world: World) -> None:
    start = await world.now()
    await clock.advance_to(world.db, start - timedelta(days=1))
    assert await world.now() == start


async def test_a_job_exists_only_when_its_transaction_committed(world: World) -> None:

    async def defer_and_break() -> None:
        async with world.db.transaction(actor=SYSTEM) as tx:
            await tx.defer("test.job", subject=1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await defer_and_break()
    async with world.db.transaction(actor=SYSTEM) as tx:
        await tx.defer("test.job", subject=2)
    async with world.db.reading(actor=SYSTEM) as tx:
        rows = await tx.rows("SELECT args FROM procrastinate_jobs")
    assert [row["args"] for row in rows] == [{"subject": 2}]
