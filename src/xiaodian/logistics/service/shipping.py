"""Declaring parcels: with a carrier's number, or one that the platform issued (A-LOG-01)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from xiaodian import merchants, rulebooks
from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import SYSTEM
from xiaodian.logistics import rules
from xiaodian.logistics.errors import (
    CarrierNotSupported,
    EwaybillNotOffered,
    NothingToShip,
    ParcelNotFound,
    WaybillInvalid,
    WaybillUsed,
)
from xiaodian.logistics.gateway import CarrierGateway, Declined, WaybillRequest
from xiaodian.logistics.models import CarrierAccountRow, ParcelLineRow, ParcelRow
from xiaodian.logistics.queries import get_parcel
from xiaodian.logistics.service.carriers import find_return_address, waybill_forms
from xiaodian.logistics.states import PARCEL, ParcelEvent, ParcelState
from xiaodian.rulebooks import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.infra.jobs import Runtime
    from xiaodian.logistics.queries import ParcelView
    from xiaodian.rulebooks import Rulebook

__all__ = ["ewaybill_carriers", "issue_outside", "request_ewaybill", "ship"]

_DECLINED_MAX = 120
_SITE = "platform"


async def ship(
    tx: Tx,
    *,
    shop_id: int,
    order_id: int,
    carrier: str,
    waybill: str,
    lines: Sequence[tuple[int, int]],
    receiver_sealed: bytes,
    rulebook: str = "",
) -> ParcelView:
    """Declare a parcel of ``lines`` (line number, quantity) with its carrier and number.

    Shipped is what has a valid number and carrier on the platform's clock (A-LOG-01); a job then
    tells the carrier that we want to hear of it. ``rulebook`` is the order's own version, the
    shop's when it is not given. Refuses what the market's carrier policy denies
    (``CARRIER_NOT_SUPPORTED``, ``CARRIER_NOT_REGISTERED``, ``EWAYBILL_NOT_PLATFORM``),
    ``RETURN_ADDRESS_MISSING``, ``PARCELS_MAX``, ``WAYBILL_INVALID``, ``WAYBILL_USED`` and
    ``NOTHING_TO_SHIP``.
    """
    shipped = [(number, quantity) for number, quantity in lines if quantity > 0]
    if not shipped:
        raise NothingToShip
    ref = rulebook or (await merchants.get_shop(tx, shop_id)).rulebook
    book = rulebooks.version(ref)
    number = "".join(waybill.split()).upper()
    known = await _by_waybill(tx, carrier, number)
    issued = known is not None and known.order_id == order_id and known.issued_here
    await _demand_allowed(
        tx,
        book,
        shop_id=shop_id,
        order_id=order_id,
        waybill=rules.Waybill(
            carrier=carrier,
            registered=await _registered(tx, shop_id),
            issued_here=issued,
        ),
    )
    form = waybill_forms().get(carrier)
    if form is None or not (issued or form.fits(number)):
        raise WaybillInvalid(carrier=carrier, waybill=number[:40])
    if known is None:
        known = await _store(tx, book, shop_id, order_id, carrier, number)
    elif known.shop_id != shop_id or known.order_id != order_id or known.state != "CREATED":
        raise WaybillUsed(waybill=number)
    known.state = PARCEL.after(ParcelState(known.state), ParcelEvent.DECLARED).value
    known.declared_at = tx.now
    known.heard_at = wall_now()
    known.receiver_sealed = receiver_sealed
    tx.session.add_all(
        ParcelLineRow(parcel_id=known.id, line_no=line_no, shop_id=shop_id, quantity=quantity)
        for line_no, quantity in shipped
    )
    await tx.session.flush()
    await tx.defer("logistics.announce", parcel_id=known.id)
    return await get_parcel(tx, known.id)


def ewaybill_carriers(rulebook: str) -> tuple[str, ...]:
    """Answer the carriers for which the platform itself issues waybills; none in some markets."""
    policy = rulebooks.version(rulebook).logistics.carrier
    match policy:
        case schema.PlatformEwaybillOnly():
            return tuple(waybill_forms())
        case schema.OpenList() | schema.LogisticsPlan():
            return policy.carriers if policy.platform_ewaybill else ()
        case schema.RegisteredCarriers():
            return ()


async def request_ewaybill(
    tx: Tx, *, shop_id: int, order_id: int, carrier: str, rulebook: str
) -> ParcelView:
    """Have the platform issue a waybill for an order, found to be the shop's before; a job asks.

    Asked twice it is the same one. Refuses ``EWAYBILL_NOT_OFFERED``, ``CARRIER_NOT_SUPPORTED``.
    """
    offered = ewaybill_carriers(rulebook)
    if not offered:
        raise EwaybillNotOffered
    if carrier not in offered:
        raise CarrierNotSupported(carrier=carrier[:16])
    row = await tx.session.scalar(
        select(ParcelRow)
        .where(
            ParcelRow.order_id == order_id,
            ParcelRow.shop_id == shop_id,
            ParcelRow.carrier == carrier,
            ParcelRow.state == ParcelState.CREATED,
        )
        .with_for_update()
    )
    if row is None:
        row = ParcelRow(
            id=tx.new_id(),
            shop_id=shop_id,
            order_id=order_id,
            rulebook=rulebook,
            carrier=carrier,
            issued_here=True,
            declined="",
            state=ParcelState.CREATED.value,
            created_at=tx.now,
            heard_at=wall_now(),
            corrections=0,
        )
        tx.session.add(row)
    elif row.waybill is not None or not row.declined:
        return await get_parcel(tx, row.id)
    row.declined = ""
    await tx.session.flush()
    await tx.defer("logistics.issue", parcel_id=row.id)
    return await get_parcel(tx, row.id)


async def issue_outside(runtime: Runtime, parcel_id: int) -> None:
    """Ask the carrier for the waybill of a parcel; repeatable by the parcel's own id."""
    async with runtime.db.reading(actor=SYSTEM) as tx:
        row = await tx.session.get(ParcelRow, parcel_id)
        if row is None or row.waybill is not None:
            return
        carrier, shop_id = row.carrier, row.shop_id
    gateway = runtime.gateway(CarrierGateway)
    answer = await gateway.register_account(carrier, shop=str(shop_id), site=_SITE)
    if not isinstance(answer, Declined):
        answer = await gateway.create_waybill(
            carrier, WaybillRequest(request_id=str(parcel_id), account_no=answer)
        )
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        row = await tx.session.get(
            ParcelRow, parcel_id, with_for_update=True, populate_existing=True
        )
        if row is None or row.waybill is not None:
            return
        if isinstance(answer, Declined):
            row.declined = (answer.sentence or answer.code)[:_DECLINED_MAX]
        else:
            row.waybill = answer


async def _demand_allowed(
    tx: Tx,
    book: Rulebook,
    *,
    shop_id: int,
    order_id: int,
    waybill: rules.Waybill,
) -> None:
    left_before = await tx.session.scalar(
        select(func.count())
        .select_from(ParcelRow)
        .where(ParcelRow.order_id == order_id, ParcelRow.state != ParcelState.CREATED)
    )
    verdicts = [
        rules.carrier_allowed(book, waybill),
        rules.parcel_allowed(
            book,
            parcels=left_before or 0,
            has_return_address=await find_return_address(tx, shop_id) is not None,
        ),
    ]
    if any(verdict.value is not None for verdict in verdicts):
        raise rulebooks.Denied(verdicts)


async def _registered(tx: Tx, shop_id: int) -> frozenset[str]:
    found = await tx.session.scalars(
        select(CarrierAccountRow.carrier).where(CarrierAccountRow.shop_id == shop_id)
    )
    return frozenset(found)


async def _by_waybill(tx: Tx, carrier: str, number: str) -> ParcelRow | None:
    return await tx.session.scalar(
        select(ParcelRow)
        .where(ParcelRow.carrier == carrier, ParcelRow.waybill == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def _store(
    tx: Tx, book: Rulebook, shop_id: int, order_id: int, carrier: str, number: str
) -> ParcelRow:
    """Take a number; of two at once the second is refused ``WAYBILL_USED``."""
    parcel_id = await tx.session.scalar(
        insert(ParcelRow)
        .values(
            id=tx.new_id(),
            shop_id=shop_id,
            order_id=order_id,
            rulebook=book.ref,
            carrier=carrier,
            waybill=number,
            state=ParcelState.CREATED.value,
            created_at=tx.now,
            heard_at=wall_now(),
        )
        .on_conflict_do_nothing(index_elements=["carrier", "waybill"])
        .returning(ParcelRow.id)
    )
    if parcel_id is None:
        raise WaybillUsed(waybill=number)
    row = await tx.session.get(ParcelRow, parcel_id)
    if row is None:
        raise ParcelNotFound
    return row
