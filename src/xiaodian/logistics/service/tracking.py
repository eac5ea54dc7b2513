"""Hearing where parcels are: by what carriers push, and by asking after the silent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.errors import Outage
from xiaodian.logistics.events import ParcelPickedUp, ParcelSigned
from xiaodian.logistics.gateway import CarrierGateway, Declined, Track
from xiaodian.logistics.models import CarrierPushRow, ParcelRow, ScanRow
from xiaodian.logistics.states import MOVING, ParcelEvent, ParcelState, after_scan

if TYPE_CHECKING:
    from datetime import datetime

    from xiaodian.infra.db import Tx
    from xiaodian.infra.jobs import Runtime

__all__ = ["Scan", "announce_outside", "ask_silent", "hear", "record_push"]

_TEXT_MAX = 200
_PLACE_MAX = 60
_ID_MAX = 64
_WAYBILL_MAX = 32
_SILENT = timedelta(hours=1)
_SWEEP_MAX = 100
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Scan:
    """A believed scan, pushed or pulled. ``at`` is the carrier's own time."""

    scan_id: str
    carrier: str
    waybill: str
    event: ParcelEvent
    at: datetime
    place: str = ""
    text: str = ""


async def hear(tx: Tx, scan: Scan) -> str:
    """Note one scan and move its parcel where it leads.

    Answers ``moved``, ``late`` (it only completes the track), ``duplicate`` or ``unknown``; only
    ``moved`` changes where the parcel stands. The rules go by when we heard (business time).
    """
    parcel = await tx.session.scalar(
        select(ParcelRow)
        .where(
            ParcelRow.carrier == scan.carrier,
            ParcelRow.waybill == scan.waybill,
            ParcelRow.state != ParcelState.CREATED,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if parcel is None:
        return "unknown"
    led_to = after_scan(
        ParcelState(parcel.state), scan.event, scan_at=scan.at, last_at=parcel.scanned_at
    )
    parcel.heard_at = wall_now()
    if not await _keep(tx, parcel, scan, moved=led_to is not None):
        return "duplicate"
    parcel.scanned_at = max(scan.at, parcel.scanned_at or scan.at)
    if led_to is None:
        await tx.session.flush()
        return "late"
    await _move(tx, parcel, led_to)
    return "moved"


async def record_push(
    tx: Tx, *, carrier: str, waybill: str, outcome: str, detail: str, body: bytes
) -> None:
    """Record a push that changed nothing: not believed, or of a parcel that is not ours."""
    tx.session.add(
        CarrierPushRow(
            id=tx.new_id(),
            carrier=carrier,
            waybill=waybill[:_WAYBILL_MAX],
            outcome=outcome,
            detail=detail[:_TEXT_MAX],
            body_digest=hashlib.sha256(body).digest(),
            heard_at=wall_now(),
        )
    )
    await tx.session.flush()


async def announce_outside(runtime: Runtime, parcel_id: int) -> None:
    """Tell the carrier that we want to hear of a parcel, and note what it knows already.

    An ``Outage`` leaves it to the job's next try. A carrier that does not take the number is
    recorded on the parcel, where the merchant reads it.
    """
    async with runtime.db.reading(actor=SYSTEM) as tx:
        row = await tx.session.get(ParcelRow, parcel_id)
        if row is None or row.waybill is None or row.state not in MOVING:
            return
        carrier, waybill = row.carrier, row.waybill
    answer = await runtime.gateway(CarrierGateway).subscribe(carrier, waybill)
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        if isinstance(answer, Declined):
            await tx.session.execute(
                update(ParcelRow)
                .where(ParcelRow.id == parcel_id)
                .values(declined=(answer.sentence or answer.code)[:120])
            )
        else:
            await _hear_track(tx, carrier, waybill, answer)


async def ask_silent(runtime: Runtime, *, silent_for: timedelta = _SILENT) -> int:
    """Ask carriers after the parcels silent for so long (wall time; an hour), longest first.

    Answers how many were asked after. A carrier that does not answer is left for the next time.
    """
    async with runtime.db.reading(actor=SYSTEM) as tx:
        silent = (
            await tx.session.execute(
                select(ParcelRow.id, ParcelRow.carrier, ParcelRow.waybill)
                .where(
                    ParcelRow.state.in_(sorted(MOVING)),
                    ParcelRow.heard_at <= wall_now() - silent_for,
                )
                .order_by(ParcelRow.heard_at)
                .limit(_SWEEP_MAX)
            )
        ).all()
    gateway = runtime.gateway(CarrierGateway)
    dumb: set[str] = set()
    asked = 0
    for parcel_id, carrier, waybill in silent:
        assert waybill is not None, "a declared parcel has its number"
        if carrier in dumb:
            continue
        try:
            track = await gateway.query(carrier, waybill)
        except Outage:
            dumb.add(carrier)
            continue
        asked += 1
        async with runtime.db.transaction(actor=SYSTEM) as tx:
            if track is None:
                _log.info("parcel.unknown_to_carrier", parcel_id=parcel_id)
            else:
                await _hear_track(tx, carrier, waybill, track)
            await tx.session.execute(
                update(ParcelRow).where(ParcelRow.id == parcel_id).values(heard_at=wall_now())
            )
    return asked


async def _hear_track(tx: Tx, carrier: str, waybill: str, track: Track) -> None:
    for scan in sorted(track.scans, key=lambda one: one.at):
        await hear(
            tx,
            Scan(
                scan_id=scan.id,
                carrier=carrier,
                waybill=waybill,
                event=ParcelEvent(scan.state.value),
                at=scan.at,
                place=scan.place,
                text=scan.text,
            ),
        )


async def _keep(tx: Tx, parcel: ParcelRow, scan: Scan, *, moved: bool) -> bool:
    """Keep a scan once; answers whether it is new."""
    kept = await tx.session.scalar(
        insert(ScanRow)
        .values(
            id=tx.new_id(),
            parcel_id=parcel.id,
            shop_id=parcel.shop_id,
            carrier=scan.carrier,
            scan_id=scan.scan_id[:_ID_MAX],
            state=scan.event.value,
            at=scan.at,
            happened_at=tx.now - (wall_now() - scan.at),
            heard_at=tx.now,
            place=scan.place[:_PLACE_MAX],
            text=scan.text[:_TEXT_MAX],
            moved=moved,
        )
        .on_conflict_do_nothing(index_elements=["carrier", "scan_id"])
        .returning(ScanRow.id)
    )
    return kept is not None


async def _move(tx: Tx, parcel: ParcelRow, to: ParcelState) -> None:
    first = parcel.picked_up_at is None
    signed = to is ParcelState.SIGNED and parcel.signed_at is None
    parcel.state = to.value
    # Whatever is seen on its way was picked up, even when that scan never reached us.
    parcel.picked_up_at = parcel.picked_up_at or tx.now
    if signed:
        parcel.signed_at = tx.now
    await tx.session.flush()
    if first:
        await tx.emit(ParcelPickedUp(parcel.id, parcel.order_id, parcel.shop_id, tx.now))
    if signed:
        await tx.emit(ParcelSigned(parcel.id, parcel.order_id, parcel.shop_id, tx.now))
