"""Products, their review and their governance (dimension 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field

from xiaodian.rulebooks.schema.terms import (
    Bps,
    CategoryFlag,
    Code,
    Count,
    Days,
    Denial,
    Fen,
    Gate,
    Section,
    Severity,
    Text,
)

__all__ = [
    "ApiQuota",
    "Attribute",
    "AuditCheck",
    "BrandChain",
    "CategoryMatch",
    "CertificateSet",
    "Consistency",
    "ContentAndPoints",
    "DocAuthentic",
    "Enumerated",
    "ForbiddenWords",
    "Listing",
    "MetricLimit",
    "MetricWatch",
    "NeedsDocument",
    "NoteRelevance",
    "OptionalAttribute",
    "PriceBand",
    "Product",
    "RequiredAttribute",
    "RestrictedList",
    "SeverityAction",
    "SeverityStep",
    "StrikeCount",
    "ViolationPolicy",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocAuthentic(Section):
    """Each required file has been found genuine: issuer, number, validity, name."""

    kind: Literal["DOC_AUTHENTIC"]
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryMatch(Section):
    """The predicted category is the chosen one, or its sibling with enough confidence."""

    kind: Literal["CATEGORY_MATCH"]
    threshold_bps: Bps
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand(Section):
    """The price lies within a band around the category's median; outside a person decides."""

    kind: Literal["PRICE_BAND"]
    min_bps: Bps
    max_bps: Bps
    outside: Literal["MANUAL_REVIEW"]
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandChain(Section):
    """Authorisations lead from the brand's owner to the shop without a gap."""

    kind: Literal["BRAND_CHAIN"]
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbiddenWords(Section):
    """Words that the Advertising Law does not allow."""

    kind: Literal["FORBIDDEN_WORDS"]
    words: Annotated[tuple[Text, ...], Field(min_length=1)]
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency(Section):
    """What the listed parts of an offer say does not contradict."""

    kind: Literal["CONSISTENCY"]
    parts: Annotated[tuple[Code, ...], Field(min_length=2)]
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricWatch(Section):
    """A metric is computed daily, for the shop and for each product."""

    kind: Literal["METRIC_WATCH"]
    metric: Code
    per: tuple[Literal["SHOP", "PRODUCT"], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRelevance(Section):
    """The product is tied to notes whose topic matches it."""

    kind: Literal["NOTE_RELEVANCE"]
    notes_min: Annotated[int, Field(ge=1, le=100)]
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedList(Section):
    """Goods that may not be sold here, by trait of their category or by word."""

    kind: Literal["RESTRICTED_LIST"]
    flags: tuple[CategoryFlag, ...]
    words: tuple[Text, ...]
    denial: Denial


AuditCheck: TypeAlias = Annotated[
    DocAuthentic
    | CategoryMatch
    | PriceBand
    | BrandChain
    | ForbiddenWords
    | Consistency
    | MetricWatch
    | NoteRelevance
    | RestrictedList,
    Discriminator("kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredAttribute(Section):
    """A key that must be filled, for all goods or for those with a trait.

    ``not_applicable_allowed`` lets ``NOT_APPLICABLE`` stand where the category says so (AMB-17).
    """

    kind: Literal["REQUIRED"]
    when: CategoryFlag | None
    not_applicable_allowed: bool
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionalAttribute(Section):
    """A key whose absence never blocks."""

    kind: Literal["OPTIONAL"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumerated(Section):
    """A key that must hold one of these values."""

    kind: Literal["ENUM"]
    values: Annotated[tuple[Code, ...], Field(min_length=1)]
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsDocument(Section):
    """When another key has this value, a document is needed."""

    kind: Literal["NEEDS_DOCUMENT"]
    attribute: Code
    equals: Code
    document: Code
    denial: Denial


Attribute: TypeAlias = Annotated[
    RequiredAttribute | OptionalAttribute | Enumerated | NeedsDocument, Discriminator("kind")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSet(Section):
    """Certificates that goods of a trait need, all of them or any."""

    kind: Literal["CERTIFICATE_SET"]
    match: Literal["ALL_OF", "ANY_OF"]
    documents: Annotated[tuple[Code, ...], Field(min_length=1)]
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeCount(Section):
    """Actions by the number of violations in the period; all steps reached apply."""

    kind: Literal["STRIKE_COUNT"]
    period: Literal["NATURAL_YEAR"]
    steps: Mapping[Annotated[int, Field(ge=1, le=1000)], tuple[Code, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityStep(Section):
    """What a violation of one severity brings."""

    action: Literal["DEDUCT_DEPOSIT", "BAN"]
    amount_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityAction(Section):
    """The severity decides, without a warning stage."""

    kind: Literal["SEVERITY_ACTION"]
    actions: Mapping[Severity, SeverityStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLimit(Section):
    """A shop whose metric strictly exceeds the limit wears a flag until a daily run finds it below.

    shop whose metric strictly exceeds the limit wears a flag until a daily run finds it below.
    """

    kind: Literal["METRIC_LIMIT"]
    metric: Code
    over_bps: Bps
    window_days: Days
    sample_min: Count
    flag: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentAndPoints(Section):
    """The content goes, and points add up over the period."""

    kind: Literal["CONTENT_AND_POINTS"]
    deletes: Code
    deducts_points: bool
    points_each: Count
    period: Literal["NATURAL_YEAR"]
    thresholds: Mapping[Annotated[int, Field(ge=1, le=1000)], Code]
    limited_days: Days


ViolationPolicy: TypeAlias = Annotated[
    StrikeCount | SeverityAction | MetricLimit | ContentAndPoints, Discriminator("kind")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiQuota(Section):
    """How often the open API may create or update products; the console is not counted."""

    per_hour: Count
    per_day: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Section):
    """Limits of form that hold for every product."""

    skus_max: Annotated[int, Field(ge=1, le=2000)]
    sale_price_at_most_market_price: bool
    title_needs_words: bool
    draft_and_online_copies: bool
    locked_while_auditing: bool
    quota: ApiQuota | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Section):
    """What a product must have and show, and what happens when it breaks the rules."""

    attribute_library: bool
    audit: Mapping[Code, AuditCheck]
    attributes: Mapping[Code, Attribute]
    certificates: Mapping[CategoryFlag, CertificateSet]
    brand_library: Gate | None
    batch_import: Gate
    listing: Listing
    violation: ViolationPolicy
    appeal_days: Days
    appeals_max: Count
