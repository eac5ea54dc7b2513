"""What settlement verifies of the books: its columns against the transfers, and 5.4 per order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian import rulebooks
from xiaodian.ledger import Difference, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import RowMapping

    from xiaodian.infra.db import Tx
    from xiaodian.ledger import Check
    from xiaodian.rulebooks import Rulebook

__all__ = ["CHECKS"]

_SHOWN_MAX = 100


async def columns_match(tx: Tx) -> Finding:
    """Recompute what is pending and reserved of every sale from the transfers."""
    rows = await tx.rows(
        """
        WITH moved AS (SELECT code, shop_id, order_id, CAST(sum(fen) AS bigint) AS fen FROM (
          SELECT credit_code AS code, credit_shop_id AS shop_id, credit_ref AS order_id,
           amount_fen AS fen FROM transfers WHERE credit_code IN ('L:PENDING', 'L:RESERVE')
          UNION ALL SELECT debit_code, debit_shop_id, debit_ref, -amount_fen
           FROM transfers WHERE debit_code IN ('L:PENDING', 'L:RESERVE')) sides
          GROUP BY code, shop_id, order_id),
        kept AS (
          SELECT 'L:PENDING' AS code, shop_id, order_id, pending_fen AS fen FROM sales
          UNION ALL SELECT 'L:RESERVE', shop_id, order_id, reserve_fen FROM sales)
        SELECT code, shop_id, order_id, coalesce(m.fen, 0) AS due_fen,
         coalesce(k.fen, 0) AS found_fen
        FROM moved m FULL JOIN kept k USING (code, shop_id, order_id)
        WHERE coalesce(m.fen, 0) <> coalesce(k.fen, 0)
        ORDER BY order_id LIMIT :most
        """,
        most=_SHOWN_MAX,
    )
    return Finding(
        "sale_columns",
        "5.1",
        "每笔订单的待结算与质保金与分录一致",
        _differences(rows, lambda row: f"{row['code']}:{row['shop_id']}:{row['order_id']}"),
    )


async def orders_split_whole(tx: Tx) -> Finding:
    """Compare what came in of each settled sale with all that went out (invariant 4)."""
    rows = await tx.rows(
        """
        SELECT order_id, due_fen, found_fen FROM (
         SELECT s.order_id, s.paid_fen + s.subsidy_fen AS due_fen,
          CAST(s.refunded_fen + s.refunded_subsidy_fen + s.taken_fen + s.net_fen + s.reserved_fen
           + coalesce((SELECT sum(f.fee_fen) FROM sale_fees f WHERE f.order_id = s.order_id), 0)
           AS bigint) AS found_fen
         FROM sales s WHERE s.settled_at IS NOT NULL) split
        WHERE due_fen <> found_fen ORDER BY order_id LIMIT :most
        """,
        most=_SHOWN_MAX,
    )
    return Finding(
        "sale_split",
        "5.4/4",
        "每笔订单的收入等于退款、扣费、质保金、扣罚与到账之和",
        _differences(rows, lambda row: f"order {row['order_id']}"),
    )


async def fees_match(tx: Tx) -> Finding:
    """Recompute the fees of every settled sale from the transfers (E03 less E06)."""
    rows = await tx.rows(
        """
        WITH moved AS (SELECT order_id, CAST(sum(fen) AS bigint) AS fen FROM (
          SELECT order_id, amount_fen AS fen FROM transfers
           WHERE kind = 'E03' AND (credit_code LIKE 'I:%' OR credit_code LIKE 'L:CHANNEL_FEE:%')
          UNION ALL SELECT order_id, -amount_fen FROM transfers
           WHERE kind = 'E06' AND (debit_code LIKE 'I:%' OR debit_code LIKE 'L:CHANNEL_FEE:%'))
          sides GROUP BY order_id)
        SELECT order_id, coalesce(m.fen, 0) AS due_fen, coalesce(s.fee_fen, 0) AS found_fen
        FROM moved m FULL JOIN sales s USING (order_id)
        WHERE coalesce(m.fen, 0) <> coalesce(s.fee_fen, 0) ORDER BY order_id LIMIT :most
        """,
        most=_SHOWN_MAX,
    )
    return Finding(
        "sale_fees",
        "5.4/4",
        "每笔订单的扣费与分录一致",
        _differences(rows, lambda row: f"order {row['order_id']}"),
    )


async def shares_are_capped(tx: Tx) -> Finding:
    """Look for orders of which fees and commissions took more than the rulebook's cap (11)."""
    caps = await _of_each_rulebook(tx, lambda book: book.trade.fees.share_cap_bps)
    rows = await tx.rows(
        "SELECT s.order_id, c.cap_bps * (s.paid_fen + s.subsidy_fen - s.refunded_fen"
        " - s.refunded_subsidy_fen) / 10000 AS due_fen, s.fee_fen AS found_fen"
        " FROM sales s JOIN unnest(CAST(:books AS text[]), CAST(:caps AS bigint[]))"
        " AS c(rulebook, cap_bps) ON c.rulebook = s.rulebook"
        " WHERE s.settled_at IS NOT NULL AND s.fee_fen * 10000 > c.cap_bps *"
        " (s.paid_fen + s.subsidy_fen - s.refunded_fen - s.refunded_subsidy_fen)"
        " ORDER BY s.order_id LIMIT :most",
        books=list(caps),
        caps=list(caps.values()),
        most=_SHOWN_MAX,
    )
    return Finding(
        "share_cap",
        "5.4/11",
        "每笔订单的扣费与佣金不超过上限",
        _differences(rows, lambda row: f"order {row['order_id']}"),
    )


async def nothing_settles_early(tx: Tx) -> Finding:
    """Look for sales settled before their day, or while something held them (invariant 12).

    A difference is counted in days, or in one hold that stood.
    """
    days = await _of_each_rulebook(tx, lambda book: book.trade.settlement.days)
    rows = await tx.rows(
        """
        SELECT order_id, due_fen, found_fen FROM (
         SELECT s.order_id, CASE WHEN s.d0 THEN 0 ELSE n.days END AS due_fen,
          CAST(s.settled_at AT TIME ZONE 'Asia/Shanghai' AS date)
           - CAST(s.confirmed_at AT TIME ZONE 'Asia/Shanghai' AS date) AS found_fen
         FROM sales s JOIN unnest(CAST(:books AS text[]), CAST(:days AS int[]))
          AS n(rulebook, days) ON n.rulebook = s.rulebook
         WHERE s.settled_at IS NOT NULL) waited WHERE found_fen < due_fen
        UNION ALL
        SELECT s.order_id, 0, 1 FROM sales s JOIN sale_holds h ON h.order_id = s.order_id
         WHERE h.held_at < s.settled_at AND coalesce(h.released_at > s.settled_at, true)
          AND h.reason IN ('after_sale', 'dispute')
        ORDER BY order_id LIMIT :most
        """,
        books=list(days),
        days=list(days.values()),
        most=_SHOWN_MAX,
    )
    return Finding(
        "settle_date",
        "5.4/12",
        "没有提前结算的订单，也没有在售后或纠纷期间结算的订单",
        _differences(rows, lambda row: f"order {row['order_id']}"),
    )


async def _of_each_rulebook(tx: Tx, value: Callable[[Rulebook], int | None]) -> dict[str, int]:
    rows = await tx.rows("SELECT DISTINCT rulebook FROM sales")
    found = {row["rulebook"]: value(rulebooks.version(row["rulebook"])) for row in rows}
    return {ref: number for ref, number in found.items() if number is not None}


def _differences(
    rows: Sequence[RowMapping], subject: Callable[[RowMapping], str]
) -> list[Difference]:
    return [Difference(subject(row), row["due_fen"], row["found_fen"]) for row in rows]


CHECKS: tuple[Check, ...] = (
    columns_match,
    orders_split_whole,
    fees_match,
    shares_are_capped,
    nothing_settles_early,
)
"""What settlement verifies of the books."""
