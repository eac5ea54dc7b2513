"""Tables of settlement: sales with what is pending and reserved of them, fee lines, holds."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db import Base, Instant
from xiaodian.settlement.states import D0State, SaleState

__all__ = ["D0Row", "SaleFeeRow", "SaleHoldRow", "SaleRefundRow", "SaleRow"]


def _one_of(states: type[SaleState | D0State]) -> str:
    return f"state IN ({', '.join(repr(state.value) for state in states)})"


class SaleRow(Base):
    """The money of one order. Its PENDING and RESERVE accounts are columns here (design rule 6)."""

    __tablename__ = "sales"
    __table_args__ = (
        CheckConstraint("pending_fen >= 0", name="pending_not_overdrawn"),
        CheckConstraint("reserve_fen >= 0", name="reserve_not_overdrawn"),
        CheckConstraint("paid_fen >= 0 AND subsidy_fen >= 0", name="amounts"),
        CheckConstraint("refunded_fen BETWEEN 0 AND paid_fen", name="refunded"),
        CheckConstraint("refunded_subsidy_fen BETWEEN 0 AND subsidy_fen", name="refunded_subsidy"),
        CheckConstraint(
            "pending_fen = CASE WHEN settled_at IS NULL THEN paid_fen + subsidy_fen"
            " - refunded_fen - refunded_subsidy_fen - taken_fen + covered_fen ELSE 0 END",
            name="pending_adds_up",
        ),
        CheckConstraint(
            "settled_at IS NULL OR paid_fen + subsidy_fen = refunded_fen + refunded_subsidy_fen"
            " + fee_fen + net_fen + reserved_fen + taken_fen",
            name="split_adds_up",
        ),
        CheckConstraint("reserve_fen <= reserved_fen", name="reserve_within"),
        CheckConstraint(_one_of(SaleState), name="state"),
        CheckConstraint(
            "(state IN ('SETTLED', 'ADJUSTED')) = (settled_at IS NOT NULL)", name="settled_at"
        ),
        CheckConstraint("state <> 'SCHEDULED' OR settle_on IS NOT NULL", name="scheduled_on"),
        Index("ix_sales_shop", "shop_id", "order_id"),
        Index(
            "ix_sales_run", "settle_on", "order_id", postgresql_where=text("state = 'SCHEDULED'")
        ),
        Index(
            "ix_sales_channel",
            "paid_at",
            "order_id",
            postgresql_where=text("channel_settled_at IS NULL"),
        ),
        Index("ix_sales_release", "release_on", postgresql_where=text("reserve_fen > 0")),
    )

    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    market: Mapped[str] = mapped_column(String(32))
    rulebook: Mapped[str] = mapped_column(String(64))
    category: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(24))
    paid_fen: Mapped[int] = mapped_column(BigInteger)
    subsidy_fen: Mapped[int] = mapped_column(BigInteger)
    paid_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(16))
    pending_fen: Mapped[int] = mapped_column(BigInteger)
    reserve_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """What the platform still holds back."""
    taken_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """What was taken of the pending money for a breach (E13, E14)."""
    covered_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """What other money of the shop paid for refunds before settlement; settling gives it back."""
    refunded_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    refunded_subsidy_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    refund_count: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    channel_settled_at: Mapped[datetime | None] = mapped_column(Instant)
    channel_fee_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """What the channel kept, less what it gave back."""
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    cases_ended_at: Mapped[datetime | None] = mapped_column(Instant)
    shop_opened_at: Mapped[datetime | None] = mapped_column(Instant)
    d0: Mapped[bool] = mapped_column(Boolean, server_default="false")
    """Whether the shop had D+0 when receipt was confirmed."""
    settle_on: Mapped[date | None] = mapped_column(Date)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    fee_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    net_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """What is the merchant's of it, after refunds; negative when a breach took more."""
    reserved_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """The merchant's part that was or is held back, after refunds."""
    release_on: Mapped[date | None] = mapped_column(Date)
    released_at: Mapped[datetime | None] = mapped_column(Instant)


class SaleFeeRow(Base):
    """One fee line of a settled sale, as it stands after refunds."""

    __tablename__ = "sale_fees"
    __table_args__ = (CheckConstraint("fee_fen >= 0 AND charged_fen >= fee_fen", name="fee"),)

    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    line: Mapped[str] = mapped_column(String(64), primary_key=True)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    payee: Mapped[str] = mapped_column(String(16))
    bps: Mapped[int] = mapped_column(Integer)
    base_fen: Mapped[int] = mapped_column(BigInteger)
    fee_fen: Mapped[int] = mapped_column(BigInteger)
    charged_fen: Mapped[int] = mapped_column(BigInteger)
    """What was charged at settlement, before refunds."""


class SaleHoldRow(Base):
    """A reason for which a sale may not settle; it may be held for several at once."""

    __tablename__ = "sale_holds"
    __table_args__ = (
        Index(
            "uq_sale_holds_standing",
            "order_id",
            "reason",
            "reference",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger, index=True)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(32))
    """``after_sale``, ``dispute`` or another word of the room that holds it."""
    reference: Mapped[int] = mapped_column(BigInteger)
    held_at: Mapped[datetime] = mapped_column(Instant)
    released_at: Mapped[datetime | None] = mapped_column(Instant)


class SaleRefundRow(Base):
    """One refund, and who bore which part of it."""

    __tablename__ = "sale_refunds"
    __table_args__ = (
        CheckConstraint("amount_fen > 0 AND subsidy_fen >= 0", name="amount"),
        Index("uq_sale_refunds_reference", "order_id", "reference", unique=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    reference: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    subsidy_fen: Mapped[int] = mapped_column(BigInteger)
    after_settlement: Mapped[bool] = mapped_column(Boolean)
    refunded_at: Mapped[datetime] = mapped_column(Instant)
    parts: Mapped[dict[str, int]] = mapped_column(JSONB)
    """Part → fen: pending, fees, reserve, available, deposit, debt."""


class D0Row(Base):
    """Whether a shop's sales settle at the instant of receipt."""

    __tablename__ = "d0_grants"
    __table_args__ = (CheckConstraint(_one_of(D0State), name="state"),)

    shop_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(200), server_default="")
