"""The tables of notices: the inbox, what left the house, and deadlines to tell of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db import Base, Instant

__all__ = ["DeadlineRow", "DeliveryRow", "NoticeRow"]


class NoticeRow(Base):
    """One notice in somebody's inbox: a sentence with facts, translated when it is read."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("account_id", "kind", "subject", "subject_id", "once"),
        Index("ix_notices_unread", "account_id", postgresql_where=text("read_at IS NULL")),
        Index("ix_notices_inbox", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(64))
    sentence: Mapped[str] = mapped_column(String(500))
    facts: Mapped[dict[str, object]] = mapped_column(JSONB)
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    once: Mapped[str] = mapped_column(String(64))
    url: Mapped[str] = mapped_column(String(500))
    told_at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)


class DeliveryRow(Base):
    """One letter or text message that a notice became."""

    __tablename__ = "notice_deliveries"
    __table_args__ = (
        UniqueConstraint("notice_id", "way"),
        CheckConstraint("way IN ('sms', 'mail')", name="way"),
        CheckConstraint("state IN ('waiting', 'sent', 'declined', 'unreachable')", name="state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    way: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(String(200), server_default="")
    """The provider's number, or why it said no."""
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    """Wall time."""


class DeadlineRow(Base):
    """A deadline somebody is told of twice: once before and once after."""

    __tablename__ = "notice_deadlines"
    __table_args__ = (UniqueConstraint("account_id", "kind", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[str] = mapped_column(String(500))
    after: Mapped[str] = mapped_column(String(500))
    facts: Mapped[dict[str, object]] = mapped_column(JSONB)
    url: Mapped[str] = mapped_column(String(500))
    by: Mapped[list[str]] = mapped_column(ARRAY(String(8)))
    due_at: Mapped[datetime] = mapped_column(Instant)
