"""Rolling transfers up, so that the platform's own accounts can be summed without a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.infra.clock import wall_ms
from xiaodian.kernel.ids import EPOCH_MS

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["roll_up"]

_MARGIN_MS = 60_000
"""Machines whose clocks differ by less than this may share a database."""
_ID_TIME_SHIFT = 22

_ROLL = """
INSERT INTO ledger_days (code, currency, day, debit_fen, credit_fen)
SELECT code, currency, day, sum(debit_fen), sum(credit_fen) FROM (
 SELECT debit_code AS code, currency, CAST(at AT TIME ZONE 'Asia/Shanghai' AS date) AS day,
  amount_fen AS debit_fen, 0 AS credit_fen
 FROM transfers WHERE id > :above AND id <= :upto
 UNION ALL
 SELECT credit_code, currency, CAST(at AT TIME ZONE 'Asia/Shanghai' AS date), 0, amount_fen
 FROM transfers WHERE id > :above AND id <= :upto) sides
GROUP BY code, currency, day ORDER BY code, currency, day
ON CONFLICT (code, currency, day) DO UPDATE
SET debit_fen = ledger_days.debit_fen + excluded.debit_fen,
 credit_fen = ledger_days.credit_fen + excluded.credit_fen
"""


async def roll_up(tx: Tx) -> int:
    """Add the transfers up to a safe id to the sums of their days; answers the horizon.

    Works in two calls: one chooses an id, a later one rolls up to it once every transaction that
    ran at the time of the choice has ended, since one of them could still bring a smaller id.
    """
    await tx.run(
        "INSERT INTO ledger_horizon (id, horizon, candidate, ends_before)"
        " VALUES (1, 0, 0, 0) ON CONFLICT DO NOTHING"
    )
    (row,) = await tx.rows(
        "SELECT horizon, candidate, ends_before,"
        " CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS oldest,"
        " CAST(CAST(pg_current_xact_id() AS text) AS bigint) AS own"
        " FROM ledger_horizon WHERE id = 1 FOR UPDATE"
    )
    horizon: int = row["horizon"]
    if horizon < row["candidate"] and row["ends_before"] <= row["oldest"]:
        await tx.run(_ROLL, above=horizon, upto=row["candidate"])
        horizon = row["candidate"]
    elif horizon < row["candidate"] and row["ends_before"] <= row["own"]:
        return horizon
    # A number ahead of our own comes from a database that was restored on another server, which
    # counts its transactions anew: choose again.
    chosen = max(horizon, (wall_ms() - _MARGIN_MS - EPOCH_MS) << _ID_TIME_SHIFT)
    await tx.run(
        "UPDATE ledger_horizon SET horizon = :horizon, candidate = :chosen, ends_before = :own"
        " WHERE id = 1",
        horizon=horizon,
        chosen=chosen,
        own=row["own"],
    )
    return horizon
