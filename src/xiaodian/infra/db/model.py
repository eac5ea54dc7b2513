"""The base of every table, and the three tables the database machinery itself owns."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["Base", "BusinessClockRow", "IdSlotRow", "IdempotencyKeyRow", "Instant"]

Instant = DateTime(timezone=True)
"""Every instant is stored with its zone and read as UTC."""


class Base(DeclarativeBase):
    """Every table derives from this; constraint names follow one pattern."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class BusinessClockRow(Base):
    """The business clock: wall time moved by an offset, or standing at one instant."""

    __tablename__ = "business_clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    offset_us: Mapped[int] = mapped_column(BigInteger)
    stands_at: Mapped[datetime | None] = mapped_column(Instant)


class IdSlotRow(Base):
    """A process slot for ids, leased in wall time so that a killed process gives it back."""

    __tablename__ = "id_slots"

    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    leased_until: Mapped[datetime] = mapped_column(Instant)


class IdempotencyKeyRow(Base):
    """What was answered to a write, so that the same key answers the same again."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    content_type: Mapped[str] = mapped_column(String(64))
    location: Mapped[str] = mapped_column(String(2048))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    """Wall time; rows older than the promise are swept."""
