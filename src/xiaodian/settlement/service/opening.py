"""A sale begins with its payment (E01); a day later the channel pays its money out (E02)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from xiaodian import ledger, rulebooks
from xiaodian.infra import timers
from xiaodian.kernel.clock import day_of, start_of_day
from xiaodian.kernel.money import fee
from xiaodian.ledger import Posting, accounts
from xiaodian.settlement import rules
from xiaodian.settlement.states import SaleState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from xiaodian.infra.db import Tx

__all__ = [
    "BATCH",
    "CHANNEL_TIMER",
    "NewSale",
    "day_number",
    "number_day",
    "open_sales",
    "settle_channel",
]

BATCH = 2_000
"""A run handles this many sales in a transaction; its timer is set again until none is left."""
CHANNEL_TIMER = "settlement.channel"
_CHANNEL_AT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSale:
    """What settlement is told of an order that was paid.

    ``rulebook`` is the version that judges it for its whole life, ``category`` decides its fees,
    ``subsidy_fen`` is the discount that the platform pays, ``channel`` who holds the money.
    """

    order_id: int
    shop_id: int
    market: str
    rulebook: str
    category: str
    paid_fen: int
    subsidy_fen: int
    channel: str
    paid_at: datetime


def day_number(day: date) -> int:
    """Write a day as a timer's subject: 20250311."""
    return day.year * 10_000 + day.month * 100 + day.day


def number_day(number: int) -> date:
    """Read a timer's subject."""
    return date(number // 10_000, number // 100 % 100, number % 100)


async def open_sales(tx: Tx, sales: Sequence[NewSale]) -> list[bool]:
    """Book the money of paid orders as pending (E01), each once; answers which were new."""
    if not sales:
        return []
    inserted = await tx.rows(
        "INSERT INTO sales (order_id, shop_id, market, rulebook, category, channel, paid_fen,"
        " subsidy_fen, paid_at, state, pending_fen)"
        " SELECT n.order_id, n.shop_id, n.market, n.rulebook, n.category, n.channel, n.paid_fen,"
        " n.subsidy_fen, n.paid_at, :state, n.paid_fen + n.subsidy_fen"
        " FROM unnest(CAST(:orders AS bigint[]), CAST(:shops AS bigint[]),"
        " CAST(:markets AS text[]), CAST(:rulebooks AS text[]), CAST(:categories AS text[]),"
        " CAST(:channels AS text[]), CAST(:paid AS bigint[]), CAST(:subsidies AS bigint[]),"
        " CAST(:paid_at AS timestamptz[])) AS n(order_id, shop_id, market, rulebook, category,"
        " channel, paid_fen, subsidy_fen, paid_at)"
        " ORDER BY n.order_id ON CONFLICT (order_id) DO NOTHING RETURNING order_id",
        state=SaleState.NONE,
        orders=[sale.order_id for sale in sales],
        shops=[sale.shop_id for sale in sales],
        markets=[sale.market for sale in sales],
        rulebooks=[sale.rulebook for sale in sales],
        categories=[sale.category for sale in sales],
        channels=[sale.channel for sale in sales],
        paid=[sale.paid_fen for sale in sales],
        subsidies=[sale.subsidy_fen for sale in sales],
        paid_at=[sale.paid_at for sale in sales],
    )
    new = {row["order_id"] for row in inserted}
    fresh = {sale.order_id: sale for sale in sales if sale.order_id in new}
    await ledger.post_set(
        tx, kind="E01", rows=[row for sale in fresh.values() for row in _paid_rows(sale)]
    )
    # The day after the payment in business time; a payment booked late is still picked up then.
    days = {max(day_of(sale.paid_at), day_of(tx.now)) for sale in fresh.values()}
    for day in sorted(days):
        await set_channel_timer(tx, day + timedelta(days=1))
    return [sale.order_id in new for sale in sales]


def _paid_rows(sale: NewSale) -> list[Posting]:
    pending = accounts.pending(sale.shop_id, sale.order_id)
    sources = (
        (1, accounts.clearing(sale.channel), sale.paid_fen),
        (2, accounts.subsidy(), sale.subsidy_fen),
    )
    return [
        Posting(
            f"order_paid:{sale.order_id}", leg, debit, pending, fen, sale.shop_id, sale.order_id,
            sale.rulebook,
        )
        for leg, debit, fen in sources
        if fen
    ]  # fmt: skip


async def set_channel_timer(tx: Tx, day: date) -> None:
    """See that the channel's settlement of a day is due at ten past midnight."""
    await timers.ensure(tx, CHANNEL_TIMER, day_number(day), due_at=start_of_day(day) + _CHANNEL_AT)


async def settle_channel(tx: Tx, day: date, *, batch: int = BATCH) -> bool:
    """Book what the channel pays out for the payments before a day, less its fee (E02).

    Answers whether a whole batch was found, so that there may be more.
    """
    rows = await tx.rows(
        "SELECT order_id, shop_id, rulebook, channel, paid_fen, refunded_fen FROM sales"
        " WHERE channel_settled_at IS NULL AND paid_at < :before"
        " ORDER BY paid_at, order_id LIMIT :batch FOR UPDATE",
        before=start_of_day(day),
        batch=batch,
    )
    kept = {row["order_id"]: _kept(row) for row in rows}
    await tx.run(
        "UPDATE sales s SET channel_settled_at = :at, channel_fee_fen = n.fee_fen"
        " FROM unnest(CAST(:orders AS bigint[]), CAST(:fees AS bigint[])) AS n(order_id, fee_fen)"
        " WHERE s.order_id = n.order_id",
        at=tx.now,
        orders=list(kept),
        fees=list(kept.values()),
    )
    await ledger.post_set(
        tx,
        kind="E02",
        rows=[posting for row in rows for posting in _channel_rows(row, kept[row["order_id"]])],
    )
    return len(rows) == batch


def _kept(row: RowMapping) -> int:
    bps = rulebooks.version(row["rulebook"]).trade.fees.channel_cost_bps
    return fee(row["paid_fen"] - row["refunded_fen"], bps)


def _channel_rows(row: RowMapping, fee_fen: int) -> list[Posting]:
    clearing = accounts.clearing(row["channel"])
    left = row["paid_fen"] - row["refunded_fen"]
    borne = rules.channel_cost_account(rulebooks.version(row["rulebook"]), row["channel"])
    return [
        Posting(
            f"channel_settled:{row['order_id']}", leg, debit, clearing, fen, row["shop_id"],
            row["order_id"], row["rulebook"],
        )
        for leg, debit, fen in ((1, accounts.pool(), left - fee_fen), (2, borne, fee_fen))
        if fen
    ]  # fmt: skip
