"""Tables of deposits: the account, what it must hold and why, sales, surcharges, top-ups.

Cash and insured cover are not here: the ledger has them.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.deposits.states import DepositState
from xiaodian.infra.db import Base, Instant

__all__ = [
    "DepositMonthRow",
    "DepositRequirementRow",
    "DepositRow",
    "DepositSaleRow",
    "SurchargeRow",
    "TopUpRow",
]

_STATES = ", ".join(f"'{state}'" for state in DepositState)


class DepositRow(Base):
    """A shop's deposit account. ``verdict`` says why ``required_fen`` is what it is."""

    __tablename__ = "deposits"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("required_fen > 0", name="required"),
        CheckConstraint(
            "(state IN ('SHORT', 'OVERDUE')) = (short_since IS NOT NULL)", name="short_since"
        ),
        CheckConstraint(
            "(short_since IS NULL) = (grace_ends_at IS NULL)", name="grace_while_short"
        ),
    )

    shop_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    rulebook: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    required_fen: Mapped[int] = mapped_column(BigInteger)
    verdict: Mapped[dict[str, object]] = mapped_column(JSONB)
    short_since: Mapped[datetime | None] = mapped_column(Instant)
    grace_ends_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime] = mapped_column(Instant)


class DepositRequirementRow(Base):
    """A change of what a shop must lodge; never changed, never deleted."""

    __tablename__ = "deposit_requirements"
    __table_args__ = (Index("ix_deposit_requirements_shop", "shop_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)
    before_fen: Mapped[int | None] = mapped_column(BigInteger)
    required_fen: Mapped[int] = mapped_column(BigInteger)
    verdict: Mapped[dict[str, object]] = mapped_column(JSONB)


class DepositSaleRow(Base):
    """One paid order as far as deposits care (AMB-08: the paid amount; refunds do not lessen it).

    Appended by every order, so nothing else is touched; ``rolled`` sales are in the month's sum.
    """

    __tablename__ = "deposit_sales"
    __table_args__ = (
        CheckConstraint("amount_fen >= 0", name="amount"),
        Index("ix_deposit_sales_month", "shop_id", "month", "paid_at", "order_id"),
        Index(
            "ix_deposit_sales_tail",
            "shop_id",
            "month",
            "category",
            postgresql_where=text("NOT rolled"),
        ),
    )

    shop_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    category: Mapped[str] = mapped_column(String(64))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    paid_at: Mapped[datetime] = mapped_column(Instant)
    month: Mapped[date] = mapped_column(Date)
    rolled: Mapped[bool] = mapped_column(Boolean, server_default="false")


class DepositMonthRow(Base):
    """What a shop sold in a category in one natural month, as far as it is rolled up."""

    __tablename__ = "deposit_months"
    __table_args__ = (CheckConstraint("gmv_fen >= 0 AND orders > 0", name="sums"),)

    shop_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    category: Mapped[str] = mapped_column(String(64), primary_key=True)
    gmv_fen: Mapped[int] = mapped_column(BigInteger)
    orders: Mapped[int] = mapped_column(Integer)


class SurchargeRow(Base):
    """A confirmed violation that may add to the requirement; an upheld appeal revokes it."""

    __tablename__ = "deposit_surcharges"
    __table_args__ = (Index("ix_deposit_surcharges_shop", "shop_id", "happened_at"),)

    violation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    severity: Mapped[str] = mapped_column(String(16))
    happened_at: Mapped[datetime] = mapped_column(Instant)
    why: Mapped[str] = mapped_column(String(500))
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class TopUpRow(Base):
    """A wish to pay in; paid once the provider has the money."""

    __tablename__ = "deposit_top_ups"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_deposit_top_ups_shop", "shop_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    payment_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    asked_by: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    paid_at: Mapped[datetime | None] = mapped_column(Instant)
