"""Random business against a model: 200 lives of 50 steps, each rolled back at its end."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.ext.asyncio import create_async_engine

from xiaodian import ledger
from xiaodian.infra.clock import wall_ms
from xiaodian.infra.crypto import Vault
from xiaodian.infra.db import SYSTEM, Database, Reactions
from xiaodian.infra.db.database import sqlalchemy_url
from xiaodian.infra.jobs import Queue
from xiaodian.kernel.ids import IdMaker
from xiaodian.kernel.money import fee
from xiaodian.ledger import Account, Leg, accounts
from xiaodian.ledger.rules.postings import bank_move

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from xiaodian.infra.db import Tx

SHOPS, BUYERS = st.integers(1, 3), st.integers(1, 3)
AMOUNTS = st.one_of(st.integers(1, 300), st.integers(1, 100_000_000))
CHANNEL = "wxpay"


class Stage:
    """One connection that every life plays on; a life is undone when it ends."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self.runner = runner
        self.engine = create_async_engine(sqlalchemy_url(url))
        self.connection = runner.run(self._connect())
        self.ids = IdMaker(1021, wall_ms)

    async def _connect(self) -> Any:
        return await self.engine.connect()

    async def open(self, stack: AsyncExitStack) -> Tx:
        """Begin a life."""
        outer = await self.connection.begin()
        stack.push_async_callback(outer.rollback)
        db = Database(
            "", self.engine, vault=Vault(b"t" * 32), ids=self.ids, queue=Queue(),
            reactions=Reactions(), bound_to=self.connection,
        )  # fmt: skip
        return await stack.enter_async_context(db.transaction(actor=SYSTEM))

    async def close(self) -> None:
        """Leave the connection."""
        await self.connection.close()
        await self.engine.dispose()


class Books(RuleBasedStateMachine):
    """What the ledger does, beside a dictionary that does the same."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.stack = AsyncExitStack()
        self.tx = self.run(self.stage.open(self.stack))
        self.model: defaultdict[Account, int] = defaultdict(int)
        """Account → debit less credit."""
        self.posted: dict[str, tuple[str, list[Leg]]] = {}
        self.reversed: set[str] = set()
        self.number = 0

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.stage.runner.run(work)

    def holds(self, account: Account) -> int:
        """Answer the model's balance on the side on which the account grows."""
        fen = self.model[account]
        return fen if account.entry.debit_normal else -fen

    def book(self, kind: str, legs: list[Leg], *, order: int | None = None) -> None:
        """Post, and expect what the model expects: a refusal when a guarded account is short."""
        self.number += 1
        event = f"step:{self.number}"
        legs = [leg for leg in legs if leg.amount_fen]
        short = self.shortage(legs)
        try:
            new = self.run(ledger.post(self.tx, event=event, kind=kind, legs=legs, order_id=order))
        except ledger.BalanceTooLow as refusal:
            refused = refusal.facts["account"]
        else:
            refused = None
        assert refused in short if short else refused is None
        if refused:
            return
        assert new == bool(legs)
        if legs:
            self.posted[event] = (kind, legs)
            self.apply(legs)

    def shortage(self, legs: list[Leg]) -> set[str]:
        after: defaultdict[Account, int] = defaultdict(int)
        for leg in legs:
            after[leg.debit] += leg.amount_fen
            after[leg.credit] -= leg.amount_fen
        return {
            account.name
            for account, by in after.items()
            if account.guarded
            and self.holds(account) + (by if account.entry.debit_normal else -by) < 0
        }

    def apply(self, legs: list[Leg], *, sign: int = 1) -> None:
        for leg in legs:
            moves = [(leg.debit, leg.credit)]
            bank = bank_move(leg.debit.code, leg.credit.code)
            if bank is not None:
                moves.append((Account(bank[0]), Account(bank[1])))
            for debit, credit in moves:
                self.model[debit] += sign * leg.amount_fen
                self.model[credit] -= sign * leg.amount_fen

    @rule(shop=SHOPS, paid=AMOUNTS, subsidy=st.integers(0, 5_000))
    def order_is_paid(self, shop: int, paid: int, subsidy: int) -> None:
        order = self.number + 1
        pending = accounts.pending(shop, order)
        self.book(
            "E01",
            [
                Leg(accounts.clearing(CHANNEL), pending, paid),
                Leg(accounts.subsidy(), pending, subsidy),
            ],
            order=order,
        )

    def open_orders(self) -> list[Account]:
        return [a for a, fen in self.model.items() if a.head == "L:PENDING" and fen < 0]

    @precondition(lambda self: self.open_orders())
    @rule(data=st.data(), share=st.integers(1, 10_000))
    def order_is_refunded_in_part(self, data: st.DataObject, share: int) -> None:
        pending = data.draw(st.sampled_from(self.open_orders()))
        back = min(max(1, fee(self.holds(pending), share)), self.holds(accounts.clearing(CHANNEL)))
        self.book("E05", [Leg(pending, accounts.clearing(CHANNEL), back)], order=pending.ref)

    @precondition(lambda self: self.open_orders())
    @rule(data=st.data(), kept=st.sampled_from([0, 500]))
    def order_is_settled(self, data: st.DataObject, kept: int) -> None:
        pending = data.draw(st.sampled_from(self.open_orders()))
        whole = self.holds(pending)
        channel, commission = fee(whole, 60), fee(whole, 500)
        kept_fen = fee(max(whole - channel - commission, 0), kept)
        net = max(whole - channel - commission - kept_fen, 0)
        self.book(
            "E03",
            [
                Leg(pending, accounts.available(pending.shop_id), net),
                Leg(pending, accounts.channel_fee(CHANNEL), channel),
                Leg(pending, accounts.commission(), whole - net - channel - kept_fen),
                Leg(pending, accounts.reserve(pending.shop_id, pending.ref), kept_fen),
            ],
            order=pending.ref,
        )

    @rule()
    def channel_pays_out(self) -> None:
        owed = self.holds(accounts.clearing(CHANNEL))
        cost = fee(owed, 60)
        self.book(
            "E02",
            [
                Leg(accounts.pool(), accounts.clearing(CHANNEL), owed - cost),
                Leg(accounts.channel_fee(CHANNEL), accounts.clearing(CHANNEL), cost),
            ],
        )

    @rule(shop=SHOPS, fen=AMOUNTS)
    def withdrawal_is_requested(self, shop: int, fen: int) -> None:
        self.book("E15", [Leg(accounts.available(shop), accounts.withdrawing(shop), fen)])

    @rule(shop=SHOPS, fen=AMOUNTS, paid=st.booleans())
    def withdrawal_ends(self, shop: int, fen: int, paid: bool) -> None:  # noqa: FBT001
        to = accounts.pool() if paid else accounts.available(shop)
        if paid:
            fen = min(fen, self.holds(accounts.pool()))
        self.book("E15", [Leg(accounts.withdrawing(shop), to, fen)])

    @rule(shop=SHOPS, fen=AMOUNTS)
    def deposit_is_topped_up(self, shop: int, fen: int) -> None:
        self.book(
            "E07",
            [
                Leg(accounts.deposit_bank(), accounts.deposit(shop), fen),
                Leg(accounts.channel_cost(), accounts.own_funds(), fee(fen, 60)),
            ],
        )

    @rule(shop=SHOPS, buyer=BUYERS, fen=AMOUNTS, owes=st.integers(0, 500))
    def buyer_is_compensated(self, shop: int, buyer: int, fen: int, owes: int) -> None:
        wallet = accounts.buyer_wallet(buyer)
        self.book(
            "E12",
            [
                Leg(accounts.deposit(shop), wallet, fen),
                Leg(accounts.available(shop), wallet, owes),
                Leg(accounts.shop_debt(shop), wallet, owes),
            ],
        )

    @rule(shop=SHOPS, fen=AMOUNTS)
    def debt_is_repaid(self, shop: int, fen: int) -> None:
        self.book("E03", [Leg(accounts.available(shop), accounts.shop_debt(shop), fen)])

    @rule(buyer=BUYERS, fen=AMOUNTS)
    def buyer_is_paid_out(self, buyer: int, fen: int) -> None:
        fen = min(fen, self.holds(accounts.pool()))
        self.book("E33", [Leg(accounts.buyer_wallet(buyer), accounts.pool(), fen)])

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def something_is_said_twice(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(sorted(self.posted)))
        kind, legs = self.posted[event]
        assert not self.run(ledger.post(self.tx, event=event, kind=kind, legs=legs))

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def something_is_reversed(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(sorted(self.posted)))
        _, legs = self.posted[event]
        short = self.shortage([Leg(leg.credit, leg.debit, leg.amount_fen) for leg in legs])
        again = event in self.reversed
        # Sums that would turn are the caller's care: the platform's own accounts have no row.
        if not again and (short_sums := self.turned(legs)):
            assert short_sums
            return
        try:
            new = self.run(ledger.reverse(self.tx, event))
        except ledger.BalanceTooLow:
            assert short or again
            return
        assert new is not again
        if new:
            assert not short
            self.reversed.add(event)
            self.apply(legs, sign=-1)

    def turned(self, legs: list[Leg]) -> bool:
        before = dict(self.model)
        self.apply(legs, sign=-1)
        turned = any(
            fen < 0
            for account in [*self.model]
            for fen in [self.holds(account)]
            if not account.guarded and account.entry.one_sided
        )
        self.model = defaultdict(int, before)
        return turned

    @invariant()
    def the_model_adds_up(self) -> None:
        assert sum(self.model.values()) == 0

    def teardown(self) -> None:
        try:
            self.run(self.compare())
        finally:
            self.run(self.stack.aclose())

    async def compare(self) -> None:
        trial = await ledger.trial_balance(self.tx)
        assert trial.off_fen == 0
        sums: defaultdict[str, int] = defaultdict(int)
        for account, fen in self.model.items():
            sums[account.code] += fen
        assert {line.code: line.balance_fen for line in trial.lines if line.balance_fen} == {
            code: fen for code, fen in sums.items() if fen
        }
        rows = [account for account in self.model if account.guarded]
        found = await ledger.balances(self.tx, rows)
        assert found == {account: self.holds(account) for account in rows}
        for finding in await ledger.verify(self.tx):
            assert finding.holds, finding


def test_random_business_keeps_the_books(shared_database: str) -> None:
    with asyncio.Runner() as runner:
        Books.stage = Stage(shared_database, runner)
        try:
            run_state_machine_as_test(
                Books,
                settings=settings(
                    max_examples=200,
                    stateful_step_count=50,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(Books.stage.close())
