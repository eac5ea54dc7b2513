"""Tables of funds: withdrawals, adjustments, payouts to buyers; balances are the ledger's."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.funds.states import AdjustmentState, PayoutState, WithdrawalState
from xiaodian.infra.db import Base, Instant

__all__ = ["AdjustmentRow", "BuyerPayoutRow", "WithdrawalRow"]


def _one_of(column: str, states: type[WithdrawalState | AdjustmentState | PayoutState]) -> str:
    return f"{column} IN ({', '.join(repr(state.value) for state in states)})"


class WithdrawalRow(Base):
    """A shop takes its money out. The account is kept as it was when the shop asked."""

    __tablename__ = "withdrawals"
    __table_args__ = (
        CheckConstraint("amount_fen > 0 AND fee_fen >= 0 AND fee_fen < amount_fen", name="amount"),
        CheckConstraint(_one_of("state", WithdrawalState), name="state"),
        CheckConstraint(
            "state NOT IN ('FAILED', 'REJECTED') OR reason <> ''", name="ended_with_reason"
        ),
        CheckConstraint(
            "passed_by IS NULL OR approved_by IS NULL OR passed_by <> approved_by",
            name="four_eyes",
        ),
        Index("ix_withdrawals_shop", "shop_id", "id"),
        Index(
            "ix_withdrawals_open",
            "state",
            "id",
            postgresql_where=text("state IN ('REQUESTED', 'REVIEW', 'CONFIRM', 'PROCESSING')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    """What leaves the available balance; the shop receives this less the fee."""
    fee_fen: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))
    rulebook: Mapped[str] = mapped_column(String(64))
    payout_account_id: Mapped[int] = mapped_column(BigInteger)
    bank: Mapped[str] = mapped_column(String(80))
    number_masked: Mapped[str] = mapped_column(String(40))
    number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    holder_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    requested_by: Mapped[int | None] = mapped_column(BigInteger)
    requested_at: Mapped[datetime] = mapped_column(Instant)
    passed_by: Mapped[int | None] = mapped_column(BigInteger)
    passed_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by: Mapped[int | None] = mapped_column(BigInteger)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    arrives_on: Mapped[date | None] = mapped_column(Date)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(200), server_default="")


class AdjustmentRow(Base):
    """Money that staff put right by hand: one proposes, another books."""

    __tablename__ = "adjustments"
    __table_args__ = (
        CheckConstraint(_one_of("state", AdjustmentState), name="state"),
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="four_eyes"),
        Index("ix_adjustments_list", "id"),
        Index("ix_adjustments_shop", "shop_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    shop_id: Mapped[int | None] = mapped_column(BigInteger)
    buyer_id: Mapped[int | None] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(String(80), server_default="")
    """The event that a reversal undoes."""
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16))
    proposed_by: Mapped[int] = mapped_column(BigInteger)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(String(200), server_default="")


class BuyerPayoutRow(Base):
    """Money of a buyer's wallet on its way to the buyer (E33)."""

    __tablename__ = "buyer_payouts"
    __table_args__ = (
        CheckConstraint(_one_of("state", PayoutState), name="state"),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_buyer_payouts_buyer", "buyer_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))
    number_masked: Mapped[str] = mapped_column(String(40))
    requested_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(200), server_default="")
