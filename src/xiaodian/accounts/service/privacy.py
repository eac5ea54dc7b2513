"""A person's own data: taken along, and given up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xiaodian.accounts.errors import AccountInUse, DeletionNotConfirmed
from xiaodian.accounts.events import AccountDeleted, DeletionAsked, ExportRequested, RetentionOver
from xiaodian.accounts.queries import consents_of, get_row
from xiaodian.accounts.rules import RETENTION_DAYS, national
from xiaodian.accounts.states import ACCOUNT, AccountEvent, AccountState
from xiaodian.infra import audit, sessions, timers

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["RETENTION_TIMER", "delete_account", "end_retention", "export_data"]

RETENTION_TIMER = "accounts.retention_over"
_GONE = "已注销用户"


async def export_data(tx: Tx) -> dict[str, object]:
    """Gather everything the house knows about the actor, opened, as one JSON object.

    Rooms above contribute by reacting to ``ExportRequested``.
    """
    assert tx.actor.account_id is not None, "the edge asked who it is"
    row = await get_row(tx, tx.actor.account_id)
    request = ExportRequested(account_id=row.id)
    request.add(
        "account",
        [
            {
                "id": str(row.id),
                "name": row.name,
                "phone": ""
                if row.phone_sealed is None
                else national(tx.vault.open(row.phone_sealed)),
                "email": "" if row.email_sealed is None else tx.vault.open(row.email_sealed),
                "created_at": row.created_at.isoformat(),
            }
        ],
    )
    request.add(
        "consents",
        [
            {
                "document": consent.document,
                "version": consent.version,
                "given_at": consent.given_at.isoformat(),
            }
            for consent in await consents_of(tx, row.id)
        ],
    )
    request.add(
        "sessions",
        [
            {
                "opened_at": session.opened_at.isoformat(),
                "address": session.address,
                "agent": session.agent,
            }
            for session in await sessions.list_sessions(tx, row.id)
        ],
    )
    await tx.emit(request)
    return {"exported_at": tx.now.isoformat(), "parts": request.parts}


async def delete_account(tx: Tx, *, confirmed: bool) -> None:
    """Make the actor's account anonymous and sign it out everywhere. It cannot be undone.

    Name, phone, e-mail and sessions go at once; what trades need stays three years, then
    ``RetentionOver`` says that it may go. Refuses ``DELETION_NOT_CONFIRMED``, and
    ``ACCOUNT_IN_USE`` while rooms above name something that still runs.
    """
    assert tx.actor.account_id is not None, "the edge asked who it is"
    if not confirmed:
        raise DeletionNotConfirmed
    row = await get_row(tx, tx.actor.account_id, lock=True)
    asked = DeletionAsked(account_id=row.id)
    await tx.emit(asked)
    if asked.obstacles:
        raise AccountInUse(obstacles=asked.obstacles)
    phone_blind = row.phone_blind
    row.state = ACCOUNT.after(AccountState(row.state), AccountEvent.DELETE)
    row.name, row.demo, row.deleted_at = _GONE, None, tx.now
    row.phone_sealed = row.phone_blind = row.email_sealed = row.email_blind = None
    row.password_hash = None
    await tx.run(
        "DELETE FROM one_time_codes WHERE phone_blind = :blind AND audience = :audience",
        blind=phone_blind,
        audience=row.audience,
    )
    await sessions.erase(tx, row.id)
    await timers.set(tx, RETENTION_TIMER, row.id, due_at=tx.now + timedelta(days=RETENTION_DAYS))
    await audit.record(tx, "account.deleted", subject="account", subject_id=row.id)
    await tx.emit(AccountDeleted(account_id=row.id, audience=row.audience))


async def end_retention(tx: Tx, account_id: int) -> None:
    """Say that three years have passed since a deletion."""
    await tx.emit(RetentionOver(account_id=account_id))
