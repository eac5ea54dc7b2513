"""Traffic and promotion (dimension 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from xiaodian.rulebooks.schema.terms import Bps, Code, Count, Denial, Fen, Hours, Section, Subject

__all__ = ["BrandZone", "FreeSource", "PaidTool", "Promotion", "RedRain", "SpreadModel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSource(Section):
    """Traffic that costs nothing, and how a visit is attributed to it."""

    attribution: Literal[
        "SHARER",
        "LINK",
        "SEARCH",
        "FEED",
        "TOPIC",
        "LIVE",
        "FOLLOW",
        "LOCAL",
        "NOTE",
        "MESSAGE",
        "HEADLINE",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidTool(Section):
    """A promotion tool, how it is priced, and who may use it."""

    pricing: Literal["CPM", "CPC", "CPT", "DEAL", "POOL"]
    subjects: tuple[Subject, ...]
    whitelist: bool
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandZone(Section):
    """A fixed place above the results of the brand's keywords.

    Priced against a reference (AMB-34).
    """

    slot: Count
    reference_cpm_fen: Fen
    ratio_bps: Bps


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadModel(Section):
    """A like shows the content to the liker's friends, whose likes spread it again (AMB-35)."""

    second_spread: bool
    exponential: bool
    quality_only: bool
    once_per_viewer: bool
    depth_max: Annotated[int, Field(ge=1, le=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedRain(Section):
    """A pool of packets that live viewers catch."""

    expiry_hours: Hours
    per_buyer: Count
    packet_min_fen: Fen
    reports_dwell: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion(Section):
    """How buyers find a shop."""

    free_sources: Mapping[Code, FreeSource]
    paid_tools: Mapping[Code, PaidTool]
    traits: tuple[Code, ...]
    distribution: Literal[
        "FRIEND_INTERACTIONS", "INTEREST_FEED", "FOLLOW_AND_LOCAL", "SEARCH_AND_NOTES"
    ]
    prepaid_wallet: bool
    commission_plans: tuple[Code, ...]
    brand_zone: BrandZone | None
    friend_like: SpreadModel | None
    red_rain: RedRain | None
    bean_fen: Fen | None
