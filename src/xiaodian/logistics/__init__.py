"""Logistics: the carriers a shop ships with, its parcels, and where they are."""

from xiaodian.logistics.gateway import CarrierGateway, HttpCarrierGateway, NullCarrierGateway
from xiaodian.logistics.queries import (
    ParcelView,
    ScanView,
    get_parcel,
    parcels_of,
    visible_parcel,
)
from xiaodian.logistics.rules import ShipFacts, ship_deadline, shipped_late
from xiaodian.logistics.service.carriers import (
    Address,
    CarrierView,
    ReturnAddressView,
    carrier_name,
    carriers_for,
    drop_carrier,
    find_return_address,
    open_return_address,
    register_carrier,
    set_return_address,
)
from xiaodian.logistics.service.shipping import ewaybill_carriers, request_ewaybill, ship

__all__ = [
    "Address",
    "CarrierGateway",
    "CarrierView",
    "HttpCarrierGateway",
    "NullCarrierGateway",
    "ParcelView",
    "ReturnAddressView",
    "ScanView",
    "ShipFacts",
    "carrier_name",
    "carriers_for",
    "drop_carrier",
    "ewaybill_carriers",
    "find_return_address",
    "get_parcel",
    "open_return_address",
    "parcels_of",
    "register_carrier",
    "request_ewaybill",
    "set_return_address",
    "ship",
    "ship_deadline",
    "shipped_late",
    "visible_parcel",
]
