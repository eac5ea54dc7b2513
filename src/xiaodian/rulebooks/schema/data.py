"""Metrics, reports and tools (dimension 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field

from xiaodian.rulebooks.schema.terms import Code, Count, Denial, Hours, Seconds, Section

__all__ = [
    "Data",
    "HotWords",
    "Latency",
    "Metric",
    "MetricCount",
    "MetricMean",
    "MetricRatio",
    "Tool",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCount(Section):
    """How many events of these kinds lie in the window."""

    kind: Literal["COUNT"]
    counts: Annotated[tuple[Code, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRatio(Section):
    """``numerator * scale / denominator`` as a whole number.

    ``BPS`` is 10,000, ``HUNDREDTHS`` 100.
    """

    kind: Literal["RATIO"]
    numerator: Code
    denominator: Code
    scale: Literal["BPS", "HUNDREDTHS"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricMean(Section):
    """Money per unit in fen, half up; ``per_units`` of the denominator count as one."""

    kind: Literal["MEAN"]
    amount: Code
    per: Code
    per_units: Annotated[int, Field(ge=1, le=1_000_000)]


Metric: TypeAlias = Annotated[MetricCount | MetricRatio | MetricMean, Discriminator("kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Section):
    """A connector and what it brings."""

    kind: Literal["OFFICIAL", "ECOSYSTEM", "THIRD_PARTY"]
    needs: Code | None
    capabilities: tuple[Code, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency(Section):
    """An event is visible at the latest after ``max_hours``.

    Never before ``min_hours`` (AMB-32).
    """

    min_hours: Hours
    max_hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class HotWords(Section):
    """Hot words of a live room's danmaku, at once."""

    window_s: Seconds
    top: Count
    exempt_from_latency: bool
    suggests_scripts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Data(Section):
    """What a merchant can see, and how late."""

    metrics: Annotated[Mapping[Code, Metric], Field(min_length=1)]
    tools: Mapping[Code, Tool]
    latency: Latency
    default_reports: tuple[Code, ...]
    traffic_source_report: bool
    traffic_source_denial: Denial
    advanced_needs_connector: bool
    advanced_connectors: tuple[Code, ...]
    advanced_denial: Denial
    private_domain_tool: Code | None
    live_hot_words: HotWords | None
