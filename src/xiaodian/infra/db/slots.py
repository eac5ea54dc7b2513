"""Process slots for ids, leased in wall time (design rule 7)."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from xiaodian.infra.clock import wall_now
from xiaodian.kernel.errors import Outage

__all__ = ["LEASE", "lease_slot", "renew_slot"]

LEASE = timedelta(hours=1)
"""A process renews well before this ends; a killed one gives its slot back by then."""


async def lease_slot(url: str) -> int:
    """Take the slot that has been free for longest; all of them taken is an ``Outage``."""
    now = wall_now()
    async with await psycopg.AsyncConnection.connect(url) as connection:
        cursor = await connection.execute(
            "UPDATE id_slots SET leased_until = %s WHERE slot = ("
            " SELECT slot FROM id_slots WHERE leased_until < %s"
            " ORDER BY leased_until, slot LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING slot",
            (now + LEASE, now),
        )
        row = await cursor.fetchone()
    if row is None:
        raise Outage("id slots")
    return int(row[0])


async def renew_slot(url: str, slot: int) -> None:
    """Keep a slot for another hour."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(
            "UPDATE id_slots SET leased_until = %s WHERE slot = %s", (wall_now() + LEASE, slot)
        )
