"""Carts, addresses, orders, their lines and their history."""

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
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db import Base, Instant

__all__ = ["AddressRow", "CartLineRow", "OrderEventRow", "OrderLineRow", "OrderRow"]


class AddressRow(Base):
    """A receiver of a buyer's parcels, sealed whole: name, phone, region, detail as JSON."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    buyer_id: Mapped[int] = mapped_column(BigInteger, index=True)
    receiver_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    label: Mapped[str] = mapped_column(String(80))
    """Masked, for lists: surname, masked phone, region."""
    is_default: Mapped[bool] = mapped_column(server_default="false")
    made_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


class CartLineRow(Base):
    """One SKU in a buyer's cart."""

    __tablename__ = "cart_lines"
    __table_args__ = (CheckConstraint("quantity BETWEEN 1 AND 999", name="quantity"),)

    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sku_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    quantity: Mapped[int] = mapped_column(SmallInteger)
    added_at: Mapped[datetime] = mapped_column(Instant)


class OrderRow(Base):
    """One order with one shop; orders placed together share ``checkout_id`` and one payment."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "payable_fen = goods_fen + freight_fen - discount_fen", name="payable_adds"
        ),
        CheckConstraint(
            "goods_fen > 0 AND freight_fen >= 0 AND discount_fen >= 0 AND payable_fen >= 0"
            " AND subsidy_fen >= 0 AND refunded_fen >= 0 AND refunded_fen <= payable_fen",
            name="amounts",
        ),
        # The durable idempotency key of a placement: one order a shop under each key.
        Index("uq_orders_placement", "buyer_id", "placement_key", "shop_id", unique=True),
        Index("ix_orders_checkout", "checkout_id"),
        Index("ix_orders_shop", "shop_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    checkout_id: Mapped[int] = mapped_column(BigInteger)
    placement_key: Mapped[str] = mapped_column(String(128))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    market: Mapped[str] = mapped_column(String(24))
    rulebook: Mapped[str] = mapped_column(String(48))
    state: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(48))
    """Of the dearest line; the order's fee lines go by it."""
    goods_fen: Mapped[int] = mapped_column(BigInteger)
    freight_fen: Mapped[int] = mapped_column(BigInteger)
    discount_fen: Mapped[int] = mapped_column(BigInteger)
    subsidy_fen: Mapped[int] = mapped_column(BigInteger)
    payable_fen: Mapped[int] = mapped_column(BigInteger)
    refunded_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    receiver_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    receiver_label: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(String(200), server_default="")
    placed_at: Mapped[datetime] = mapped_column(Instant)
    pay_by: Mapped[datetime] = mapped_column(Instant)
    paid_at: Mapped[datetime | None] = mapped_column(Instant)
    payment_id: Mapped[int | None] = mapped_column(BigInteger)
    ship_by: Mapped[datetime | None] = mapped_column(Instant)
    shipped_at: Mapped[datetime | None] = mapped_column(Instant)
    late_ship_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirm_by: Mapped[datetime | None] = mapped_column(Instant)
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class OrderLineRow(Base):
    """One SKU of an order, as it was sold."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND price_fen > 0", name="positive"),
        CheckConstraint("shipped_quantity BETWEEN 0 AND quantity", name="shipped"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    sku_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(String(200))
    spec: Mapped[str] = mapped_column(String(400))
    category: Mapped[str] = mapped_column(String(48))
    price_fen: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(Integer)
    shipped_quantity: Mapped[int] = mapped_column(Integer, server_default="0")


class OrderEventRow(Base):
    """One transition of an order after its placement; the placement is the order's own row."""

    __tablename__ = "order_events"
    __table_args__ = (Index("ix_order_events_order", "order_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant)
    actor_kind: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    facts: Mapped[dict[str, object]] = mapped_column(JSONB)
