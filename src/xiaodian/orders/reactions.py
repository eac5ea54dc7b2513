"""What the order room does when others report: payments below, parcels, and deadlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.orders.service import lifecycle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.logistics.events import ParcelSigned
    from xiaodian.payments.events import PaymentCaptured

__all__ = ["auto_confirm", "book_payments", "close_unpaid", "note_signed", "ship_late"]


async def book_payments(tx: Tx, captures: Sequence[PaymentCaptured]) -> None:
    """Mark the carts' orders paid."""
    await lifecycle.mark_paid(tx, captures)


async def note_signed(tx: Tx, event: ParcelSigned) -> None:
    """Note the carrier's signature on the order."""
    await lifecycle.mark_signed(tx, event.order_id)


async def close_unpaid(tx: Tx, checkout_id: int) -> None:
    """Close the cart whose time to pay is over."""
    await lifecycle.close_unpaid(tx, checkout_id)


async def ship_late(tx: Tx, order_id: int) -> None:
    """Record a late shipment."""
    await lifecycle.mark_late(tx, order_id)


async def auto_confirm(tx: Tx, order_id: int) -> None:
    """Confirm receipt for a buyer who said nothing."""
    await lifecycle.auto_confirm(tx, order_id)
