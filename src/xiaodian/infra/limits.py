"""Counters that say "too often", kept in wall time and surviving the refusal they cause."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import SYSTEM, Base, Instant
from xiaodian.kernel.errors import Kind, Refusal

if TYPE_CHECKING:
    from xiaodian.infra.db import Database

__all__ = ["LimitRow", "TooOften", "forgive", "take"]


class TooOften(Refusal):
    """Too many tries within the window; ``retry_s`` tells when the next may come."""

    code: ClassVar[str] = "TOO_OFTEN"
    kind: ClassVar[Kind] = Kind.TOO_MANY
    sentence: ClassVar[str] = "操作太频繁，请在 {retry_s} 秒后再试"


class LimitRow(Base):
    """How often a bucket was hit in its present window. Losing these in a crash costs nothing."""

    __tablename__ = "limits"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    bucket: Mapped[str] = mapped_column(String(128), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    resets_at: Mapped[datetime] = mapped_column(Instant, index=True)


async def take(db: Database, bucket: str, *, at_most: int, per_s: int) -> None:
    """Count one try in a transaction of its own; past the limit refuses ``TOO_OFTEN``."""
    now = wall_now()
    async with db.transaction(actor=SYSTEM) as tx:
        (row,) = await tx.rows(
            "INSERT INTO limits (bucket, count, resets_at) VALUES (:bucket, 1, :resets_at)"
            " ON CONFLICT (bucket) DO UPDATE SET"
            " count = CASE WHEN limits.resets_at <= :now THEN 1 ELSE limits.count + 1 END,"
            " resets_at = CASE WHEN limits.resets_at <= :now THEN excluded.resets_at"
            "  ELSE limits.resets_at END"
            " RETURNING count, resets_at",
            bucket=bucket[:128],
            resets_at=now + timedelta(seconds=per_s),
            now=now,
        )
    if row["count"] > at_most:
        raise TooOften(retry_s=max(1, int((row["resets_at"] - now).total_seconds())))


async def forgive(db: Database, bucket: str) -> None:
    """Forget the tries of a bucket, after a success."""
    async with db.transaction(actor=SYSTEM) as tx:
        await tx.run("DELETE FROM limits WHERE bucket = :bucket", bucket=bucket[:128])
