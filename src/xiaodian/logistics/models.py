"""Carriers a shop registered, its return address, parcels, their scans, and what carriers sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db import Base, Instant
from xiaodian.logistics.states import MOVING, SCANS, ParcelState

__all__ = [
    "CarrierAccountRow",
    "CarrierPushRow",
    "ParcelLineRow",
    "ParcelRow",
    "ReturnAddressRow",
    "ScanRow",
]


def _listed(values: frozenset[str] | type[ParcelState]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


class CarrierAccountRow(Base):
    """A shop's account with a carrier: it may ship with that one (W-LOG-03)."""

    __tablename__ = "carrier_accounts"

    shop_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    carrier: Mapped[str] = mapped_column(String(16), primary_key=True)
    account_no: Mapped[str] = mapped_column(String(32))
    registered_at: Mapped[datetime] = mapped_column(Instant)
    registered_by: Mapped[int | None] = mapped_column(BigInteger)


class ReturnAddressRow(Base):
    """Where a shop's buyers send things back to (A-AFS-08), sealed whole as JSON."""

    __tablename__ = "return_addresses"

    shop_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    address_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    label: Mapped[str] = mapped_column(String(80))
    """Masked, for lists: surname, masked phone, region."""
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[int | None] = mapped_column(BigInteger)


class ParcelRow(Base):
    """One parcel of one order. Its waybill is empty only while the platform has yet to issue it."""

    __tablename__ = "parcels"
    __table_args__ = (
        CheckConstraint(f"state IN ({_listed(ParcelState)})", name="state"),
        CheckConstraint("waybill IS NOT NULL OR state = 'CREATED'", name="waybill"),
        CheckConstraint("(declared_at IS NULL) = (state = 'CREATED')", name="declared"),
        CheckConstraint("signed_at IS NULL OR picked_up_at IS NOT NULL", name="picked_up_first"),
        # A waybill is used once, whoever uses it.
        Index("uq_parcels_waybill", "carrier", "waybill", unique=True),
        Index("ix_parcels_order", "order_id", "id"),
        Index("ix_parcels_shop", "shop_id", "id"),
        Index(
            "ix_parcels_silent", "heard_at", postgresql_where=text(f"state IN ({_listed(MOVING)})")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[int] = mapped_column(BigInteger)
    rulebook: Mapped[str] = mapped_column(String(48))
    carrier: Mapped[str] = mapped_column(String(16))
    waybill: Mapped[str | None] = mapped_column(String(32))
    issued_here: Mapped[bool] = mapped_column(server_default="false")
    """Whether the number is an electronic waybill of the platform's own."""
    declined: Mapped[str] = mapped_column(String(120), server_default="")
    """What the carrier said when it would not issue a waybill, or did not know the number."""
    state: Mapped[str] = mapped_column(String(16))
    receiver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    declared_at: Mapped[datetime | None] = mapped_column(Instant)
    picked_up_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    scanned_at: Mapped[datetime | None] = mapped_column(Instant)
    """The carrier's own time of its newest scan."""
    heard_at: Mapped[datetime] = mapped_column(Instant)
    """Wall time: when the carrier last told or was asked; a silent parcel is asked after by it."""
    corrections: Mapped[int] = mapped_column(SmallInteger, server_default="0")


class ParcelLineRow(Base):
    """How much of an order's line is in a parcel."""

    __tablename__ = "parcel_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="positive"),)

    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcels.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(Integer)


class ScanRow(Base):
    """One scan of a parcel, kept in whatever order it came."""

    __tablename__ = "parcel_scans"
    __table_args__ = (
        CheckConstraint(f"state IN ({_listed(SCANS)})", name="state"),
        Index("uq_parcel_scans_carrier", "carrier", "scan_id", unique=True),
        Index("ix_parcel_scans_parcel", "parcel_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcels.id"))
    shop_id: Mapped[int] = mapped_column(BigInteger)
    carrier: Mapped[str] = mapped_column(String(16))
    scan_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant)
    """The carrier's own time."""
    happened_at: Mapped[datetime] = mapped_column(Instant)
    """The same instant on the business clock, which the sandbox may have moved."""
    heard_at: Mapped[datetime] = mapped_column(Instant)
    """Business time."""
    place: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(String(200))
    moved: Mapped[bool] = mapped_column()
    """Whether it moved the parcel; what came late only completes the track."""


class CarrierPushRow(Base):
    """A push that changed nothing: not believed, or of a parcel we do not know."""

    __tablename__ = "carrier_pushes"
    __table_args__ = (Index("ix_carrier_pushes_waybill", "carrier", "waybill"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    carrier: Mapped[str] = mapped_column(String(24))
    waybill: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str] = mapped_column(String(24))
    detail: Mapped[str] = mapped_column(String(200))
    body_digest: Mapped[bytes] = mapped_column(LargeBinary)
    heard_at: Mapped[datetime] = mapped_column(Instant)
    """Wall time."""
