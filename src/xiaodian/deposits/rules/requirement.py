"""How much deposit a shop needs, and what adds to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from xiaodian.rulebooks import Severity, Verdict, schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from xiaodian.rulebooks import Categories, Rulebook

__all__ = ["DepositFacts", "live_surcharges", "required"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositFacts:
    """What the requirement depends on; each kind of policy looks at its own part.

    Sales are paid amounts by the category of the order (AMB-08): what was sold in a leaf counts for
    the shop's category above it. ``orders_last_month`` are the paid orders of the previous natural
    month, ``surcharges`` the violations that have not lapsed.
    """

    categories: tuple[str, ...]
    month_gmv_fen: Mapping[str, int] = field(default_factory=dict[str, int])
    last_month_gmv_fen: Mapping[str, int] = field(default_factory=dict[str, int])
    orders_last_month: int = 0
    surcharges: tuple[Severity, ...] = ()


def required(book: Rulebook, facts: DepositFacts, categories: Categories) -> Verdict[int]:
    """Answer the amount in fen that a shop's deposit must cover.

    The dearest category decides; a shop does not pay for each of them (A-DEP-05).
    """
    assert facts.categories, "a shop trades in something"
    each = [_of_category(book, facts, code, categories) for code in facts.categories]
    dearest = max(each, key=lambda verdict: verdict.value)
    policy = book.deposit
    if policy.multi_category == "SUM" and len(each) > 1:
        total = min(sum(verdict.value for verdict in each), policy.cap_fen)
        return Verdict.of(
            book,
            total,
            "deposit.multi_category",
            "deposit.base_fen",
            sentence="各类目保证金相加，需缴纳 {required_fen}",
            required_fen=total,
        )
    if isinstance(policy, schema.FixedPlusSurcharge) and facts.surcharges:
        return _surcharged(book, policy, dearest, facts.surcharges)
    return dearest


def _of_category(
    book: Rulebook, facts: DepositFacts, category: str, categories: Categories
) -> Verdict[int]:
    """Answer what one category asks for."""
    policy = book.deposit
    match policy:
        case schema.CategoryGmvTier():
            return _tiered(book, policy, facts, category, categories)
        case schema.FixedPlusSurcharge():
            return _fixed(book, policy.categories, category, categories)
        case schema.OrderCountLadder():
            floor = _fixed(book, policy.categories, category, categories)
            return _laddered(book, policy, floor, facts.orders_last_month)
        case schema.Flat():
            return Verdict.of(
                book,
                policy.base_fen,
                "deposit.base_fen",
                sentence="所有类目统一缴纳 {required_fen}，不随销售调整",
                required_fen=policy.base_fen,
            )
        case _:
            assert_never(policy)


def _tiered(
    book: Rulebook,
    policy: schema.CategoryGmvTier,
    facts: DepositFacts,
    category: str,
    categories: Categories,
) -> Verdict[int]:
    """Climb the category's tiers by its sales, which must strictly exceed a limit (W-DEP-07).

    A rise counts at once; a fall only once a whole month stayed at or below the limit, so the
    larger of this month's and the last month's sales decides (AMB-08).
    """
    code = categories.nearest(category, policy.categories)
    gmv = max(
        _sales_of(category, sales, categories)
        for sales in (facts.month_gmv_fen, facts.last_month_gmv_fen)
    )
    if code is None:
        return Verdict.of(
            book,
            policy.base_fen,
            "deposit.base_fen",
            sentence="{category:category}按基础标准缴纳 {required_fen}",
            category=category,
            required_fen=policy.base_fen,
        )
    row = policy.categories[code]
    amount, over, leaf = row.base_fen, None, f"deposit.categories.{code}.base_fen"
    for tier in row.tiers:
        if gmv > tier.gmv_over_fen:
            amount, over, leaf = (
                tier.amount_fen,
                tier.gmv_over_fen,
                f"deposit.categories.{code}.tiers",
            )
    return Verdict.of(
        book,
        amount,
        leaf,
        sentence="{category:category}月销售额 {gmv_fen}，未超过升档线，需缴纳 {required_fen}"
        if over is None
        else "{category:category}月销售额 {gmv_fen} 超过 {over_fen}，需缴纳 {required_fen}",
        category=category,
        gmv_fen=gmv,
        over_fen=over,
        required_fen=amount,
    )


def _sales_of(category: str, sales: Mapping[str, int], categories: Categories) -> int:
    """Add up the sales of a category and of everything below it."""
    return sum(amount for code, amount in sales.items() if category in categories.chain(code))


def _fixed(
    book: Rulebook, table: Mapping[str, int], category: str, categories: Categories
) -> Verdict[int]:
    """Look a category's amount up; the base holds where the table says nothing (D-DEP-04)."""
    code = categories.nearest(category, table)
    amount = book.deposit.base_fen if code is None else table[code]
    return Verdict.of(
        book,
        amount,
        "deposit.base_fen" if code is None else f"deposit.categories.{code}",
        sentence="{category:category}固定缴纳 {required_fen}",
        category=category,
        required_fen=amount,
    )


def _surcharged(
    book: Rulebook,
    policy: schema.FixedPlusSurcharge,
    category: Verdict[int],
    surcharges: Sequence[Severity],
) -> Verdict[int]:
    """Add what violations cost, up to the cap (D-DEP-05)."""
    added = sum(policy.surcharges.get(severity, 0) for severity in surcharges)
    total = min(category.value + added, policy.cap_fen)
    kinds = sorted({severity for severity in surcharges if severity in policy.surcharges})
    return Verdict.of(
        book,
        total,
        *(f"deposit.surcharges.{severity}" for severity in kinds),
        "deposit.cap_fen",
        sentence="类目 {base_fen} 加 {count} 次违规追加 {added_fen}，上限 {cap_fen}，"
        "需缴纳 {required_fen}",
        base_fen=category.value,
        count=len(surcharges),
        added_fen=added,
        cap_fen=policy.cap_fen,
        required_fen=total,
    )


def _laddered(
    book: Rulebook, policy: schema.OrderCountLadder, floor: Verdict[int], orders: int
) -> Verdict[int]:
    """Climb the ladder by orders; the category's own amount is the floor (K-DEP-04)."""
    reached = [step.amount_fen for step in policy.steps if orders > step.orders_over]
    step = max(reached, default=policy.base_fen)
    if step <= floor.value:
        return floor
    return Verdict.of(
        book,
        step,
        "deposit.steps",
        sentence="上月支付订单 {orders} 单，按阶梯需缴纳 {required_fen}",
        orders=orders,
        required_fen=step,
    )


def live_surcharges(
    book: Rulebook, violations: Sequence[tuple[Severity, datetime]], at: datetime
) -> tuple[Severity, ...]:
    """Answer the severities that still add to the deposit; quiet time lets all of them lapse.

    Violations come in order of time. A gap as long as ``surcharge_lapse_days`` clears what was
    before it (AMB-11).
    """
    policy = book.deposit
    if not isinstance(policy, schema.FixedPlusSurcharge):
        return ()
    quiet = timedelta(days=policy.surcharge_lapse_days)
    live: list[Severity] = []
    previous: datetime | None = None
    for severity, happened_at in violations:
        if previous is not None and happened_at - previous >= quiet:
            live.clear()
        live.append(severity)
        previous = happened_at
    return () if previous is None or at - previous >= quiet else tuple(live)
