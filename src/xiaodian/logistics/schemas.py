"""What goes over the wire: ids as strings, instants in ISO 8601."""

from __future__ import annotations

from datetime import datetime

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from xiaodian.logistics.queries import ParcelView
from xiaodian.logistics.service.carriers import CarrierView

__all__ = [
    "AddressBody",
    "CarrierAnswer",
    "CarriersAnswer",
    "ParcelAnswer",
    "PushAnswer",
    "RegisterBody",
    "ReturnAddressAnswer",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class RegisterBody(_Strict):
    """A shop's account with a carrier."""

    carrier: str = Field(min_length=1, max_length=16)
    account_no: str = Field(min_length=1, max_length=64)


class AddressBody(_Strict):
    """Where returns go."""

    name: str = Field(min_length=1, max_length=40)
    phone: str = Field(min_length=5, max_length=20)
    region: str = Field(min_length=1, max_length=60)
    detail: str = Field(min_length=1, max_length=120)


class ReturnAddressAnswer(BaseModel):
    """A return address, masked; empty while there is none."""

    label: str


class CarrierAnswer(BaseModel):
    """A carrier as the shop meets it; ``denial`` says why it may not be used."""

    code: str
    name: str
    registered: bool
    account_masked: str
    usable: bool
    denial: str | None
    rule: str
    reason: str

    @classmethod
    def of(cls, view: CarrierView) -> CarrierAnswer:
        """Write a view out."""
        return cls(
            code=view.code,
            name=view.name,
            registered=view.registered,
            account_masked=view.account_masked,
            usable=view.usable,
            denial=view.verdict.value,
            rule=view.verdict.rule,
            reason=view.verdict.text(),
        )


class CarriersAnswer(BaseModel):
    """The carriers of a shop's market."""

    items: list[CarrierAnswer]


class ScanAnswer(BaseModel):
    """One scan."""

    state: str
    at: datetime
    heard_at: datetime
    place: str
    text: str


class ParcelAnswer(BaseModel):
    """One parcel with its track, newest scan first."""

    id: str
    shop_id: str
    order_id: str
    carrier: str
    waybill: str
    state: str
    declared_at: datetime | None
    picked_up_at: datetime | None
    signed_at: datetime | None
    scans: list[ScanAnswer]

    @classmethod
    def of(cls, parcel: ParcelView) -> ParcelAnswer:
        """Write a view out."""
        return cls(
            id=str(parcel.id),
            shop_id=str(parcel.shop_id),
            order_id=str(parcel.order_id),
            carrier=parcel.carrier,
            waybill=parcel.waybill,
            state=parcel.state,
            declared_at=parcel.declared_at,
            picked_up_at=parcel.picked_up_at,
            signed_at=parcel.signed_at,
            scans=[
                ScanAnswer(
                    state=scan.state,
                    at=scan.at,
                    heard_at=scan.heard_at,
                    place=scan.place,
                    text=scan.text,
                )
                for scan in parcel.scans
            ],
        )


class PushAnswer(msgspec.Struct):
    """What became of a push: moved, late, duplicate, unknown, or why it is not believed."""

    outcome: str
