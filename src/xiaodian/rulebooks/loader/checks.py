"""Checks that span several values of a rulebook, and that no field by itself can make."""

from collections.abc import Iterator
from itertools import pairwise

from xiaodian.rulebooks.categories import Categories
from xiaodian.rulebooks.errors import RulebookError
from xiaodian.rulebooks.rules import rate_of
from xiaodian.rulebooks.schema.deposit import (
    CategoryGmvTier,
    DepositCommon,
    FixedPlusSurcharge,
    OrderCountLadder,
)
from xiaodian.rulebooks.schema.rulebook import Rulebook
from xiaodian.rulebooks.schema.terms import Subject
from xiaodian.rulebooks.schema.trade import Settlement

__all__ = ["check"]


def check(book: Rulebook, *, file: str, categories: Categories) -> None:
    """Refuse a book whose values contradict each other; raises ``RulebookError``."""
    for key, reason in _faults(book, categories):
        raise RulebookError(file, key, reason)


def _faults(book: Rulebook, categories: Categories) -> Iterator[tuple[str, str]]:
    yield from _registration(book)
    yield from _deposit(book.deposit)
    yield from _fees(book, categories)
    yield from _settlement(book.trade.settlement)
    latency = book.data.latency
    if latency.min_hours > latency.max_hours:
        yield "data.latency.min_hours", "is not more than max_hours"
    for event, money in book.logistics.breaches.items():
        if money.max_fen is not None and money.max_fen < money.min_fen:
            yield f"logistics.breaches.{event}.max_fen", "is not less than min_fen"
    reviews = book.service.reviews
    if reviews.bad_stars_max >= reviews.good_stars_min:
        yield "service.reviews.bad_stars_max", "is less than good_stars_min"
    for name in (
        "deposit_penalty",
        "fake_ship",
        "late_pickup",
        "late_ship",
        "refund_after_settlement",
    ):
        steps: tuple[str, ...] | None = getattr(book.trade.waterfalls, name)
        if steps is not None and (len(set(steps)) != len(steps) or steps[-1:] != ("SHOP_DEBT",)):
            yield f"trade.waterfalls.{name}", "takes each step once and ends with SHOP_DEBT"


def _registration(book: Rulebook) -> Iterator[tuple[str, str]]:
    """Give every subject that may apply documents and a shop type, and nobody else."""
    rules = book.registration
    if not rules.subjects or len(set(rules.subjects)) != len(rules.subjects):
        yield "registration.subjects", "lists each subject once, and at least one"
    for subject in Subject:
        allowed = subject in rules.subjects
        if allowed != (subject in rules.documents):
            yield f"registration.documents.{subject}", "belongs to exactly the allowed subjects"
        if allowed != (subject in book.deposit.shop_types):
            yield f"deposit.shop_types.{subject}", "belongs to exactly the allowed subjects"
        if allowed and not rules.documents[subject]:
            yield f"registration.documents.{subject}", "names at least one document"
    if rules.audit.min_days > rules.audit.max_days:
        yield "registration.audit.min_days", "is not more than max_days"


def _deposit(policy: DepositCommon) -> Iterator[tuple[str, str]]:
    """Hold every amount under the cap, and let steps rise (W-DEP-03)."""
    for key, amount in _amounts(policy):
        if amount > policy.cap_fen:
            yield key, f"exceeds deposit.cap_fen ({policy.cap_fen})"
    if isinstance(policy, CategoryGmvTier):
        for code, row in policy.categories.items():
            amounts = [row.base_fen, *(tier.amount_fen for tier in row.tiers)]
            limits = [tier.gmv_over_fen for tier in row.tiers]
            if not (_rises(amounts) and _rises(limits)):
                yield f"deposit.categories.{code}.tiers", "rise from tier to tier"
    if isinstance(policy, OrderCountLadder) and not (
        _rises([step.orders_over for step in policy.steps])
        and _rises([policy.base_fen, *(step.amount_fen for step in policy.steps)])
    ):
        yield "deposit.steps", "rise from step to step"


def _amounts(policy: DepositCommon) -> Iterator[tuple[str, int]]:
    """List every amount that the cap holds."""
    yield "deposit.base_fen", policy.base_fen
    if isinstance(policy, CategoryGmvTier):
        for code, row in policy.categories.items():
            yield f"deposit.categories.{code}.base_fen", row.base_fen
            for tier in row.tiers:
                yield f"deposit.categories.{code}.tiers", tier.amount_fen
    if isinstance(policy, FixedPlusSurcharge | OrderCountLadder):
        for code, amount in policy.categories.items():
            yield f"deposit.categories.{code}", amount
    if isinstance(policy, FixedPlusSurcharge):
        for severity, amount in policy.surcharges.items():
            yield f"deposit.surcharges.{severity}", amount
    if isinstance(policy, OrderCountLadder):
        for step in policy.steps:
            yield "deposit.steps", step.amount_fen


def _rises(numbers: list[int]) -> bool:
    return all(lower < higher for lower, higher in pairwise(numbers))


def _fees(book: Rulebook, categories: Categories) -> Iterator[tuple[str, str]]:
    """Hold the sum of the lines within the bounds, whatever the category."""
    fees = book.trade.fees
    if fees.bounds is None:
        return
    if fees.bounds.min_bps > fees.bounds.max_bps:
        yield "trade.fees.bounds.min_bps", "is not more than max_bps"
    for category in categories.codes:
        total, keys = 0, list[str]()
        for name, line in fees.lines.items():
            rate, key = rate_of(line, category, categories)
            total += rate
            keys.append(f"trade.fees.lines.{name}.{key}")
        if not fees.bounds.min_bps <= total <= fees.bounds.max_bps:
            bounds = f"{fees.bounds.min_bps} to {fees.bounds.max_bps}"
            yield (
                keys[-1],
                f"the fee of {category} is {total} bps, outside trade.fees.bounds ({bounds})",
            )


def _settlement(rules: Settlement) -> Iterator[tuple[str, str]]:
    """Hold the kind to the decorator that it is named after; others may stand beside it."""
    named = {
        "T_PLUS": rules.novice is None and rules.reserve is None,
        "T_PLUS_WITH_NOVICE": rules.novice is not None,
        "T_PLUS_AFTER_AFTERSALE": rules.trigger == "AFTER_AFTERSALE",
        "T_PLUS_WITH_RESERVE": rules.reserve is not None,
    }
    if not named[rules.kind]:
        yield "trade.settlement.kind", "does not agree with novice, reserve and trigger"
    if rules.novice is not None and rules.novice.days < rules.days:
        yield "trade.settlement.novice.days", "is not less than days"
