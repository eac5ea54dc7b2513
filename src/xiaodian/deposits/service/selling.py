"""What shops sell, as far as deposits care: appended by every order, judged near a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import merchants, rulebooks
from xiaodian.deposits.models import DepositRow
from xiaodian.deposits.queries import months_of_shops
from xiaodian.deposits.service.calendar import plan_month_roll
from xiaodian.deposits.service.reviewing import lock_deposit, review
from xiaodian.kernel.clock import month_of
from xiaodian.rulebooks import schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from xiaodian.infra.db import Tx
    from xiaodian.rulebooks import Rulebook

__all__ = ["Sale", "record_sales", "roll_up", "turn_month"]

_TAIL_MAX = 1_000
_NEAR_PART = 20
_NEAR_BATCHES = 10


@dataclass(frozen=True, slots=True)
class Sale:
    """A paid order: what the buyer paid, in which category (of the neutral list), and when."""

    shop_id: int
    order_id: int
    category: str
    amount_fen: int
    paid_at: datetime


async def record_sales(tx: Tx, sales: Sequence[Sale]) -> None:
    """Append paid orders, each once, in one statement; then look closer where a limit is near.

    An order touches no row that another order needs. Only when a shop's sales of the month come
    near a threshold of its deposit is it judged exactly, under its deposit's lock (W-DEP-07).
    """
    new = await _append(tx, sales)
    if not new:
        return
    added: dict[int, int] = {}
    counts: dict[int, int] = {}
    for sale in new:
        added[sale.shop_id] = added.get(sale.shop_id, 0) + sale.amount_fen
        counts[sale.shop_id] = counts.get(sale.shop_id, 0) + 1
    tails = await _tails(tx, sorted(added))
    for shop_id in sorted(added):
        if tails[shop_id] // _TAIL_MAX > (tails[shop_id] - counts[shop_id]) // _TAIL_MAX:
            await tx.defer("deposits.roll_up", shop_id=shop_id)
    for shop_id in await _near(tx, added):
        await review(tx, shop_id)


async def roll_up(tx: Tx, shop_id: int) -> int:
    """Add a shop's appended sales to the sums of their months; answers how many there were."""
    row = await tx.session.get(DepositRow, shop_id, with_for_update=True)
    if row is None:
        return 0
    moved = await tx.rows(
        "WITH tail AS (UPDATE deposit_sales SET rolled = true"
        "  WHERE shop_id = :shop_id AND NOT rolled RETURNING month, category, amount_fen),"
        " sums AS (INSERT INTO deposit_months (shop_id, month, category, gmv_fen, orders)"
        "  SELECT :shop_id, month, category, sum(amount_fen), count(*) FROM tail"
        "  GROUP BY month, category"
        "  ON CONFLICT (shop_id, month, category) DO UPDATE SET"
        "  gmv_fen = deposit_months.gmv_fen + excluded.gmv_fen,"
        "  orders = deposit_months.orders + excluded.orders)"
        " SELECT count(*) AS n FROM tail",
        shop_id=shop_id,
    )
    # Payments that were booked side by side may have crossed a limit that neither saw alone.
    await review(tx, shop_id)
    return moved[0]["n"]


async def turn_month(tx: Tx, shop_id: int) -> None:
    """Judge a deposit by the month that ended, and plan the next turn (AMB-08, AMB-12)."""
    await roll_up(tx, shop_id)
    await plan_month_roll(tx, await lock_deposit(tx, shop_id))


async def _append(tx: Tx, sales: Sequence[Sale]) -> list[Sale]:
    if not sales:
        return []
    rows = await tx.rows(
        "INSERT INTO deposit_sales (shop_id, order_id, category, amount_fen, paid_at, month)"
        " SELECT * FROM unnest(CAST(:shop_ids AS bigint[]), CAST(:order_ids AS bigint[]),"
        " CAST(:categories AS text[]), CAST(:amounts AS bigint[]),"
        " CAST(:instants AS timestamptz[]), CAST(:months AS date[]))"
        " ON CONFLICT DO NOTHING RETURNING shop_id, order_id",
        shop_ids=[sale.shop_id for sale in sales],
        order_ids=[sale.order_id for sale in sales],
        categories=[sale.category for sale in sales],
        amounts=[sale.amount_fen for sale in sales],
        instants=[sale.paid_at for sale in sales],
        months=[month_of(sale.paid_at) for sale in sales],
    )
    new = {(row["shop_id"], row["order_id"]) for row in rows}
    return [sale for sale in sales if (sale.shop_id, sale.order_id) in new]


async def _tails(tx: Tx, shop_ids: Sequence[int]) -> Mapping[int, int]:
    rows = await tx.rows(
        "SELECT shop_id, count(*) AS n FROM deposit_sales"
        " WHERE shop_id = ANY(CAST(:shop_ids AS bigint[])) AND NOT rolled GROUP BY shop_id",
        shop_ids=list(shop_ids),
    )
    found = {row["shop_id"]: row["n"] for row in rows}
    return {shop_id: found.get(shop_id, 0) for shop_id in shop_ids}


async def _near(tx: Tx, added: Mapping[int, int]) -> list[int]:
    """Answer the shops whose sales of the month are so close to a limit that it is judged exactly.

    Sales that others are booking right now are not seen here, hence the margin around the limit: a
    twentieth of it, or ten times what was just booked. Far beyond a limit nothing is near any more.
    """
    rows = await tx.session.scalars(select(DepositRow).where(DepositRow.shop_id.in_(added)))
    rulebook_of = {row.shop_id: row.rulebook for row in rows}
    shops = await merchants.get_shops(tx, sorted(rulebook_of))
    month = month_of(tx.now)
    months = await months_of_shops(tx, sorted(rulebook_of), [month])
    return [
        shop_id
        for shop_id in sorted(rulebook_of)
        if any(
            limit - max(limit // _NEAR_PART, _NEAR_BATCHES * added[shop_id])
            < sold
            <= limit + max(limit // _NEAR_PART, _NEAR_BATCHES * added[shop_id])
            for sold, limit in _limits(
                rulebooks.version(rulebook_of[shop_id]),
                shops[shop_id].categories,
                months[shop_id, month].gmv_fen,
            )
        )
    ]


def _limits(
    book: Rulebook, categories: Sequence[str], gmv_fen: Mapping[str, int]
) -> list[tuple[int, int]]:
    """Answer, for each tier of each category, what was sold and the limit it is measured by."""
    policy = book.deposit
    if not isinstance(policy, schema.CategoryGmvTier):
        return []
    tree = rulebooks.categories()
    found: list[tuple[int, int]] = []
    for category in categories:
        code = tree.nearest(category, policy.categories)
        sold = sum(fen for sold_in, fen in gmv_fen.items() if category in tree.chain(sold_in))
        tiers = () if code is None else policy.categories[code].tiers
        found.extend((sold, tier.gmv_over_fen) for tier in tiers)
    return found
