"""WeChat Pay v3 as it looks on the wire, and how its words become ours.

What cannot be read as these shapes is not an answer: callers treat it as an unknown outcome.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from xiaodian.payments.gateway.words import (
    PayOut,
    PayOutState,
    RefundAnswer,
    RefundState,
    Trade,
    TradeState,
)

__all__ = [
    "CURRENCY",
    "Envelope",
    "ErrorBody",
    "H5Prepaid",
    "NativePrepaid",
    "RefundBody",
    "RefundNotice",
    "TradeBody",
    "TransferBody",
    "TransferNotice",
]

CURRENCY = "CNY"
_TRADE_STATES = {
    "NOTPAY": TradeState.PENDING,
    "USERPAYING": TradeState.PENDING,
    "ACCEPT": TradeState.PENDING,
    "SUCCESS": TradeState.SUCCESS,
    "REFUND": TradeState.SUCCESS,
    "CLOSED": TradeState.CLOSED,
    "REVOKED": TradeState.CLOSED,
    "PAYERROR": TradeState.FAILED,
}
_TRANSFER_STATES = {
    "ACCEPTED": PayOutState.PROCESSING,
    "PROCESSING": PayOutState.PROCESSING,
    "WAIT_USER_CONFIRM": PayOutState.PROCESSING,
    "TRANSFERING": PayOutState.PROCESSING,
    "CANCELING": PayOutState.PROCESSING,
    "SUCCESS": PayOutState.SUCCESS,
    "FAIL": PayOutState.FAILED,
    "CANCELLED": PayOutState.FAILED,
}


class ErrorBody(msgspec.Struct, frozen=True):
    """What a refused request is answered; it comes unsigned."""

    code: str
    message: str = ""


class NativePrepaid(msgspec.Struct, frozen=True):
    """The answer to a native prepay."""

    code_url: str


class H5Prepaid(msgspec.Struct, frozen=True):
    """The answer to an H5 prepay."""

    h5_url: str


class TradeAmount(msgspec.Struct, frozen=True):
    """Absent as a whole while nobody has paid."""

    total: int
    currency: str = CURRENCY


class Payer(msgspec.Struct, frozen=True):
    """Who paid, in the merchant's view."""

    openid: str = ""


class TradeBody(msgspec.Struct, frozen=True):
    """A trade, as queries and notifications both show it."""

    out_trade_no: str
    trade_state: str
    mchid: str = ""
    appid: str = ""
    transaction_id: str = ""
    success_time: datetime | None = None
    attach: str = ""
    amount: TradeAmount | None = None
    payer: Payer | None = None

    def trade(self) -> Trade:
        """Say it in our words; raises ``ValueError`` on a state or currency that we do not know."""
        state = _TRADE_STATES.get(self.trade_state)
        if state is None:
            msg = f"unknown trade state {self.trade_state}"
            raise ValueError(msg)
        paid = state is TradeState.SUCCESS
        if paid and not (self.amount and self.transaction_id and self.success_time):
            msg = "a paid trade has an amount, a number and a time"
            raise ValueError(msg)
        if self.amount and self.amount.currency != CURRENCY:
            msg = f"unknown currency {self.amount.currency}"
            raise ValueError(msg)
        return Trade(
            out_trade_no=self.out_trade_no,
            state=state,
            amount_fen=self.amount.total if self.amount else 0,
            provider_state=self.trade_state,
            transaction_id=self.transaction_id,
            paid_at=self.success_time if paid else None,
            payer=self.payer.openid if self.payer else "",
            attach=self.attach,
        )


class RefundAmount(msgspec.Struct, frozen=True):
    """What was paid and what goes back."""

    refund: int
    total: int


class RefundBody(msgspec.Struct, frozen=True):
    """A refund, as its creation and queries show it."""

    out_refund_no: str
    out_trade_no: str
    refund_id: str
    status: str
    amount: RefundAmount
    success_time: datetime | None = None

    def refund(self) -> RefundAnswer:
        """Say it in our words; raises ``ValueError`` on a state that we do not know."""
        return _refund(self, self.status)


class RefundNotice(msgspec.Struct, frozen=True):
    """A refund, as notifications show it: the state has another name there."""

    mchid: str
    out_refund_no: str
    out_trade_no: str
    refund_id: str
    refund_status: str
    amount: RefundAmount
    success_time: datetime | None = None

    def refund(self) -> RefundAnswer:
        """Say it in our words; raises ``ValueError`` on a state that we do not know."""
        return _refund(self, self.refund_status)


class TransferBody(msgspec.Struct, frozen=True):
    """A transfer, as its creation (without an amount) and queries show it."""

    out_bill_no: str
    transfer_bill_no: str
    state: str
    transfer_amount: int | None = None
    fail_reason: str = ""

    def pay_out(self, amount_fen: int | None = None) -> PayOut:
        """Say it in our words; raises ``ValueError`` on a state or amount that is not known."""
        return _pay_out(self, amount_fen)


class TransferNotice(msgspec.Struct, frozen=True):
    """A transfer, as notifications show it."""

    mch_id: str
    out_bill_no: str
    transfer_bill_no: str
    state: str
    transfer_amount: int
    fail_reason: str = ""

    def pay_out(self) -> PayOut:
        """Say it in our words; raises ``ValueError`` on a state that we do not know."""
        return _pay_out(self, None)


class Resource(msgspec.Struct, frozen=True):
    """The encrypted part of a notification."""

    algorithm: str
    ciphertext: str
    nonce: str
    associated_data: str = ""


class Envelope(msgspec.Struct, frozen=True):
    """A notification before it is opened."""

    id: str
    event_type: str
    resource_type: str
    resource: Resource


def _refund(body: RefundBody | RefundNotice, status: str) -> RefundAnswer:
    state = RefundState(status.lower())
    return RefundAnswer(
        out_refund_no=body.out_refund_no,
        out_trade_no=body.out_trade_no,
        refund_id=body.refund_id,
        state=state,
        refund_fen=body.amount.refund,
        paid_fen=body.amount.total,
        refunded_at=body.success_time,
    )


def _pay_out(body: TransferBody | TransferNotice, amount_fen: int | None) -> PayOut:
    state = _TRANSFER_STATES.get(body.state)
    amount = body.transfer_amount if amount_fen is None else amount_fen
    if state is None or amount is None:
        msg = f"a transfer in state {body.state} for {amount}"
        raise ValueError(msg)
    return PayOut(
        out_bill_no=body.out_bill_no,
        bill_no=body.transfer_bill_no,
        state=state,
        amount_fen=amount,
        provider_state=body.state,
        fail_reason=body.fail_reason,
    )
