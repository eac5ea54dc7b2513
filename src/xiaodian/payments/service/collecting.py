"""Collecting money: an intent first, the provider outside any transaction, then the outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import select

from xiaodian import rulebooks
from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import SYSTEM
from xiaodian.payments.errors import (
    MethodNotOffered,
    PaymentNotFound,
    PaymentNotOpen,
    ProviderDeclined,
)
from xiaodian.payments.gateway import Charge, Closing, Declined, Method, PayGateway, TradeState
from xiaodian.payments.models import PaymentRow
from xiaodian.payments.service.booking import Capture, book
from xiaodian.payments.states import OPEN_PAYMENTS, PaymentState

if TYPE_CHECKING:
    from datetime import datetime

    from xiaodian.infra.db import Tx
    from xiaodian.infra.jobs import Runtime

__all__ = [
    "PaymentView",
    "close",
    "close_for",
    "close_outside",
    "find_payment_for",
    "get_payment",
    "prepare",
    "resolve",
    "start",
]


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as others see it."""

    id: int
    purpose: str
    reference: int
    shop_id: int | None
    market: str
    amount_fen: int
    payer_id: int
    method: str
    channel: str
    state: str
    out_trade_no: str
    link_native: str
    link_h5: str
    description: str
    started_at: datetime
    expires_at: datetime | None
    paid_at: datetime | None
    refunded_fen: int

    @property
    def is_open(self) -> bool:
        """Tell whether the payer may still pay."""
        return self.state in OPEN_PAYMENTS


async def start(  # noqa: PLR0913 - the parts of an intent, all named
    tx: Tx,
    *,
    purpose: str,
    reference: int,
    shop_id: int | None,
    market: str,
    amount_fen: int,
    payer_id: int,
    method: str,
    description: str,
    expires_at: datetime | None = None,
) -> PaymentView:
    """Write the intent to collect, or find the open one of the same (purpose, reference) again.

    Refuses ``METHOD_NOT_OFFERED``. An open one of another amount is closed and a new one started.
    """
    payment = rulebooks.at(market, tx.now).trade.payment
    if method not in payment.methods:
        raise MethodNotOffered(method=method)
    open_one = await tx.session.scalar(
        select(PaymentRow)
        .where(
            PaymentRow.purpose == purpose,
            PaymentRow.reference == reference,
            PaymentRow.state.in_([state.value for state in OPEN_PAYMENTS]),
        )
        .with_for_update()
    )
    if open_one is not None:
        if open_one.amount_fen == amount_fen:
            return _view(open_one)
        await close(tx, open_one.id)
    number = tx.new_id()
    row = PaymentRow(
        id=number,
        purpose=purpose,
        reference=reference,
        shop_id=shop_id,
        market=market,
        amount_fen=amount_fen,
        payer_id=payer_id,
        method=method,
        channel=payment.channel,
        description=description[:120],
        out_trade_no=f"XD{number}",
        state=PaymentState.INIT.value,
        started_at=tx.now,
        expires_at=expires_at,
        link_native="",
        link_h5="",
        transaction_id="",
        refunded_fen=0,
        refund_count=0,
    )
    tx.session.add(row)
    await tx.session.flush()
    return _view(row)


async def prepare(
    runtime: Runtime, payment_id: int, *, way: str = "h5", return_url: str = ""
) -> PaymentView:
    """Register the charge with the provider and answer the payment with its link.

    Called outside any transaction; repeatable. A provider takes a charge by one way only: once it
    is registered by the other way, that link is what there is. Refuses ``PAYMENT_NOT_FOUND``,
    ``PAYMENT_NOT_OPEN``, ``PROVIDER_DECLINED``; an ``Outage`` leaves the intent as it was.
    """
    async with runtime.db.reading(actor=SYSTEM) as tx:
        payment = await get_payment(tx, payment_id)
    if not payment.is_open:
        raise PaymentNotOpen(state=payment.state)
    method = Method(way)
    link = payment.link_h5 if method is Method.H5 else payment.link_native
    if not link and (payment.link_h5 or payment.link_native):
        return payment
    if not link:
        prepared = await runtime.gateway(PayGateway).prepare(
            Charge(
                out_trade_no=payment.out_trade_no,
                amount_fen=payment.amount_fen,
                description=payment.description,
                method=method,
            )
        )
        if isinstance(prepared, Declined):
            await resolve(runtime, payment_id)
            raise ProviderDeclined(reason=prepared.code)
        link = prepared.pay_url
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        row = await _locked(tx, payment_id)
        if row.state == PaymentState.INIT:
            row.state = PaymentState.PENDING.value
        row.prepared_at = row.prepared_at or wall_now()
        if method is Method.H5:
            row.link_h5 = link
        else:
            row.link_native = link
        await tx.session.flush()
        view = _view(row)
    if return_url and method is Method.H5:
        joint = "&" if "?" in view.link_h5 else "?"
        return replace(
            view, link_h5=f"{view.link_h5}{joint}redirect_url={quote(return_url, safe='')}"
        )
    return view


async def resolve(runtime: Runtime, payment_id: int) -> PaymentView:
    """Ask the provider where a payment stands and book what it says; never guesses."""
    async with runtime.db.reading(actor=SYSTEM) as tx:
        payment = await get_payment(tx, payment_id)
    trade = await runtime.gateway(PayGateway).query(payment.out_trade_no)
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        if trade is not None and trade.state is TradeState.SUCCESS:
            await book(tx, [Capture(trade.out_trade_no, trade.amount_fen, trade.transaction_id)])
        elif trade is not None and trade.state in {TradeState.CLOSED, TradeState.FAILED}:
            row = await _locked(tx, payment_id)
            if row.state in OPEN_PAYMENTS:
                row.state = PaymentState.CLOSED.value
                await tx.session.flush()
        else:
            row = await _locked(tx, payment_id)
            row.prepared_at = wall_now()
            await tx.session.flush()
        return await get_payment(tx, payment_id)


async def close(tx: Tx, payment_id: int) -> None:
    """Close a payment that nobody shall pay any more; the provider is told by a job.

    Money that was on its way all the same is captured, and whoever wanted it decides.
    """
    row = await _locked(tx, payment_id)
    if row.state not in OPEN_PAYMENTS:
        return
    was = row.state
    row.state = PaymentState.CLOSED.value
    await tx.session.flush()
    if was == PaymentState.PENDING:
        await tx.defer("payments.close", payment_id=payment_id)


async def close_for(tx: Tx, *, purpose: str, reference: int) -> None:
    """Close whatever is open for a (purpose, reference)."""
    found = await tx.session.scalars(
        select(PaymentRow.id).where(
            PaymentRow.purpose == purpose,
            PaymentRow.reference == reference,
            PaymentRow.state.in_([state.value for state in OPEN_PAYMENTS]),
        )
    )
    for payment_id in found.all():
        await close(tx, payment_id)


async def close_outside(runtime: Runtime, payment_id: int) -> None:
    """Tell the provider that a charge is closed; when it was paid meanwhile, book that."""
    async with runtime.db.reading(actor=SYSTEM) as tx:
        payment = await get_payment(tx, payment_id)
    if await runtime.gateway(PayGateway).close(payment.out_trade_no) is Closing.PAID:
        await resolve(runtime, payment_id)


async def get_payment(tx: Tx, payment_id: int) -> PaymentView:
    """Answer a payment; refuses ``PAYMENT_NOT_FOUND``."""
    row = await tx.session.get(PaymentRow, payment_id, populate_existing=True)
    if row is None:
        raise PaymentNotFound
    return _view(row)


async def find_payment_for(tx: Tx, *, purpose: str, reference: int) -> PaymentView | None:
    """Answer the newest payment for a (purpose, reference), if there is one."""
    row = await tx.session.scalar(
        select(PaymentRow)
        .where(PaymentRow.purpose == purpose, PaymentRow.reference == reference)
        .order_by(PaymentRow.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return None if row is None else _view(row)


async def _locked(tx: Tx, payment_id: int) -> PaymentRow:
    row = await tx.session.get(PaymentRow, payment_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise PaymentNotFound
    return row


def _view(row: PaymentRow) -> PaymentView:
    return PaymentView(**{name: getattr(row, name) for name in PaymentView.__dataclass_fields__})
