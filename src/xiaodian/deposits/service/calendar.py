"""When a requirement changed, and when it is looked at again."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from xiaodian import rulebooks
from xiaodian.infra import timers
from xiaodian.kernel.clock import SHANGHAI, month_of
from xiaodian.rulebooks import schema

if TYPE_CHECKING:
    from xiaodian.deposits.models import DepositRow
    from xiaodian.infra.db import Tx
    from xiaodian.rulebooks import Rulebook, Verdict

__all__ = ["crossed_at", "next_month_roll", "plan_lapse", "plan_month_roll"]

MONTH_TIMER = "deposits.month_roll"
LAPSE_TIMER = "deposits.surcharges_lapse"
_MONTH_MAX = timedelta(days=31)


async def plan_month_roll(tx: Tx, row: DepositRow) -> None:
    """Look at the deposit again when the month turns, where months matter to its requirement."""
    book = rulebooks.version(row.rulebook)
    if isinstance(book.deposit, schema.CategoryGmvTier | schema.OrderCountLadder):
        await timers.set(tx, MONTH_TIMER, row.shop_id, due_at=next_month_roll(book, tx.now))


def next_month_roll(book: Rulebook, at: datetime) -> datetime:
    """Answer the next monthly run after an instant: day 1, at the market's time (AMB-08)."""
    runs_at = time.fromisoformat(book.platform.schedule.month_roll_at)
    month = month_of(at)
    due = datetime.combine(month, runs_at, SHANGHAI)
    if due <= at:
        due = datetime.combine((month + _MONTH_MAX).replace(day=1), runs_at, SHANGHAI)
    return due


async def plan_lapse(tx: Tx, row: DepositRow, happened_at: datetime) -> None:
    """Look at the deposit again when quiet time lets its surcharges lapse (AMB-11)."""
    policy = rulebooks.version(row.rulebook).deposit
    if isinstance(policy, schema.FixedPlusSurcharge):
        due_at = happened_at + timedelta(days=policy.surcharge_lapse_days)
        await timers.set(tx, LAPSE_TIMER, row.shop_id, due_at=due_at)


async def crossed_at(tx: Tx, shop_id: int, required: Verdict[int]) -> datetime:
    """Answer when a requirement rose: with the order that crossed the limit, otherwise now.

    Payments may be booked some time after they were made, so the order dates the rise (W-DEP-07).
    """
    category, over_fen = required.inputs.get("category"), required.inputs.get("over_fen")
    if not isinstance(category, str) or not isinstance(over_fen, int):
        return tx.now
    tree = rulebooks.categories()
    rows = await tx.rows(
        "SELECT paid_at FROM (SELECT paid_at, order_id,"
        " sum(amount_fen) OVER (ORDER BY paid_at, order_id) AS gmv_fen FROM deposit_sales"
        " WHERE shop_id = :shop_id AND month = :month"
        " AND category = ANY(CAST(:categories AS text[]))) running"
        " WHERE gmv_fen > :over_fen ORDER BY paid_at, order_id LIMIT 1",
        shop_id=shop_id,
        month=month_of(tx.now),
        categories=[code for code in tree.codes if category in tree.chain(code)],
        over_fen=over_fen,
    )
    return rows[0]["paid_at"] if rows else tx.now
