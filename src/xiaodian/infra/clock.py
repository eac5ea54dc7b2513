"""The two clocks (design rule 3): wall time here, business time from its row in the database."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from xiaodian.kernel.errors import Kind, Refusal

if TYPE_CHECKING:
    import psycopg

    from xiaodian.infra.db import Database

__all__ = ["ClockOnlyForward", "advance_to", "business_now", "set_clock", "wall_ms", "wall_now"]


class ClockOnlyForward(Refusal):
    """Business time is monotone: it may be moved forward only."""

    code: ClassVar[str] = "CLOCK_ONLY_FORWARD"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "业务时钟只能向前拨"


def wall_now() -> datetime:
    """Answer wall time: sessions, codes, tokens, signatures, limits and log stamps go by it."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that asks


def wall_ms() -> int:
    """Answer wall time in milliseconds, for ids."""
    return time.time_ns() // 1_000_000  # noqa: TID251 - the one place that asks


def business_now(offset_us: int, stands_at: datetime | None) -> datetime:
    """Answer business time from the clock's row."""
    return stands_at or wall_now() + timedelta(microseconds=offset_us)


async def set_clock(db: Database, *, starts_at: datetime | None, stands: bool) -> None:
    """Start the business clock of a fresh database; ``stands`` keeps it still between moves.

    A database in which business has happened refuses to go back: ``CLOCK_ONLY_FORWARD``.
    """
    offset = timedelta() if starts_at is None else starts_at - wall_now()
    async with db.raw() as connection:
        now = await _read(connection)
        if starts_at is not None and starts_at < now and await _has_history(connection):
            raise ClockOnlyForward
        await _write(connection, offset, (starts_at or wall_now()) if stands else None)


async def advance_to(db: Database, instant: datetime) -> None:
    """Move business time forward to an instant; a standing clock stands there afterwards.

    Only the timer pump calls this, so that no due timer is jumped over.
    """
    async with db.raw() as connection:
        if instant < await _read(connection):
            return
        row = await (await connection.execute("SELECT stands_at FROM business_clock")).fetchone()
        assert row is not None, "migrations put the clock's row there"
        await _write(connection, instant - wall_now(), instant if row[0] is not None else None)


async def _read(connection: psycopg.AsyncConnection) -> datetime:
    cursor = await connection.execute(
        "SELECT offset_us, stands_at FROM business_clock WHERE id = 1 FOR UPDATE"
    )
    row = await cursor.fetchone()
    assert row is not None, "migrations put the clock's row there"
    return business_now(row[0], row[1])


async def _has_history(connection: psycopg.AsyncConnection) -> bool:
    row = await (await connection.execute("SELECT EXISTS (SELECT FROM audit_entries)")).fetchone()
    return bool(row and row[0])


async def _write(
    connection: psycopg.AsyncConnection, offset: timedelta, stands_at: datetime | None
) -> None:
    await connection.execute(
        "UPDATE business_clock SET offset_us = %s, stands_at = %s WHERE id = 1",
        (offset // timedelta(microseconds=1), stands_at),
    )
