"""Tables of the ledger: transfers that are never changed, and what is derived from them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db import Base, Instant

__all__ = ["TRIGGERS", "BalanceRow", "DaySumRow", "HorizonRow", "TransferRow"]


class TransferRow(Base):
    """One debit, one credit, one positive amount (design rule 5)."""

    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="positive"),
        CheckConstraint(
            "(debit_code, debit_shop_id, debit_ref) <> (credit_code, credit_shop_id, credit_ref)",
            name="two_accounts",
        ),
        Index("uq_transfers_event_leg", "event", "leg", unique=True),
        Index("ix_transfers_debit", "debit_code", "debit_shop_id", "debit_ref", "id"),
        Index("ix_transfers_credit", "credit_code", "credit_shop_id", "credit_ref", "id"),
        Index(
            "ix_transfers_order", "order_id", "id", postgresql_where=text("order_id IS NOT NULL")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(String(80))
    """What happened, as ``order_paid:123``; with the leg it posts at most once (invariant 10)."""
    leg: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(3))
    """The E-code of rulebook 5.2."""
    at: Mapped[datetime] = mapped_column(Instant)
    """Business time."""
    currency: Mapped[str] = mapped_column(String(3))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    """In the currency's smallest unit (C-1)."""
    debit_code: Mapped[str] = mapped_column(String(40))
    debit_shop_id: Mapped[int] = mapped_column(BigInteger)
    debit_ref: Mapped[int] = mapped_column(BigInteger)
    credit_code: Mapped[str] = mapped_column(String(40))
    credit_shop_id: Mapped[int] = mapped_column(BigInteger)
    credit_ref: Mapped[int] = mapped_column(BigInteger)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    """Whose business it was; 0 is the platform's own."""
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    rulebook: Mapped[str] = mapped_column(String(64))
    """The version that decided, as ``wechat@1.0.0``; empty where no rule of a market did."""


class BalanceRow(Base):
    """Money that somebody could overdraw, on the side on which the account grows."""

    __tablename__ = "balances"
    __table_args__ = (CheckConstraint("balance_fen >= 0", name="not_overdrawn"),)

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    shop_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ref: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    balance_fen: Mapped[int] = mapped_column(BigInteger)


class DaySumRow(Base):
    """All transfers up to the horizon, summed by business day (Shanghai), code and currency."""

    __tablename__ = "ledger_days"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    debit_fen: Mapped[int] = mapped_column(BigInteger)
    credit_fen: Mapped[int] = mapped_column(BigInteger)


class HorizonRow(Base):
    """Up to which id transfers are rolled up, and which id is next once it is safe.

    An id is made before its transaction commits, so a smaller id may still appear after a larger
    one. A candidate becomes the horizon only when every transaction that ran when it was chosen
    has ended.
    """

    __tablename__ = "ledger_horizon"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    horizon: Mapped[int] = mapped_column(BigInteger)
    candidate: Mapped[int] = mapped_column(BigInteger)
    ends_before: Mapped[int] = mapped_column(BigInteger)
    """The number of the transaction that chose: those before it must have ended."""


TRIGGERS: list[str] = [
    """
    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END
    $$
    """,
    """
    CREATE OR REPLACE TRIGGER transfers_are_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
]
"""Statements that migrations run after the tables are made."""
