"""Deposits on a real database: golden figures, grace, top-ups, roll-ups, and what draws on them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.world.merchants import acting, approved_shop, merchant_account

from xiaodian import deposits, funds, ledger, merchants, rulebooks
from xiaodian.deposits import errors, rules, service
from xiaodian.deposits.queries import facts_of
from xiaodian.deposits.rules import Standing
from xiaodian.deposits.service import selling
from xiaodian.deposits.states import DEPOSIT, DepositEvent, DepositState
from xiaodian.infra.files import Store
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.kernel.states import IllegalTransition
from xiaodian.ledger import accounts
from xiaodian.merchants.states import ShopState
from xiaodian.payments.events import PaymentCaptured

if TYPE_CHECKING:
    from pathlib import Path

    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ShopView

_orders = iter(range(1, 1_000_000))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


@pytest.fixture
async def owner(tx: Tx) -> int:
    return await merchant_account(tx)


async def pay_in(tx: Tx, shop: ShopView, amount_fen: int) -> int:
    """Start a top-up and let the provider say that it was paid; answers the payment's id."""
    with acting(tx, "merchant", shop.owner_id):
        payment = await deposits.start_top_up(tx, shop, amount_fen=amount_fen)
    await tx.emit(captured(payment.id, payment.reference, shop, amount_fen, tx.now))
    return payment.id


def captured(
    payment_id: int, reference: int, shop: ShopView, amount_fen: int, at: datetime
) -> PaymentCaptured:
    return PaymentCaptured(
        payment_id=payment_id,
        purpose="deposit_top_up",
        reference=reference,
        shop_id=shop.id,
        amount_fen=amount_fen,
        channel="wxpay",
        method="WECHAT_PAY",
        paid_at=at,
    )


async def sell(
    tx: Tx,
    shop: ShopView,
    amount_fen: int,
    *,
    category: str = "pet_food",
    at: datetime | None = None,
) -> None:
    sale = deposits.Sale(shop.id, next(_orders), category, amount_fen, at or tx.now)
    await deposits.record_sales(tx, [sale])


async def test_an_approved_shop_opens_when_its_deposit_is_covered(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await approved_shop(tx, store, owner)
    deposit = await deposits.get_deposit(tx, shop.id)
    assert (deposit.required.value, deposit.cash_fen, deposit.short_fen) == (200_000, 0, 200_000)
    assert deposit.state is DepositState.UNPAID
    assert deposit.required.rule == "W-DEP-02"
    assert "¥2,000.00" in deposit.required.text()
    await pay_in(tx, shop, 199_999)
    assert (await merchants.get_shop(tx, shop.id)).state is ShopState.PENDING_DEPOSIT
    await pay_in(tx, shop, 1)
    deposit = await deposits.get_deposit(tx, shop.id)
    assert (deposit.state, deposit.cash_fen, deposit.short_fen) == (
        DepositState.SUFFICIENT,
        200_000,
        0,
    )
    assert (await merchants.get_shop(tx, shop.id)).state is ShopState.OPEN
    assert await ledger.balance(tx, accounts.deposit_bank()) == 200_000
    assert (await ledger.trial_balance(tx)).off_fen == 0


async def test_a_payment_told_twice_is_booked_once(tx: Tx, store: Store, owner: int) -> None:
    shop = await approved_shop(tx, store, owner)
    payment_id = await pay_in(tx, shop, 200_000)
    (top_up,) = await deposits.list_top_ups(tx, shop.id)
    assert (top_up.payment_id, top_up.paid_at) == (payment_id, tx.now)
    await tx.emit(captured(payment_id, top_up.id, shop, 200_000, tx.now))
    assert (await deposits.get_deposit(tx, shop.id)).cash_fen == 200_000


@pytest.mark.parametrize("amount_fen", [0, -1, 100_000_001])
async def test_an_amount_that_cannot_be_is_refused(
    tx: Tx, store: Store, owner: int, amount_fen: int
) -> None:
    shop = await approved_shop(tx, store, owner)
    with acting(tx, "merchant", owner), pytest.raises(errors.TopUpAmount):
        await deposits.start_top_up(tx, shop, amount_fen=amount_fen)


async def pet_shop(tx: Tx, store: Store, owner: int) -> ShopView:
    shop = await approved_shop(tx, store, owner, categories=("pet",))
    await pay_in(tx, shop, 300_000)
    return await merchants.get_shop(tx, shop.id)


async def test_the_golden_pet_shop_rises_with_the_fen_that_crosses_the_limit(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await pet_shop(tx, store, owner)
    await sell(tx, shop, 49_950_000)
    tx.now = local(2025, 3, 20, 10)
    await sell(tx, shop, 50_000)
    deposit = await deposits.get_deposit(tx, shop.id)
    assert (deposit.required.value, deposit.state) == (300_000, DepositState.SUFFICIENT)
    # Booked a little later than it was paid: the order dates the rise.
    tx.now = local(2025, 3, 20, 11, 5)
    await sell(tx, shop, 1, at=local(2025, 3, 20, 11))
    deposit = await deposits.get_deposit(tx, shop.id)
    assert (deposit.required.value, deposit.short_fen) == (500_000, 200_000)
    assert deposit.state is DepositState.SHORT
    assert deposit.standing.value is Standing.SHORT
    assert deposit.short_since == local(2025, 3, 20, 11)
    assert deposit.grace_ends_at == local(2025, 3, 27, 11)
    assert deposit.required.inputs["gmv_fen"] == 50_000_001
    (due,) = await tx.rows(
        "SELECT due_at FROM timers WHERE kind = 'deposits.grace_over' AND subject_id = :id",
        id=shop.id,
    )
    assert due["due_at"] == local(2025, 3, 27, 11)
    tx.now = local(2025, 3, 27, 11)
    await service.end_grace(tx, shop.id)
    deposit = await deposits.get_deposit(tx, shop.id)
    assert deposit.state is DepositState.OVERDUE
    flags = (await merchants.get_shop(tx, shop.id)).flags
    assert flags == {"DEPOSIT_SHORT", "WITHDRAW_BLOCKED"}
    await pay_in(tx, shop, 199_999)
    assert (await deposits.get_deposit(tx, shop.id)).state is DepositState.OVERDUE
    await pay_in(tx, shop, 1)
    assert (await deposits.get_deposit(tx, shop.id)).state is DepositState.SUFFICIENT
    cured = await merchants.get_shop(tx, shop.id)
    assert (cured.flags, cured.state) == (frozenset(), ShopState.OPEN)
    history = await deposits.list_requirements(tx, shop.id)
    assert [(each.before_fen, each.required.value) for each in history] == [
        (300_000, 500_000),
        (None, 300_000),
    ]


async def test_a_top_up_within_the_grace_period_restricts_nothing(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await pet_shop(tx, store, owner)
    await sell(tx, shop, 50_000_001)
    tx.now += timedelta(days=6, hours=23)
    await pay_in(tx, shop, 200_000)
    deposit = await deposits.get_deposit(tx, shop.id)
    assert (deposit.state, deposit.grace_ends_at) == (DepositState.SUFFICIENT, None)
    left = await tx.rows("SELECT kind FROM timers WHERE kind = 'deposits.grace_over'")
    assert not left
    tx.now += timedelta(days=1)
    await service.end_grace(tx, shop.id)
    assert (await merchants.get_shop(tx, shop.id)).flags == frozenset()


async def test_a_rise_falls_back_only_after_a_whole_month_below_the_limit(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await pet_shop(tx, store, owner)
    await sell(tx, shop, 50_000_001)
    await pay_in(tx, shop, 200_000)
    (due,) = await tx.rows(
        "SELECT due_at FROM timers WHERE kind = 'deposits.month_roll' AND subject_id = :id",
        id=shop.id,
    )
    assert due["due_at"] == local(2025, 4, 1, 0, 5)
    tx.now = local(2025, 4, 1, 0, 5)
    await service.turn_month(tx, shop.id)
    assert (await deposits.get_deposit(tx, shop.id)).required.value == 500_000
    (due,) = await tx.rows(
        "SELECT due_at FROM timers WHERE kind = 'deposits.month_roll' AND subject_id = :id",
        id=shop.id,
    )
    assert due["due_at"] == local(2025, 5, 1, 0, 5)
    await sell(tx, shop, 50_000_000)
    tx.now = local(2025, 5, 1, 0, 5)
    await service.turn_month(tx, shop.id)
    deposit = await deposits.get_deposit(tx, shop.id)
    assert (deposit.required.value, deposit.state) == (300_000, DepositState.SUFFICIENT)


async def test_other_categories_do_not_raise_a_categorys_deposit(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await pet_shop(tx, store, owner)
    await sell(tx, shop, 60_000_000, category="mens_wear")
    assert (await deposits.get_deposit(tx, shop.id)).required.value == 300_000


async def test_a_sale_counts_once_and_rolling_up_changes_no_figure(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await pet_shop(tx, store, owner)
    sale = deposits.Sale(shop.id, next(_orders), "pet_food", 20_000_000, tx.now)
    await deposits.record_sales(tx, [sale, sale])
    await deposits.record_sales(tx, [sale])
    before = await facts_of(tx, shop.id, shop.categories, shop.rulebook)
    assert before.month_gmv_fen == {"pet_food": 20_000_000}
    assert await service.roll_up(tx, shop.id) == 1
    assert await service.roll_up(tx, shop.id) == 0
    await deposits.record_sales(tx, [sale])
    assert await facts_of(tx, shop.id, shop.categories, shop.rulebook) == before
    await sell(tx, shop, 5_000_000)
    after = await facts_of(tx, shop.id, shop.categories, shop.rulebook)
    assert after.month_gmv_fen == {"pet_food": 25_000_000}


async def test_a_batch_writes_what_single_sales_would(tx: Tx, store: Store, owner: int) -> None:
    one = await approved_shop(tx, store, owner, categories=("pet",))
    other = await approved_shop(
        tx, store, await merchant_account(tx, "13900139003"), market="kuaishou", shop_name="另一店"
    )
    sales = [
        deposits.Sale(shop.id, next(_orders), category, fen * 1_000, tx.now - timedelta(days=days))
        for days in (0, 9, 10)
        for shop, category in ((one, "pet_food"), (one, "mens_wear"), (other, "mens_wear"))
        for fen in range(1, 7)
    ]
    await deposits.record_sales(tx, sales)
    together = await deposits.months_of_shops(
        tx, [one.id, other.id], [local(2025, 3, 1).date(), local(2025, 2, 1).date()]
    )
    await tx.run("DELETE FROM deposit_sales")
    for sale in sales:
        await deposits.record_sales(tx, [sale])
    apart = await deposits.months_of_shops(
        tx, [one.id, other.id], [local(2025, 3, 1).date(), local(2025, 2, 1).date()]
    )
    assert len(sales) == 54
    assert together == apart
    assert apart[one.id, local(2025, 2, 1).date()].orders == 12


async def test_far_from_a_limit_no_sale_waits_for_the_deposits_row(
    tx: Tx, store: Store, owner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await pet_shop(tx, store, owner)
    looked: list[int] = []

    async def looking(tx: Tx, shop_id: int) -> DepositState:
        looked.append(shop_id)
        return await service.review(tx, shop_id)

    monkeypatch.setattr(selling, "review", looking)
    await sell(tx, shop, 100_000)
    assert not looked
    await sell(tx, shop, 48_000_000)
    assert looked == [shop.id]
    await sell(tx, shop, 2_000_000)
    looked.clear()
    await sell(tx, shop, 10_000_000)
    looked.clear()
    await sell(tx, shop, 10_000)
    assert not looked, "far beyond the limit nothing is near any more"


@pytest.mark.parametrize(
    ("orders", "required_fen"),
    [
        (0, 50_000),
        (500, 50_000),
        (501, 100_000),
        (2_000, 100_000),
        (2_001, 300_000),
        (10_001, 500_000),
        (50_001, 1_000_000),
    ],
)
async def test_the_golden_ladder_climbs_with_last_months_orders(
    tx: Tx, store: Store, owner: int, orders: int, required_fen: int
) -> None:
    shop = await approved_shop(tx, store, owner, market="kuaishou")
    await deposits.record_sales(
        tx,
        [deposits.Sale(shop.id, next(_orders), "mens_wear", 100, tx.now) for _ in range(orders)],
    )
    assert (await deposits.get_deposit(tx, shop.id)).required.value == 50_000
    tx.now = local(2025, 4, 1, 0, 5)
    await service.turn_month(tx, shop.id)
    assert (await deposits.get_deposit(tx, shop.id)).required.value == required_fen


async def test_the_golden_surcharges_add_up_to_the_cap_and_lapse(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await approved_shop(tx, store, owner, market="douyin")
    await pay_in(tx, shop, 200_000)
    await sell(tx, shop, 90_000_000)

    async def required(*severities: str, first: int) -> int:
        for number, severity in enumerate(severities, first):
            await deposits.add_surcharge(
                tx, shop.id, violation_id=number, severity=severity, happened_at=tx.now, why="违规"
            )
        return (await deposits.get_deposit(tx, shop.id)).required.value

    assert await required(first=1) == 200_000
    assert await required("SERIOUS", first=1) == 400_000
    assert await required("SERIOUS", first=1) == 400_000, "the same violation counts once"
    assert await required("GENERAL", first=2) == 450_000
    assert await required(*["SERIOUS"] * 9, first=3) == 2_000_000
    deposit = await deposits.get_deposit(tx, shop.id)
    assert (deposit.state, deposit.short_fen) == (DepositState.SHORT, 1_800_000)
    await deposits.revoke_surcharge(tx, violation_id=3)
    assert [each.live for each in await deposits.list_surcharges(tx, shop.id)].count(True) == 10
    tx.now += timedelta(days=180)
    await service.review(tx, shop.id)
    deposit = await deposits.get_deposit(tx, shop.id)
    assert (deposit.required.value, deposit.state) == (200_000, DepositState.SUFFICIENT)


async def test_the_golden_flat_deposit_never_moves(tx: Tx, store: Store, owner: int) -> None:
    shop = await approved_shop(tx, store, owner, market="xiaohongshu")
    await sell(tx, shop, 100_000_000)
    for number in range(5):
        await deposits.add_surcharge(
            tx, shop.id, violation_id=number + 1, severity="SERIOUS", happened_at=tx.now, why="违规"
        )
    tx.now = local(2025, 4, 1, 0, 5)
    await service.turn_month(tx, shop.id)
    assert (await deposits.get_deposit(tx, shop.id)).required.value == 1_000_000
    await pay_in(tx, shop, 999_999)
    assert (await merchants.get_shop(tx, shop.id)).state is ShopState.PENDING_DEPOSIT
    await pay_in(tx, shop, 1)
    assert (await merchants.get_shop(tx, shop.id)).state is ShopState.OPEN


async def test_a_penalty_empties_the_deposit_then_makes_debt_and_asks_for_more(
    tx: Tx, store: Store, owner: int
) -> None:
    shop = await approved_shop(tx, store, owner, market="douyin")
    with pytest.raises(IllegalTransition):
        await deposits.deduct(tx, shop.id, amount_fen=1, to=accounts.penalty(), event="penalty:1")
    await pay_in(tx, shop, 200_000)
    for _ in range(2):
        drawn = await deposits.deduct(
            tx, shop.id, amount_fen=100_000, to=accounts.penalty(), event="penalty:2"
        )
        assert drawn.deposit_fen == 100_000
    deposit = await deposits.get_deposit(tx, shop.id)
    assert (deposit.state, deposit.cash_fen, deposit.short_fen) == (
        DepositState.SHORT,
        100_000,
        100_000,
    )
    drawn = await deposits.deduct(
        tx, shop.id, amount_fen=150_000, to=accounts.penalty(), event="penalty:3"
    )
    assert (drawn.deposit_fen, drawn.debt_fen) == (100_000, 50_000)
    assert (await deposits.get_deposit(tx, shop.id)).cash_fen == 0
    assert (await ledger.trial_balance(tx)).off_fen == 0
    assert await ledger.balance(tx, accounts.deposit_bank()) == 0
    assert (await funds.funds_of(tx, shop.id)).debt_fen == 50_000


async def test_the_dearest_category_decides(tx: Tx, store: Store, owner: int) -> None:
    shop = await approved_shop(tx, store, owner, categories=("general", "food", "apparel"))
    deposit = await deposits.get_deposit(tx, shop.id)
    assert deposit.required.value == 500_000
    assert deposit.required.inputs["category"] == "food"


async def test_a_stored_verdict_reads_as_it_was_written(tx: Tx, store: Store, owner: int) -> None:
    shop = await approved_shop(tx, store, owner, categories=("pet",))
    deposit = await deposits.get_deposit(tx, shop.id)
    book = rulebooks.version(shop.rulebook)
    facts = await facts_of(tx, shop.id, shop.categories, shop.rulebook)
    assert deposit.required == rules.required(book, facts, rulebooks.categories())


def test_the_table_of_deposits_has_what_the_matrix_lists() -> None:
    up, down = DepositEvent.REQUIREMENT_UP, DepositEvent.REQUIREMENT_DOWN
    assert DEPOSIT.after(DepositState.SUFFICIENT, up) is DepositState.SHORT
    assert DEPOSIT.after(DepositState.SHORT, down) is DepositState.SUFFICIENT
    assert DEPOSIT.after(DepositState.SHORT, DepositEvent.GRACE_TIMEOUT) is DepositState.OVERDUE
    assert DEPOSIT.after(DepositState.OVERDUE, DepositEvent.TOP_UP) is DepositState.SUFFICIENT
    for state, event in (
        (DepositState.UNPAID, DepositEvent.DEDUCT),
        (DepositState.SUFFICIENT, DepositEvent.GRACE_TIMEOUT),
        (DepositState.OVERDUE, DepositEvent.SHOP_CLOSED),
        (DepositState.CLOSED, DepositEvent.TOP_UP),
    ):
        with pytest.raises(IllegalTransition):
            DEPOSIT.after(state, event)
