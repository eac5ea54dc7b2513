"""The pay gateway, driven by the real client over loopback HTTP."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tests.sandbox.town import Town, charge, free_port

from xiaodian.infra.clock import wall_now
from xiaodian.kernel.errors import Outage
from xiaodian.payments.gateway import (
    Closing,
    Declined,
    Method,
    Notification,
    NullPayGateway,
    PayOut,
    PayOutRequest,
    PayOutState,
    Prepared,
    RefundAnswer,
    RefundRequest,
    RefundState,
    Rejection,
    RejectReason,
    Trade,
    TradeState,
    WechatPayGateway,
)
from xiaodian.sandbox.twins.doors import Sorry
from xiaodian.sandbox.twins.pay.book import Order, OrderOpened, OrderPaid, Refund, RefundOpened
from xiaodian.sandbox.twins.pay.till import Till
from xiaodian.sandbox.twins.pay.wire import RefundAmount, RefundAsked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def refunding(number: str, refund_no: str, fen: int, total: int = 19_900) -> RefundRequest:
    return RefundRequest(
        out_refund_no=refund_no,
        out_trade_no=number,
        refund_fen=fen,
        paid_fen=total,
        reason="七天无理由",
    )


def paying_out(number: str, fen: int = 19_781) -> PayOutRequest:
    return PayOutRequest(
        out_bill_no=number,
        amount_fen=fen,
        payee="oMerchant",
        payee_name="演示商家",
        remark="货款提现",
    )


async def test_a_charge_waits_is_paid_and_is_told(town: Town):
    number, pay = await town.charged()
    before = await pay.query(number)
    assert before is not None
    assert (before.state, before.amount_fen) == (TradeState.PENDING, 19_900)

    assert (await town.press_pay(number)).json()["trade_state"] == "SUCCESS"

    after = await pay.query(number)
    assert after is not None
    assert (after.state, after.amount_fen) == (TradeState.SUCCESS, 19_900)
    assert after.paid_at is not None
    assert abs(after.paid_at - wall_now()) < timedelta(seconds=10)
    assert await pay.query_transaction(after.transaction_id) == after
    told = (await town.listener.at(f"/{number}"))[0]
    notice = pay.read_notification(told.headers, told.body)
    assert isinstance(notice, Notification)
    assert (notice.event, notice.subject) == ("TRANSACTION.SUCCESS", after)


async def test_the_sdk_itself_reads_our_notification(town: Town):
    number, pay = await town.charged(paid=True)
    told = (await town.listener.at(f"/{number}"))[0]
    sdk = await pay._ready()
    opened = sdk.callback({name.title(): value for name, value in told.headers.items()}, told.body)
    assert opened["resource"]["out_trade_no"] == number
    assert opened["resource"]["amount"]["payer_total"] == 19_900


async def test_what_nobody_registered_is_absent(town: Town):
    assert await town.pay.query("NOTTHERE1") is None
    assert await town.pay.query_transaction("4200000000000000000000000000") is None
    assert await town.pay.query_refund("NOTTHERE1") is None
    assert await town.pay.query_pay_out("NOTTHERE1") is None
    assert await town.pay.close("NOTTHERE1") is Closing.ABSENT


async def test_the_same_prepay_twice_is_one_charge(town: Town):
    number, pay = await town.charged()
    again = await pay.prepare(charge(number))
    assert isinstance(again, Prepared)
    assert again == await pay.prepare(charge(number))
    other = await pay.prepare(charge(number, fen=19_901))
    assert isinstance(other, Declined)
    assert other.code == "OUT_TRADE_NO_USED"
    await town.press_pay(number)
    late = await pay.prepare(charge(number))
    assert isinstance(late, Declined)
    assert late.code == "ORDERPAID"


async def test_a_closed_charge_cannot_be_paid_and_a_paid_one_not_closed(town: Town):
    number, pay = await town.charged()
    assert await pay.close(number) is Closing.CLOSED
    assert await pay.close(number) is Closing.CLOSED
    assert (await town.press_pay(number)).json()["code"] == "ORDER_CLOSED"
    found = await pay.query(number)
    assert found is not None
    assert found.state is TradeState.CLOSED
    declined = await pay.prepare(charge(number))
    assert isinstance(declined, Declined)
    assert declined.code == "ORDER_CLOSED"
    number, pay = await town.charged(paid=True)
    assert await pay.close(number) is Closing.PAID
    assert (await town.press_pay(number)).json()["code"] == "ORDERPAID"


def an_order(
    total: int = 1, expires: datetime | None = None, paid_at: datetime | None = None
) -> Order:
    opened = OrderOpened(
        at=wall_now(),
        mchid="1",
        appid="a",
        out_trade_no="T1",
        trade_type="NATIVE",
        description="d",
        total=total,
        notify_url="http://127.0.0.1/n",
        prepay_id="wx1",
        expires=expires,
    )
    if paid_at is None:
        return Order(opened)
    paid = OrderPaid(at=paid_at, mchid="1", out_trade_no="T1", transaction_id="42", openid="o")
    return Order(opened, paid)


def a_refund(number: int) -> Refund:
    return Refund(
        RefundOpened(
            at=wall_now(),
            mchid="1",
            out_trade_no="T1",
            out_refund_no=f"R{number}",
            refund_id=f"50{number}",
            refund=1,
        )
    )


def test_a_charge_closes_when_its_time_is_over():
    now = wall_now()
    order = an_order(expires=now + timedelta(minutes=30))
    assert order.state(now + timedelta(minutes=29, seconds=59)) == "NOTPAY"
    assert order.state(now + timedelta(minutes=30)) == "CLOSED"


async def test_a_charge_keeps_the_time_it_was_given(town: Town):
    number = town.number()
    asked = replace(charge(number), open_for=timedelta(minutes=30))
    page = await town.client.get(page_of(await town.pay.prepare(asked)))
    assert "支付截止" in page.text


def page_of(prepared: Prepared | Declined) -> str:
    assert isinstance(prepared, Prepared)
    return prepared.pay_url


def fields(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


@pytest.mark.parametrize("method", [Method.H5, Method.NATIVE])
async def test_the_buyer_pays_on_the_page_and_returns(town: Town, method: Method):
    number = town.number()
    url = page_of(await town.pay.prepare(charge(number, method=method)))
    back = f"{town.listener.address}/pay/1?done=1"
    page = await town.client.get(f"{url}&redirect_url={quote(back, safe='')}")
    assert page.status_code == 200
    assert "¥199.00" in page.text.replace("<small>¥</small>", "¥")
    assert town.listener.address in page.headers["content-security-policy"]
    given = fields(page.text)
    assert given["redirect_url"] == back

    answer = await town.client.post("/pay/checkmweb", data=given | {"choice": "pay"})
    assert (answer.status_code, answer.headers["location"]) == (303, back)
    found = await town.pay.query(number)
    assert found is not None
    assert found.state is TradeState.SUCCESS
    assert "支付成功" in (await town.client.get(url)).text


async def test_the_buyer_changes_their_mind(town: Town):
    number, pay = await town.charged()
    back = f"{town.listener.address}/orders/1"
    url = page_of(await pay.prepare(charge(number)))
    page = await town.client.get(f"{url}&redirect_url={quote(back, safe='')}")
    given = fields(page.text) | {"choice": "cancel"}
    assert (await town.client.post("/pay/checkmweb", data=given)).headers["location"] == back
    found = await pay.query(number)
    assert found is not None
    assert found.state is TradeState.PENDING


async def test_the_page_sends_nobody_elsewhere(town: Town):
    number, pay = await town.charged()
    url = page_of(await pay.prepare(charge(number)))
    page = await town.client.get(f"{url}&redirect_url=https://elsewhere.example/")
    assert "elsewhere.example" not in page.text
    prepay_id = fields(page.text)["prepay_id"]
    answer = await town.client.post(
        "/pay/checkmweb",
        data={
            "prepay_id": prepay_id,
            "redirect_url": "https://elsewhere.example/",
            "choice": "pay",
        },
    )
    assert answer.status_code == 200
    assert "location" not in answer.headers


async def test_the_page_declines_on_order_and_the_buyer_tries_again(town: Town):
    number, pay = await town.charged()
    await town.fault("pay", "decline", door="pay", subject=number)
    url = page_of(await pay.prepare(charge(number)))
    given = fields((await town.client.get(url)).text) | {"choice": "pay"}
    refused = await town.client.post("/pay/checkmweb", data=given)
    assert refused.status_code == 409
    assert "支付失败" in refused.text
    found = await pay.query(number)
    assert found is not None
    assert found.state is TradeState.PENDING
    assert (await town.client.post("/pay/checkmweb", data=given)).status_code == 200
    assert (await pay.query(number)).state is TradeState.SUCCESS  # pyright: ignore[reportOptionalMemberAccess]


async def test_an_unknown_page_says_so(town: Town):
    answer = await town.client.get("/pay/checkmweb", params={"prepay_id": "wx<script>"})
    assert answer.status_code == 404
    assert "<script>" not in answer.text


async def test_refunds_in_parts_up_to_what_was_paid(town: Town):
    number, pay = await town.charged(paid=True)
    first = await pay.refund(refunding(number, f"{number}R1", 9_900))
    assert isinstance(first, RefundAnswer)
    assert first.state is RefundState.PROCESSING
    assert await pay.refund(refunding(number, f"{number}R1", 9_900)) == first
    conflict = await pay.refund(refunding(number, f"{number}R1", 9_901))
    assert isinstance(conflict, Declined)
    assert conflict.code == "INVALID_REQUEST"
    over = await pay.refund(refunding(number, f"{number}R2", 10_001))
    assert isinstance(over, Declined)
    second = await pay.refund(refunding(number, f"{number}R2", 10_000))
    assert isinstance(second, RefundAnswer)

    told = await town.listener.at(f"/{number}", 3)
    notices = [pay.read_notification(message.headers, message.body) for message in told]
    refunds = [
        n.subject for n in notices if isinstance(n, Notification) and n.event == "REFUND.SUCCESS"
    ]
    assert {refund.refund_fen for refund in refunds if isinstance(refund, RefundAnswer)} == {
        9_900,
        10_000,
    }
    found = await pay.query_refund(f"{number}R1")
    assert found is not None
    assert (found.state, found.refund_fen, found.paid_fen) == (RefundState.SUCCESS, 9_900, 19_900)
    trade = await pay.query(number)
    assert trade is not None
    assert (trade.state, trade.provider_state) == (TradeState.SUCCESS, "REFUND")


def test_a_trade_takes_fifty_refunds_within_a_year():
    now = wall_now()
    order = an_order(total=100, paid_at=now - timedelta(days=364))
    asked = RefundAsked(out_refund_no="R", amount=RefundAmount(refund=1, total=100, currency="CNY"))
    order.refunds = [a_refund(number) for number in range(49)]
    Till.check_refundable(order, asked)
    order.refunds.append(a_refund(49))
    with pytest.raises(Sorry, match="INVALID_REQUEST"):
        Till.check_refundable(order, asked)
    old = an_order(total=100, paid_at=now - timedelta(days=366))
    with pytest.raises(Sorry, match="INVALID_REQUEST"):
        Till.check_refundable(old, asked)


async def test_only_what_was_paid_is_refunded(town: Town):
    number, pay = await town.charged()
    unpaid = await pay.refund(refunding(number, f"{number}R", 1))
    assert isinstance(unpaid, Declined)
    unknown = await pay.refund(refunding("NOTTHERE1", f"{number}R", 1))
    assert isinstance(unknown, Declined)
    assert unknown.code == "RESOURCE_NOT_EXISTS"
    await town.press_pay(number)
    other_total = await pay.refund(refunding(number, f"{number}R", 1, 19_901))
    assert isinstance(other_total, Declined)


async def test_a_refund_may_end_abnormal(town: Town):
    number, pay = await town.charged(paid=True)
    await town.fault("pay", "decline", door="refund_result", subject=f"{number}R")
    await pay.refund(refunding(number, f"{number}R", 100))
    told = (await town.listener.at(f"/{number}", 2))[-1]
    notice = pay.read_notification(told.headers, told.body)
    assert isinstance(notice, Notification)
    assert isinstance(notice.subject, RefundAnswer)
    assert (notice.event, notice.subject.state) == ("REFUND.ABNORMAL", RefundState.ABNORMAL)


async def test_money_goes_out_once(town: Town):
    number = town.number()
    pay = await town.gateway(number)
    sent = await pay.pay_out(paying_out(number))
    assert isinstance(sent, PayOut)
    assert (sent.state, sent.amount_fen) == (PayOutState.PROCESSING, 19_781)
    again = await pay.pay_out(paying_out(number))
    assert isinstance(again, PayOut)
    assert again.bill_no == sent.bill_no
    other = await pay.pay_out(paying_out(number, 19_782))
    assert isinstance(other, Declined)
    told = (await town.listener.at(f"/{number}"))[0]
    notice = pay.read_notification(told.headers, told.body)
    assert isinstance(notice, Notification)
    assert notice.subject == await pay.query_pay_out(number)
    assert isinstance(notice.subject, PayOut)
    assert notice.subject.state is PayOutState.SUCCESS


async def test_money_going_out_may_come_back(town: Town):
    number = town.number()
    await town.fault("pay", "decline", door="transfer_result", subject=number)
    assert isinstance(await town.pay.pay_out(paying_out(number, 500_000)), PayOut)

    async def failed() -> PayOut:
        found = await town.pay.query_pay_out(number)
        assert found is not None
        return found

    found = await failed()
    while found.state is PayOutState.PROCESSING:
        found = await failed()
    assert (found.state, found.fail_reason) == (PayOutState.FAILED, "PAYEE_ACCOUNT_ABNORMAL")


async def test_a_notification_comes_again_until_it_is_heard(town: Town):
    number, pay = await town.charged()
    town.listener.answers[f"/{number}"] = [500, 503]
    await town.press_pay(number)
    told = await town.listener.at(f"/{number}", 3)
    read = [pay.read_notification(message.headers, message.body) for message in told]
    assert all(isinstance(notice, Notification) for notice in read)
    assert len({notice.id for notice in read if isinstance(notice, Notification)}) == 1
    assert len({message.headers["wechatpay-nonce"] for message in told}) == 3
    shown = await attempts(town, number)
    assert [attempt["outcome"] for attempt in shown] == ["500", "503", "204"]


async def test_a_notification_that_nobody_hears_is_given_up(town: Town):
    number, _ = await town.charged()
    town.listener.answers[f"/{number}"] = [500] * 4
    await town.press_pay(number)
    await town.listener.at(f"/{number}", 4)
    shown: list[str] = []
    while shown != ["given_up"]:
        answer = await town.client.get("/pay/sandbox/notifications", params={"number": number})
        shown = [notice["state"] for notice in answer.json()["notifications"]]
    assert len(town.listener.came(f"/{number}")) == 4


async def attempts(town: Town, number: str) -> list[dict[str, str]]:
    shown: list[dict[str, str]] = []
    answer = await town.client.get("/pay/sandbox/notifications", params={"number": number})
    for notice in answer.json()["notifications"]:
        shown += notice["attempts"]
    return shown


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("forge", RejectReason.FORGED),
        ("alter", RejectReason.ALTERED),
        ("replay", RejectReason.STALE),
        ("serial", RejectReason.UNKNOWN_SERIAL),
        ("garble", RejectReason.UNDECRYPTABLE),
    ],
)
async def test_a_spoilt_notification_is_named_and_a_sound_one_follows(
    town: Town, fault: str, reason: RejectReason
):
    number, pay = await town.charged()
    await town.fault("pay", fault, door="notify", subject=number)
    town.listener.answers[f"/{number}"] = [401]
    await town.press_pay(number)
    spoilt, sound = (await town.listener.at(f"/{number}", 2))[:2]
    rejected = pay.read_notification(spoilt.headers, spoilt.body)
    assert isinstance(rejected, Rejection)
    assert rejected.reason is reason
    assert isinstance(pay.read_notification(sound.headers, sound.body), Notification)


async def test_a_notification_comes_twice_on_order(town: Town):
    number, pay = await town.charged()
    await town.fault("pay", "duplicate", subject=number)
    await town.press_pay(number)
    first, second = await town.listener.at(f"/{number}", 2)
    one, two = (pay.read_notification(m.headers, m.body) for m in (first, second))
    assert isinstance(one, Notification)
    assert one == two
    assert first.body != second.body


async def test_a_notification_comes_again_by_hand(town: Town):
    number, _ = await town.charged(paid=True)
    await town.listener.at(f"/{number}")
    shown = await town.client.get("/pay/sandbox/notifications", params={"number": number})
    id_ = shown.json()["notifications"][0]["id"]
    assert (await town.client.post(f"/pay/sandbox/notifications/{id_}/again")).status_code == 202
    await town.listener.at(f"/{number}", 2)


async def test_a_notification_comes_late_or_never_on_order(town: Town):
    late, pay = await town.charged()
    lost, _ = await town.charged()
    await town.fault("pay", "late", door="notify", subject=late, delay_s=0.3)
    await town.fault("pay", "lose", subject=lost)
    began = wall_now()
    await town.press_pay(lost)
    await town.press_pay(late)
    await town.listener.at(f"/{late}")
    assert wall_now() - began >= timedelta(seconds=0.3)
    assert not town.listener.came(f"/{lost}")
    found = await pay.query(lost)
    assert found is not None
    assert found.state is TradeState.SUCCESS


async def test_a_time_out_hides_what_was_done(town: Town):
    number, pay = await town.charged(paid=True, answer_s=0.2)
    await town.fault("pay", "timeout", door="refund", subject=f"{number}R", delay_s=0.6)
    with pytest.raises(Outage):
        await pay.refund(refunding(number, f"{number}R", 100))
    assert await pay.query_refund(f"{number}R") is not None


@pytest.mark.parametrize(("fault", "delay"), [("hang", 0.6), ("outage", 0)])
async def test_an_outage_did_nothing(town: Town, fault: str, delay: float):
    number, pay = await town.charged(paid=True, answer_s=0.2)
    await town.fault("pay", fault, door="refund", subject=f"{number}R", delay_s=delay)
    with pytest.raises(Outage):
        await pay.refund(refunding(number, f"{number}R", 100))
    assert await pay.query_refund(f"{number}R") is None


@pytest.mark.parametrize("fault", ["forge", "alter"])
async def test_an_answer_that_somebody_else_gave_is_no_answer(town: Town, fault: str):
    number, pay = await town.charged(paid=True)
    await town.fault("pay", fault, door="query", subject=number)
    with pytest.raises(Outage):
        await pay.query(number)
    assert isinstance(await pay.query(number), Trade)


@pytest.mark.parametrize(
    ("door", "ask", "code"),
    [
        ("prepay", lambda pay, number: pay.prepare(charge(f"{number}X")), "RULE_LIMIT"),
        (
            "refund",
            lambda pay, number: pay.refund(refunding(number, f"{number}X", 1)),
            "NOT_ENOUGH",
        ),
        ("transfer", lambda pay, number: pay.pay_out(paying_out(f"{number}X")), "NOT_ENOUGH"),
    ],
)
async def test_a_no_is_a_no(
    town: Town,
    door: str,
    ask: Callable[[WechatPayGateway, str], Awaitable[object]],
    code: str,
):
    number, pay = await town.charged(paid=True)
    await town.fault("pay", "decline", door=door, subject=f"{number}X", after=1)
    assert not isinstance(await ask(pay, number), Declined)
    answer = await ask(pay, number)
    assert isinstance(answer, Declined)
    assert answer.code == code
    assert not isinstance(await ask(pay, number), Declined)


async def test_nobody_there_is_an_outage(town: Town):
    nobody = WechatPayGateway(
        town.keys.pay_settings(f"http://127.0.0.1:{free_port()}"), notify_url="http://127.0.0.1/n"
    )
    with pytest.raises(Outage):
        await nobody.prepare(charge(town.number()))
    await nobody.aclose()


async def test_no_gateway_refuses_everything():
    null = NullPayGateway()
    for asking in (
        null.prepare(charge("T1")),
        null.query("T1"),
        null.query_transaction("T1"),
        null.close("T1"),
        null.refund(refunding("T1", "R1", 1)),
        null.query_refund("R1"),
        null.pay_out(paying_out("B1")),
        null.query_pay_out("B1"),
    ):
        with pytest.raises(Outage):
            await asking
    with pytest.raises(Outage):
        null.read_notification({}, b"")
    await null.aclose()
