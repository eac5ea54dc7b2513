"""Service, after-sale, disputes and reviews (dimension 7)."""

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
    Hours,
    Seconds,
    Section,
)

__all__ = [
    "AfterSale",
    "ConsumerLeaning",
    "Dispute",
    "Evidence",
    "FreightCover",
    "HiddenCounted",
    "InstantAfterSale",
    "InstantRefund",
    "Judge",
    "NoReason",
    "PermanentPaidChange",
    "Preponderance",
    "RateLimit",
    "ReversedBurden",
    "ReviewPolicy",
    "Reviews",
    "Service",
    "SingleIgnoredInspect",
    "Timeouts",
    "Unconditional",
    "WeCom",
    "WindowExtension",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeCom(Section):
    """Buyers who ask become contacts of the shop's WeCom."""

    private_domain: bool
    one_click_add: bool
    welcome: bool
    welcome_within_s: Seconds
    welcome_attachments_max: Count
    keyword_reply: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReason(Section):
    """Returns without a reason, and what the law leaves out (A-AFS-10)."""

    mandatory: bool
    excluded: tuple[Code, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantRefund(Section):
    """Money back at the moment of asking, for some goods (AMB-43)."""

    kind: Literal["INSTANT_REFUND"]
    categories: tuple[CategoryCode, ...]
    amount_max_fen: Fen
    until: Literal["PICKED_UP"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconditional(Section):
    """Some reasons are approved whatever the state of the goods."""

    kind: Literal["UNCONDITIONAL"]
    reasons: Annotated[tuple[Code, ...], Field(min_length=1)]


InstantAfterSale: TypeAlias = Annotated[InstantRefund | Unconditional, Discriminator("kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightCover(Section):
    """Who pays for the way back, and how much at most.

    By pick-up, or posted by the buyer himself.
    """

    by: Literal["INSURANCE", "ACTIVITY"]
    payer: Literal["INSURER", "MERCHANT", "PLATFORM"]
    pickup_cap_fen: Fen
    self_cap_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts(Section):
    """How long each side of a case may take."""

    merchant_act_hours: Hours
    return_days: Days
    receipt_days: Days
    arbitration_days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowExtension(Section):
    """The merchant may lengthen the window, before settlement."""

    times_max: Count
    days_max: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSale(Section):
    """A buyer's rights after buying."""

    window_days: Days
    count_from: Literal["DAY_AFTER_SIGNING"]
    window_denial: Denial
    types: tuple[Code, ...]
    cases_per_line_max: Count
    no_reason: NoReason
    instant: InstantAfterSale | None
    freight: FreightCover
    timeouts: Timeouts
    extension: WindowExtension | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerLeaning(Section):
    """The merchant wins only with strictly better evidence."""

    kind: Literal["CONSUMER_LEANING"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preponderance(Section):
    """The claimant bears the burden: a tie goes to the merchant."""

    kind: Literal["PREPONDERANCE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversedBurden(Section):
    """Only the merchant's evidence is scored, and it must reach ``score_min``."""

    kind: Literal["REVERSED_BURDEN"]
    score_min: Annotated[int, Field(ge=0, le=100)]


Judge: TypeAlias = Annotated[
    ConsumerLeaning | Preponderance | ReversedBurden, Discriminator("kind")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Section):
    """How long evidence is taken, and whether lateness waives the appeal."""

    hours: Hours
    waiver: bool
    denial: Denial
    appeal_denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(Section):
    """How a dispute is judged."""

    judge: Judge
    evidence: Evidence
    penalty_on_loss: bool
    never_disputed_reasons: tuple[Code, ...]
    appeal_days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleIgnoredInspect(Section):
    """A lone bad review leaves the ranking alone and calls an inspector."""

    kind: Literal["SINGLE_IGNORED_INSPECT"]
    single_ignored: bool
    inspects: bool
    weight_from_bad_count: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit(Section):
    """Too large a share of bad reviews limits traffic and asks for a quality deposit (AMB-39)."""

    kind: Literal["RATE_LIMIT"]
    over_bps: Bps
    window_days: Days
    reviews_min: Count
    flag: Code
    quality_deposit_due: bool
    quality_deposit_fen: Fen
    quality_deposit_return_days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenCounted(Section):
    """Bad reviews are not shown, but count; a low score shuts activities (AMB-40)."""

    kind: Literal["HIDDEN_COUNTED"]
    hidden: bool
    counted: bool
    gates_activities: bool
    activity_score_min: Annotated[int, Field(ge=0, le=500)]
    score_window_days: Days
    activity_denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class PermanentPaidChange(Section):
    """Bad reviews stay; asking the author to change one costs a fee (AMB-33)."""

    kind: Literal["PERMANENT_PAID_CHANGE"]
    permanent: bool
    paid_change: bool
    change_fee_fen: Fen
    consent_days: Days


ReviewPolicy: TypeAlias = Annotated[
    SingleIgnoredInspect | RateLimit | HiddenCounted | PermanentPaidChange, Discriminator("kind")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews(Section):
    """When buyers may review, and what bad reviews do."""

    window_days: Days
    addition_days: Days
    bad_stars_max: Annotated[int, Field(ge=1, le=5)]
    good_stars_min: Annotated[int, Field(ge=1, le=5)]
    deletable: bool
    policy: ReviewPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Section):
    """Where buyers reach the merchant, how fast answers should be.

    And what follows when they differ.
    """

    channels: Annotated[tuple[Code, ...], Field(min_length=1)]
    wecom: WeCom | None
    speed_target_bps: Bps | None
    after_sale: AfterSale
    dispute: Dispute
    reviews: Reviews
