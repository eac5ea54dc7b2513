"""Reads of deposits: what is held, what is required and why, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from sqlalchemy import select

from xiaodian import ledger, merchants, rulebooks
from xiaodian.deposits import rules
from xiaodian.deposits.errors import DepositNotFound, TopUpNotFound
from xiaodian.deposits.models import (
    DepositRequirementRow,
    DepositRow,
    SurchargeRow,
    TopUpRow,
)
from xiaodian.deposits.states import DepositState
from xiaodian.kernel.clock import month_of
from xiaodian.ledger import accounts
from xiaodian.rulebooks import Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.rulebooks.schema.verdict import Input

__all__ = [
    "DepositView",
    "Month",
    "RequirementView",
    "SurchargeView",
    "TopUpView",
    "facts_of",
    "find_deposit",
    "get_deposit",
    "held",
    "list_requirements",
    "list_surcharges",
    "list_top_ups",
    "months_of_shops",
    "top_up_of",
    "verdict_from_json",
    "verdict_to_json",
]

_LISTED = 50


@dataclass(frozen=True, slots=True)
class DepositView:
    """A shop's deposit now. ``required`` explains itself, and so do the others (``say`` them)."""

    shop_id: int
    state: DepositState
    rulebook: str
    required: Verdict[int]
    cash_fen: int
    cover_fen: int
    short_fen: int
    shortfall: Verdict[int]
    standing: Verdict[rules.Standing]
    short_since: datetime | None
    grace_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Month:
    """What a shop sold in a natural month: paid amounts by category, and paid orders."""

    gmv_fen: Mapping[str, int]
    orders: int

    @property
    def total_fen(self) -> int:
        """Answer the sales of all categories."""
        return sum(self.gmv_fen.values())


@dataclass(frozen=True, slots=True)
class RequirementView:
    """A change of what a shop must lodge."""

    at: datetime
    before_fen: int | None
    required: Verdict[int]


@dataclass(frozen=True, slots=True)
class SurchargeView:
    """A violation that adds, or added, to the requirement."""

    violation_id: int
    severity: Severity
    happened_at: datetime
    why: str
    revoked_at: datetime | None
    live: bool


@dataclass(frozen=True, slots=True)
class TopUpView:
    """A payment into the deposit."""

    id: int
    shop_id: int
    amount_fen: int
    payment_id: int
    asked_at: datetime
    paid_at: datetime | None


async def get_deposit(tx: Tx, shop_id: int) -> DepositView:
    """Answer a shop's deposit; refuses ``DEPOSIT_NOT_FOUND``."""
    found = await find_deposit(tx, shop_id)
    if found is None:
        raise DepositNotFound
    return found


async def find_deposit(tx: Tx, shop_id: int) -> DepositView | None:
    """Answer a shop's deposit, None before the shop was approved."""
    row = await tx.session.get(DepositRow, shop_id)
    if row is None:
        return None
    book = rulebooks.version(row.rulebook)
    required = verdict_from_json(row.verdict)
    cash_fen, cover_fen = await held(tx, shop_id)
    missing = rules.shortfall(required, cash_fen=cash_fen, cover_fen=cover_fen)
    return DepositView(
        shop_id=shop_id,
        state=DepositState(row.state),
        rulebook=row.rulebook,
        required=required,
        cash_fen=cash_fen,
        cover_fen=cover_fen,
        short_fen=missing.value,
        shortfall=missing,
        standing=rules.standing(book, missing.value, row.short_since, tx.now),
        short_since=row.short_since,
        grace_ends_at=row.grace_ends_at,
    )


async def held(tx: Tx, shop_id: int) -> tuple[int, int]:
    """Answer the cash of a shop's deposit, and the insured cover left."""
    cash, cover = accounts.deposit(shop_id), accounts.cover(shop_id)
    return await ledger.balance(tx, cash), await ledger.balance(tx, cover)


async def facts_of(
    tx: Tx, shop_id: int, categories: Sequence[str], rulebook: str
) -> rules.DepositFacts:
    """Gather what the requirement depends on at this instant."""
    book = rulebooks.version(rulebook)
    this = month_of(tx.now)
    last = (this - timedelta(days=1)).replace(day=1)
    months = await months_of_shops(tx, [shop_id], [this, last])
    violations = await tx.session.execute(
        select(SurchargeRow.severity, SurchargeRow.happened_at)
        .where(SurchargeRow.shop_id == shop_id, SurchargeRow.revoked_at.is_(None))
        .order_by(SurchargeRow.happened_at, SurchargeRow.violation_id)
    )
    happened = [(Severity(severity), at) for severity, at in violations]
    return rules.DepositFacts(
        categories=tuple(categories),
        month_gmv_fen=months[shop_id, this].gmv_fen,
        last_month_gmv_fen=months[shop_id, last].gmv_fen,
        orders_last_month=months[shop_id, last].orders,
        surcharges=rules.live_surcharges(book, happened, tx.now),
    )


async def months_of_shops(
    tx: Tx, shop_ids: Sequence[int], months: Sequence[date]
) -> dict[tuple[int, date], Month]:
    """Answer what shops sold in these months, rolled up or not yet, in one statement."""
    rows = await tx.rows(
        "SELECT shop_id, month, category, CAST(sum(gmv_fen) AS bigint) AS gmv_fen,"
        " CAST(sum(orders) AS bigint) AS orders FROM ("
        " SELECT shop_id, month, category, gmv_fen, orders FROM deposit_months"
        " WHERE shop_id = ANY(CAST(:shop_ids AS bigint[]))"
        " AND month = ANY(CAST(:months AS date[]))"
        " UNION ALL"
        " SELECT shop_id, month, category, sum(amount_fen), count(*) FROM deposit_sales"
        " WHERE shop_id = ANY(CAST(:shop_ids AS bigint[]))"
        " AND month = ANY(CAST(:months AS date[])) AND NOT rolled"
        " GROUP BY shop_id, month, category) parts GROUP BY shop_id, month, category",
        shop_ids=list(shop_ids),
        months=list(months),
    )
    found = {(shop_id, month): Month({}, 0) for shop_id in shop_ids for month in months}
    for row in rows:
        so_far = found[row["shop_id"], row["month"]]
        gmv = {**so_far.gmv_fen, row["category"]: row["gmv_fen"]}
        found[row["shop_id"], row["month"]] = Month(gmv, so_far.orders + row["orders"])
    return found


async def list_requirements(tx: Tx, shop_id: int) -> list[RequirementView]:
    """Answer how the requirement changed, the newest fifty first."""
    rows = await tx.session.scalars(
        select(DepositRequirementRow)
        .where(DepositRequirementRow.shop_id == shop_id)
        .order_by(DepositRequirementRow.id.desc())
        .limit(_LISTED)
    )
    return [RequirementView(row.at, row.before_fen, verdict_from_json(row.verdict)) for row in rows]


async def list_surcharges(tx: Tx, shop_id: int) -> list[SurchargeView]:
    """Answer the violations counted against a shop's deposit, the newest fifty first."""
    rows = await tx.session.scalars(
        select(SurchargeRow)
        .where(SurchargeRow.shop_id == shop_id)
        .order_by(SurchargeRow.happened_at.desc(), SurchargeRow.violation_id.desc())
        .limit(_LISTED)
    )
    shop = await merchants.get_shop(tx, shop_id)
    live = len((await facts_of(tx, shop_id, shop.categories, shop.rulebook)).surcharges)
    views: list[SurchargeView] = []
    for row in rows:
        counts = row.revoked_at is None and live > 0
        live -= counts
        views.append(
            SurchargeView(
                row.violation_id,
                Severity(row.severity),
                row.happened_at,
                row.why,
                row.revoked_at,
                live=counts,
            )
        )
    return views


async def list_top_ups(tx: Tx, shop_id: int) -> list[TopUpView]:
    """Answer the payments into a deposit, the newest fifty first."""
    rows = await tx.session.scalars(
        select(TopUpRow)
        .where(TopUpRow.shop_id == shop_id)
        .order_by(TopUpRow.id.desc())
        .limit(_LISTED)
    )
    return [_top_up(row) for row in rows]


async def top_up_of(tx: Tx, shop_id: int, top_up_id: int) -> TopUpView:
    """Answer one payment into a shop's deposit; refuses ``TOP_UP_NOT_FOUND``."""
    row = await tx.session.get(TopUpRow, top_up_id)
    if row is None or row.shop_id != shop_id:
        raise TopUpNotFound
    return _top_up(row)


def verdict_to_json(verdict: Verdict[int]) -> dict[str, object]:
    """Write a verdict down beside what it decided."""
    return {
        "value": verdict.value,
        "rule": verdict.rule,
        "rulebook": verdict.rulebook,
        "origin": verdict.origin.value,
        "sentence": verdict.sentence,
        "inputs": {
            name: value.isoformat()
            if isinstance(value, date | datetime)
            else list(value)
            if isinstance(value, tuple)
            else value
            for name, value in verdict.inputs.items()
        },
    }


def verdict_from_json(stored: Mapping[str, object]) -> Verdict[int]:
    """Read a stored verdict again."""
    inputs = cast("Mapping[str, Input | list[str]]", stored["inputs"])
    return Verdict(
        value=cast("int", stored["value"]),
        rule=str(stored["rule"]),
        rulebook=str(stored["rulebook"]),
        origin=rulebooks.Origin(str(stored["origin"])),
        sentence=str(stored["sentence"]),
        inputs={
            name: datetime.fromisoformat(value)
            if isinstance(value, str) and name.endswith("_at")
            else tuple(value)
            if isinstance(value, list)
            else value
            for name, value in inputs.items()
        },
    )


def _top_up(row: TopUpRow) -> TopUpView:
    return TopUpView(row.id, row.shop_id, row.amount_fen, row.payment_id, row.asked_at, row.paid_at)
