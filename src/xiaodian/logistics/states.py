"""The life of a parcel as a table (rulebook 4.7), and what a carrier's scan does to it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from xiaodian.kernel.states import LifeCycle

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["ENDED", "MOVING", "PARCEL", "SCANS", "ParcelEvent", "ParcelState", "after_scan"]


class ParcelState(StrEnum):
    """Where a parcel stands."""

    CREATED = "CREATED"
    """A waybill is asked for or issued; nothing was declared yet."""
    DECLARED = "DECLARED"
    PICKED_UP = "PICKED_UP"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERING = "DELIVERING"
    SIGNED = "SIGNED"
    PICKUP_OVERDUE = "PICKUP_OVERDUE"
    FAKE_SUSPECTED = "FAKE_SUSPECTED"
    FAKE_CONFIRMED = "FAKE_CONFIRMED"
    LOST = "LOST"
    REFUSED = "REFUSED"


class ParcelEvent(StrEnum):
    """What may happen to a parcel; those of ``SCANS`` are told by its carrier."""

    DECLARED = "DECLARED"
    PICKED_UP = "PICKED_UP"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERING = "DELIVERING"
    SIGNED = "SIGNED"
    LOST = "LOST"
    REFUSED = "REFUSED"
    PICKUP_TIMEOUT = "PICKUP_TIMEOUT"
    NO_SCAN = "NO_SCAN"
    CONTRADICTION = "CONTRADICTION"
    EVIDENCE_ACCEPTED = "EVIDENCE_ACCEPTED"
    EVIDENCE_FAILED = "EVIDENCE_FAILED"
    CORRECTED = "CORRECTED"


SCANS = frozenset(
    {
        ParcelEvent.PICKED_UP,
        ParcelEvent.IN_TRANSIT,
        ParcelEvent.DELIVERING,
        ParcelEvent.SIGNED,
        ParcelEvent.LOST,
        ParcelEvent.REFUSED,
    }
)
_S, _E = ParcelState, ParcelEvent

PARCEL: LifeCycle[ParcelState, ParcelEvent] = LifeCycle(
    {
        (_S.CREATED, _E.DECLARED): _S.DECLARED,
        # A push may be lost on the way, so a later scan stands for the earlier ones.
        (_S.DECLARED, _E.PICKED_UP): _S.PICKED_UP,
        (_S.DECLARED, _E.IN_TRANSIT): _S.IN_TRANSIT,
        (_S.DECLARED, _E.DELIVERING): _S.DELIVERING,
        (_S.DECLARED, _E.SIGNED): _S.SIGNED,
        (_S.DECLARED, _E.LOST): _S.LOST,
        (_S.DECLARED, _E.REFUSED): _S.REFUSED,
        (_S.DECLARED, _E.CORRECTED): _S.DECLARED,
        (_S.DECLARED, _E.PICKUP_TIMEOUT): _S.PICKUP_OVERDUE,
        (_S.DECLARED, _E.NO_SCAN): _S.FAKE_SUSPECTED,
        (_S.DECLARED, _E.CONTRADICTION): _S.FAKE_SUSPECTED,
        (_S.PICKUP_OVERDUE, _E.PICKED_UP): _S.PICKED_UP,
        (_S.PICKUP_OVERDUE, _E.IN_TRANSIT): _S.IN_TRANSIT,
        (_S.PICKUP_OVERDUE, _E.DELIVERING): _S.DELIVERING,
        (_S.PICKUP_OVERDUE, _E.SIGNED): _S.SIGNED,
        (_S.PICKUP_OVERDUE, _E.LOST): _S.LOST,
        (_S.PICKUP_OVERDUE, _E.REFUSED): _S.REFUSED,
        (_S.PICKUP_OVERDUE, _E.NO_SCAN): _S.FAKE_SUSPECTED,
        (_S.PICKUP_OVERDUE, _E.CONTRADICTION): _S.FAKE_SUSPECTED,
        # Scans of a suspected parcel are evidence: they are kept, and staff decide.
        (_S.FAKE_SUSPECTED, _E.EVIDENCE_ACCEPTED): _S.DECLARED,
        (_S.FAKE_SUSPECTED, _E.EVIDENCE_FAILED): _S.FAKE_CONFIRMED,
        (_S.PICKED_UP, _E.IN_TRANSIT): _S.IN_TRANSIT,
        (_S.PICKED_UP, _E.DELIVERING): _S.DELIVERING,
        (_S.PICKED_UP, _E.SIGNED): _S.SIGNED,
        (_S.PICKED_UP, _E.LOST): _S.LOST,
        (_S.PICKED_UP, _E.REFUSED): _S.REFUSED,
        (_S.IN_TRANSIT, _E.IN_TRANSIT): _S.IN_TRANSIT,
        (_S.IN_TRANSIT, _E.DELIVERING): _S.DELIVERING,
        (_S.IN_TRANSIT, _E.SIGNED): _S.SIGNED,
        (_S.IN_TRANSIT, _E.LOST): _S.LOST,
        (_S.IN_TRANSIT, _E.REFUSED): _S.REFUSED,
        (_S.DELIVERING, _E.DELIVERING): _S.DELIVERING,
        (_S.DELIVERING, _E.SIGNED): _S.SIGNED,
        (_S.DELIVERING, _E.LOST): _S.LOST,
        (_S.DELIVERING, _E.REFUSED): _S.REFUSED,
        # What was lost may be found again.
        (_S.LOST, _E.IN_TRANSIT): _S.IN_TRANSIT,
        (_S.LOST, _E.DELIVERING): _S.DELIVERING,
        (_S.LOST, _E.SIGNED): _S.SIGNED,
    }
)
MOVING = frozenset(
    {
        ParcelState.DECLARED,
        ParcelState.PICKUP_OVERDUE,
        ParcelState.PICKED_UP,
        ParcelState.IN_TRANSIT,
        ParcelState.DELIVERING,
        ParcelState.LOST,
    }
)
"""States in which a carrier still has something to tell."""
ENDED = frozenset({ParcelState.SIGNED, ParcelState.REFUSED, ParcelState.FAKE_CONFIRMED})
"""States that no scan changes any more."""


def after_scan(
    state: ParcelState, scan: ParcelEvent, *, scan_at: datetime, last_at: datetime | None
) -> ParcelState | None:
    """Answer where a scan leads, None when it comes late and only completes the track.

    Scans arrive in any order. Onwards (picked up, in transit, delivering, signed) a parcel moves
    whatever the carrier's clock says; into and out of LOST and REFUSED only by a scan that is not
    older than the newest one heard, ``last_at``.
    """
    if scan not in SCANS or not PARCEL.allows(state, scan):
        return None
    aside = {ParcelEvent.LOST, ParcelEvent.REFUSED}
    turns = scan in aside or state is ParcelState.LOST
    if turns and last_at is not None and scan_at < last_at:
        return None
    return PARCEL.after(state, scan)
