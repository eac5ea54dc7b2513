"""Rows on service and disputes, and on logistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.consoles.comparison.cells import Cell, Phrase, cell, cell_with
from xiaodian.rulebooks import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.consoles.comparison.offers import Offer, Question
    from xiaodian.consoles.comparison.rows import Row
    from xiaodian.rulebooks import Categories
    from xiaodian.rulebooks.schema import Input

__all__ = ["LOGISTICS", "SERVICE"]

NONE = "无"


def _channels(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    listed = offer.book.service.channels
    return cell(offer.book, "{channels:channel}", "service.channels", channels=listed)


def _window(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    days = offer.book.service.after_sale.window_days
    return cell(offer.book, "签收后 {days} 天", "service.after_sale.window_days", days=days)


def _special(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    book = offer.book
    rules = book.service.after_sale
    if isinstance(rules.instant, schema.InstantRefund):
        return cell(
            book,
            "部分类目极速退款，最高 {max_fen}",
            "service.after_sale.instant.kind",
            "service.after_sale.instant.amount_max_fen",
            max_fen=rules.instant.amount_max_fen,
        )
    if isinstance(rules.instant, schema.Unconditional):
        return cell(book, "过敏问题无条件退换", "service.after_sale.instant.kind")
    if rules.freight.by == "ACTIVITY":
        return cell(
            book,
            "部分活动退货包运费，最高 {cap_fen}",
            "service.after_sale.freight.by",
            "service.after_sale.freight.pickup_cap_fen",
            cap_fen=rules.freight.pickup_cap_fen,
        )
    if rules.no_reason.mandatory:
        return cell(book, "无理由退货（强制）", "service.after_sale.no_reason.mandatory")
    return cell(book, NONE, "service.after_sale.instant")


def _judge(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    dispute = offer.book.service.dispute
    phrases = [Phrase("{judge:judge}", {"judge": dispute.judge.kind})]
    paths = ["service.dispute.judge.kind"]
    if dispute.penalty_on_loss:
        phrases.append(Phrase("败诉另记罚则", {}))
        paths.append("service.dispute.penalty_on_loss")
    return cell_with(offer.book, phrases, paths)


def _evidence(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    evidence = offer.book.service.dispute.evidence
    phrases = [Phrase("{hours} 小时内", {"hours": evidence.hours})]
    paths = ["service.dispute.evidence.hours"]
    if evidence.waiver:
        phrases.append(Phrase("逾期放弃申诉", {}))
        paths.append("service.dispute.evidence.waiver")
    return cell_with(offer.book, phrases, paths)


def _reviews(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    kind = offer.book.service.reviews.policy.kind
    return cell(offer.book, "{kind:review_kind}", "service.reviews.policy.kind", kind=kind)


SERVICE: Sequence[Row] = (
    ("客服渠道", _channels),
    ("售后期限", _window),
    ("特色售后", _special),
    ("纠纷判定", _judge),
    ("举证时限", _evidence),
    ("差评处理", _reviews),
)


def _carriers(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    book = offer.book
    policy = book.logistics.carrier
    if isinstance(policy, schema.PlatformEwaybillOnly):
        return cell(book, "{kind:carrier_kind}", "logistics.carrier.kind", kind=policy.kind)
    phrases = [Phrase("{carriers:carrier}", {"carriers": policy.carriers})]
    paths = ["logistics.carrier.carriers"]
    if isinstance(policy, schema.RegisteredCarriers):
        if policy.registration_required:
            phrases.append(Phrase("需报备", {}))
            paths.append("logistics.carrier.registration_required")
    elif policy.platform_ewaybill:
        phrases.append(Phrase("也可用平台电子面单", {}))
        paths.append("logistics.carrier.platform_ewaybill")
    return cell_with(book, phrases, paths)


def _ship(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    ship = offer.book.logistics.ship
    said = [
        ("{limit} 小时内", "spot_hours", ship.spot_hours),
        ("预售 {limit} 小时", "presale_hours", ship.presale_hours),
        ("预售按承诺，最长 {limit} 天", "promise_max_days", ship.promise_max_days),
        ("特定活动 {limit} 小时", "activity_hours", ship.activity_hours),
    ]
    there = [(text, key, limit) for text, key, limit in said if limit is not None]
    return cell_with(
        offer.book,
        [Phrase(text, {"limit": limit}) for text, _, limit in there],
        [f"logistics.ship.{key}" for _, key, _ in there],
    )


def _breaches(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    phrases: list[Phrase] = []
    paths: list[str] = []
    for event, money in offer.book.logistics.breaches.items():
        capped = money.max_fen is not None
        text = "{event:breach} {rate_bps}"
        if capped:
            text = "{event:breach} {rate_bps} ({min_fen}–{max_fen})"
        inputs: dict[str, Input] = {"event": event, "rate_bps": money.rate_bps}
        phrases.append(Phrase(text, {**inputs, "min_fen": money.min_fen, "max_fen": money.max_fen}))
        keys = ("rate_bps", "min_fen", "max_fen") if capped else ("rate_bps",)
        paths += [f"logistics.breaches.{event}.{key}" for key in keys]
    if not phrases:
        return cell(offer.book, NONE, "logistics.ship.strict")
    return cell_with(offer.book, phrases, paths)


def _parcels(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    count = offer.book.logistics.parcels.count_max
    return cell(
        offer.book,
        "不能拆单" if count == 1 else "每单最多 {count} 个包裹",
        "logistics.parcels.count_max",
        count=count,
    )


LOGISTICS: Sequence[Row] = (
    ("合作物流", _carriers),
    ("发货时限", _ship),
    ("异常赔付", _breaches),
    ("拆单", _parcels),
)
