"""Which carriers may carry, by when a parcel must leave, and what a breach costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from xiaodian.kernel.clock import hours_after, is_late
from xiaodian.kernel.money import clamp, fee
from xiaodian.rulebooks import Verdict, schema

if TYPE_CHECKING:
    from datetime import datetime

    from xiaodian.rulebooks import Permission, Rulebook

__all__ = [
    "ShipFacts",
    "Waybill",
    "carrier_allowed",
    "carriers",
    "compensation",
    "fake_suspected_at",
    "negotiation_allowed",
    "parcel_allowed",
    "pickup_deadline",
    "ship_deadline",
    "shipped_late",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waybill:
    """What a parcel is declared with.

    ``registered`` are the carriers the shop has registered; ``issued_here`` says that the platform
    itself issued the number for this order.
    """

    carrier: str
    registered: frozenset[str] = frozenset()
    issued_here: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipFacts:
    """What decides the shipping limit of a line.

    ``anchor_at`` is the payment, the payment of the balance, or the end of customs clearing
    (AMB-49). A promise of the merchant can shorten a limit, and lengthens only a presale.
    """

    anchor_at: datetime
    presale: bool = False
    activity: bool = False
    promised_at: datetime | None = None


def carriers(book: Rulebook) -> Verdict[tuple[str, ...]]:
    """Answer the carriers that merchants may name; none where only the platform issues waybills."""
    policy = book.logistics.carrier
    if isinstance(policy, schema.PlatformEwaybillOnly):
        return Verdict.of(
            book, (), "logistics.carrier.kind", sentence="只能使用平台电子面单，由平台分配快递"
        )
    return Verdict.of(
        book,
        policy.carriers,
        "logistics.carrier.carriers",
        sentence="可用快递：{carriers:carrier}",
        carriers=policy.carriers,
    )


def carrier_allowed(book: Rulebook, waybill: Waybill) -> Permission:
    """Tell whether a parcel may go with this carrier and number."""
    policy = book.logistics.carrier
    denial: str | None = None
    leaf = "logistics.carrier.carriers"
    sentence = "可以用{carrier:carrier}发货"
    match policy:
        case schema.RegisteredCarriers():
            if waybill.carrier not in policy.carriers:
                denial, sentence = policy.unsupported_denial, "不支持用{carrier:carrier}发货"
            elif policy.registration_required and waybill.carrier not in waybill.registered:
                denial, sentence = policy.unregistered_denial, "{carrier:carrier}尚未报备，不能发货"
                leaf = "logistics.carrier.registration_required"
        case schema.PlatformEwaybillOnly():
            leaf = "logistics.carrier.kind"
            sentence = "平台电子面单有效"
            if not waybill.issued_here:
                denial, sentence = policy.denial, "运单号不是平台为本单签发的电子面单"
        case schema.OpenList() | schema.LogisticsPlan():
            listed = waybill.carrier in policy.carriers
            if not listed and not (policy.platform_ewaybill and waybill.issued_here):
                denial, sentence = policy.unsupported_denial, "不支持用{carrier:carrier}发货"
        case _:
            assert_never(policy)
    return Verdict.of(book, denial, leaf, sentence=sentence, carrier=waybill.carrier)


def ship_deadline(book: Rulebook, facts: ShipFacts) -> Verdict[datetime]:
    """Answer by when a line must be shipped; that instant is still in time (C-6)."""
    ship = book.logistics.ship
    leaf, due_at = "logistics.ship.spot_hours", hours_after(facts.anchor_at, ship.spot_hours)
    if facts.presale and ship.presale_hours is not None:
        leaf = "logistics.ship.presale_hours"
        due_at = hours_after(facts.anchor_at, ship.presale_hours)
    elif facts.presale and ship.promise_max_days is not None:
        leaf = "logistics.ship.promise_max_days"
        due_at = facts.anchor_at + timedelta(days=ship.promise_max_days)
    if facts.activity and ship.activity_hours is not None:
        limit = hours_after(facts.anchor_at, ship.activity_hours)
        if limit < due_at:
            leaf, due_at = "logistics.ship.activity_hours", limit
    promised = facts.promised_at is not None and facts.promised_at < due_at
    if facts.promised_at is not None and promised:
        due_at = facts.promised_at
    return Verdict.of(
        book,
        due_at,
        leaf,
        sentence="按承诺，最晚 {due_at} 发货" if promised else "最晚 {due_at} 发货",
        anchor_at=facts.anchor_at,
        presale=facts.presale,
        activity=facts.activity,
        due_at=due_at,
    )


def shipped_late(book: Rulebook, shipped_at: datetime, due_at: datetime) -> Verdict[bool]:
    """Tell whether a shipment came after its limit (W-LOG-06)."""
    late = is_late(shipped_at, due_at)
    return Verdict.of(
        book,
        late,
        "logistics.ship.strict",
        sentence="{shipped_at} 发货，晚于 {due_at}" if late else "{shipped_at} 发货，按时",
        shipped_at=shipped_at,
        due_at=due_at,
    )


def pickup_deadline(book: Rulebook, declared_at: datetime) -> Verdict[datetime] | None:
    """Answer by when a carrier must have picked up; None where nobody asks (A-LOG-04)."""
    hours = book.logistics.pickup_hours
    if hours is None:
        return None
    due_at = hours_after(declared_at, hours)
    return Verdict.of(
        book,
        due_at,
        "logistics.pickup_hours",
        sentence="最晚 {due_at} 揽收",
        declared_at=declared_at,
        due_at=due_at,
    )


def fake_suspected_at(book: Rulebook, declared_at: datetime) -> datetime:
    """Answer from when a parcel without a scan is suspected of not being sent (A-LOG-05)."""
    return hours_after(declared_at, book.logistics.fake_check_hours)


def compensation(book: Rulebook, event: schema.BreachEvent, affected_fen: int) -> Verdict[int]:
    """Answer what a breach costs in fen, of the parcel's share of what the buyer paid (AMB-52).

    A breach that the rulebook does not list costs nothing.
    """
    rule = book.logistics.breaches.get(event)
    if rule is None:
        return Verdict.of(
            book,
            0,
            "logistics.ship.strict",
            sentence="{event:breach}只记录，不罚款",
            event=event,
        )
    amount = clamp(fee(affected_fen, rule.rate_bps), rule.min_fen, rule.max_fen)
    path = f"logistics.breaches.{event}"
    return Verdict.of(
        book,
        amount,
        f"{path}.rate_bps",
        f"{path}.min_fen",
        f"{path}.max_fen",
        sentence="{event:breach}：{affected_fen} 的 {rate_bps}，应付 {amount_fen}",
        event=event,
        affected_fen=affected_fen,
        rate_bps=rule.rate_bps,
        amount_fen=amount,
    )


def parcel_allowed(
    book: Rulebook,
    *,
    parcels: int,
    lines_left_after: int = 0,
    refund_executing: bool = False,
    has_return_address: bool = True,
) -> Permission:
    """Tell whether one more parcel may leave: ``parcels`` have left before (A-LOG-02, K-LOG-06).

    ``lines_left_after`` lines would still have to be shipped; a market with one parcel an order
    refuses to split.
    """
    rules = book.logistics.parcels
    denial: str | None = None
    leaf, sentence = "logistics.parcels.count_max", "可以发货"
    if rules.return_address_required and not has_return_address:
        denial, sentence = rules.return_address_denial, "请先设置默认退货地址"
        leaf = "logistics.parcels.return_address_required"
    elif rules.blocked_by_refund and refund_executing:
        denial, sentence = "REFUND_EXECUTING", "订单正在退款，不能发货"
        leaf = "logistics.parcels.blocked_by_refund"
    elif parcels >= rules.count_max or (rules.count_max == 1 and lines_left_after > 0):
        denial, sentence = "PARCELS_MAX", "每单最多 {count_max} 个包裹"
    return Verdict.of(
        book,
        denial,
        leaf,
        sentence=sentence,
        parcels=parcels,
        count_max=rules.count_max,
    )


def negotiation_allowed(
    book: Rulebook, *, at: datetime, due_at: datetime, times: int, reason: str
) -> Permission:
    """Tell whether merchant and buyer may agree on a later time; ``times`` were used (A-LOG-03)."""
    rules = book.logistics.negotiation
    if rules is None:
        return Verdict.of(
            book,
            "NEGOTIATION_NOT_OFFERED",
            "logistics.negotiation",
            sentence="本平台没有发货协商",
        )
    latest = due_at - timedelta(hours=rules.before_deadline_hours)
    denial: str | None = None
    leaf, sentence = "logistics.negotiation.times_max", "可以与买家协商发货时间"
    if times >= rules.times_max:
        denial, sentence = "NEGOTIATIONS_MAX", "每单最多协商 {times_max} 次"
    elif is_late(at, latest):
        denial, sentence = "NEGOTIATION_TOO_LATE", "须在 {latest_at} 前提出协商"
        leaf = "logistics.negotiation.before_deadline_hours"
    elif reason not in rules.reasons:
        denial, sentence = "NEGOTIATION_REASON", "不是可以协商的原因"
        leaf = "logistics.negotiation.reasons"
    return Verdict.of(
        book,
        denial,
        leaf,
        sentence=sentence,
        times_max=rules.times_max,
        latest_at=latest,
        reason=reason,
    )
