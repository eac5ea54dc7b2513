"""Who did what to which thing, with before and after; written in the transaction that did it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Index, String, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db.actor import ANONYMOUS, SYSTEM, Actor, ActorKind
from xiaodian.infra.db.model import Base, Instant
from xiaodian.kernel.paging import Page, PageRequest, cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.infra.db import Tx

__all__ = [
    "ANONYMOUS",
    "SYSTEM",
    "Actor",
    "ActorKind",
    "AuditRow",
    "history",
    "list_entries",
    "record",
]

_ENTRIES_MAX = 200


class AuditRow(Base):
    """One act; never updated, never deleted."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_subject", "subject", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_kind: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[dict[str, object]] = mapped_column(JSONB)
    after: Mapped[dict[str, object]] = mapped_column(JSONB)


async def record(
    tx: Tx,
    action: str,
    *,
    subject: str,
    subject_id: int,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Write one entry. Neither side may hold a secret or unmasked personal data."""
    tx.session.add(
        AuditRow(
            id=tx.new_id(),
            at=tx.now,
            actor_kind=tx.actor.kind,
            account_id=tx.actor.account_id,
            action=action,
            subject=subject,
            subject_id=subject_id,
            before=dict(before or {}),
            after=dict(after or {}),
        )
    )


async def history(tx: Tx, *, subject: str, subject_id: int) -> Sequence[AuditRow]:
    """Answer the newest two hundred entries of one thing, newest first."""
    found = await tx.session.scalars(
        select(AuditRow)
        .where(AuditRow.subject == subject, AuditRow.subject_id == subject_id)
        .order_by(AuditRow.id.desc())
        .limit(_ENTRIES_MAX)
    )
    return found.all()


async def list_entries(
    tx: Tx, request: PageRequest, *, subject: str = "", action: str = ""
) -> Page[AuditRow]:
    """Answer a page of all entries, newest first, filtered where asked."""
    wanted = select(AuditRow).order_by(AuditRow.id.desc()).limit(request.size + 1)
    if request.after is not None:
        wanted = wanted.where(AuditRow.id < request.after)
    if subject:
        wanted = wanted.where(AuditRow.subject == subject)
    if action:
        wanted = wanted.where(AuditRow.action.startswith(action, autoescape=True))
    rows = (await tx.session.scalars(wanted)).all()
    return cut(rows, request, lambda row: row.id)
