"""A buyer's address book. An address is sealed whole; lists show a masked label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import phonenumbers
from sqlalchemy import select, update

from xiaodian.infra import audit
from xiaodian.infra.crypto import mask_phone
from xiaodian.orders.errors import AddressIncomplete, AddressNotFound, CartFull, OrderNotFound
from xiaodian.orders.models import AddressRow, OrderRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx

__all__ = [
    "AddressView",
    "Receiver",
    "add_address",
    "list_addresses",
    "open_receiver",
    "remove_address",
    "show_receiver",
]

_ADDRESSES_MAX = 20
_LENGTHS = {"name": 40, "region": 60, "detail": 120}


class Receiver(msgspec.Struct, frozen=True):
    """Who receives a parcel, and where."""

    name: str
    phone: str
    region: str
    detail: str


@dataclass(frozen=True, slots=True)
class AddressView:
    """An address as lists show it."""

    id: int
    label: str
    is_default: bool


async def add_address(tx: Tx, buyer_id: int, receiver: Receiver) -> AddressView:
    """Add an address; the newest is the default. Refuses ``ADDRESS_INCOMPLETE`` naming a field."""
    for field, longest in _LENGTHS.items():
        value = str(getattr(receiver, field)).strip()
        if not value or len(value) > longest or not value.isprintable():
            raise AddressIncomplete(field=field)
    phone = _mainland_phone(receiver.phone)
    if len(await list_addresses(tx, buyer_id)) >= _ADDRESSES_MAX:
        raise CartFull(limit=_ADDRESSES_MAX)
    await tx.session.execute(
        update(AddressRow)
        .where(AddressRow.buyer_id == buyer_id, AddressRow.is_default)
        .values(is_default=False)
    )
    kept = Receiver(receiver.name.strip(), phone, receiver.region.strip(), receiver.detail.strip())
    row = AddressRow(
        id=tx.new_id(),
        buyer_id=buyer_id,
        receiver_sealed=tx.vault.seal(msgspec.json.encode(kept).decode()),
        label=f"{kept.name[:1]}** {mask_phone(phone)} {kept.region}"[:80],
        is_default=True,
        made_at=tx.now,
    )
    tx.session.add(row)
    await tx.session.flush()
    return AddressView(row.id, row.label, is_default=True)


async def list_addresses(tx: Tx, buyer_id: int) -> Sequence[AddressView]:
    """Answer a buyer's addresses, the default first."""
    rows = await tx.session.scalars(
        select(AddressRow)
        .where(AddressRow.buyer_id == buyer_id, AddressRow.removed_at.is_(None))
        .order_by(AddressRow.is_default.desc(), AddressRow.id.desc())
        .limit(_ADDRESSES_MAX)
    )
    return [AddressView(row.id, row.label, row.is_default) for row in rows]


async def remove_address(tx: Tx, buyer_id: int, address_id: int) -> None:
    """Forget an address; refuses ``ADDRESS_NOT_FOUND``. Orders keep their own sealed copy."""
    row = await tx.session.get(AddressRow, address_id)
    if row is None or row.buyer_id != buyer_id or row.removed_at is not None:
        raise AddressNotFound
    row.removed_at = tx.now
    row.is_default = False


def open_receiver(tx: Tx, sealed: bytes) -> Receiver:
    """Open a sealed receiver, for the parcel's own label and the two who trade."""
    return msgspec.json.decode(tx.vault.open(sealed), type=Receiver)


async def show_receiver(tx: Tx, order_id: int, *, shop_id: int) -> Receiver:
    """Open an order's receiver for the shop that ships it, and write down who looked.

    Refuses ``ORDER_NOT_FOUND`` for another shop's order.
    """
    order = await tx.session.get(OrderRow, order_id)
    if order is None or order.shop_id != shop_id:
        raise OrderNotFound
    await audit.record(
        tx,
        "order.receiver_seen",
        subject="order",
        subject_id=order_id,
        after={"receiver": order.receiver_label, "address": tx.actor.address},
    )
    return open_receiver(tx, order.receiver_sealed)


def _mainland_phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException as error:
        raise AddressIncomplete(field="phone") from error
    if not phonenumbers.is_valid_number(number):
        raise AddressIncomplete(field="phone")
    return phonenumbers.national_significant_number(number)
