"""The tables of the desk: work items, and requests for a second pair of eyes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db import Base, Instant

__all__ = ["ApprovalRow", "WorkItemRow"]


class WorkItemRow(Base):
    """One piece of work for staff. There is at most one open item a kind and subject."""

    __tablename__ = "work_items"
    __table_args__ = (
        Index(
            "uq_work_items_open",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
        ),
        Index("ix_work_items_list", "state", "priority", "due_at"),
        Index("ix_work_items_subject", "kind", "subject_id", "id"),
        CheckConstraint("state IN ('waiting', 'taken', 'closed')", name="state"),
        CheckConstraint("role IN ('reviewer', 'finance', 'administrator')", name="role"),
        CheckConstraint("priority BETWEEN 0 AND 9", name="priority"),
        CheckConstraint("state <> 'taken' OR assignee_id IS NOT NULL", name="taken_by"),
        CheckConstraint("state <> 'waiting' OR assignee_id IS NULL", name="waiting_for_anybody"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    shop_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    title: Mapped[str] = mapped_column(String(200))
    facts: Mapped[dict[str, object]] = mapped_column(JSONB)
    url: Mapped[str] = mapped_column(String(500))
    role: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(16))
    assignee_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Who works on it; kept when it is closed."""
    opened_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(64), server_default="")


class ApprovalRow(Base):
    """An act that waits for a second pair of eyes."""

    __tablename__ = "approvals"
    __table_args__ = (
        Index(
            "uq_approvals_pending",
            "kind",
            "subject",
            "subject_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_approvals_list", "state", "id"),
        CheckConstraint("state IN ('pending', 'approved', 'rejected', 'withdrawn')", name="state"),
        CheckConstraint("role IN ('reviewer', 'finance', 'administrator')", name="role"),
        CheckConstraint(
            "state NOT IN ('approved', 'rejected') OR decided_by <> asked_by", name="four_eyes"
        ),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint("state <> 'rejected' OR reason <> ''", name="rejected_with_reason"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    shop_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    title: Mapped[str] = mapped_column(String(200))
    facts: Mapped[dict[str, object]] = mapped_column(JSONB)
    payload: Mapped[dict[str, object]] = mapped_column(JSONB)
    role: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    asked_by: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(200), server_default="")
