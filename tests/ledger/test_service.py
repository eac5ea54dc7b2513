"""Transfers, guarded balances, roll-ups and verification on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import DBAPIError

from xiaodian import ledger
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.paging import PageRequest
from xiaodian.ledger import Account, Leg, Posting, accounts

if TYPE_CHECKING:
    from tests.world.house import World

    from xiaodian.infra.db import Database, Tx

SHOP, OTHER, ORDER, BUYER = 11, 12, 501, 77


async def pay(tx: Tx, order: int = ORDER, fen: int = 19_900, shop: int = SHOP) -> bool:
    return await ledger.transfer(
        tx,
        debit=accounts.clearing("wxpay"),
        credit=accounts.pending(shop, order),
        amount_fen=fen,
        event=f"order_paid:{order}",
        kind="E01",
        shop_id=shop,
        order_id=order,
        rulebook="wechat@1.0.0",
    )


async def credit(tx: Tx, fen: int, *, shop: int = SHOP, order: int = ORDER) -> None:
    """Bring money to a shop the way it comes: an order paid and settled."""
    await pay(tx, order, fen, shop)
    await ledger.post(
        tx,
        event=f"settled:{order}",
        kind="E03",
        legs=[Leg(accounts.pending(shop, order), accounts.available(shop), fen)],
        shop_id=shop,
        order_id=order,
    )


async def holds(tx: Tx) -> dict[str, bool]:
    return {finding.name: finding.holds for finding in await ledger.verify(tx)}


async def test_a_transfer_moves_one_amount_from_one_account_to_another(tx: Tx) -> None:
    assert await pay(tx)
    assert await ledger.balance(tx, accounts.clearing("wxpay")) == 19_900
    assert await ledger.balance(tx, accounts.pending(SHOP, ORDER)) == 19_900
    trial = await ledger.trial_balance(tx)
    assert [(line.code, line.balance_fen) for line in trial.lines] == [
        ("A:CLEARING:wxpay", 19_900),
        ("L:PENDING", -19_900),
    ]
    assert trial.sum_fen == {"CNY": 0}


async def test_twice_is_once(tx: Tx) -> None:
    assert await pay(tx)
    assert not await pay(tx)
    assert await ledger.balance(tx, accounts.pending(SHOP, ORDER)) == 19_900


async def test_the_same_event_with_another_amount_is_refused(tx: Tx) -> None:
    await pay(tx)
    with pytest.raises(ledger.EventReused):
        await pay(tx, fen=19_901)
    assert all((await holds(tx)).values())


async def test_a_set_answers_which_of_it_was_new(tx: Tx) -> None:
    await pay(tx, 1)
    rows = [
        Posting(f"order_paid:{n}", 1, accounts.clearing("wxpay"), accounts.pending(SHOP, n), 19_900)
        for n in (3, 1, 2, 3)
    ]
    assert await ledger.post_set(tx, kind="E01", rows=rows) == [True, False, True, False]
    assert await ledger.balance(tx, accounts.clearing("wxpay")) == 3 * 19_900
    assert await ledger.post_set(tx, kind="E01", rows=[]) == []


async def test_a_set_that_repeats_itself_moves_a_balance_once(tx: Tx) -> None:
    await pay(tx, 1, 500)
    row = Posting("settled:1", 1, accounts.pending(SHOP, 1), accounts.available(SHOP), 500)
    assert await ledger.post_set(tx, kind="E03", rows=[row, row]) == [True, False]
    assert await ledger.balance(tx, accounts.available(SHOP)) == 500
    other = Posting("settled:1", 1, accounts.pending(SHOP, 1), accounts.available(SHOP), 499)
    with pytest.raises(ledger.EventReused):
        await ledger.post_set(tx, kind="E03", rows=[row, other])
    assert all((await holds(tx)).values())


async def test_more_than_there_is_cannot_be_taken(tx: Tx) -> None:
    await credit(tx, 5_000)
    with pytest.raises(ledger.BalanceTooLow) as refused:
        await ledger.post(
            tx,
            event="withdrawal:1",
            kind="E15",
            legs=[Leg(accounts.available(SHOP), accounts.withdrawing(SHOP), 5_001)],
        )
    assert refused.value.facts == {
        "account": f"L:AVAILABLE:{SHOP}",
        "balance_fen": 5_000,
        "needed_fen": 5_001,
    }
    # Nothing of it was written, and the transaction goes on.
    assert await ledger.balance(tx, accounts.withdrawing(SHOP)) == 0
    assert all((await holds(tx)).values())
    assert await ledger.transfer(
        tx,
        debit=accounts.available(SHOP),
        credit=accounts.withdrawing(SHOP),
        amount_fen=5_000,
        event="withdrawal:2",
        kind="E15",
    )
    assert await ledger.balance(tx, accounts.available(SHOP)) == 0


async def test_an_account_that_was_never_used_has_nothing_to_take(tx: Tx) -> None:
    with pytest.raises(ledger.BalanceTooLow) as refused:
        await ledger.transfer(
            tx,
            debit=accounts.deposit(SHOP),
            credit=accounts.penalty(),
            amount_fen=1,
            event="penalty:1",
            kind="E08",
        )
    assert refused.value.facts["balance_fen"] == 0


async def test_a_set_that_takes_too_much_in_sum_is_refused_whole(tx: Tx) -> None:
    await credit(tx, 100)
    rows = [
        Posting(f"rain:{n}", 1, accounts.available(SHOP), accounts.red_pool(n), 60) for n in (1, 2)
    ]
    with pytest.raises(ledger.BalanceTooLow):
        await ledger.post_set(tx, kind="E16", rows=rows)
    assert await ledger.balances(tx, [accounts.available(SHOP), accounts.red_pool(1)]) == {
        accounts.available(SHOP): 100,
        accounts.red_pool(1): 0,
    }


async def test_a_transfer_its_event_does_not_make_is_a_bug(tx: Tx) -> None:
    with pytest.raises(AssertionError, match="E01 makes no transfer"):
        await ledger.transfer(
            tx,
            debit=accounts.pool(),
            credit=accounts.available(SHOP),
            amount_fen=1,
            event="x:1",
            kind="E01",
        )


@pytest.mark.parametrize(
    "statement",
    ["UPDATE transfers SET amount_fen = 1", "DELETE FROM transfers", "TRUNCATE transfers"],
)
async def test_transfers_are_append_only(db: Database, statement) -> None:
    async def change() -> None:
        async with db.transaction(actor=SYSTEM) as tx:
            await pay(tx)
            await tx.run(statement)

    with pytest.raises(DBAPIError, match="append-only"):
        await change()


async def test_a_deposit_that_pays_takes_its_bank_money_along(tx: Tx) -> None:
    await ledger.post(
        tx,
        event="top_up:1",
        kind="E07",
        legs=[
            Leg(accounts.deposit_bank(), accounts.deposit(SHOP), 200_000),
            Leg(accounts.channel_cost(), accounts.own_funds(), 1_200),
        ],
    )
    await ledger.transfer(
        tx,
        debit=accounts.deposit(SHOP),
        credit=accounts.buyer_wallet(BUYER),
        amount_fen=4_770,
        event="fake_ship:1",
        kind="E12",
    )
    assert await ledger.balance(tx, accounts.deposit_bank()) == 195_230
    assert await ledger.balance(tx, accounts.pool()) == 4_770
    assert all((await holds(tx)).values())
    assert await ledger.reverse(tx, "fake_ship:1")
    assert await ledger.balance(tx, accounts.deposit_bank()) == 200_000
    assert await ledger.balance(tx, accounts.pool()) == 0
    assert all((await holds(tx)).values())


async def test_a_reversal_is_once_and_only_of_what_was_booked(tx: Tx) -> None:
    await pay(tx)
    assert await ledger.reverse(tx, f"order_paid:{ORDER}")
    assert not await ledger.reverse(tx, f"order_paid:{ORDER}")
    assert await ledger.balance(tx, accounts.pending(SHOP, ORDER)) == 0
    with pytest.raises(ledger.NotReversible):
        await ledger.reverse(tx, "order_paid:404")
    with pytest.raises(ledger.NotReversible):
        await ledger.reverse(tx, f"reversal:order_paid:{ORDER}")


async def test_a_reversal_of_money_that_is_gone_is_refused(tx: Tx) -> None:
    await credit(tx, 900)
    await ledger.transfer(
        tx,
        debit=accounts.available(SHOP),
        credit=accounts.withdrawing(SHOP),
        amount_fen=900,
        event="withdrawal:1",
        kind="E15",
    )
    with pytest.raises(ledger.BalanceTooLow):
        await ledger.reverse(tx, f"settled:{ORDER}")


async def test_locking_makes_the_rows_that_are_missing(tx: Tx) -> None:
    await credit(tx, 700)
    wanted = [accounts.deposit(SHOP), accounts.available(SHOP), accounts.shop_debt(SHOP)]
    assert await ledger.lock(tx, wanted) == {
        accounts.shop_debt(SHOP): 0,
        accounts.available(SHOP): 700,
        accounts.deposit(SHOP): 0,
    }
    assert all((await holds(tx)).values())


async def test_debt_grows_by_debits_and_cannot_be_repaid_twice(tx: Tx) -> None:
    await ledger.transfer(
        tx,
        debit=accounts.shop_debt(SHOP),
        credit=accounts.buyer_wallet(BUYER),
        amount_fen=500,
        event="fake_ship:1",
        kind="E12",
    )
    assert await ledger.balance(tx, accounts.shop_debt(SHOP)) == 500
    await credit(tx, 1_000)
    for event, fen, fits in (("a:1", 400, True), ("a:2", 101, False), ("a:3", 100, True)):
        repay = ledger.transfer(
            tx,
            debit=accounts.available(SHOP),
            credit=accounts.shop_debt(SHOP),
            amount_fen=fen,
            event=event,
            kind="E03",
        )
        if fits:
            await repay
        else:
            with pytest.raises(ledger.BalanceTooLow):
                await repay
    assert await ledger.balance(tx, accounts.shop_debt(SHOP)) == 0


async def test_a_statement_shows_each_change_and_what_then_stood_there(tx: Tx) -> None:
    for number, fen in enumerate((100, 250, 40), 1):
        await credit(tx, fen, order=number)
    await ledger.transfer(
        tx,
        debit=accounts.available(SHOP),
        credit=accounts.withdrawing(SHOP),
        amount_fen=300,
        event="withdrawal:1",
        kind="E15",
    )
    first = await ledger.statement(tx, accounts.available(SHOP), PageRequest(3))
    assert [(line.change_fen, line.after_fen) for line in first.items] == [
        (-300, 90), (40, 390), (250, 350),
    ]  # fmt: skip
    assert first.items[0].other == accounts.withdrawing(SHOP)
    second = await ledger.statement(tx, accounts.available(SHOP), PageRequest.of(first.next, 3))
    assert [(line.change_fen, line.after_fen, line.event) for line in second.items] == [
        (100, 100, "settled:1")
    ]
    assert second.next is None
    cut = await ledger.statement(tx, accounts.available(SHOP), PageRequest(2), until=tx.now)
    assert cut.items == [], "until is exclusive"
    of_order = await ledger.list_of_order(tx, 2)
    assert [line.kind for line in of_order] == ["E01", "E03"]
    assert (await ledger.statement(tx, accounts.available(OTHER), PageRequest(3))).items == []


async def test_days_and_months_are_summed_in_shanghai(world: World) -> None:
    await world.advance(days=21, hours=13, minutes=59)  # 2025-03-31 23:59 in Shanghai
    async with world.db.transaction(actor=SYSTEM) as tx:
        await credit(tx, 100, order=1)
    await world.advance(minutes=1)
    async with world.db.transaction(actor=SYSTEM) as tx:
        await credit(tx, 30, order=2)
        span = {"since": tx.now - timedelta(days=3), "until": tx.now + timedelta(days=3)}
        days = await ledger.day_sums(tx, accounts.available(SHOP), **span)
        months = await ledger.day_sums(tx, accounts.available(SHOP), **span, by_month=True)
    assert [(str(d.day), d.kind, d.count, d.in_fen, d.out_fen) for d in days] == [
        ("2025-04-01", "E03", 1, 30, 0),
        ("2025-03-31", "E03", 1, 100, 0),
    ]
    assert [str(m.day) for m in months] == ["2025-04-01", "2025-03-01"]


async def test_roll_ups_change_no_sum_and_wait_for_running_transactions(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        await pay(tx, 1)
        before = (await ledger.trial_balance(tx)).lines
    # Ids are made by the wall clock, with a margin of a minute; older ones are made here.
    world.db.ids._wall_ms = lambda clock=world.db.ids._wall_ms: clock() - 3_600_000
    world.db.ids._tick = 0
    async with world.db.transaction(actor=SYSTEM) as slow:
        await pay(slow, 2)
        async with world.db.transaction(actor=SYSTEM) as tx:
            assert await ledger.roll_up(tx) == 0
        async with world.db.transaction(actor=SYSTEM) as tx:
            assert await ledger.roll_up(tx) == 0, "a transaction may still bring a smaller id"
    async with world.db.transaction(actor=SYSTEM) as tx:
        assert await ledger.roll_up(tx) > 0
    async with world.db.reading(actor=SYSTEM) as tx:
        (rolled,) = await tx.rows(
            "SELECT sum(debit_fen) AS fen FROM ledger_days WHERE code = 'A:CLEARING:wxpay'"
        )
        after = (await ledger.trial_balance(tx)).lines
        assert rolled["fen"] == 19_900
        assert {line.code: line.debit_fen for line in after} == {
            "A:CLEARING:wxpay": 2 * before[0].debit_fen, "L:PENDING": 0,
        }  # fmt: skip
        assert await ledger.balance(tx, accounts.clearing("wxpay")) == 2 * 19_900
        assert all((await holds(tx)).values())


def forged(event: str, kind: str, fen: int, debit: str, credit: str) -> str:
    """Write the SQL of a transfer that no room of the house would make."""
    return (
        f"INSERT INTO transfers SELECT 1, '{event}', 1, '{kind}', at, currency, {fen},"
        f" {debit}, {credit}, 11, NULL, '' FROM transfers LIMIT 1"
    )


POOL, BANK, SHOPS_MONEY = "'A:POOL', 0, 0", "'A:DEPOSIT_BANK', 0, 0", "'L:AVAILABLE', 11, 0"
MORE = "UPDATE balances SET balance_fen = balance_fen + 1 WHERE code = 'L:AVAILABLE'"
SUMMED_TWICE = "INSERT INTO ledger_days VALUES ('A:POOL', 'CNY', '2025-03-10', 1, 0)"


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (MORE, "balances"),
        ("DELETE FROM balances WHERE code = 'L:AVAILABLE'", "balances"),
        ("INSERT INTO balances VALUES ('L:DEPOSIT', 1, 0, 'CNY', 1)", "balances"),
        (SUMMED_TWICE, "trial_balance"),
        (SUMMED_TWICE, "roll_ups"),
        (forged("forged:1", "E01", 1, POOL, SHOPS_MONEY), "postings"),
        (forged("forged:1", "E03", 1, "'L:PENDING', 11, 5", SHOPS_MONEY), "balances"),
        (
            forged("reversal:0", "E35", 1, "'L:PENDING', 11, 5", "'A:CLEARING:wxpay', 0, 0"),
            "reversals",
        ),
        (forged("out:1", "E33", 20_000, "'L:BUYER_WALLET', 0, 5", POOL), "sides"),
        (forged("out:1", "E09", 1, POOL, BANK), "deposit_bank"),
        (forged("out:1", "E34", 20_000, "'Q:OWN_FUNDS', 0, 0", POOL), "safeguarding"),
    ],
)
async def test_verification_finds_one_fen_of_damage(tx: Tx, damage, finding) -> None:
    await credit(tx, 19_781)
    assert all((await holds(tx)).values())
    await tx.run(damage)
    assert not (await holds(tx))[finding]


async def test_own_funds_cover_the_costs_of_yesterday(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        await ledger.post(
            tx,
            event="order_paid:1",
            kind="E01",
            legs=[
                Leg(accounts.clearing("wxpay"), accounts.pending(SHOP, 1), 900),
                Leg(accounts.subsidy(), accounts.pending(SHOP, 1), 100),
            ],
        )
        assert (await holds(tx))["safeguarding"], "costs of the day are covered in the night"
    async with world.db.transaction(actor=SYSTEM, at=await world.now() + timedelta(days=2)) as tx:
        assert not (await holds(tx))["safeguarding"]
        await ledger.transfer(
            tx,
            debit=accounts.pool(),
            credit=accounts.own_funds(),
            amount_fen=100,
            event="own_funding:20250311",
            kind="E34",
        )
        assert (await holds(tx))["safeguarding"]


async def test_of_fifty_who_take_at_once_only_those_who_fit_succeed(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        await credit(tx, 1_000)

    async def take(number: int) -> bool:
        try:
            async with world.db.transaction(actor=SYSTEM) as tx:
                return await ledger.transfer(
                    tx,
                    debit=accounts.available(SHOP),
                    credit=accounts.red_pool(number % 3),
                    amount_fen=70,
                    event=f"rain:{number}",
                    kind="E16",
                )
        except ledger.BalanceTooLow:
            return False

    taken = await asyncio.gather(*(take(number) for number in range(50)))
    assert sum(taken) == 14
    async with world.db.reading(actor=SYSTEM) as tx:
        assert await ledger.balance(tx, accounts.available(SHOP)) == 20
        assert all((await holds(tx)).values())


async def test_accounts_lock_in_one_order_whatever_the_direction(world: World) -> None:
    """Sets that touch the same accounts in opposite order wait for each other, never deadlock."""
    shops = list(range(20, 40))
    async with world.db.transaction(actor=SYSTEM) as tx:
        for shop in shops:
            await credit(tx, 1_000, shop=shop, order=shop)

    async def move(number: int) -> None:
        order = shops if number % 2 else shops[::-1]
        rows = [
            Posting(f"deal:{number}:{shop}", 1, *(pair if number % 4 < 2 else pair[::-1]), 1)
            for shop in order
            for pair in [(accounts.available(shop), accounts.kol_escrow(shop))]
        ]
        async with world.db.transaction(actor=SYSTEM) as tx:
            await ledger.post_set(tx, kind="E22", rows=rows)

    for number in (0, 1, 4, 5, 8, 9, 12, 13):
        await move(number)
    await asyncio.gather(*(move(number) for number in range(14, 44)))
    async with world.db.reading(actor=SYSTEM) as tx:
        assert all((await holds(tx)).values())
        assert await ledger.balance(tx, Account("L:AVAILABLE", 20)) in range(900, 1_001)
