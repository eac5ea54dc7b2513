"""Shop types and deposits (dimension 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field

from xiaodian.rulebooks.schema.terms import (
    Bps,
    CategoryCode,
    Code,
    Count,
    Days,
    Denial,
    Fen,
    PositiveFen,
    Record,
    Section,
    Severity,
    Subject,
)

__all__ = [
    "CategoryGmvTier",
    "CategoryTiers",
    "DepositCommon",
    "DepositPolicy",
    "FixedPlusSurcharge",
    "Flat",
    "Insurable",
    "LadderStep",
    "OrderCountLadder",
    "Tier",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurable(Section):
    """Insurance may stand in for cash; the premium is paid a year in advance (AMB-10)."""

    subjects: tuple[Subject, ...]
    denial: Denial
    premium_bps_year: Bps
    partial: bool
    frees_cash: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositCommon(Section):
    """What every kind of deposit has, and which type of shop a subject opens."""

    shop_types: Mapping[Subject, Code]
    base_fen: PositiveFen
    cap_fen: PositiveFen
    dynamic: bool
    multi_category: Literal["MAX", "SUM"]
    opens_when_covered: bool
    grace_days: Days
    refund_cooldown_days: Days
    insurance: Insurable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier(Record):
    """Once a month's sales exceed ``gmv_over_fen`` (strictly), ``amount_fen`` is required."""

    gmv_over_fen: PositiveFen
    amount_fen: PositiveFen


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryTiers(Section):
    """What a category asks for, and what it asks for as sales grow, in ascending order."""

    base_fen: PositiveFen
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryGmvTier(DepositCommon):
    """Base plus floating: the category's amount rises with the sales of the month."""

    kind: Literal["CATEGORY_GMV_TIER"]
    period: Literal["NATURAL_MONTH"]
    rise: Literal["IMMEDIATE"]
    fall: Literal["NEXT_PERIOD"]
    categories: Mapping[CategoryCode, CategoryTiers]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPlusSurcharge(DepositCommon):
    """A fixed amount by category, whatever the sales; violations add to it until they lapse."""

    kind: Literal["FIXED_PLUS_SURCHARGE"]
    categories: Mapping[CategoryCode, PositiveFen]
    surcharges: Mapping[Severity, Fen]
    surcharge_lapse_days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStep(Record):
    """More orders than ``orders_over`` (strictly) in the period require ``amount_fen``."""

    orders_over: Count
    amount_fen: PositiveFen


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCountLadder(DepositCommon):
    """Steps by paid orders of the previous month, with a floor by category."""

    kind: Literal["ORDER_COUNT_LADDER"]
    period: Literal["PREVIOUS_NATURAL_MONTH"]
    categories: Mapping[CategoryCode, PositiveFen]
    steps: Annotated[tuple[LadderStep, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat(DepositCommon):
    """One amount for everybody; nothing changes it."""

    kind: Literal["FLAT"]


DepositPolicy: TypeAlias = Annotated[
    CategoryGmvTier | FixedPlusSurcharge | OrderCountLadder | Flat, Discriminator("kind")
]
