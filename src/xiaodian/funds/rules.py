"""Pure decisions about available money: where money is taken, and who may take it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from xiaodian.kernel.clock import day_of, hours_after, is_late
from xiaodian.rulebooks import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from xiaodian.rulebooks import Permission, Rulebook

__all__ = [
    "Plan",
    "WithdrawalFacts",
    "arrives_on",
    "needs_review",
    "plan",
    "withdrawal_objections",
]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which step of a waterfall gives how much. ``short_fen`` is what no step could give."""

    parts: tuple[tuple[str, int], ...]
    short_fen: int

    def of(self, step: str) -> int:
        """Answer what a step gives."""
        return sum(fen for name, fen in self.parts if name == step)


def plan(order: Sequence[str], amount_fen: int, held_fen: Mapping[str, int]) -> Plan:
    """Take an amount step by step, each as far as it goes (5.3); ``SHOP_DEBT`` gives any amount.

    Steps that are not in ``held_fen`` give nothing: an order's own money is taken before.
    """
    assert amount_fen >= 0, "only an amount can be taken"
    left = amount_fen
    parts: list[tuple[str, int]] = []
    for step in order:
        given = left if step == "SHOP_DEBT" else min(left, held_fen.get(step, 0))
        if given:
            parts.append((step, given))
            left -= given
    return Plan(tuple(parts), left)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalFacts:
    """What decides whether a shop may take its money out now."""

    amount_fen: int
    blocked: bool
    verified: bool
    account_changed_at: datetime
    at: datetime
    open_count: int = 0


_OPEN_MAX = 20


def withdrawal_objections(book: Rulebook, facts: WithdrawalFacts) -> list[Permission]:
    """List what stands against a withdrawal (4.10, A-ORD-08), save the balance."""
    rules = book.trade.withdrawals
    until = hours_after(facts.account_changed_at, rules.account_change_block_hours)
    waits = not is_late(facts.at, until - timedelta(microseconds=1))
    found = [
        Verdict.of(
            book,
            "WITHDRAW_BLOCKED" if facts.blocked else None,
            "trade.withdrawals.min_fen",
            sentence="店铺提现已被限制",
        ),
        Verdict.of(
            book,
            "PAYOUT_ACCOUNT_NOT_VERIFIED" if not facts.verified else None,
            "trade.withdrawals.min_fen",
            sentence="收款账户尚未通过银行核验",
        ),
        Verdict.of(
            book,
            "PAYOUT_ACCOUNT_CHANGED" if waits else None,
            "trade.withdrawals.account_change_block_hours",
            sentence="收款账户变更后 {hours} 小时内不能提现，{until_at} 后可提现",
            hours=rules.account_change_block_hours,
            until_at=until,
        ),
        Verdict.of(
            book,
            "WITHDRAWAL_TOO_SMALL" if facts.amount_fen < rules.min_fen else None,
            "trade.withdrawals.min_fen",
            sentence="单笔提现不少于 {min_fen}",
            min_fen=rules.min_fen,
        ),
        Verdict.of(
            book,
            "WITHDRAWAL_UNDER_FEE" if facts.amount_fen <= rules.fee_fen else None,
            "trade.withdrawals.fee_fen",
            sentence="提现金额需大于手续费 {fee_fen}",
            fee_fen=rules.fee_fen,
        ),
        Verdict.of(
            book,
            "TOO_MANY_WITHDRAWALS" if facts.open_count >= _OPEN_MAX else None,
            "trade.withdrawals.min_fen",
            sentence="有 {count} 笔提现尚未完成，请稍后再申请",
            count=facts.open_count,
        ),
    ]
    return [verdict for verdict in found if verdict.value is not None]


def needs_review(book: Rulebook, amount_fen: int) -> Verdict[bool]:
    """Tell whether staff look at a withdrawal before it goes out: strictly above the limit."""
    limit = book.trade.withdrawals.review_over_fen
    over = amount_fen > limit
    return Verdict.of(
        book,
        over,
        "trade.withdrawals.review_over_fen",
        sentence="超过 {limit_fen} 的提现需财务初审、管理员复核"
        if over
        else "不超过 {limit_fen} 的提现无需人工审核",
        limit_fen=limit,
    )


def arrives_on(book: Rulebook, at: datetime) -> Verdict[date]:
    """Answer the day on which money that leaves now arrives (A-ORD-08)."""
    days = book.trade.withdrawals.arrival_days
    on = day_of(at) + timedelta(days=days)
    return Verdict.of(
        book,
        on,
        "trade.withdrawals.arrival_days",
        sentence="打款后 {days} 天到账，预计 {on}",
        days=days,
        on=on,
    )
