"""What the pay gateway does: the only writer of its book, and the source of its notifications."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import msgspec

from xiaodian.infra.clock import wall_now
from xiaodian.infra.faults import Fault
from xiaodian.sandbox.twins.doors import Sorry
from xiaodian.sandbox.twins.errands import Courier, Errand, Post
from xiaodian.sandbox.twins.journal import Journal
from xiaodian.sandbox.twins.pay.book import (
    REFUND_WINDOW,
    REFUNDS_MAX,
    Book,
    Entry,
    NoticeDone,
    NoticeMade,
    Order,
    OrderClosed,
    OrderOpened,
    OrderPaid,
    Refund,
    RefundOpened,
    RefundSettled,
    Transfer,
    TransferOpened,
    TransferSettled,
)
from xiaodian.sandbox.twins.pay.views import rfc3339, shown_order, told_refund, told_transfer

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from xiaodian.infra.faults import FaultOrder, FaultPlan
    from xiaodian.sandbox.twins.config import TwinsConfig
    from xiaodian.sandbox.twins.pay.signing import Merchant, Platform
    from xiaodian.sandbox.twins.pay.wire import Prepay, RefundAsked, TransferAsked

__all__ = ["TWIN", "Till"]

TWIN = "pay"
_BUYER = "oSandboxBuyer000000000000000"
_NAME_FROM = 200_000
"""From this amount on the receiver of a transfer must be named."""


class Till:
    """Takes charges, refunds and transfers of the registered merchants."""

    def __init__(self, config: TwinsConfig, plan: FaultPlan, platform: Platform) -> None:
        self.book = Book()
        self._config = config
        self._plan = plan
        self._platform = platform
        self._journal: Journal[Entry] = Journal(config.folder / "pay.jsonl", Entry)  # pyright: ignore[reportArgumentType] - msgspec takes unions
        self.courier = Courier(
            twin=TWIN,
            plan=plan,
            delays_s=config.notify_delays_s,
            answer_s=config.notify_answer_s,
            done=self._told,
        )
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Remember everything, and go on with what was under way."""
        for entry in self._journal.open():
            self.book.apply(entry)
        for notice in list(self.book.untold.values()):
            self._tell(notice)
        for refund in self.book.refunds.values():
            if refund.settled is None:
                self._later(self._settle_refund(refund))
        for transfer in self.book.transfers.values():
            if transfer.settled is None:
                self._later(self._settle_transfer(transfer))

    async def stop(self) -> None:
        """Leave everything where it is."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.courier.stop()
        await self._journal.aclose()

    async def settled(self) -> None:
        """Wait until all that anybody may have been shown is on the disk."""
        await self._journal.settled()

    def prepay(self, merchant: Merchant, asked: Prepay, trade_type: str) -> Order:
        """Register a charge; the same words again answer the same charge."""
        now = wall_now()
        if asked.appid != merchant.appid:
            raise Sorry(400, "APPID_MCHID_NOT_MATCH", "appid和mchid不匹配")
        opened = OrderOpened(
            at=now,
            mchid=merchant.mchid,
            appid=asked.appid,
            out_trade_no=asked.out_trade_no,
            trade_type=trade_type,
            description=asked.description,
            total=asked.amount.total,
            notify_url=asked.notify_url,
            prepay_id=f"wx{secrets.token_hex(17)}",
            attach=asked.attach,
            expires=asked.time_expire,
        )
        known = self.book.orders.get((merchant.mchid, asked.out_trade_no))
        if known is not None:
            state = known.state(now)
            if state in ("SUCCESS", "REFUND"):
                raise Sorry(400, "ORDERPAID", "该订单已支付")
            if state == "CLOSED":
                raise Sorry(400, "ORDER_CLOSED", "订单已关闭")
            if not known.opened.same_words(opened):
                raise Sorry(403, "OUT_TRADE_NO_USED", "商户订单号重复")
            return known
        if asked.time_expire is not None and asked.time_expire <= now:
            raise Sorry(400, "PARAM_ERROR", "time_expire 已过")
        self._record(opened)
        return self.book.orders[merchant.mchid, asked.out_trade_no]

    async def pay(self, order: Order) -> Order:
        """Let the buyer pay; refuses ORDERPAID, ORDER_CLOSED, and PAY_DECLINED on order."""
        now = wall_now()
        match order.state(now):
            case "NOTPAY":
                pass
            case "CLOSED":
                raise Sorry(409, "ORDER_CLOSED", "订单已关闭，不能再支付")
            case _:
                raise Sorry(409, "ORDERPAID", "该订单已支付")
        opened = order.opened
        self._record(
            OrderPaid(
                at=now,
                mchid=opened.mchid,
                out_trade_no=opened.out_trade_no,
                transaction_id=_number("42000", 28),
                openid=_BUYER,
            )
        )
        notice = self._notice(opened.mchid, "transaction", opened.out_trade_no, opened.notify_url)
        await self.settled()
        self._tell(notice)
        return order

    def close(self, order: Order) -> None:
        """Close an unpaid charge; twice is once. Refuses ORDERPAID."""
        if order.paid:
            raise Sorry(400, "ORDERPAID", "订单已支付，不能关闭")
        if not order.closed:
            opened = order.opened
            self._record(
                OrderClosed(at=wall_now(), mchid=opened.mchid, out_trade_no=opened.out_trade_no)
            )

    def refund(self, merchant: Merchant, asked: RefundAsked) -> Refund:
        """Give money back; the same words again answer the same refund."""
        order = (
            self.book.by_transaction.get(asked.transaction_id)
            if asked.transaction_id
            else self.book.orders.get((merchant.mchid, asked.out_trade_no))
        )
        if order is None or order.opened.mchid != merchant.mchid:
            raise Sorry(404, "RESOURCE_NOT_EXISTS", "订单不存在")
        known = self.book.refunds.get((merchant.mchid, asked.out_refund_no))
        if known is not None:
            same = known.opened.out_trade_no == order.opened.out_trade_no
            if not same or (known.opened.refund, order.opened.total) != (
                asked.amount.refund,
                asked.amount.total,
            ):
                raise Sorry(
                    400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试"
                )
            return known
        self.check_refundable(order, asked)
        self._record(
            RefundOpened(
                at=wall_now(),
                mchid=merchant.mchid,
                out_trade_no=order.opened.out_trade_no,
                out_refund_no=asked.out_refund_no,
                refund_id=_number("50300", 29),
                refund=asked.amount.refund,
                reason=asked.reason,
                notify_url=asked.notify_url or "",
            )
        )
        refund = self.book.refunds[merchant.mchid, asked.out_refund_no]
        self._later(self._settle_refund(refund))
        return refund

    def transfer(self, merchant: Merchant, asked: TransferAsked) -> Transfer:
        """Send money out; the same words again answer the same transfer."""
        if asked.appid != merchant.appid:
            raise Sorry(400, "APPID_MCHID_NOT_MATCH", "appid和mchid不匹配")
        if asked.transfer_amount >= _NAME_FROM and not asked.user_name:
            raise Sorry(400, "PARAM_ERROR", "转账金额不低于2000元时，必须填写收款用户姓名")
        if asked.user_name:
            self._platform.decrypt(asked.user_name)
        known = self.book.transfers.get((merchant.mchid, asked.out_bill_no))
        if known is not None:
            if (known.opened.openid, known.opened.amount) != (asked.openid, asked.transfer_amount):
                raise Sorry(400, "INVALID_REQUEST", "商户单号重复，且收款人或金额与之前请求不一致")
            return known
        self._record(
            TransferOpened(
                at=wall_now(),
                mchid=merchant.mchid,
                appid=asked.appid,
                out_bill_no=asked.out_bill_no,
                transfer_bill_no=_number("13300", 30),
                openid=asked.openid,
                amount=asked.transfer_amount,
                remark=asked.transfer_remark,
                notify_url=asked.notify_url or "",
            )
        )
        transfer = self.book.transfers[merchant.mchid, asked.out_bill_no]
        self._later(self._settle_transfer(transfer))
        return transfer

    @staticmethod
    def check_refundable(order: Order, asked: RefundAsked) -> None:
        """Refuse INVALID_REQUEST for what may not go back: at most 50 parts, within a year."""
        if order.paid is None:
            raise Sorry(400, "INVALID_REQUEST", "订单未支付，不能退款")
        if asked.amount.total != order.opened.total:
            raise Sorry(400, "INVALID_REQUEST", "订单金额与原订单不一致")
        if wall_now() - order.paid.at > REFUND_WINDOW:
            raise Sorry(400, "INVALID_REQUEST", "订单已经超过可退款的最大期限")
        if len(order.refunds) >= REFUNDS_MAX:
            raise Sorry(400, "INVALID_REQUEST", "一笔订单最多支持50次部分退款")
        if order.refunded + asked.amount.refund > order.opened.total:
            raise Sorry(400, "INVALID_REQUEST", "申请退款金额大于订单可退金额")

    async def _settle_refund(self, refund: Refund) -> None:
        opened = refund.opened
        order = await self._on_its_way("refund_result", opened.out_refund_no)
        status = "ABNORMAL" if order is not None and order.fault is Fault.DECLINE else "SUCCESS"
        self._record(
            RefundSettled(
                at=wall_now(), mchid=opened.mchid, out_refund_no=opened.out_refund_no, status=status
            )
        )
        if opened.notify_url:
            notice = self._notice(opened.mchid, "refund", opened.out_refund_no, opened.notify_url)
            await self.settled()
            self._tell(notice)
        else:
            await self.settled()

    async def _settle_transfer(self, transfer: Transfer) -> None:
        opened = transfer.opened
        order = await self._on_its_way("transfer_result", opened.out_bill_no)
        failed = order is not None and order.fault is Fault.DECLINE
        self._record(
            TransferSettled(
                at=wall_now(),
                mchid=opened.mchid,
                out_bill_no=opened.out_bill_no,
                state="FAIL" if failed else "SUCCESS",
                fail_reason="PAYEE_ACCOUNT_ABNORMAL" if failed else "",
            )
        )
        if opened.notify_url:
            notice = self._notice(opened.mchid, "transfer", opened.out_bill_no, opened.notify_url)
            await self.settled()
            self._tell(notice)
        else:
            await self.settled()

    async def _on_its_way(self, door: str, subject: str) -> FaultOrder | None:
        await asyncio.sleep(self._config.settle_s)
        order = self._plan.take(TWIN, door, subject=subject)
        if order is not None and order.fault is Fault.LATE:
            await asyncio.sleep(order.delay_s)
        return order

    def _notice(self, mchid: str, kind: str, number: str, url: str) -> NoticeMade:
        notice = NoticeMade(
            at=wall_now(),
            id=f"EV-{secrets.token_hex(12)}",
            mchid=mchid,
            kind=kind,
            number=number,
            url=url,
        )
        self._record(notice)
        return notice

    def _tell(self, notice: NoticeMade) -> None:
        self.courier.send(
            Errand(
                id=notice.id,
                url=notice.url,
                subject=notice.number,
                make=lambda fault: self._written(notice, fault),
            )
        )

    async def _told(self, errand: Errand) -> None:
        self._record(NoticeDone(at=wall_now(), id=errand.id, state=errand.state))
        await self.settled()

    def _written(self, notice: NoticeMade, fault: Fault | None) -> Post:
        event, summary, about, told = self._word(notice)
        merchant = self._platform.merchant(notice.mchid)
        plain = msgspec.json.encode(told)
        body = msgspec.json.encode(
            {
                "id": notice.id,
                "create_time": rfc3339(notice.at),
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": summary,
                "resource": self._platform.encrypt(merchant, plain, about=about, fault=fault),
            }
        )
        headers = self._platform.sign(body, fault) | {"Content-Type": "application/json"}
        if fault is Fault.ALTER:
            body = body.replace(notice.id.encode(), f"EV-{secrets.token_hex(12)}".encode())
        return headers, body

    def _word(self, notice: NoticeMade) -> tuple[str, str, str, dict[str, object]]:
        key = (notice.mchid, notice.number)
        if notice.kind == "transaction":
            order = self.book.orders[key]
            view = shown_order(order, notice.at) | {
                "trade_state": "SUCCESS",
                "trade_state_desc": "支付成功",
            }
            return "TRANSACTION.SUCCESS", "支付成功", "transaction", view
        if notice.kind == "refund":
            refund = self.book.refunds[key]
            good = refund.status == "SUCCESS"
            word = "REFUND.SUCCESS" if good else "REFUND.ABNORMAL"
            return (
                word,
                "退款成功" if good else "退款异常",
                "refund",
                told_refund(refund, self.book.order_of(refund)),
            )
        return (
            "MCHTRANSFER.BILL.FINISHED",
            "商家转账单据终态通知",
            "mch_payment",
            told_transfer(self.book.transfers[key]),
        )

    def _record(self, *entries: Entry) -> None:
        for entry in entries:
            self.book.apply(entry)
        self._journal.note(*entries)

    def _later(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _number(prefix: str, digits: int) -> str:
    rest = digits - len(prefix)
    return prefix + str(secrets.randbelow(10**rest)).zfill(rest)
