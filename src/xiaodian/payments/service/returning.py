"""Giving money back, within the limits of the rulebook (4.6, A-ORD-04)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import desk, rulebooks
from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import SYSTEM
from xiaodian.payments.errors import (
    PaymentNotFound,
    PaymentNotOpen,
    RefundExceedsPaid,
    RefundTooLate,
    TooManyRefunds,
)
from xiaodian.payments.events import RefundSettled
from xiaodian.payments.gateway import Declined, PayGateway, RefundRequest
from xiaodian.payments.gateway import RefundState as ProviderState
from xiaodian.payments.models import PaymentRow, RefundRow
from xiaodian.payments.states import PaymentState, RefundState

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.infra.jobs import Runtime
    from xiaodian.payments.gateway import RefundAnswer

__all__ = ["book_refund", "refund", "refund_outside"]

_REFUNDABLE = frozenset({PaymentState.SUCCESS.value, PaymentState.PART_REFUNDED.value})
_WAITING = frozenset({RefundState.REQUESTED.value, RefundState.PROCESSING.value})


async def refund(tx: Tx, payment_id: int, *, amount_fen: int, reason: str, reference: int) -> int:
    """Write the intent to give money back and answer the refund's id; a job asks the provider.

    Refuses ``PAYMENT_NOT_OPEN`` for what was not paid, ``REFUND_EXCEEDS_PAID``,
    ``TOO_MANY_REFUNDS`` and ``REFUND_TOO_LATE``.
    """
    row = await tx.session.get(PaymentRow, payment_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise PaymentNotFound
    if row.state not in _REFUNDABLE or row.paid_at is None:
        raise PaymentNotOpen(state=row.state)
    limits = rulebooks.at(row.market, row.paid_at).trade.refunds
    if amount_fen <= 0 or row.refunded_fen + amount_fen > row.amount_fen:
        raise RefundExceedsPaid(paid_fen=row.amount_fen, refunded_fen=row.refunded_fen)
    if row.refund_count >= limits.count_max:
        raise TooManyRefunds(limit=limits.count_max)
    if tx.now > row.paid_at + timedelta(days=limits.age_max_days):
        raise RefundTooLate(days=limits.age_max_days)
    row.refunded_fen += amount_fen
    row.refund_count += 1
    whole = row.refunded_fen == row.amount_fen
    row.state = (PaymentState.REFUNDED if whole else PaymentState.PART_REFUNDED).value
    number = tx.new_id()
    tx.session.add(
        RefundRow(
            id=number,
            payment_id=payment_id,
            out_refund_no=f"XR{number}",
            amount_fen=amount_fen,
            reason=reason[:80],
            reference=reference,
            state=RefundState.REQUESTED.value,
            requested_at=tx.now,
            requested_wall_at=wall_now(),
        )
    )
    await tx.session.flush()
    await tx.defer("payments.refund", refund_id=number)
    return number


async def refund_outside(runtime: Runtime, refund_id: int) -> None:
    """Ask the provider to give money back; repeatable by the refund's own number."""
    async with runtime.db.reading(actor=SYSTEM) as tx:
        refund_row = await tx.session.get(RefundRow, refund_id)
        if refund_row is None or refund_row.state not in _WAITING:
            return
        payment = await tx.session.get(PaymentRow, refund_row.payment_id)
        assert payment is not None, "a refund has its payment"
        request = RefundRequest(
            out_refund_no=refund_row.out_refund_no,
            out_trade_no=payment.out_trade_no,
            refund_fen=refund_row.amount_fen,
            paid_fen=payment.amount_fen,
            reason=refund_row.reason,
        )
    answer = await runtime.gateway(PayGateway).refund(request)
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        if isinstance(answer, Declined):
            await _abnormal(tx, request.out_refund_no, answer.code)
        else:
            await book_refund(tx, answer)


async def book_refund(tx: Tx, answer: RefundAnswer) -> str:
    """Book what the provider says of a refund; answers ``booked``, ``duplicate`` or ``unknown``."""
    row = await _locked(tx, answer.out_refund_no)
    if row is None:
        return "unknown"
    if row.state not in _WAITING:
        return "duplicate"
    if answer.state is ProviderState.PROCESSING:
        row.state = RefundState.PROCESSING.value
        row.requested_wall_at = wall_now()
        await tx.session.flush()
        return "booked"
    if answer.state is not ProviderState.SUCCESS:
        await _abnormal(tx, answer.out_refund_no, answer.state.value)
        return "booked"
    row.state = RefundState.SUCCESS.value
    row.settled_at = tx.now
    payment = await tx.session.get(PaymentRow, row.payment_id)
    assert payment is not None, "a refund has its payment"
    await tx.session.flush()
    await tx.emit(
        RefundSettled(row.id, row.payment_id, payment.purpose, row.reference, row.amount_fen)
    )
    return "booked"


async def _abnormal(tx: Tx, out_refund_no: str, why: str) -> None:
    """Tell staff: the provider will not do it by itself, and the buyer is still owed the money."""
    row = await _locked(tx, out_refund_no)
    if row is None or row.state not in _WAITING:
        return
    row.state = RefundState.ABNORMAL.value
    await tx.session.flush()
    await desk.open_item(
        tx,
        kind="refund_abnormal",
        subject="refund",
        subject_id=row.id,
        title=f"退款未成功（{why}）：{out_refund_no}",
        role="finance",
        url="/operator/funds",
    )


async def _locked(tx: Tx, out_refund_no: str) -> RefundRow | None:
    return await tx.session.scalar(
        select(RefundRow)
        .where(RefundRow.out_refund_no == out_refund_no)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
