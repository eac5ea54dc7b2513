"""Rows on trade and settlement, data, and promotion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.consoles.comparison.cells import Cell, Phrase, cell, cell_of, cell_with
from xiaodian.rulebooks import rate_of, schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.consoles.comparison.offers import Offer, Question
    from xiaodian.consoles.comparison.rows import Row
    from xiaodian.rulebooks import Categories

__all__ = ["DATA", "PROMOTION", "TRADE"]

NONE = "无"


def _methods(offer: Offer, question: Question, _categories: Categories) -> Cell:
    payment = offer.book.trade.payment
    listed = tuple(
        code for code, rule in payment.methods.items() if question.subject in rule.subjects
    )
    paths = [f"trade.payment.methods.{code}.subjects" for code in listed or payment.methods]
    return cell(offer.book, "{methods:method}" if listed else NONE, *paths, methods=listed)


def _settlement(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    book = offer.book
    rules = book.trade.settlement
    phrases = [Phrase("T+{days}", {"days": rules.days})]
    paths = ["trade.settlement.days"]
    if rules.novice is not None:
        inputs = {"days": rules.novice.days, "period_days": rules.novice.period_days}
        phrases.append(Phrase("新手期 T+{days}（开店 {period_days} 天内）", inputs))
        paths += ["trade.settlement.novice.days", "trade.settlement.novice.period_days"]
    if rules.trigger == "AFTER_AFTERSALE":
        phrases.append(Phrase("须完成所有售后", {}))
        paths.append("trade.settlement.trigger")
    if rules.reserve is not None:
        inputs = {"rate_bps": rules.reserve.rate_bps, "days": rules.reserve.hold_days}
        phrases.append(Phrase("留存质保金 {rate_bps}，{days} 天后释放", inputs))
        paths += ["trade.settlement.reserve.rate_bps", "trade.settlement.reserve.hold_days"]
    return cell_with(book, phrases, paths)


def _faster(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    book = offer.book
    rules = book.trade.settlement
    if rules.d0 is None:
        return cell(book, NONE, "trade.settlement.d0", "trade.settlement.direct")
    direct = rules.direct is not None
    paths = ["trade.settlement.d0.subjects"]
    if direct:
        paths.append("trade.settlement.direct.subjects")
    return cell(
        book,
        "{subjects:subject}可申请 D+0，或商户号直连" if direct else "{subjects:subject}可申请 D+0",
        *paths,
        subjects=tuple(rules.d0.subjects),
    )


def _rates(offer: Offer, question: Question, categories: Categories) -> Cell:
    phrases: list[Phrase] = []
    paths: list[str] = []
    for name, line in offer.book.trade.fees.lines.items():
        rate, key = rate_of(line, question.category, categories)
        phrases.append(Phrase("{line:fee_line} {rate_bps}", {"line": name, "rate_bps": rate}))
        paths.append(f"trade.fees.lines.{name}.{key}")
    return cell_with(offer.book, phrases, paths)


def _order(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    return cell_of(offer.reasons[0] if offer.split is None else offer.split)


def _pay_later(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    book = offer.book
    rules = book.trade.pay_later
    if rules is None:
        return cell(book, NONE, "trade.pay_later")
    return cell(
        book,
        "需单独申请，风险保证金至少 {min_fen}",
        "trade.pay_later.needs_approval",
        "trade.pay_later.deposit_min_fen",
        min_fen=rules.deposit_min_fen,
    )


def _cross_border(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    book = offer.book
    rules = book.trade.cross_border
    if rules is None:
        return cell(book, NONE, "trade.cross_border")
    if isinstance(rules, schema.FxSettlement):
        path = "trade.cross_border.provider"
        return cell(book, "经{provider:fx_provider}换汇结算", path, provider=rules.provider)
    return cell(book, "清关完成后起算发货时限", "trade.cross_border.ship_clock_starts")


def _withdrawal(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    rules = offer.book.trade.withdrawals
    return cell(
        offer.book,
        "{days} 天到账，手续费 {cost_fen}",
        "trade.withdrawals.arrival_days",
        "trade.withdrawals.fee_fen",
        days=rules.arrival_days,
        cost_fen=rules.fee_fen,
    )


TRADE: Sequence[Row] = (
    ("支付方式", _methods),
    ("结算周期", _settlement),
    ("更快到账", _faster),
    ("费率", _rates),
    ("本单到账", _order),
    ("先用后付", _pay_later),
    ("跨境结算", _cross_border),
    ("提现", _withdrawal),
)


def _metrics(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    listed = tuple(offer.book.data.metrics)
    paths = [f"data.metrics.{code}.kind" for code in listed]
    return cell(offer.book, "{metrics:metric}", *paths, metrics=listed)


def _tools(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    listed = tuple(offer.book.data.tools)
    paths = [f"data.tools.{code}.kind" for code in listed]
    return cell(offer.book, "{tools:tool}", *paths, tools=listed)


def _latency(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    latency = offer.book.data.latency
    return cell(
        offer.book,
        "{min_hours}–{max_hours} 小时" if latency.max_hours else "实时",
        "data.latency.min_hours",
        "data.latency.max_hours",
        min_hours=latency.min_hours,
        max_hours=latency.max_hours,
    )


def _reports(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    listed = offer.book.data.default_reports
    return cell(offer.book, "{reports:report}", "data.default_reports", reports=listed)


def _sources_report(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    there = offer.book.data.traffic_source_report
    return cell(offer.book, "提供" if there else "不提供", "data.traffic_source_report")


def _advanced(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    data = offer.book.data
    return cell(
        offer.book,
        "需接入{tools:tool}" if data.advanced_needs_connector else "自带",
        "data.advanced_needs_connector",
        tools=data.advanced_connectors,
    )


def _hot_words(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    words = offer.book.data.live_hot_words
    if words is None:
        return cell(offer.book, NONE, "data.live_hot_words")
    return cell(
        offer.book,
        "直播实时弹幕热词前 {top} 个",
        "data.live_hot_words.exempt_from_latency",
        "data.live_hot_words.top",
        top=words.top,
    )


DATA: Sequence[Row] = (
    ("核心指标", _metrics),
    ("运营工具", _tools),
    ("数据延迟", _latency),
    ("默认报表", _reports),
    ("流量来源分析", _sources_report),
    ("高级功能", _advanced),
    ("弹幕热词", _hot_words),
)


def _model(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    model = offer.book.platform.traffic_model
    return cell(offer.book, "{model:traffic_model}", "platform.traffic_model", model=model)


def _free(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    listed = tuple(offer.book.promotion.free_sources)
    paths = [f"promotion.free_sources.{code}.attribution" for code in listed]
    return cell(offer.book, "{sources:free_source}", *paths, sources=listed)


def _paid(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    listed = tuple(offer.book.promotion.paid_tools)
    paths = [f"promotion.paid_tools.{code}.pricing" for code in listed]
    return cell(offer.book, "{tools:paid_tool}", *paths, tools=listed)


def _traits(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    listed = offer.book.promotion.traits
    return cell(offer.book, "{traits:trait}", "promotion.traits", traits=listed)


def _brand_zone(offer: Offer, _question: Question, _categories: Categories) -> Cell:
    zone = offer.book.promotion.brand_zone
    if zone is None:
        return cell(offer.book, NONE, "promotion.brand_zone")
    return cell(
        offer.book,
        "搜索结果页固定展示，CPM 为抖音参考价的 {ratio_bps}",
        "promotion.brand_zone.slot",
        "promotion.brand_zone.ratio_bps",
        ratio_bps=zone.ratio_bps,
    )


PROMOTION: Sequence[Row] = (
    ("流量分发", _model),
    ("免费流量", _free),
    ("付费工具", _paid),
    ("特点", _traits),
    ("品牌专区", _brand_zone),
)
