"""What covers a deposit, what is short of it, until when, and what is taken from it."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from xiaodian.kernel.money import fee
from xiaodian.rulebooks import Severity, Verdict, schema

if TYPE_CHECKING:
    from datetime import datetime

    from xiaodian.rulebooks import Permission, Rulebook, Subject

__all__ = [
    "Standing",
    "can_open",
    "capital_freed",
    "grace_ends",
    "insurance_allowed",
    "penalty",
    "premium",
    "refundable_from",
    "risk_required",
    "shortfall",
    "standing",
]


class Standing(StrEnum):
    """Whether a shop's deposit is enough, short within the grace period, or short beyond it."""

    SUFFICIENT = "SUFFICIENT"
    SHORT = "SHORT"
    OVERDUE = "OVERDUE"


def shortfall(required_fen: Verdict[int], *, cash_fen: int, cover_fen: int = 0) -> Verdict[int]:
    """Answer what is missing: required − (cash + insured cover), never below zero (W-DEP-08)."""
    missing = max(0, required_fen.value - cash_fen - cover_fen)
    return Verdict(
        value=missing,
        rule=required_fen.rule,
        rulebook=required_fen.rulebook,
        origin=required_fen.origin,
        sentence="需 {required_fen}，已有现金 {cash_fen}、保额 {cover_fen}，还需补缴 {missing_fen}"
        if missing
        else "需 {required_fen}，已有现金 {cash_fen}、保额 {cover_fen}，足额",
        inputs={
            "required_fen": required_fen.value,
            "cash_fen": cash_fen,
            "cover_fen": cover_fen,
            "missing_fen": missing,
        },
    )


def can_open(book: Rulebook, missing_fen: int) -> Permission:
    """Tell whether a shop may open: only once its deposit is covered (A-DEP-01)."""
    short = book.deposit.opens_when_covered and missing_fen > 0
    return Verdict.of(
        book,
        "DEPOSIT_SHORT" if short else None,
        "deposit.opens_when_covered",
        sentence="保证金还差 {missing_fen}，缴足后才能开店" if short else "保证金足额，可以开店",
        missing_fen=missing_fen,
    )


def grace_ends(book: Rulebook, short_since: datetime) -> datetime:
    """Answer until when a shortfall may last: elapsed days from its first instant (A-DEP-02)."""
    return short_since + timedelta(days=book.deposit.grace_days)


def standing(
    book: Rulebook, missing_fen: int, short_since: datetime | None, at: datetime
) -> Verdict[Standing]:
    """Answer how a deposit stands at an instant; the end of the grace period is already overdue."""
    if missing_fen <= 0:
        return Verdict.of(book, Standing.SUFFICIENT, "deposit.grace_days", sentence="保证金足额")
    due_at = grace_ends(book, at if short_since is None else short_since)
    over = at >= due_at
    return Verdict.of(
        book,
        Standing.OVERDUE if over else Standing.SHORT,
        "deposit.grace_days",
        sentence="保证金不足 {missing_fen}，已过补缴期限 {due_at}，商品下架、提现受限"
        if over
        else "保证金不足 {missing_fen}，请在 {due_at} 前补缴",
        missing_fen=missing_fen,
        due_at=due_at,
    )


def insurance_allowed(book: Rulebook, subject: Subject) -> Permission:
    """Tell whether a shop may put insurance in the place of cash (W-DEP-08)."""
    insurance = book.deposit.insurance
    if insurance is None:
        return Verdict.of(
            book,
            "INSURANCE_NOT_OFFERED",
            "deposit.insurance",
            sentence="本平台没有保证金保险",
        )
    allowed = subject in insurance.subjects
    return Verdict.of(
        book,
        None if allowed else insurance.denial,
        "deposit.insurance.subjects",
        sentence="可以申请保证金保险" if allowed else "{subject:subject}店铺不能申请保证金保险",
        subject=str(subject),
    )


def premium(book: Rulebook, cover_fen: int) -> Verdict[int]:
    """Answer a year's premium for a cover (AMB-10). The market must offer insurance."""
    insurance = book.deposit.insurance
    assert insurance is not None, "a market without insurance has no premium"
    amount = fee(cover_fen, insurance.premium_bps_year)
    return Verdict.of(
        book,
        amount,
        "deposit.insurance.premium_bps_year",
        sentence="保额 {cover_fen}，年保费率 {rate_bps}，保费 {premium_fen}",
        cover_fen=cover_fen,
        rate_bps=insurance.premium_bps_year,
        premium_fen=amount,
    )


def capital_freed(
    book: Rulebook, required_fen: int, *, cash_fen: int, cover_fen: int
) -> Verdict[int]:
    """Answer the cash that insurance sets free and that may be withdrawn (W-DEP-09)."""
    insurance = book.deposit.insurance
    surplus = max(0, min(cash_fen, cash_fen + cover_fen - required_fen))
    freed = surplus if insurance is not None and insurance.frees_cash else 0
    return Verdict.of(
        book,
        freed,
        "deposit.insurance" if insurance is None else "deposit.insurance.frees_cash",
        sentence="保险释放资金 {freed_fen}",
        required_fen=required_fen,
        cash_fen=cash_fen,
        cover_fen=cover_fen,
        freed_fen=freed,
    )


def penalty(book: Rulebook, severity: Severity) -> Verdict[int | None]:
    """Answer what a violation takes from the deposit in fen; None bans the shop (AMB-14).

    A market that does not punish by severity takes nothing.
    """
    policy = book.product.violation
    step = policy.actions.get(severity) if isinstance(policy, schema.SeverityAction) else None
    if step is None:
        return Verdict.of(book, 0, "product.violation.kind", sentence="本平台的违规处理不扣保证金")
    leaves = [f"product.violation.actions.{severity}.{name}" for name in ("action", "amount_fen")]
    banned = step.action == "BAN"
    return Verdict.of(
        book,
        None if banned else step.amount_fen,
        *leaves,
        sentence="违规{severity:severity}，封禁店铺"
        if banned
        else "违规{severity:severity}，扣除保证金 {amount_fen}",
        severity=str(severity),
        amount_fen=step.amount_fen,
    )


def risk_required(book: Rulebook, gmv_fen: int) -> Verdict[int] | None:
    """Answer the separate risk deposit of pay-later for the window's sales; None without pay-later.

    The larger of a fixed amount and a share of the sales of the last days (AMB-30).
    """
    rules = book.trade.pay_later
    if rules is None:
        return None
    amount = max(rules.deposit_min_fen, fee(gmv_fen, rules.deposit_bps))
    return Verdict.of(
        book,
        amount,
        "trade.pay_later.deposit_min_fen",
        "trade.pay_later.deposit_bps",
        sentence="近 {days} 天先用后付成交 {gmv_fen}，风险保证金 {required_fen}",
        days=rules.deposit_window_days,
        gmv_fen=gmv_fen,
        required_fen=amount,
    )


def refundable_from(book: Rulebook, cleared_at: datetime) -> Verdict[datetime]:
    """Answer from when a closing shop gets its deposit back (A-DEP-04).

    ``cleared_at`` is when the last order, window, dispute and debt was over.
    """
    due_at = cleared_at + timedelta(days=book.deposit.refund_cooldown_days)
    return Verdict.of(
        book,
        due_at,
        "deposit.refund_cooldown_days",
        sentence="全部交易了结后 {days} 天，{due_at} 起退还保证金",
        days=book.deposit.refund_cooldown_days,
        due_at=due_at,
    )
