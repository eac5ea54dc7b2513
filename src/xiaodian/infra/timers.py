"""Deadlines of the rulebook as rows, fired in order, each at its own business time.

A timer is one row per (kind, subject). The pump claims the earliest due row, runs its handler in
a transaction whose ``tx.now`` is the row's ``due_at``, and deletes it there; so a timer fires
once or not at all, and timers made on the way fire in the same advance.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import structlog
from sqlalchemy import BigInteger, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.clock import advance_to, wall_now
from xiaodian.infra.db import SYSTEM, Base, Instant
from xiaodian.kernel.errors import Kind, Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from xiaodian.infra.db import Database, Tx

__all__ = [
    "ClockMoving",
    "StuckTimer",
    "TimerRow",
    "advance",
    "cancel",
    "ensure",
    "fire_due",
    "list_due",
    "set",
    "set_many",
]


_log = structlog.get_logger()
_TRIES_MAX = 8
_BACKOFF_S = 2
_AGAIN_S = 0.005
_ADVANCE_LOCK = 7_301_001


class ClockMoving(Refusal):
    """Somebody is moving the business clock already."""

    code: ClassVar[str] = "CLOCK_MOVING"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "业务时钟正在被拨动，请稍候"


class TimerRow(Base):
    """One deadline. ``retry_at`` is wall time: a handler that failed is tried again later."""

    __tablename__ = "timers"
    __table_args__ = (Index("ix_timers_due", "due_at", "id"),)

    kind: Mapped[str] = mapped_column(String(48), primary_key=True)
    subject_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    retry_at: Mapped[datetime | None] = mapped_column(Instant)


class StuckTimer(Exception):  # noqa: N818 - it is stuck, that is all
    """A timer's handler keeps failing; business time may not pass it."""

    def __init__(self, kind: str, subject_id: int) -> None:
        super().__init__(f"{kind} of {subject_id}")
        self.kind = kind
        self.subject_id = subject_id


async def set(tx: Tx, kind: str, subject_id: int, *, due_at: datetime) -> None:  # noqa: A001 - timers.set reads as a sentence
    """Set a deadline, or move it when it is already set."""
    await set_many(tx, kind, [subject_id], due_at=due_at)


async def set_many(tx: Tx, kind: str, subject_ids: Sequence[int], *, due_at: datetime) -> None:
    """Set the same deadline for many subjects, in one statement."""
    await tx.run(
        "INSERT INTO timers (kind, subject_id, id, due_at)"
        " SELECT :kind, s.subject_id, s.id, :due_at"
        " FROM unnest(CAST(:subject_ids AS bigint[]), CAST(:ids AS bigint[])) AS s(subject_id, id)"
        " ON CONFLICT (kind, subject_id) DO UPDATE"
        " SET due_at = excluded.due_at, id = excluded.id, tries = 0, retry_at = NULL"
        " WHERE timers.due_at <> excluded.due_at",
        kind=kind,
        subject_ids=list(subject_ids),
        ids=tx.new_ids(len(subject_ids)),
        due_at=due_at,
    )


async def ensure(tx: Tx, kind: str, subject_id: int, *, due_at: datetime) -> None:
    """Set a deadline unless there is one; a standing one is not locked, so crowds may ask."""
    await tx.run(
        "INSERT INTO timers (kind, subject_id, id, due_at)"
        " SELECT CAST(:kind AS varchar), :subject_id, :id, :due_at WHERE NOT EXISTS"
        " (SELECT FROM timers WHERE kind = CAST(:kind AS varchar) AND subject_id = :subject_id)"
        " ON CONFLICT (kind, subject_id) DO NOTHING",
        kind=kind,
        subject_id=subject_id,
        id=tx.new_id(),
        due_at=due_at,
    )


async def cancel(tx: Tx, kind: str, subject_id: int) -> None:
    """Take a deadline away; there may be none."""
    await tx.run(
        "DELETE FROM timers WHERE kind = :kind AND subject_id = :subject_id",
        kind=kind,
        subject_id=subject_id,
    )


async def list_due(tx: Tx, *, at_most: int = 20) -> Sequence[tuple[str, int, datetime]]:
    """Answer the next deadlines: kind, subject and instant, earliest first."""
    rows = await tx.rows(
        "SELECT kind, subject_id, due_at FROM timers ORDER BY due_at, id LIMIT :at_most",
        at_most=at_most,
    )
    return [(row["kind"], row["subject_id"], row["due_at"]) for row in rows]


async def fire_due(
    db: Database,
    handlers: Mapping[str, Callable[[Tx, int], Awaitable[None]]],
    *,
    until: datetime,
    at_most: int = 1000,
    patient: bool = True,
) -> int:
    """Fire the timers due by ``until``, earliest first, and answer how many fired.

    A handler that raises leaves its row; with ``patient`` the row waits for its backoff (wall
    time) and the others go on, otherwise ``StuckTimer`` is raised at once.
    """
    fired = 0
    while fired < at_most:
        due = await _earliest(db, until)
        if due is None:
            break
        kind, subject_id, due_at = due
        try:
            claimed = await _fire(db, handlers, kind, subject_id, due_at)
        except Exception as error:
            _log.exception("timer failed", kind=kind, subject_id=subject_id)
            if not patient:
                raise StuckTimer(kind, subject_id) from error
            await _postpone(db, kind, subject_id)
            continue
        fired += claimed
        if not claimed:
            await asyncio.sleep(_AGAIN_S)  # another pump has it in hand; order waits for it
    return fired


async def advance(
    db: Database,
    handlers: Mapping[str, Callable[[Tx, int], Awaitable[None]]],
    *,
    to: datetime,
    on_step: Callable[[datetime], None] | None = None,
    settle: Callable[[], Awaitable[None]] | None = None,
) -> int:
    """Move business time forward, stopping at each due timer on the way; answer how many fired.

    ``settle`` is called after each timer, before time goes on: the jobs that arose belong to
    that instant. Raises ``StuckTimer`` when a timer cannot be fired (time then stands before it),
    and refuses ``CLOCK_MOVING`` while somebody else moves the clock.
    """
    async with db.raw() as connection:
        row = await (
            await connection.execute("SELECT pg_try_advisory_lock(%s)", (_ADVANCE_LOCK,))
        ).fetchone()
        if not (row and row[0]):
            raise ClockMoving
        return await _advance(db, handlers, to=to, on_step=on_step, settle=settle)


async def _advance(
    db: Database,
    handlers: Mapping[str, Callable[[Tx, int], Awaitable[None]]],
    *,
    to: datetime,
    on_step: Callable[[datetime], None] | None,
    settle: Callable[[], Awaitable[None]] | None,
) -> int:
    fired = 0
    while (due := await _earliest(db, to, postponed=True)) is not None:
        kind, subject_id, due_at = due
        await advance_to(db, due_at)
        if on_step is not None:
            on_step(due_at)
        try:
            claimed = await _fire(db, handlers, kind, subject_id, due_at)
        except Exception as error:
            raise StuckTimer(kind, subject_id) from error
        fired += claimed
        if not claimed:
            await asyncio.sleep(_AGAIN_S)
        if settle is not None:
            await settle()
    await advance_to(db, to)
    return fired


async def _earliest(
    db: Database, until: datetime, *, postponed: bool = False
) -> tuple[str, int, datetime] | None:
    async with db.reading(actor=SYSTEM) as tx:
        rows = await tx.rows(
            "SELECT kind, subject_id, due_at FROM timers WHERE due_at <= :until"
            " AND (:postponed OR retry_at IS NULL OR retry_at <= :wall)"
            " ORDER BY due_at, id LIMIT 1",
            until=until,
            postponed=postponed,
            wall=wall_now(),
        )
    return (rows[0]["kind"], rows[0]["subject_id"], rows[0]["due_at"]) if rows else None


async def _fire(
    db: Database,
    handlers: Mapping[str, Callable[[Tx, int], Awaitable[None]]],
    kind: str,
    subject_id: int,
    due_at: datetime,
) -> int:
    async with db.transaction(actor=SYSTEM, at=due_at) as tx:
        # Deleting first both claims the row and lets the handler set the same timer anew.
        claimed = await tx.run(
            "DELETE FROM timers WHERE ctid = (SELECT ctid FROM timers WHERE kind = :kind"
            " AND subject_id = :subject_id AND due_at = :due_at FOR UPDATE SKIP LOCKED)",
            kind=kind,
            subject_id=subject_id,
            due_at=due_at,
        )
        if claimed:
            await handlers[kind](tx, subject_id)
    return claimed


async def _postpone(db: Database, kind: str, subject_id: int) -> None:
    async with db.transaction(actor=SYSTEM) as tx:
        await tx.run(
            "UPDATE timers SET tries = least(tries + 1, :most),"
            " retry_at = CAST(:wall AS timestamptz)"
            "  + make_interval(secs => power(:base, least(tries + 1, :most)))"
            " WHERE kind = :kind AND subject_id = :subject_id",
            most=_TRIES_MAX,
            wall=wall_now(),
            base=_BACKOFF_S,
            kind=kind,
            subject_id=subject_id,
        )
