"""The way to a payment provider: its words, WeChat Pay's real client, and the one that refuses."""

from xiaodian.payments.gateway.null import NullPayGateway
from xiaodian.payments.gateway.wechat import WechatPayGateway
from xiaodian.payments.gateway.words import (
    Charge,
    Closing,
    Declined,
    Method,
    Notification,
    PayGateway,
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
)

__all__ = [
    "Charge",
    "Closing",
    "Declined",
    "Method",
    "Notification",
    "NullPayGateway",
    "PayGateway",
    "PayOut",
    "PayOutRequest",
    "PayOutState",
    "Prepared",
    "RefundAnswer",
    "RefundRequest",
    "RefundState",
    "RejectReason",
    "Rejection",
    "Trade",
    "TradeState",
    "WechatPayGateway",
]
