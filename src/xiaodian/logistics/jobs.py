"""The logistics room's work outside: announcing parcels, having waybills issued, asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.logistics.service import shipping, tracking

if TYPE_CHECKING:
    from xiaodian.infra.jobs import Runtime

__all__ = ["announce", "issue", "sweep"]


async def announce(runtime: Runtime, *, parcel_id: int) -> None:
    """Tell the carrier about a declared parcel."""
    await tracking.announce_outside(runtime, parcel_id)


async def issue(runtime: Runtime, *, parcel_id: int) -> None:
    """Have the waybill of a parcel issued."""
    await shipping.issue_outside(runtime, parcel_id)


async def sweep(runtime: Runtime) -> None:
    """Ask carriers after the parcels that say nothing."""
    await tracking.ask_silent(runtime)
