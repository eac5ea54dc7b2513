"""What a market is, apart from its rules (introduction of the seed)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from xiaodian.rulebooks.schema.terms import CategoryCode, ClockTime, Code, Count, Section, Text

__all__ = ["Adviser", "CategoryTree", "Platform", "Schedule"]

Colour = Annotated[str, Field(pattern=r"^#[0-9A-F]{6}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adviser(Section):
    """For whom the market is recommended.

    Reason codes that a merchant's answers can earn (G-GEN-06).
    """

    content_skill: Code | None
    private_followers: Code | None
    private_followers_min: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Section):
    """When the daily and monthly runs happen."""

    daily_stats_at: ClockTime
    month_roll_at: ClockTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform(Section):
    """Names, looks and nature of a market.

    ``compare_position`` is its place among the compared markets; None keeps it out.
    """

    name: Text
    name_en: Text
    shop_name: Text
    shop_name_en: Text
    colour: Colour
    accent: Colour
    compare_position: Count | None
    monthly_active_users_over: Count | None
    traffic_model: Literal["SOCIAL_GRAPH", "ALGO_FEED", "FOLLOW_AND_LOCAL", "SEARCH_AND_SEED"]
    surfaces: tuple[Code, ...]
    surface_denial: Code
    subject_types: tuple[Code, ...]
    chain: tuple[Code, ...]
    guide: tuple[Literal["bind_account", "documents", "audit", "deposit", "first_product"], ...]
    cautions: tuple[Code, ...]
    dimensions: tuple[Code, ...]
    adviser: Adviser
    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryTree(Section):
    """The market's own tree: leaf code of the neutral list to the name of its category there."""

    tree: Mapping[CategoryCode, Text]
