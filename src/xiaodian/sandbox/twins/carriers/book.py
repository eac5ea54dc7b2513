"""What carriers are asked, what happened to parcels, and what may happen next. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

__all__ = [
    "AFTER",
    "SCANS_MAX",
    "TEXTS",
    "AccountAsked",
    "AccountOpened",
    "Entry",
    "Parcel",
    "ScanAsked",
    "Scanned",
    "Told",
    "WaybillAsked",
    "WaybillMade",
]

SCANS_MAX = 200
State = Literal["PICKED_UP", "IN_TRANSIT", "DELIVERING", "SIGNED", "LOST", "REFUSED"]
AFTER: dict[str, frozenset[str]] = {
    "CREATED": frozenset({"PICKED_UP"}),
    "PICKED_UP": frozenset({"IN_TRANSIT", "DELIVERING", "SIGNED", "LOST", "REFUSED"}),
    "IN_TRANSIT": frozenset({"IN_TRANSIT", "DELIVERING", "SIGNED", "LOST", "REFUSED"}),
    "DELIVERING": frozenset({"DELIVERING", "SIGNED", "LOST", "REFUSED"}),
    "SIGNED": frozenset(),
    "LOST": frozenset({"IN_TRANSIT"}),
    "REFUSED": frozenset(),
}
TEXTS = {
    "PICKED_UP": "快件已揽收",
    "IN_TRANSIT": "快件运输中",
    "DELIVERING": "快件派送中，请保持电话畅通",
    "SIGNED": "快件已签收",
    "LOST": "快件疑似丢失，正在核查",
    "REFUSED": "收件人拒收",
}
Name = Annotated[str, Meta(min_length=1, max_length=60)]


class AccountAsked(msgspec.Struct, frozen=True):
    """A shop's contract with a carrier; the same shop and site again is the same account."""

    shop: Name
    site: Name
    contact: Annotated[str, Meta(max_length=60)] = ""


class WaybillAsked(msgspec.Struct, frozen=True):
    """A waybill number to issue; the same ``request_id`` again is the same waybill."""

    request_id: Name
    account_no: Name
    receiver_region: Annotated[str, Meta(max_length=120)] = ""
    weight_g: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class ScanAsked(msgspec.Struct, frozen=True):
    """A scan to act out. ``at`` is wall time, this moment when absent."""

    state: State
    place: Annotated[str, Meta(max_length=60)] = ""
    text: Annotated[str, Meta(max_length=200)] = ""
    at: Annotated[datetime, Meta(tz=True)] | None = None


class AccountOpened(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """A shop may ship with this carrier."""

    code: str
    shop: str
    site: str
    account_no: str


class WaybillMade(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """A parcel is known: its number was issued here, or the product asked to be told of it."""

    at: datetime
    code: str
    waybill_no: str
    request_id: str = ""
    account_no: str = ""


class Scanned(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """A parcel was seen somewhere."""

    id: str
    code: str
    waybill_no: str
    state: str
    at: datetime
    place: str
    text: str


class Told(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The product heard of a scan, or never will."""

    id: str
    state: str


Entry: TypeAlias = AccountOpened | WaybillMade | Scanned | Told


@dataclass(slots=True)
class Parcel:
    """A parcel and its scans."""

    made: WaybillMade
    scans: list[Scanned] = field(default_factory=list[Scanned])

    @property
    def state(self) -> str:
        """Answer what the last scan said."""
        return self.scans[-1].state if self.scans else "CREATED"

    def track(self) -> dict[str, object]:
        """Show the parcel and where it has been."""
        return {
            "waybill_no": self.made.waybill_no,
            "state": self.state,
            "scans": [
                {
                    "id": scan.id,
                    "state": scan.state,
                    "at": scan.at,
                    "place": scan.place,
                    "text": scan.text,
                }
                for scan in self.scans
            ],
        }
