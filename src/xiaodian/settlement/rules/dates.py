"""When the money of a sale becomes the merchant's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from xiaodian.kernel.clock import day_of, settle_day
from xiaodian.rulebooks import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from xiaodian.rulebooks import Permission, Rulebook, Subject

__all__ = [
    "Due",
    "SettleFacts",
    "d0_allowed",
    "direct_allowed",
    "due",
    "held",
    "is_novice",
    "pay_later_offered",
    "reserve_released_on",
    "triggered_at",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleFacts:
    """What decides when a sale settles.

    ``cases_ended_at`` is the end of the last after-sale case that was opened before settlement.
    ``d0`` and ``direct`` say what the shop has been approved for and still has.
    """

    confirmed_at: datetime
    shop_opened_at: datetime | None = None
    cases_ended_at: datetime | None = None
    d0: bool = False
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """How and on which Shanghai day a sale settles: in the run, at once, or outside our pool."""

    how: Literal["RUN", "AT_ONCE", "DIRECT"]
    on: date


def triggered_at(book: Rulebook, facts: SettleFacts) -> datetime:
    """Answer the instant T of T+n: receipt, or where later the end of the last case (AMB-26)."""
    waits = book.trade.settlement.trigger == "AFTER_AFTERSALE"
    if waits and facts.cases_ended_at is not None:
        return max(facts.confirmed_at, facts.cases_ended_at)
    return facts.confirmed_at


def is_novice(book: Rulebook, shop_opened_at: datetime | None, at: datetime) -> bool:
    """Tell whether a shop is still new at the trigger instant (AMB-24)."""
    novice = book.trade.settlement.novice
    if novice is None or shop_opened_at is None:
        return False
    return at < shop_opened_at + timedelta(days=novice.period_days)


def due(book: Rulebook, facts: SettleFacts) -> Verdict[Due]:
    """Answer when a sale settles, by its rulebook and what the shop is approved for."""
    rules = book.trade.settlement
    trigger = triggered_at(book, facts)
    if facts.direct and rules.direct is not None:
        return Verdict.of(
            book,
            Due("DIRECT", day_of(trigger)),
            "trade.settlement.direct.skips_pool",
            sentence="商户号直连：支付成功即到商家账户，不经平台资金池",
        )
    if facts.d0 and rules.d0 is not None:
        return Verdict.of(
            book,
            Due("AT_ONCE", day_of(trigger)),
            "trade.settlement.d0.needs_approval",
            sentence="已开通 D+0：{trigger_at} 确认后即时到账",
            trigger_at=trigger,
        )
    if rules.novice is not None and is_novice(book, facts.shop_opened_at, trigger):
        on = settle_day(trigger, rules.novice.days)
        return Verdict.of(
            book,
            Due("RUN", on),
            "trade.settlement.novice.days",
            "trade.settlement.novice.period_days",
            sentence="新手期内（开店 {period_days} 天）按 T+{days}，{trigger_at} 起算，{on} 结算",
            period_days=rules.novice.period_days,
            days=rules.novice.days,
            trigger_at=trigger,
            on=on,
        )
    on = settle_day(trigger, rules.days)
    return Verdict.of(
        book,
        Due("RUN", on),
        "trade.settlement.days",
        "trade.settlement.trigger",
        sentence="按 T+{days}，{trigger_at} 起算，{on} 结算",
        days=rules.days,
        trigger_at=trigger,
        on=on,
    )


def held(book: Rulebook, *, open_cases: int, open_disputes: int) -> Permission:
    """Tell whether a due settlement has to wait (A-ORD-06)."""
    hold = book.trade.settlement.hold
    waits = (hold.after_sale and open_cases > 0) or (hold.dispute and open_disputes > 0)
    return Verdict.of(
        book,
        "SETTLEMENT_HELD" if waits else None,
        "trade.settlement.hold.after_sale",
        "trade.settlement.hold.dispute",
        sentence="有 {open_cases} 个售后、{open_disputes} 个纠纷未结束，暂缓结算"
        if waits
        else "没有进行中的售后与纠纷",
        open_cases=open_cases,
        open_disputes=open_disputes,
    )


def reserve_released_on(book: Rulebook, settled_on: date) -> Verdict[date] | None:
    """Answer the day on which a sale's reserve is released; None where there is none (AMB-28)."""
    reserve = book.trade.settlement.reserve
    if reserve is None:
        return None
    on = settled_on + timedelta(days=reserve.hold_days)
    return Verdict.of(
        book,
        on,
        "trade.settlement.reserve.hold_days",
        sentence="质保金留存 {days} 天，{on} 释放",
        days=reserve.hold_days,
        on=on,
    )


def d0_allowed(book: Rulebook, subject: Subject, flags: Collection[str] = ()) -> Permission:
    """Tell whether a shop may have D+0; ``flags`` are its restrictions, each of which ends it."""
    rules = book.trade.settlement.d0
    if rules is None:
        return Verdict.of(
            book, "D0_NOT_OFFERED", "trade.settlement.d0", sentence="本平台没有 D+0 结算"
        )
    if subject not in rules.subjects:
        return Verdict.of(
            book,
            rules.denial,
            "trade.settlement.d0.subjects",
            sentence="{subject:subject}店铺不能申请 D+0 结算",
            subject=str(subject),
        )
    return Verdict.of(
        book,
        "D0_SHOP_RESTRICTED" if flags else None,
        "trade.settlement.d0.needs_approval",
        sentence="店铺受限期间不能使用 D+0 结算" if flags else "可以申请 D+0 结算",
        subject=str(subject),
        flags=tuple(sorted(flags)),
    )


def direct_allowed(book: Rulebook, subject: Subject) -> Permission:
    """Tell whether a shop may connect a merchant number of its own (W-TRX-06)."""
    rules = book.trade.settlement.direct
    if rules is None:
        return Verdict.of(
            book, "DIRECT_NOT_OFFERED", "trade.settlement.direct", sentence="本平台没有商户号直连"
        )
    allowed = subject in rules.subjects
    return Verdict.of(
        book,
        None if allowed else rules.denial,
        "trade.settlement.direct.subjects",
        sentence="可以开通商户号直连" if allowed else "{subject:subject}店铺不能开通商户号直连",
        subject=str(subject),
    )


def pay_later_offered(book: Rulebook, *, approved: bool, risk_missing_fen: int) -> Permission:
    """Tell whether pay-later may be offered at checkout (W-TRX-07, -08)."""
    if book.trade.pay_later is None:
        return Verdict.of(
            book, "PAY_LATER_NOT_OFFERED", "trade.pay_later", sentence="本平台没有先用后付"
        )
    if not approved:
        return Verdict.of(
            book,
            "PAY_LATER_NOT_APPROVED",
            "trade.pay_later.needs_approval",
            sentence="先用后付需要单独申请",
        )
    return Verdict.of(
        book,
        "RISK_DEPOSIT_SHORT" if risk_missing_fen > 0 else None,
        "trade.pay_later.deposit_separate",
        sentence="风险保证金还差 {missing_fen}，先用后付暂停"
        if risk_missing_fen > 0
        else "可以使用先用后付",
        missing_fen=risk_missing_fen,
    )
