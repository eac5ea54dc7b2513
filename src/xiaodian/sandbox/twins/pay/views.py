"""How the pay gateway shows what it knows: the bodies of answers and of notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.kernel.clock import SHANGHAI

if TYPE_CHECKING:
    from datetime import datetime

    from xiaodian.sandbox.twins.pay.book import Order, Refund, Transfer

__all__ = [
    "rfc3339",
    "shown_order",
    "shown_refund",
    "shown_transfer",
    "told_refund",
    "told_transfer",
]

_STATES = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "REFUND": "订单发生过退款，退款详情请查询退款单",
    "CLOSED": "订单已关闭",
}
_RECEIVED = "支付用户零钱"
View = dict[str, object]


def rfc3339(at: datetime) -> str:
    """Write an instant as the provider does."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def shown_order(order: Order, now: datetime) -> View:
    """Show a charge to its merchant."""
    opened, state = order.opened, order.state(now)
    view: View = {
        "appid": opened.appid,
        "mchid": opened.mchid,
        "out_trade_no": opened.out_trade_no,
        "trade_state": state,
        "trade_state_desc": _STATES[state],
        "attach": opened.attach,
        "amount": {"total": opened.total, "currency": "CNY"},
    }
    if order.paid:
        view |= {
            "transaction_id": order.paid.transaction_id,
            "trade_type": opened.trade_type,
            "bank_type": "OTHERS",
            "success_time": rfc3339(order.paid.at),
            "payer": {"openid": order.paid.openid},
            "amount": {
                "total": opened.total,
                "payer_total": opened.total,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }
    return view


def shown_refund(refund: Refund, order: Order) -> View:
    """Show a refund to the merchant that asks."""
    view = _refund(refund, order) | {
        "channel": "ORIGINAL",
        "status": refund.status,
        "create_time": rfc3339(refund.opened.at),
        "funds_account": "AVAILABLE",
    }
    view["amount"] = {
        "total": order.opened.total,
        "refund": refund.opened.refund,
        "payer_total": order.opened.total,
        "payer_refund": refund.opened.refund,
        "settlement_total": order.opened.total,
        "settlement_refund": refund.opened.refund,
        "discount_refund": 0,
        "currency": "CNY",
    }
    return view


def told_refund(refund: Refund, order: Order) -> View:
    """Show a refund in a notification, where its state has another name."""
    return _refund(refund, order) | {
        "mchid": refund.opened.mchid,
        "refund_status": refund.status,
        "amount": {
            "total": order.opened.total,
            "refund": refund.opened.refund,
            "payer_total": order.opened.total,
            "payer_refund": refund.opened.refund,
        },
    }


def shown_transfer(transfer: Transfer) -> View:
    """Show a transfer to the merchant that asks."""
    return _transfer(transfer) | {
        "mch_id": transfer.opened.mchid,
        "appid": transfer.opened.appid,
        "transfer_remark": transfer.opened.remark,
    }


def told_transfer(transfer: Transfer) -> View:
    """Show a transfer in a notification."""
    return _transfer(transfer) | {"mch_id": transfer.opened.mchid}


def _refund(refund: Refund, order: Order) -> View:
    view: View = {
        "out_trade_no": order.opened.out_trade_no,
        "transaction_id": order.paid.transaction_id if order.paid else "",
        "out_refund_no": refund.opened.out_refund_no,
        "refund_id": refund.opened.refund_id,
        "user_received_account": _RECEIVED,
    }
    if refund.settled and refund.status == "SUCCESS":
        view["success_time"] = rfc3339(refund.settled.at)
    return view


def _transfer(transfer: Transfer) -> View:
    opened, settled = transfer.opened, transfer.settled
    view: View = {
        "out_bill_no": opened.out_bill_no,
        "transfer_bill_no": opened.transfer_bill_no,
        "state": transfer.state,
        "transfer_amount": opened.amount,
        "openid": opened.openid,
        "create_time": rfc3339(opened.at),
        "update_time": rfc3339(settled.at if settled else opened.at),
    }
    if settled and settled.fail_reason:
        view["fail_reason"] = settled.fail_reason
    return view
