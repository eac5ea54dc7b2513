"""Booking what the provider says: notifications of the moment are judged and committed together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import desk
from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import Gather
from xiaodian.payments.events import PaymentCaptured
from xiaodian.payments.gateway import PayOut, RefundAnswer, Trade, TradeState
from xiaodian.payments.models import NotificationRow, PaymentRow
from xiaodian.payments.service import returning, sending
from xiaodian.payments.states import PaymentState, may

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Database, Tx
    from xiaodian.payments.gateway import Notification, Rejection

__all__ = ["Capture", "Notices", "Received", "book", "record_rejected"]

_TEXT_MAX = 200


@dataclass(frozen=True, slots=True)
class Capture:
    """The provider's word that a charge was paid."""

    out_trade_no: str
    amount_fen: int
    transaction_id: str


@dataclass(frozen=True, slots=True)
class Received:
    """A believed notification and a digest of its body."""

    notification: Notification
    digest: bytes


class Notices:
    """The intake of one process for believed notifications."""

    def __init__(self, db: Database) -> None:
        self._gather: Gather[Received, str] = Gather(db, _judge)

    async def take(self, notification: Notification, body: bytes) -> str:
        """Book one notification and answer what became of it, after the commit."""
        return await self._gather.ask(Received(notification, hashlib.sha256(body).digest()))


async def book(tx: Tx, captures: Sequence[Capture]) -> dict[str, str]:
    """Book captures, each once, and answer what became of each charge.

    ``booked``, ``duplicate``, ``unknown`` (no such charge of ours) or ``mismatch`` (another
    amount: nothing is booked, staff are told).
    """
    by_number = {one.out_trade_no: one for one in captures}
    rows = (
        await tx.session.scalars(
            select(PaymentRow)
            .where(PaymentRow.out_trade_no.in_(by_number))
            .order_by(PaymentRow.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).all()
    outcomes = dict.fromkeys(by_number, "unknown")
    events: list[PaymentCaptured] = []
    for row in rows:
        capture = by_number[row.out_trade_no]
        if not may(PaymentState(row.state), PaymentState.SUCCESS):
            outcomes[row.out_trade_no] = "duplicate"
        elif capture.amount_fen != row.amount_fen:
            outcomes[row.out_trade_no] = "mismatch"
            await desk.open_item(
                tx,
                kind="payment_mismatch",
                subject="payment",
                subject_id=row.id,
                title=f"支付金额不符：{row.out_trade_no}",
                role="finance",
                url="/operator/funds",
            )
        else:
            outcomes[row.out_trade_no] = "booked"
            row.state = PaymentState.SUCCESS.value
            row.transaction_id = capture.transaction_id
            row.paid_at = tx.now
            events.append(_captured(row))
    await tx.session.flush()
    await tx.emit_all(events)
    return outcomes


async def record_rejected(tx: Tx, rejection: Rejection, body: bytes) -> None:
    """Record a notification that was not believed; it changes nothing else."""
    tx.session.add(
        NotificationRow(
            id=tx.new_id(),
            provider_id="",
            event="",
            subject_no="",
            outcome=rejection.reason.value,
            detail=rejection.detail[:_TEXT_MAX],
            body_digest=hashlib.sha256(body).digest(),
            received_at=wall_now(),
        )
    )
    await tx.session.flush()


async def _judge(tx: Tx, received: Sequence[Received]) -> list[str]:
    outcomes: list[str] = [""] * len(received)
    captures: dict[str, Capture] = {}
    for index, one in enumerate(received):
        subject = one.notification.subject
        if isinstance(subject, Trade):
            if subject.state is not TradeState.SUCCESS:
                outcomes[index] = "ignored"
            elif subject.out_trade_no in captures:
                outcomes[index] = "duplicate"
            else:
                captures[subject.out_trade_no] = Capture(
                    subject.out_trade_no, subject.amount_fen, subject.transaction_id
                )
        elif isinstance(subject, RefundAnswer):
            outcomes[index] = await returning.book_refund(tx, subject)
        else:
            outcomes[index] = await sending.book_pay_out(tx, subject)
    booked = await book(tx, list(captures.values())) if captures else {}
    wall = wall_now()
    for index, one in enumerate(received):
        subject = one.notification.subject
        if not outcomes[index] and isinstance(subject, Trade):
            outcomes[index] = booked[subject.out_trade_no]
        tx.session.add(
            NotificationRow(
                id=tx.new_id(),
                provider_id=one.notification.id[:64],
                event=one.notification.event[:40],
                subject_no=_number(subject)[:64],
                outcome=outcomes[index],
                detail="",
                body_digest=one.digest,
                received_at=wall,
            )
        )
    await tx.session.flush()
    return outcomes


def _captured(row: PaymentRow) -> PaymentCaptured:
    assert row.paid_at is not None, "just captured"
    return PaymentCaptured(
        row.id,
        row.purpose,
        row.reference,
        row.shop_id,
        row.amount_fen,
        row.channel,
        row.method,
        row.paid_at,
    )


def _number(subject: Trade | RefundAnswer | PayOut) -> str:
    if isinstance(subject, Trade):
        return subject.out_trade_no
    if isinstance(subject, RefundAnswer):
        return subject.out_refund_no
    return subject.out_bill_no
