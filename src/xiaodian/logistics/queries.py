"""Reading parcels and their tracks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian.logistics.errors import ParcelNotFound
from xiaodian.logistics.models import ParcelLineRow, ParcelRow, ScanRow
from xiaodian.logistics.states import ParcelState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from xiaodian.infra.db import Tx

__all__ = ["ParcelView", "ScanView", "get_parcel", "parcels_of", "visible_parcel"]

_PARCELS_MAX = 100
_SCANS_MAX = 500


@dataclass(frozen=True, slots=True)
class ScanView:
    """One scan: when it happened and when we heard of it, both on the business clock."""

    state: str
    at: datetime
    heard_at: datetime
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class ParcelView:
    """One parcel with its track, newest scan first. Instants are business time.

    ``waybill`` is empty while the platform has yet to issue it; ``declined`` is what the carrier
    said when it would not.
    """

    id: int
    shop_id: int
    order_id: int
    carrier: str
    waybill: str
    issued_here: bool
    declined: str
    state: str
    created_at: datetime
    declared_at: datetime | None
    picked_up_at: datetime | None
    signed_at: datetime | None
    lines: tuple[tuple[int, int], ...]
    """(line number, quantity)."""
    scans: tuple[ScanView, ...]


async def get_parcel(tx: Tx, parcel_id: int) -> ParcelView:
    """Answer a parcel, whoever asks; refuses ``PARCEL_NOT_FOUND``."""
    row = await tx.session.get(ParcelRow, parcel_id, populate_existing=True)
    if row is None:
        raise ParcelNotFound
    return (await _views(tx, [row]))[0]


async def visible_parcel(tx: Tx, parcel_id: int, *, shop_id: int) -> ParcelView:
    """Answer a parcel to its shop; for anybody else there is none (``PARCEL_NOT_FOUND``)."""
    parcel = await get_parcel(tx, parcel_id)
    if parcel.shop_id != shop_id:
        raise ParcelNotFound
    return parcel


async def parcels_of(tx: Tx, order_id: int, *, with_created: bool = False) -> list[ParcelView]:
    """Answer an order's parcels in the order they left.

    ``with_created`` adds those whose waybill is asked for or issued but not declared.
    """
    wanted = select(ParcelRow).where(ParcelRow.order_id == order_id)
    if not with_created:
        wanted = wanted.where(ParcelRow.state != ParcelState.CREATED)
    rows = await tx.session.scalars(
        wanted.order_by(ParcelRow.id).limit(_PARCELS_MAX).execution_options(populate_existing=True)
    )
    return await _views(tx, rows.all())


async def _views(tx: Tx, rows: Sequence[ParcelRow]) -> list[ParcelView]:
    ids = [row.id for row in rows]
    scans: dict[int, list[ScanView]] = {parcel_id: [] for parcel_id in ids}
    lines: dict[int, list[tuple[int, int]]] = {parcel_id: [] for parcel_id in ids}
    heard = await tx.session.scalars(
        select(ScanRow)
        .where(ScanRow.parcel_id.in_(ids))
        .order_by(ScanRow.at.desc(), ScanRow.id.desc())
        .limit(_SCANS_MAX)
    )
    for scan in heard:
        scans[scan.parcel_id].append(
            ScanView(scan.state, scan.happened_at, scan.heard_at, scan.place, scan.text)
        )
    packed = await tx.session.scalars(
        select(ParcelLineRow)
        .where(ParcelLineRow.parcel_id.in_(ids))
        .order_by(ParcelLineRow.parcel_id, ParcelLineRow.line_no)
    )
    for line in packed:
        lines[line.parcel_id].append((line.line_no, line.quantity))
    return [
        ParcelView(
            id=row.id,
            shop_id=row.shop_id,
            order_id=row.order_id,
            carrier=row.carrier,
            waybill=row.waybill or "",
            issued_here=row.issued_here,
            declined=row.declined,
            state=row.state,
            created_at=row.created_at,
            declared_at=row.declared_at,
            picked_up_at=row.picked_up_at,
            signed_at=row.signed_at,
            lines=tuple(lines[row.id]),
            scans=tuple(scans[row.id]),
        )
        for row in rows
    ]
