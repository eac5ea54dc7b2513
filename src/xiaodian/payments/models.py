"""Payments, refunds, pay-outs, and every notification that was received."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db import Base, Instant

__all__ = ["NotificationRow", "PayOutRow", "PaymentRow", "RefundRow"]


class PaymentRow(Base):
    """Money to collect for (purpose, reference); what that is, this room does not know."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="positive"),
        CheckConstraint("refunded_fen BETWEEN 0 AND amount_fen", name="refunded"),
        Index(
            "uq_payments_open",
            "purpose",
            "reference",
            unique=True,
            postgresql_where=text("state IN ('INIT', 'PENDING')"),
        ),
        Index("ix_payments_reference", "purpose", "reference"),
        Index(
            "ix_payments_waiting",
            "prepared_at",
            postgresql_where=text("state = 'PENDING'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    purpose: Mapped[str] = mapped_column(String(32))
    reference: Mapped[int] = mapped_column(BigInteger)
    shop_id: Mapped[int | None] = mapped_column(BigInteger)
    market: Mapped[str] = mapped_column(String(24))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    payer_id: Mapped[int] = mapped_column(BigInteger, index=True)
    method: Mapped[str] = mapped_column(String(24))
    channel: Mapped[str] = mapped_column(String(16))
    description: Mapped[str] = mapped_column(String(120))
    out_trade_no: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    link_native: Mapped[str] = mapped_column(String(512), server_default="")
    link_h5: Mapped[str] = mapped_column(String(512), server_default="")
    transaction_id: Mapped[str] = mapped_column(String(64), server_default="")
    started_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    prepared_at: Mapped[datetime | None] = mapped_column(Instant)
    """Wall time: a payment that stays silent is asked after by it."""
    paid_at: Mapped[datetime | None] = mapped_column(Instant)
    refunded_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    refund_count: Mapped[int] = mapped_column(SmallInteger, server_default="0")


class RefundRow(Base):
    """Money to give back of one payment."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="positive"),
        Index(
            "ix_refunds_waiting",
            "requested_wall_at",
            postgresql_where=text("state IN ('REQUESTED', 'PROCESSING')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    out_refund_no: Mapped[str] = mapped_column(String(32), unique=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(80))
    reference: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))
    requested_at: Mapped[datetime] = mapped_column(Instant)
    requested_wall_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


class PayOutRow(Base):
    """Money to send out, once for each (purpose, reference)."""

    __tablename__ = "pay_outs"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="positive"),
        Index("uq_pay_outs_reference", "purpose", "reference", unique=True),
        Index(
            "ix_pay_outs_waiting",
            "requested_wall_at",
            postgresql_where=text("state IN ('REQUESTED', 'PROCESSING')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    purpose: Mapped[str] = mapped_column(String(32))
    reference: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    payee_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    payee_name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    out_bill_no: Mapped[str] = mapped_column(String(32), unique=True)
    remark: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    fail_reason: Mapped[str] = mapped_column(String(120), server_default="")
    requested_at: Mapped[datetime] = mapped_column(Instant)
    requested_wall_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class NotificationRow(Base):
    """A notification as it came: what it said, whether it was believed, what it changed."""

    __tablename__ = "pay_notifications"
    __table_args__ = (Index("ix_pay_notifications_subject", "subject_no"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    provider_id: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(40))
    subject_no: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(24))
    detail: Mapped[str] = mapped_column(String(200))
    body_digest: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(Instant)
    """Wall time."""
