"""Payment, fees and settlement (dimension 4)."""

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
    Gate,
    Hours,
    Minutes,
    Section,
    Subject,
)

__all__ = [
    "Creators",
    "CrossBorder",
    "CustomsFlow",
    "D0Option",
    "DirectMerchant",
    "FeeBase",
    "FeeBounds",
    "FeeLine",
    "Fees",
    "FlatRate",
    "FxSettlement",
    "HoldOn",
    "Method",
    "Novice",
    "Orders",
    "PayLater",
    "Payment",
    "RateTable",
    "Refunds",
    "RollingReserve",
    "Settlement",
    "Trade",
    "WaterfallStep",
    "Waterfalls",
    "Withdrawals",
]

FeeBase = Literal["BUYER_PAID", "SETTLE_GROSS", "GOODS_PAID"]
WaterfallStep = Literal[
    "ORDER_PENDING", "ORDER_RESERVE", "AVAILABLE", "DEPOSIT_CASH", "INSURANCE_COVER", "SHOP_DEBT"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Section):
    """A payment method: whose shops may offer it, and what they must have bound first."""

    subjects: tuple[Subject, ...]
    needs: Code | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Section):
    """Which methods buyers may pay with, and through which channel the money runs.

    ``personal_methods`` is the full list that a personal shop may offer; None leaves it all of
    them.
    """

    channel: Code
    methods: Mapping[Code, Method]
    personal_methods: tuple[Code, ...] | None
    method_denial: Denial
    invoice: Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeBounds(Section):
    """Between which rates the sum of the lines must lie; checked when the rulebook is loaded."""

    min_bps: Bps
    max_bps: Bps


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRate(Section):
    """One rate for everybody."""

    kind: Literal["FLAT_RATE"]
    payee: Literal["CHANNEL", "PLATFORM"]
    base: FeeBase
    rate_bps: Bps


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTable(Section):
    """A rate by category or industry, with a default for those not named."""

    kind: Literal["RATE_TABLE"]
    payee: Literal["CHANNEL", "PLATFORM"]
    base: FeeBase
    default_bps: Bps
    rates: Mapping[CategoryCode, Bps]


FeeLine: TypeAlias = Annotated[FlatRate | RateTable, Discriminator("kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees(Section):
    """What selling costs. Each line is rounded half up by itself (C-3)."""

    kind: Literal["CHANNEL_FLAT", "INDUSTRY_RATE", "CHANNEL_PLUS_TECH", "COMMISSION_PLUS_CHANNEL"]
    channel_cost_bps: Bps
    rounding: Literal["HALF_UP"]
    refund_back: bool
    bounds: FeeBounds | None
    share_cap_bps: Bps | None
    lines: Annotated[Mapping[Code, FeeLine], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Novice(Section):
    """A longer wait for shops that opened less than ``period_days`` ago (AMB-24)."""

    days: Days
    period_days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class D0Option(Section):
    """Settlement at the instant of the trigger, on application (AMB-21)."""

    subjects: tuple[Subject, ...]
    denial: Denial
    needs_approval: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMerchant(Section):
    """Money goes straight to the merchant's own account and never enters the pool (AMB-22)."""

    subjects: tuple[Subject, ...]
    denial: Denial
    skips_pool: bool
    real_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingReserve(Section):
    """A part of each settlement is kept back and released later (AMB-28)."""

    kept: bool
    rate_bps: Bps
    hold_days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOn(Section):
    """What keeps a due settlement waiting."""

    after_sale: bool
    dispute: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement(Section):
    """T+n, and what decorates it."""

    kind: Literal["T_PLUS", "T_PLUS_WITH_NOVICE", "T_PLUS_AFTER_AFTERSALE", "T_PLUS_WITH_RESERVE"]
    days: Annotated[int, Field(ge=1, le=60)]
    automatic: bool
    trigger: Literal["RECEIPT_CONFIRMED", "AFTER_AFTERSALE"]
    novice: Novice | None
    d0: D0Option | None
    direct: DirectMerchant | None
    reserve: RollingReserve | None
    hold: HoldOn


@dataclass(frozen=True, slots=True, kw_only=True)
class PayLater(Section):
    """The buyer is charged at receipt; the shop lodges a risk deposit of its own (AMB-30)."""

    needs_approval: bool
    deposit_min_fen: Fen
    deposit_bps: Bps
    deposit_window_days: Days
    deposit_separate: bool
    retry_days: Days
    default_days: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class FxSettlement(Section):
    """Cross-border proceeds leave through one provider of foreign exchange (AMB-31)."""

    kind: Literal["FX_SETTLEMENT"]
    provider: Code
    rounding: Literal["FLOOR"]
    refund_rate: Literal["SAME"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomsFlow(Section):
    """Cross-border orders clear customs before they can be shipped."""

    kind: Literal["CUSTOMS_FLOW"]
    ship_clock_starts: Literal["CLEARED"]


CrossBorder: TypeAlias = Annotated[FxSettlement | CustomsFlow, Discriminator("kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders(Section):
    """Timers of an order that is not a matter of shipping."""

    unpaid_close_minutes: Minutes
    unpaid_close_by_merchant: bool
    auto_confirm_express_days: Days
    auto_confirm_other_days: Days
    unshipped_auto_refund: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunds(Section):
    """How long and how often a payment can be refunded."""

    age_max_days: Days
    count_max: Count
    freight: Literal["ONLY_WHEN_NOTHING_SHIPPED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawals(Section):
    """Getting available money out."""

    arrival_days: Days
    fee_fen: Fen
    min_fen: Fen
    review_over_fen: Fen
    account_change_block_hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Creators(Section):
    """What the platform takes of a creator's commission."""

    service_bps: Bps


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfalls(Section):
    """From where money is taken, in order (5.3)."""

    deposit_penalty: Annotated[tuple[WaterfallStep, ...], Field(min_length=1)]
    fake_ship: Annotated[tuple[WaterfallStep, ...], Field(min_length=1)]
    late_pickup: tuple[WaterfallStep, ...] | None
    late_ship: tuple[WaterfallStep, ...] | None
    refund_after_settlement: Annotated[tuple[WaterfallStep, ...], Field(min_length=1)]
    debt_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade(Section):
    """Everything between paying and withdrawing."""

    payment: Payment
    fees: Fees
    settlement: Settlement
    pay_later: PayLater | None
    cross_border: CrossBorder | None
    orders: Orders
    refunds: Refunds
    withdrawals: Withdrawals
    creators: Creators
    waterfalls: Waterfalls
