"""Four eyes: an act waits until somebody else agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from xiaodian import accounts
from xiaodian.desk.errors import ApprovalDecided, ApprovalNotFound
from xiaodian.desk.events import ApprovalGiven, ApprovalRefused
from xiaodian.desk.models import ApprovalRow
from xiaodian.desk.queries import approval_of, seen_roles
from xiaodian.desk.rules import check_eyes, check_reason
from xiaodian.desk.service.items import close_item, open_item
from xiaodian.desk.states import APPROVAL, ApprovalEvent, ApprovalState
from xiaodian.infra import audit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from xiaodian.infra.db import Tx

__all__ = ["APPROVAL_ITEM", "approve", "reject", "request_approval", "withdraw_approval"]

APPROVAL_ITEM = "approval"
"""The kind of the work item that a request becomes."""


async def request_approval(  # noqa: PLR0913 - call sites name each and read as a sentence
    tx: Tx,
    *,
    kind: str,
    subject: str,
    subject_id: int,
    title: str,
    role: str,
    payload: Mapping[str, object] | None = None,
    facts: Mapping[str, object] | None = None,
    shop_id: int | None = None,
    due_at: datetime | None = None,
) -> int:
    """Ask for a second pair of eyes and answer the request's id; it appears on the work list.

    When an operator of ``role`` agrees, ``ApprovalGiven`` is emitted with the ``payload``, and the
    room that asked acts in that transaction. A request of this kind and subject that is pending
    is the same one; its payload stays. ``title`` may name ``facts`` in braces; the payload is not
    shown, so what decides the matter belongs into the facts as well.
    """
    assert tx.actor.account_id is not None, "somebody asks"
    row = ApprovalRow(
        id=tx.new_id(),
        kind=kind,
        subject=subject,
        subject_id=subject_id,
        shop_id=shop_id,
        title=title,
        facts=dict(facts or {}),
        payload=dict(payload or {}),
        role=accounts.Role(role),
        state=ApprovalState.PENDING,
        asked_by=tx.actor.account_id,
        asked_at=tx.now,
    )
    try:
        async with tx.session.begin_nested():
            tx.session.add(row)
    except IntegrityError:
        pending = await approval_of(tx, kind, subject, subject_id)
        assert pending is not None, "the unique index found it"
        return pending.id
    await open_item(
        tx,
        kind=APPROVAL_ITEM,
        subject=APPROVAL_ITEM,
        subject_id=row.id,
        title=title,
        facts=facts,
        role=role,
        due_at=due_at,
        shop_id=shop_id,
        url=f"/operator/desk/approvals/{row.id}",
    )
    await audit.record(
        tx,
        "approval.requested",
        subject="approval",
        subject_id=row.id,
        after={"kind": kind, "subject": subject, "subject_id": str(subject_id)},
    )
    return row.id


async def approve(tx: Tx, approval_id: int) -> None:
    """Agree to an act, which its room does now.

    Refuses ``APPROVAL_NOT_FOUND``, ``ROLE_REQUIRED``, ``APPROVAL_DECIDED``, and ``OWN_REQUEST``
    to whoever asked, also under another account of theirs.
    """
    row = await _deciding(tx, approval_id)
    await _decide(tx, row, ApprovalEvent.APPROVE, "")
    await tx.emit(
        ApprovalGiven(
            approval_id=row.id,
            kind=row.kind,
            subject=row.subject,
            subject_id=row.subject_id,
            payload=row.payload,
            asked_by=row.asked_by,
            decided_by=row.decided_by or 0,
        )
    )


async def reject(tx: Tx, approval_id: int, *, reason: str) -> None:
    """Say no to an act, with a reason; refuses like ``approve``, and ``REASON_MISSING``."""
    given = check_reason(reason)
    row = await _deciding(tx, approval_id)
    await _decide(tx, row, ApprovalEvent.REJECT, given)
    await tx.emit(_refused(row, withdrawn=False))


async def withdraw_approval(tx: Tx, *, kind: str, subject: str, subject_id: int) -> None:
    """Take a pending request back, because its room no longer needs it; there may be none."""
    found = await approval_of(tx, kind, subject, subject_id)
    if found is None or found.state is not ApprovalState.PENDING:
        return
    row = await _locked(tx, found.id)
    await _decide(tx, row, ApprovalEvent.WITHDRAW, "")
    await tx.emit(_refused(row, withdrawn=True))


async def _deciding(tx: Tx, approval_id: int) -> ApprovalRow:
    roles = await seen_roles(tx)
    row = await _locked(tx, approval_id, roles)
    await accounts.require_role(tx, row.role)
    assert tx.actor.account_id is not None, "an operator has an account"
    check_eyes(
        asked_by=row.asked_by,
        decides=tx.actor.account_id,
        one_person=await accounts.same_person(tx, row.asked_by, tx.actor.account_id),
    )
    return row


async def _locked(
    tx: Tx, approval_id: int, roles: frozenset[accounts.Role] | None = None
) -> ApprovalRow:
    row = await tx.session.get(
        ApprovalRow, approval_id, with_for_update=True, populate_existing=True
    )
    if row is None or (roles is not None and row.role not in roles):
        raise ApprovalNotFound
    if row.state != ApprovalState.PENDING:
        raise ApprovalDecided
    return row


async def _decide(tx: Tx, row: ApprovalRow, event: ApprovalEvent, reason: str) -> None:
    row.state = APPROVAL.after(ApprovalState(row.state), event)
    row.decided_by, row.decided_at, row.reason = tx.actor.account_id, tx.now, reason
    await tx.session.flush()
    await close_item(tx, kind=APPROVAL_ITEM, subject_id=row.id, outcome=row.state)
    await audit.record(
        tx, f"approval.{event}", subject="approval", subject_id=row.id, after={"reason": reason}
    )


def _refused(row: ApprovalRow, *, withdrawn: bool) -> ApprovalRefused:
    return ApprovalRefused(
        approval_id=row.id,
        kind=row.kind,
        subject=row.subject,
        subject_id=row.subject_id,
        payload=row.payload,
        asked_by=row.asked_by,
        reason=row.reason,
        withdrawn=withdrawn,
    )
