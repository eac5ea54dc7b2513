"""Carriers, shipping time and what being late costs (dimension 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field

from xiaodian.rulebooks.schema.terms import (
    Actor,
    Bps,
    Code,
    Count,
    Days,
    Denial,
    Fen,
    Hours,
    Section,
)

__all__ = [
    "BreachEvent",
    "CarrierPolicy",
    "Compensation",
    "Logistics",
    "LogisticsPlan",
    "Negotiation",
    "OpenList",
    "Parcels",
    "PlatformEwaybillOnly",
    "RegisteredCarriers",
    "ShipWithin",
]

BreachEvent = Literal["LATE_SHIP", "LATE_PICKUP", "FAKE_SHIP"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredCarriers(Section):
    """Only these carriers.

    And only after the shop has registered its account with them (AMB-48).
    """

    kind: Literal["REGISTERED_CARRIERS"]
    mainstream: bool
    carriers: Annotated[tuple[Code, ...], Field(min_length=1)]
    unsupported_denial: Denial
    registration_required: bool
    unregistered_denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEwaybillOnly(Section):
    """Only waybill numbers that the platform itself issued for the order."""

    kind: Literal["PLATFORM_EWAYBILL_ONLY"]
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenList(Section):
    """These carriers, without registration."""

    kind: Literal["OPEN_LIST"]
    carriers: Annotated[tuple[Code, ...], Field(min_length=1)]
    platform_ewaybill: bool
    unsupported_denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticsPlan(Section):
    """These carriers, and a plan for each product: domestic, bonded or direct mail."""

    kind: Literal["LOGISTICS_PLAN"]
    carriers: Annotated[tuple[Code, ...], Field(min_length=1)]
    platform_ewaybill: bool
    plans: Annotated[tuple[Code, ...], Field(min_length=1)]
    unsupported_denial: Denial


CarrierPolicy: TypeAlias = Annotated[
    RegisteredCarriers | PlatformEwaybillOnly | OpenList | LogisticsPlan, Discriminator("kind")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipWithin(Section):
    """How long shipping may take, from payment, payment of the balance.

    Or customs clearing (AMB-49).
    """

    kind: Literal["SHIP_WITHIN"]
    spot_hours: Hours
    presale_hours: Hours | None
    promise_max_days: Days | None
    activity_hours: Hours | None
    strict: bool
    late_auto_refund: bool
    anchors: Annotated[tuple[Literal["PAID", "BALANCE_PAID", "CLEARED"], ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation(Section):
    """Money that a breach costs; ``max_fen`` None is without limit."""

    rate_bps: Bps
    min_fen: Fen
    max_fen: Fen | None
    base: Literal["ORDER_PAID"]
    beneficiary: Actor
    once_per: Literal["PARCEL", "ORDER"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcels(Section):
    """How an order may be split, and how shipping data may be corrected."""

    count_max: Annotated[int, Field(ge=1, le=100)]
    corrections_max: Count
    blocked_by_refund: bool
    return_address_required: bool
    return_address_denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class Negotiation(Section):
    """Buyer and merchant may agree on a later time."""

    times_max: Count
    before_deadline_hours: Hours
    reasons: Annotated[tuple[Code, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistics(Section):
    """Shipping and its breaches. A breach that is not listed costs no money."""

    carrier: CarrierPolicy
    ship: ShipWithin
    pickup_hours: Hours | None
    fake_check_hours: Hours
    fake_evidence_hours: Hours
    breaches: Mapping[BreachEvent, Compensation]
    parcels: Parcels
    negotiation: Negotiation | None
