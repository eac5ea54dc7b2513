"""Credits, waterfalls, withdrawals and adjustments on a real PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.world.merchants import PASSWORD, account_number, acting
from tests.world.money import available, opened, pass_time, sell, sound

from xiaodian import accounts as people
from xiaodian import desk, funds, ledger, merchants, notices
from xiaodian.accounts.errors import RoleRequired
from xiaodian.desk.errors import OwnRequest
from xiaodian.desk.service import approve, reject
from xiaodian.funds import Credit, WithdrawalState
from xiaodian.funds.errors import (
    AdjustmentInvalid,
    AmountInvalid,
    ReasonMissing,
    WithdrawalNotFound,
)
from xiaodian.kernel.paging import PageRequest
from xiaodian.kernel.states import IllegalTransition
from xiaodian.ledger import BalanceTooLow, Leg, NotReversible, accounts
from xiaodian.merchants.errors import RightMissing, ShopNotFound
from xiaodian.merchants.queries import list_invitations
from xiaodian.merchants.service import accept_invitation, invite_staff
from xiaodian.payments.events import PayOutDone, PayOutFailed
from xiaodian.rulebooks import Denied

if TYPE_CHECKING:
    from xiaodian.funds import WithdrawalView
    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ShopView

BUYER = 77
LIMIT = 5_000_000


async def rich(tx: Tx, fen: int = 1_000_000, **how: object) -> ShopView:
    """A shop whose sale has settled, with a payout account of some days' age."""
    shop = await opened(tx, **how)  # type: ignore[arg-type]
    await sell(tx, shop, 1, fen, confirmed=True)
    await pass_time(tx, days=2)
    return shop


async def operator(tx: Tx, *roles: str, email: str = "") -> int:
    made = await people.create_operator(
        tx, name="财务", email=email or f"{roles[0]}@example.com", roles=roles, password=PASSWORD
    )
    return made.id


async def ask(tx: Tx, shop: ShopView, fen: int) -> int:
    with acting(tx, "merchant", shop.owner_id):
        return (await funds.request_withdrawal(tx, shop.id, amount_fen=fen)).id


async def seen(tx: Tx, withdrawal_id: int) -> WithdrawalView:
    return await funds.visible_withdrawal(tx, withdrawal_id)


async def pending_approval(tx: Tx, kind: str, subject_id: int) -> int:
    found = await desk.approval_of(tx, kind, kind, subject_id)
    assert found is not None
    return found.id


class TestWaterfalls:
    async def lodge(self, tx: Tx, shop: ShopView, fen: int) -> None:
        await ledger.post(
            tx,
            event=f"top_up:{shop.id}",
            kind="E07",
            legs=[Leg(accounts.deposit_bank(), accounts.deposit(shop.id), fen)],
        )

    async def draw(self, tx: Tx, shop: ShopView, fen: int, event: str = "fake:1"):
        return await funds.draw(
            tx,
            shop.id,
            amount_fen=fen,
            order=("DEPOSIT_CASH", "INSURANCE_COVER", "AVAILABLE", "SHOP_DEBT"),
            to=accounts.buyer_wallet(BUYER),
            event=event,
            kind="E12",
        )

    async def test_a_draw_goes_step_by_step_and_twice_is_once(self, tx: Tx) -> None:
        shop = await rich(tx, 1_000)
        await self.lodge(tx, shop, 300)
        await ledger.transfer(
            tx,
            debit=accounts.cover(shop.id),
            credit=accounts.cover_contra(),
            amount_fen=200,
            event="policy:1",
            kind="E10",
        )
        for _ in range(2):
            drawn = await self.draw(tx, shop, 2_000)
            assert (drawn.deposit_fen, drawn.cover_fen, drawn.available_fen, drawn.debt_fen) == (
                300, 200, 994, 506,
            )  # fmt: skip
        assert await ledger.balance(tx, accounts.buyer_wallet(BUYER)) == 2_000
        assert await ledger.balance(tx, accounts.insurer("insurer")) == 200
        assert await ledger.balance(tx, accounts.cover(shop.id)) == 0
        assert await ledger.balance(tx, accounts.deposit_bank()) == 0
        await sound(tx)

    async def test_debt_is_repaid_first_from_whatever_comes_in(self, tx: Tx) -> None:
        shop = await opened(tx)
        await self.draw(tx, shop, 500)
        for number, fen, debt, left in ((1, 200, 300, 0), (2, 200, 100, 0), (3, 200, 0, 100)):
            credit = Credit(
                shop_id=shop.id, debit=accounts.compensation(), amount_fen=fen,
                event=f"adjustment:{number}", kind="E90",
            )  # fmt: skip
            assert await funds.credit_available(tx, [credit]) == [True]
            assert await funds.credit_available(tx, [credit]) == [False], "twice is once"
            assert await ledger.balance(tx, accounts.shop_debt(shop.id)) == debt
            assert await available(tx, shop) == left
        await pass_time(tx, days=1)
        await sound(tx)

    async def test_one_set_repays_the_debts_of_many_shops(self, tx: Tx) -> None:
        shops = [await opened(tx, market) for market in ("wechat", "douyin")]
        for shop, fen in zip(shops, (70, 130), strict=True):
            await self.draw(tx, shop, fen, event=f"fake:{shop.id}")
        credits_ = [
            Credit(
                shop_id=shop.id, debit=accounts.compensation(), amount_fen=50,
                event=f"adjustment:{number}", kind="E90",
            )
            for number, shop in enumerate([*shops, *shops])
        ]  # fmt: skip
        repeated = [*credits_, credits_[0]]
        assert await funds.credit_available(tx, repeated) == [True] * 4 + [False]
        assert [await ledger.balance(tx, accounts.shop_debt(s.id)) for s in shops] == [0, 30]
        assert [await available(tx, s) for s in shops] == [30, 0]


class TestWithdrawals:
    async def test_money_goes_into_transit_then_out(self, tx: Tx) -> None:
        shop = await rich(tx, 1_000_000)
        number = await ask(tx, shop, 994_000)
        assert (await seen(tx, number)).state is WithdrawalState.PROCESSING
        with acting(tx, "merchant", shop.owner_id):
            held = await funds.funds_of(tx, shop.id)
        assert (held.available_fen, held.withdrawing_fen) == (0, 994_000)
        await sound(tx)
        for _ in range(2):
            await tx.emit(PayOutDone(1, "withdrawal", number, 994_000))
        paid = await seen(tx, number)
        assert (paid.state, str(paid.arrives_on)) == (WithdrawalState.PAID, "2025-03-13")
        assert await ledger.balance(tx, accounts.withdrawing(shop.id)) == 0
        assert await ledger.balance(tx, accounts.pool()) == 0
        assert await notices.unread_count(tx, shop.owner_id) > 0
        await sound(tx)

    async def test_money_that_did_not_leave_is_available_again_debt_first(self, tx: Tx) -> None:
        shop = await rich(tx)
        number = await ask(tx, shop, 994_000)
        await funds.draw(
            tx, shop.id, amount_fen=4_000, order=("AVAILABLE", "SHOP_DEBT"),
            to=accounts.penalty(), event="penalty:1", kind="E08",
        )  # fmt: skip
        for _ in range(2):
            await tx.emit(PayOutFailed(1, "withdrawal", number, 994_000, "ACCOUNT_ERROR"))
        failed = await seen(tx, number)
        assert (failed.state, failed.reason) == (WithdrawalState.FAILED, "ACCOUNT_ERROR")
        assert await available(tx, shop) == 990_000
        assert await ledger.balance(tx, accounts.shop_debt(shop.id)) == 0
        await sound(tx)

    async def test_more_than_there_is_is_refused_by_name(self, tx: Tx) -> None:
        shop = await rich(tx)
        with pytest.raises(BalanceTooLow) as refused:
            await ask(tx, shop, 994_001)
        assert refused.value.facts["balance_fen"] == 994_000
        for fen in (0, -1, 10**15):
            with pytest.raises(AmountInvalid):
                await ask(tx, shop, fen)
        assert await available(tx, shop) == 994_000

    async def test_a_changed_account_blocks_for_a_day_and_ends_what_waits(self, tx: Tx) -> None:
        shop = await rich(tx, 10_000_000)
        waiting = await ask(tx, shop, LIMIT + 1)
        with acting(tx, "merchant", shop.owner_id):
            await merchants.set_payout_account(
                tx, shop.id, holder_name="示例商贸有限公司", bank="示例银行",
                number=account_number("456"),
            )  # fmt: skip
        ended = await seen(tx, waiting)
        assert (ended.state, ended.reason) == (
            WithdrawalState.REJECTED, "收款账户已变更，请重新申请",
        )  # fmt: skip
        assert await available(tx, shop) == 9_940_000
        with pytest.raises(Denied) as denied:
            await ask(tx, shop, 1)
        codes = [one["code"] for one in denied.value.facts["objections"]]
        assert codes == ["PAYOUT_ACCOUNT_NOT_VERIFIED", "PAYOUT_ACCOUNT_CHANGED"]
        await sound(tx)

    async def test_a_blocked_shop_is_refused(self, tx: Tx) -> None:
        shop = await rich(tx)
        await merchants.set_flag(tx, shop.id, merchants.Flag.WITHDRAW_BLOCKED, why="风险")
        with pytest.raises(Denied) as denied:
            await ask(tx, shop, 1)
        assert denied.value.code == "WITHDRAW_BLOCKED"

    async def test_a_fresh_account_waits_too(self, tx: Tx) -> None:
        shop = await opened(tx)
        with pytest.raises(Denied) as denied:
            await ask(tx, shop, 1)
        assert denied.value.code == "PAYOUT_ACCOUNT_CHANGED"
        tx.now += timedelta(hours=24)
        with pytest.raises(BalanceTooLow):
            await ask(tx, shop, 1)

    async def test_somebody_elses_key_opens_nothing(self, tx: Tx) -> None:
        shop, other = await rich(tx), await opened(tx, "douyin")
        number = await ask(tx, shop, 100)
        with acting(tx, "merchant", other.owner_id):
            with pytest.raises(ShopNotFound):
                await funds.request_withdrawal(tx, shop.id, amount_fen=1)
            with pytest.raises(WithdrawalNotFound):
                await seen(tx, number)
            for read in (
                funds.funds_of(tx, shop.id),
                funds.list_withdrawals(tx, shop.id, PageRequest()),
            ):
                with pytest.raises(ShopNotFound):
                    await read
        with (
            acting(tx, "operator", await operator(tx, "administrator")),
            pytest.raises(ShopNotFound),
        ):
            await funds.request_withdrawal(tx, shop.id, amount_fen=1)

    async def test_staff_need_the_right_for_money(self, tx: Tx) -> None:
        shop = await rich(tx)
        with acting(tx, "merchant", shop.owner_id):
            member = await people.create_merchant(
                tx, name="店员", phone="13900139009", password=PASSWORD
            )
            await invite_staff(tx, shop.id, contact="13900139009", rights=["orders"])
        with acting(tx, "merchant", member.id):
            (invitation,) = await list_invitations(tx, account_id=member.id)
            await accept_invitation(tx, invitation.id)
        with acting(tx, "merchant", member.id), pytest.raises(RightMissing):
            await funds.request_withdrawal(tx, shop.id, amount_fen=1)


class TestReview:
    async def test_above_the_limit_two_operators_decide(self, tx: Tx) -> None:
        shop = await rich(tx, 10_000_000)
        finance, admin = await operator(tx, "finance"), await operator(tx, "administrator")
        both = await operator(tx, "finance", "administrator", email="both@example.com")
        number = await ask(tx, shop, LIMIT + 1)
        assert (await seen(tx, number)).state is WithdrawalState.REVIEW
        with acting(tx, "operator", admin), pytest.raises(RoleRequired):
            await funds.pass_withdrawal(tx, number)
        with acting(tx, "operator", both):
            await funds.pass_withdrawal(tx, number)
        assert (await seen(tx, number)).state is WithdrawalState.CONFIRM
        asked = await pending_approval(tx, "withdrawal", number)
        with acting(tx, "operator", both), pytest.raises(OwnRequest):
            await approve(tx, asked)
        with acting(tx, "operator", finance), pytest.raises(desk.errors.ApprovalNotFound):
            await approve(tx, asked)
        with acting(tx, "operator", admin):
            await approve(tx, asked)
        sent = await seen(tx, number)
        assert (sent.state, sent.passed_by, sent.approved_by) == (
            WithdrawalState.PROCESSING, both, admin,
        )  # fmt: skip
        await sound(tx)

    async def test_at_the_limit_nobody_is_asked(self, tx: Tx) -> None:
        shop = await rich(tx, 10_000_000)
        number = await ask(tx, shop, LIMIT)
        assert (await seen(tx, number)).state is WithdrawalState.PROCESSING

    async def test_the_first_or_the_second_operator_may_say_no(self, tx: Tx) -> None:
        shop = await rich(tx, 20_000_000)
        finance, admin = await operator(tx, "finance"), await operator(tx, "administrator")
        first, second, third = [await ask(tx, shop, LIMIT + 1) for _ in range(3)]
        with acting(tx, "operator", finance):
            with pytest.raises(ReasonMissing):
                await funds.reject_withdrawal(tx, first, reason=" ")
            await funds.reject_withdrawal(tx, first, reason="账户存疑")
            await funds.pass_withdrawal(tx, second)
            await funds.pass_withdrawal(tx, third)
            await funds.reject_withdrawal(tx, third, reason="撤回初审")
            with pytest.raises(IllegalTransition):
                await funds.reject_withdrawal(tx, third, reason="再次")
        with acting(tx, "operator", admin):
            await reject(tx, await pending_approval(tx, "withdrawal", second), reason="金额异常")
        ends = [await seen(tx, number) for number in (first, second, third)]
        assert [one.reason for one in ends] == ["账户存疑", "金额异常", "撤回初审"]
        assert {one.state for one in ends} == {WithdrawalState.REJECTED}
        assert await available(tx, shop) == 19_880_000
        await sound(tx)

    async def test_a_shop_restricted_meanwhile_is_not_paid(self, tx: Tx) -> None:
        shop = await rich(tx, 10_000_000)
        finance, admin = await operator(tx, "finance"), await operator(tx, "administrator")
        number = await ask(tx, shop, LIMIT + 1)
        with acting(tx, "operator", finance):
            await funds.pass_withdrawal(tx, number)
        await merchants.set_flag(tx, shop.id, merchants.Flag.WITHDRAW_BLOCKED, why="风险")
        asked = await pending_approval(tx, "withdrawal", number)
        with acting(tx, "operator", admin), pytest.raises(Denied) as denied:
            await approve(tx, asked)
        assert denied.value.code == "WITHDRAW_BLOCKED"


class TestAdjustments:
    async def propose(self, tx: Tx, finance: int, **what: object) -> int:
        with acting(tx, "operator", finance):
            return (await funds.propose_adjustment(tx, reason="核对后更正", **what)).id  # type: ignore[arg-type]

    async def book(self, tx: Tx, admin: int, adjustment: int) -> None:
        asked = await pending_approval(tx, "adjustment", adjustment)
        with acting(tx, "operator", admin):
            await approve(tx, asked)

    async def test_nothing_is_booked_before_a_second_person_agrees(self, tx: Tx) -> None:
        shop = await rich(tx)
        finance, admin = await operator(tx, "finance"), await operator(tx, "administrator")
        buyer = (await people.create_buyer(tx, phone="13700137001")).id
        credit = await self.propose(tx, finance, kind="SHOP_CREDIT", shop_id=shop.id, amount_fen=70)
        assert await available(tx, shop) == 994_000
        await self.book(tx, admin, credit)
        assert await available(tx, shop) == 994_070
        for what, expected in (
            ({"kind": "SHOP_DEBIT", "shop_id": shop.id, "amount_fen": 994_100}, 0),
            ({"kind": "DEBT_WRITE_OFF", "shop_id": shop.id, "amount_fen": 30}, 0),
            ({"kind": "BUYER_CREDIT", "buyer_id": buyer, "amount_fen": 500}, 0),
        ):
            await self.book(tx, admin, await self.propose(tx, finance, **what))
            assert await available(tx, shop) == expected
        assert await ledger.balance(tx, accounts.shop_debt(shop.id)) == 0
        assert await funds.wallet_of(tx, buyer) == 500
        views = (await funds.list_adjustments(tx, PageRequest())).items
        assert [view.state for view in views] == ["BOOKED"] * 4
        assert all(view.decided_by == admin for view in views)
        await pass_time(tx, days=1)
        await sound(tx)

    async def test_a_penalty_is_reversed_once(self, tx: Tx) -> None:
        shop = await rich(tx)
        finance, admin = await operator(tx, "finance"), await operator(tx, "administrator")
        await funds.draw(
            tx, shop.id, amount_fen=2_000, order=("AVAILABLE",), to=accounts.penalty(),
            event="penalty:1", kind="E08",
        )  # fmt: skip
        await self.book(
            tx, admin, await self.propose(tx, finance, kind="REVERSAL", event="penalty:1")
        )
        assert await available(tx, shop) == 994_000
        for event in ("penalty:1", "settled:1", "order_paid:1", "nothing:1"):
            with pytest.raises(NotReversible):
                await self.propose(tx, finance, kind="REVERSAL", event=event)
        await sound(tx)

    async def test_what_is_refused_changes_nothing(self, tx: Tx) -> None:
        shop = await rich(tx)
        finance, admin = await operator(tx, "finance"), await operator(tx, "administrator")
        for what, refusal in (
            ({"kind": "NOTHING", "amount_fen": 1}, AdjustmentInvalid),
            ({"kind": "SHOP_CREDIT", "amount_fen": 1}, AdjustmentInvalid),
            ({"kind": "SHOP_CREDIT", "amount_fen": 1, "shop_id": 404}, ShopNotFound),
            ({"kind": "SHOP_CREDIT", "amount_fen": 0, "shop_id": shop.id}, AmountInvalid),
            (
                {"kind": "BUYER_CREDIT", "amount_fen": 1, "buyer_id": shop.owner_id},
                AdjustmentInvalid,
            ),
        ):  # fmt: skip
            with pytest.raises(refusal):
                await self.propose(tx, finance, **what)
        number = await self.propose(tx, finance, kind="SHOP_CREDIT", shop_id=shop.id, amount_fen=9)
        asked = await pending_approval(tx, "adjustment", number)
        with acting(tx, "operator", admin):
            await reject(tx, asked, reason="缺少凭证")
        assert await available(tx, shop) == 994_000
        with acting(tx, "operator", admin), pytest.raises(RoleRequired):
            await funds.propose_adjustment(
                tx, kind="SHOP_CREDIT", shop_id=shop.id, amount_fen=1, reason="越权"
            )

    async def test_nobody_agrees_to_his_own(self, tx: Tx) -> None:
        shop = await rich(tx)
        both = await operator(tx, "finance", "administrator")
        number = await self.propose(tx, both, kind="SHOP_CREDIT", shop_id=shop.id, amount_fen=9)
        with pytest.raises(OwnRequest):
            await self.book(tx, both, number)


async def test_a_wallet_is_paid_out_or_keeps_its_money(tx: Tx) -> None:
    shop = await rich(tx)
    buyer = (await people.create_buyer(tx, phone="13700137001")).id
    await funds.draw(
        tx, shop.id, amount_fen=1_000, order=("AVAILABLE",), to=accounts.buyer_wallet(buyer),
        event="fake:1", kind="E12",
    )  # fmt: skip
    how = {"holder_name": "示例买家", "account": "622202100112345"}
    with pytest.raises(BalanceTooLow):
        await funds.pay_buyer(tx, buyer, amount_fen=1_001, **how)
    first = await funds.pay_buyer(tx, buyer, amount_fen=600, **how)
    second = await funds.pay_buyer(tx, buyer, amount_fen=400, **how)
    assert await funds.wallet_of(tx, buyer) == 0
    await tx.emit(PayOutDone(1, "buyer_payout", first.id, 600))
    for _ in range(2):
        await tx.emit(PayOutFailed(2, "buyer_payout", second.id, 400, "ACCOUNT_ERROR"))
    assert await funds.wallet_of(tx, buyer) == 400
    states = [one.state for one in (await funds.list_payouts(tx, buyer, PageRequest())).items]
    assert states == ["FAILED", "PAID"]
    await sound(tx)
