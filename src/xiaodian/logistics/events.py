"""What happened to parcels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field's type

from xiaodian.kernel.events import Event

__all__ = ["ParcelPickedUp", "ParcelSigned"]


@dataclass(frozen=True, slots=True)
class ParcelPickedUp(Event):
    """The carrier has the parcel; ``at`` is business time, when we heard of it."""

    parcel_id: int
    order_id: int
    shop_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ParcelSigned(Event):
    """The parcel was delivered; ``at`` is business time, when we heard of it."""

    parcel_id: int
    order_id: int
    shop_id: int
    at: datetime
