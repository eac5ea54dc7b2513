"""Sales from payment to settlement, on a real PostgreSQL and by the timers of the house."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.world.merchants import acting, reviewer_account
from tests.world.money import at, available, opened, pass_time, sell, sound

from xiaodian import ledger, merchants, settlement
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.money import fee
from xiaodian.kernel.paging import PageRequest
from xiaodian.ledger import accounts
from xiaodian.merchants.errors import ShopNotFound
from xiaodian.rulebooks import Denied
from xiaodian.settlement import NewSale, SaleState
from xiaodian.settlement.errors import RefundExceedsSale, SaleNotFound
from xiaodian.settlement.service import release_reserves, run, settle_channel

if TYPE_CHECKING:
    from tests.world.house import World

    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ShopView

BUYER = 77
MARKETS = ("wechat", "douyin", "kuaishou", "xiaohongshu")
OLD = "2024-06-01 10:00"


async def test_wechat_settles_on_the_day_after_receipt(tx: Tx) -> None:
    shop = await opened(tx, subject="PERSONAL")
    await sell(tx, shop, 1, 19_900)
    await sell(tx, shop, 2, 1_250)
    await pass_time(tx, to="2025-03-10 15:00")
    for order in (1, 2):
        await settlement.schedule(tx, order, trigger_at=tx.now)
    await pass_time(tx, to="2025-03-10 23:59:59")
    assert await available(tx, shop) == 0, "nothing on 03-10"
    assert (await settlement.get_sale(tx, 1)).state is SaleState.SCHEDULED
    await pass_time(tx, to="2025-03-11 00:30")
    first, second = await settlement.get_sale(tx, 1), await settlement.get_sale(tx, 2)
    assert (str(first.settle_on), first.settled_at) == ("2025-03-11", at("2025-03-11 00:30"))
    assert (first.fee_fen, first.net_fen) == (119, 19_781)
    assert (second.fee_fen, second.net_fen) == (8, 1_242)
    assert await available(tx, shop) == 19_781 + 1_242
    await sound(tx)


async def test_each_settlement_says_why_then_and_why_so_much(tx: Tx) -> None:
    shop = await opened(tx)
    await pass_time(tx, to="2025-03-10 15:00")
    await sell(tx, shop, 1, 19_900)
    waiting = await settlement.get_sale(tx, 1)
    assert waiting.why_then.text() == "买家确认收货后按 T+1 结算"
    assert (waiting.fee_fen, waiting.net_fen) == (119, 19_781), "what they would be"
    await settlement.schedule(tx, 1, trigger_at=tx.now)
    await pass_time(tx, days=1)
    why_then, why_split, why_fee = (await settlement.get_sale(tx, 1)).explain
    assert why_then.rule == "W-TRX-03"
    assert why_then.text() == "按 T+1，2025-03-10 15:00 起算，2025-03-11 结算"
    assert why_split.text() == "订单 ¥199.00，扣费 ¥1.19，到账 ¥197.81"
    assert why_fee.rule == "W-TRX-05"
    assert why_fee.text() == "买家实付 ¥199.00 × 0.6%，四舍五入为 ¥1.19"


async def test_douyin_waits_longer_for_new_shops_and_takes_by_industry(tx: Tx) -> None:
    old = await opened(tx, "douyin", since="2024-01-01 10:00")
    await sell(tx, old, 1, 15_900, channel="douyinpay", confirmed=True)
    new = await opened(
        tx, "douyin", since="2025-03-01 10:00", category="jewellery",
        orders={"business_licence": "124"},
    )  # fmt: skip
    how = {"category": "jewellery", "channel": "douyinpay"}
    await sell(tx, new, 2, 99_999, confirmed=True, **how)
    await pass_time(tx, to="2025-03-12 23:59")
    assert await available(tx, old) == 0
    await pass_time(tx, to="2025-03-13 00:30")
    first = await settlement.get_sale(tx, 1)
    assert (first.fee_fen, first.net_fen) == (159, 15_741)
    assert await available(tx, old) == 15_741
    await pass_time(tx, to="2025-03-16 23:59")
    assert await available(tx, new) == 0
    await pass_time(tx, to="2025-03-17 00:30")
    second = await settlement.get_sale(tx, 2)
    assert (second.fee_fen, second.net_fen) == (1_500, 98_499)
    assert "新手期" in second.why_then.text()
    trial = await ledger.trial_balance(tx)
    # The platform bears the channel's fee, and its own funds cover it the same night.
    assert trial.of("E:CHANNEL_COST") == fee(15_900, 60) + fee(99_999, 60)
    assert trial.of("Q:OWN_FUNDS") == -trial.of("E:CHANNEL_COST")
    assert trial.of("I:FEE_HANDLING") == -(159 + 1_500)
    assert trial.of("L:CHANNEL_FEE") == 0
    await sound(tx)


async def test_kuaishou_counts_from_the_end_of_the_last_case(tx: Tx) -> None:
    shop = await opened(tx, "kuaishou")
    for order in (1, 2):
        await sell(tx, shop, order, 19_900, channel="kuaishoupay", confirmed=True)
    await pass_time(tx, to="2025-03-11 09:00")
    assert await settlement.hold(tx, 2, "after_sale", reference=5)
    await pass_time(tx, to="2025-03-12 00:30")
    first = await settlement.get_sale(tx, 1)
    assert [(line.line, line.fee_fen) for line in first.fees] == [("channel", 119), ("tech", 60)]
    assert first.net_fen == 19_721
    assert (await settlement.get_sale(tx, 2)).state is SaleState.HELD
    await pass_time(tx, to="2025-03-14 18:00")
    moved = await settlement.release(tx, 2, "after_sale", reference=5)
    assert str(moved.settle_on) == "2025-03-16"
    await pass_time(tx, to="2025-03-16 00:30")
    assert await available(tx, shop) == 2 * 19_721
    await sound(tx)


async def test_xiaohongshu_keeps_a_reserve_for_thirty_days(tx: Tx) -> None:
    shop = await opened(tx, "xiaohongshu")
    await sell(tx, shop, 1, 39_900, channel="xhspay", confirmed=True)
    await pass_time(tx, to="2025-03-17 00:30")
    sale = await settlement.get_sale(tx, 1)
    assert [(line.line, line.fee_fen) for line in sale.fees] == [
        ("commission", 1_995),
        ("channel", 239),
    ]
    assert (sale.net_fen, sale.reserve_fen) == (35_783, 1_883)
    assert sale.net_fen + sale.reserve_fen == 37_666
    assert await available(tx, shop) == 35_783
    await pass_time(tx, to="2025-04-15 23:59")
    assert await available(tx, shop) == 35_783
    await pass_time(tx, to="2025-04-16 00:40")
    assert await available(tx, shop) == 35_783 + 1_883
    assert (await settlement.get_sale(tx, 1)).reserve_fen == 0
    await sound(tx)


@pytest.mark.parametrize(
    ("market", "net_fen", "reserve_fen"),
    [
        ("wechat", 19_781, 0),
        ("douyin", 19_701, 0),
        ("kuaishou", 19_721, 0),
        ("xiaohongshu", 17_847, 939),
    ],
)
async def test_every_market_takes_its_part_of_the_same_order(
    tx: Tx, market, net_fen, reserve_fen
) -> None:
    shop = await opened(tx, market, since=OLD)
    await sell(tx, shop, 1, 19_900, confirmed=True)
    await pass_time(tx, days=8)
    assert await available(tx, shop) == net_fen
    assert (await settlement.get_sale(tx, 1)).reserve_fen == reserve_fen


async def test_the_channel_pays_out_the_day_after_less_what_was_refunded(tx: Tx) -> None:
    shop = await opened(tx)
    await sell(tx, shop, 1, 10_000)
    await sell(tx, shop, 2, 10_000, subsidy_fen=500)
    await sell(tx, shop, 3, 700)
    await settlement.refund(tx, 2, amount_fen=4_000)
    await settlement.refund(tx, 3, amount_fen=700)
    assert await ledger.balance(tx, accounts.clearing("wxpay")) == 16_000
    await pass_time(tx, to="2025-03-11 00:10")
    assert await ledger.balance(tx, accounts.clearing("wxpay")) == 0
    assert await ledger.balance(tx, accounts.pool()) == 16_000 - 60 - 36
    assert await ledger.balance(tx, accounts.channel_fee("wxpay")) == -96
    await sound(tx)


@pytest.mark.parametrize("after_channel", [False, True], ids=["clearing", "pool"])
async def test_a_cancelled_order_goes_back_whole(tx: Tx, after_channel) -> None:
    shop = await opened(tx)
    await sell(tx, shop, 1, 19_900, subsidy_fen=100)
    if after_channel:
        await pass_time(tx, days=1)
    split = await settlement.refund(tx, 1, amount_fen=19_900, reference=9)
    again = await settlement.refund(tx, 1, amount_fen=19_900, reference=9)
    assert split == again
    assert (split.amount_fen, split.subsidy_fen, split.pending_fen) == (19_900, 100, 20_000)
    assert (await settlement.get_sale(tx, 1)).state is SaleState.CLOSED
    left = {line.code for line in (await ledger.trial_balance(tx)).lines if line.balance_fen}
    assert left == ({"A:POOL", "Q:OWN_FUNDS"} if after_channel else set()), "own funds stay"
    await pass_time(tx, days=20)
    assert await available(tx, shop) == 0
    await sound(tx)


@pytest.mark.parametrize("market", MARKETS)
async def test_any_order_of_the_same_refunds_ends_alike(tx: Tx, market) -> None:
    """C-4 and invariant 5: before or after settlement, in any order, whole or in parts."""
    shop = await opened(tx, market, since=OLD)
    orders = list(itertools.permutations((333, 4_100, 7)))
    for place, parts in enumerate(orders, 1):
        await sell(tx, shop, place, 19_900, subsidy_fen=777, confirmed=True)
        for number, part in enumerate(parts[: place % 4]):
            await settlement.refund(tx, place, amount_fen=part, reference=number)
    await pass_time(tx, days=8)
    ends = set()
    for place, parts in enumerate(orders, 1):
        for number, part in enumerate(parts):
            await settlement.refund(tx, place, amount_fen=part, reference=number)
        sale = await settlement.get_sale(tx, place)
        ends.add((sale.net_fen, sale.fee_fen, sale.reserve_fen, sale.refunded_subsidy_fen))
    (only,) = ends
    assert await available(tx, shop) == only[0] * len(orders)
    await sound(tx)


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("days", [0, 8, 60], ids=["pending", "settled", "released"])
async def test_a_full_refund_returns_every_fee_whole(tx: Tx, market, days) -> None:
    shop = await opened(tx, market, since=OLD)
    await sell(tx, shop, 1, 12_345, subsidy_fen=1_000, confirmed=True)
    await pass_time(tx, days=days)
    for number, part in enumerate((1, 5_000, 344, 7_000)):
        await settlement.refund(tx, 1, amount_fen=part, reference=number)
    with pytest.raises(RefundExceedsSale):
        await settlement.refund(tx, 1, amount_fen=1)
    sale = await settlement.get_sale(tx, 1)
    assert (sale.fee_fen, sale.net_fen, sale.reserved_fen, sale.pending_fen) == (0, 0, 0, 0)
    trial = await ledger.trial_balance(tx)
    # All is zero but the own funds, which stay for later costs.
    assert {line.code for line in trial.lines if line.balance_fen} <= {"A:POOL", "Q:OWN_FUNDS"}
    await sound(tx)


@pytest.mark.parametrize("market", MARKETS)
async def test_refunds_fen_by_fen_are_exact_where_lines_round_together(tx: Tx, market) -> None:
    shop = await opened(tx, market, since=OLD)
    await sell(tx, shop, 1, 130, confirmed=True)
    await pass_time(tx, days=8)
    for number in range(25):
        await settlement.refund(tx, 1, amount_fen=1, reference=number)
    await settlement.refund(tx, 1, amount_fen=105, reference=25)
    sale = await settlement.get_sale(tx, 1)
    assert (sale.fee_fen, sale.net_fen, sale.reserve_fen, sale.reserved_fen) == (0, 0, 0, 0)
    assert await available(tx, shop) == 0
    await sound(tx)


async def test_a_refund_after_the_money_is_gone_is_debt_that_is_repaid_first(tx: Tx) -> None:
    shop = await opened(tx)
    await sell(tx, shop, 1, 10_000, confirmed=True)
    await pass_time(tx, days=1)
    await ledger.transfer(
        tx,
        debit=accounts.available(shop.id),
        credit=accounts.kol_escrow(1),
        amount_fen=9_000,
        event="deal:1",
        kind="E22",
    )
    split = await settlement.refund(tx, 1, amount_fen=10_000)
    assert (split.available_fen, split.debt_fen, split.fee_fen) == (940, 9_000, 60)
    await sell(tx, shop, 2, 10_000, confirmed=True)
    await pass_time(tx, days=1)
    assert await ledger.balance(tx, accounts.shop_debt(shop.id)) == 0
    assert await available(tx, shop) == 940
    await sound(tx)


async def test_a_dispute_holds_a_sale_until_the_run_after_it(tx: Tx) -> None:
    shop = await opened(tx)
    await sell(tx, shop, 1, 1_000)
    assert await settlement.hold(tx, 1, "dispute")
    await settlement.schedule(tx, 1, trigger_at=tx.now)
    assert await settlement.hold(tx, 1, "after_sale", reference=3)
    assert await settlement.hold(tx, 1, "after_sale", reference=3), "twice is once"
    await pass_time(tx, days=3)
    assert (await settlement.get_sale(tx, 1)).state is SaleState.HELD
    still = await settlement.release(tx, 1, "dispute")
    assert still.state == SaleState.HELD
    free = await settlement.release(tx, 1, "after_sale", reference=3)
    assert (free.state, str(free.settle_on)) == (SaleState.SCHEDULED, "2025-03-14")
    await pass_time(tx, days=1)
    assert (await settlement.get_sale(tx, 1)).state is SaleState.SETTLED
    assert not await settlement.hold(tx, 1, "dispute"), "nothing is left to hold"
    assert len(await settlement.holds_of(tx, 1)) == 2
    await sound(tx)


async def test_money_taken_for_a_breach_comes_off_the_net_and_fees_stay(tx: Tx) -> None:
    shop = await opened(tx, "douyin", since=OLD)
    order = ("ORDER_PENDING", "AVAILABLE", "DEPOSIT_CASH", "SHOP_DEBT")
    to = accounts.buyer_wallet(BUYER)
    await sell(tx, shop, 1, 10_000, confirmed=True)
    for _ in range(2):
        taken = await settlement.take(
            tx, 1, amount_fen=200, order=order, to=to, event="late_pickup:1", kind="E13"
        )
        assert (taken.pending_fen, taken.drawn.taken_fen) == (200, 0)
    await pass_time(tx, days=4)
    sale = await settlement.get_sale(tx, 1)
    assert (sale.fee_fen, sale.net_fen, sale.taken_fen) == (100, 9_700, 200)
    await sound(tx)
    taken = await settlement.take(
        tx, 1, amount_fen=9_800, order=order, to=to, event="late_pickup:2", kind="E13"
    )
    assert (taken.drawn.available_fen, taken.drawn.debt_fen) == (9_700, 100)
    await sound(tx)


async def test_a_refund_of_what_a_breach_took_is_borne_by_the_shop(tx: Tx) -> None:
    shop = await opened(tx)
    await sell(tx, shop, 1, 1_000)
    await settlement.take(
        tx,
        1,
        amount_fen=990,
        order=("ORDER_PENDING", "SHOP_DEBT"),
        to=accounts.buyer_wallet(BUYER),
        event="late_ship:1",
        kind="E14",
    )
    split = await settlement.refund(tx, 1, amount_fen=400)
    assert (split.pending_fen, split.debt_fen) == (10, 390)
    await settlement.schedule(tx, 1, trigger_at=tx.now)
    await pass_time(tx, days=2)
    sale = await settlement.get_sale(tx, 1)
    # 1,000 came in; 400 went back, 990 to the buyer's wallet, 4 are fees: the shop owes 394.
    assert (sale.fee_fen, sale.net_fen) == (4, -394)
    assert await ledger.balance(tx, accounts.shop_debt(shop.id)) == 394
    await sound(tx)


async def test_opening_and_scheduling_twice_is_once(tx: Tx) -> None:
    shop = await opened(tx)
    sale = NewSale(
        order_id=1, shop_id=shop.id, market="wechat", rulebook=shop.rulebook, category="apparel",
        paid_fen=1_000, subsidy_fen=0, channel="wxpay", paid_at=tx.now,
    )  # fmt: skip
    assert await settlement.open_sales(tx, [sale]) == [True]
    assert await settlement.open_sales(tx, [sale]) == [False]
    assert await settlement.open_sales(tx, []) == []
    await settlement.schedule(tx, 1, trigger_at=tx.now)
    await settlement.schedule(tx, 1, trigger_at=tx.now + timedelta(days=3))
    await pass_time(tx, days=1)
    await settlement.schedule(tx, 1, trigger_at=tx.now)
    assert not await run(tx, at("2025-03-20").date())
    assert await available(tx, shop) == 994
    for asked in (settlement.get_sale, settlement.visible_sale):
        with pytest.raises(SaleNotFound):
            await asked(tx, 404)


async def test_runs_go_through_batches_and_may_stop_anywhere(tx: Tx) -> None:
    shop = await opened(tx, "xiaohongshu")
    for order in range(1, 8):
        await sell(tx, shop, order, 1_000 * order, confirmed=True)
    for work, instant in (
        (settle_channel, at("2025-03-11 00:10")),
        (run, at("2025-03-17 00:30")),
        (release_reserves, at("2025-04-17 00:40")),
    ):
        tx.now = instant
        assert [await work(tx, instant.date(), batch=3) for _ in range(3)] == [True, True, False]
    shown = await settlement.list_sales(tx, shop.id, PageRequest(5))
    assert [sale.order_id for sale in shown.items] == [7, 6, 5, 4, 3]
    assert (await settlement.pending_of(tx, shop.id)).pending_fen == 0
    await sound(tx)


async def test_two_runs_at_once_settle_each_sale_once(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        shop = await opened(tx)
        for order in range(1, 41):
            await sell(tx, shop, order, 1_000, confirmed=True)
    instant = at("2025-03-11 00:30")

    async def settle() -> None:
        async with world.db.transaction(actor=SYSTEM, at=instant) as tx:
            await run(tx, instant.date(), batch=10)

    await asyncio.gather(*(settle() for _ in range(8)))
    async with world.db.reading(actor=SYSTEM) as tx:
        assert await available(tx, shop) == 40 * 994
        await sound(tx)


async def test_the_timers_of_the_house_settle_and_release(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        shop = await opened(tx, "xiaohongshu")
        await sell(tx, shop, 1, 39_900, confirmed=True)
    await world.advance(days=40)
    async with world.db.reading(actor=SYSTEM) as tx:
        sale = await settlement.get_sale(tx, 1)
        assert sale.settled_at == at("2025-03-17 00:30")
        assert sale.released_at == at("2025-04-16 00:40")
        assert await available(tx, shop) == 37_666
        await sound(tx)


class TestD0:
    async def grant(self, tx: Tx, shop: ShopView) -> None:
        with acting(tx, "merchant", shop.owner_id):
            await settlement.request_d0(tx, shop.id)
        finance = await reviewer_account(tx, "finance@example.com", "finance")
        with acting(tx, "operator", finance):
            await settlement.decide_d0(tx, shop.id, grant=True)

    async def test_an_enterprise_shop_with_d0_is_settled_at_receipt(self, tx: Tx) -> None:
        shop = await opened(tx)
        await self.grant(tx, shop)
        await sell(tx, shop, 1, 88_800)
        await pass_time(tx, to="2025-03-10 15:00")
        await settlement.schedule(tx, 1, trigger_at=tx.now)
        sale = await settlement.get_sale(tx, 1)
        assert sale.settled_at == at("2025-03-10 15:00")
        assert (sale.fee_fen, sale.net_fen) == (533, 88_267)
        assert await available(tx, shop) == 88_267
        await pass_time(tx, days=1)
        await sound(tx)

    @pytest.mark.parametrize(
        ("market", "subject", "code"),
        [
            ("wechat", "PERSONAL", "D0_ENTERPRISE_ONLY"),
            ("douyin", "ENTERPRISE", "D0_NOT_OFFERED"),
        ],
    )
    async def test_a_personal_shop_and_other_markets_have_none(
        self, tx: Tx, market, subject, code
    ) -> None:
        shop = await opened(tx, market, subject=subject)
        with acting(tx, "merchant", shop.owner_id), pytest.raises(Denied) as denied:
            await settlement.request_d0(tx, shop.id)
        assert denied.value.code == code

    async def test_any_restriction_ends_it(self, tx: Tx) -> None:
        shop = await opened(tx)
        await self.grant(tx, shop)
        await merchants.set_flag(tx, shop.id, merchants.Flag.WITHDRAW_BLOCKED, why="风险")
        await sell(tx, shop, 1, 1_000, confirmed=True)
        assert (await settlement.get_sale(tx, 1)).state is SaleState.SCHEDULED


async def test_strangers_see_no_sale(tx: Tx) -> None:
    shop = await opened(tx)
    other = await opened(tx, "douyin")
    await sell(tx, shop, 1, 1_000)
    with acting(tx, "merchant", shop.owner_id):
        assert (await settlement.visible_sale(tx, 1)).order_id == 1
    with acting(tx, "merchant", other.owner_id):
        with pytest.raises(SaleNotFound):
            await settlement.visible_sale(tx, 1)
        for read in (
            settlement.list_sales(tx, shop.id, PageRequest()),
            settlement.pending_of(tx, shop.id),
            settlement.d0_of(tx, shop.id),
            settlement.request_d0(tx, shop.id),
        ):
            with pytest.raises(ShopNotFound):
                await read
