"""The logistics room's work outside: announcing parcels, having waybills issued, asking."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xiaodian.logistics.service import shipping, tracking

if TYPE_CHECKING:
    from xiaodian.infra.jobs import Runtime

__all__ = ["announce", "issue", "sweep"]

_SILENT_S = 3600


async def announce(runtime: Runtime, *, parcel_id: int) -> None:
    """Tell the carrier about a declared parcel."""
    await tracking.announce_outside(runtime, parcel_id)


async def issue(runtime: Runtime, *, parcel_id: int) -> None:
    """Have the waybill of a parcel issued."""
    await shipping.issue_outside(runtime, parcel_id)


async def sweep(runtime: Runtime, *, older_than_s: int = _SILENT_S) -> None:
    """Ask carriers after the parcels that have said nothing for an hour of wall time."""
    await tracking.ask_silent(runtime, silent_for=timedelta(seconds=older_than_s))
