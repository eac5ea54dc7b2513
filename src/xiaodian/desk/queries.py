"""Reads of the desk: the work list, and what waits for a second pair of eyes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Select, func, literal, or_, select, tuple_

from xiaodian import accounts
from xiaodian.desk.errors import ApprovalNotFound, ItemNotFound
from xiaodian.desk.models import ApprovalRow, WorkItemRow
from xiaodian.desk.rules import is_overdue
from xiaodian.desk.states import ApprovalState, ItemState
from xiaodian.infra.db import Instant
from xiaodian.kernel.paging import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from xiaodian.infra.db import Tx
    from xiaodian.kernel.paging import Page, PageRequest

__all__ = [
    "ApprovalView",
    "ItemView",
    "WorkFilter",
    "approval_of",
    "assignee_of",
    "find_item",
    "kinds_of",
    "list_approvals",
    "list_items",
    "open_count",
    "visible_approval",
    "visible_item",
]


@dataclass(frozen=True, slots=True)
class ItemView:
    """A work item; the title is Chinese and may name ``facts`` in braces."""

    id: int
    kind: str
    subject: str
    subject_id: int
    shop_id: int | None
    title: str
    facts: Mapping[str, object]
    url: str
    role: accounts.Role
    priority: int
    state: ItemState
    assignee_id: int | None
    assignee_name: str
    opened_at: datetime
    due_at: datetime | None
    overdue: bool
    closed_at: datetime | None
    outcome: str


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A request for a second pair of eyes."""

    id: int
    kind: str
    subject: str
    subject_id: int
    shop_id: int | None
    title: str
    facts: Mapping[str, object]
    role: accounts.Role
    state: ApprovalState
    asked_by: int
    asked_by_name: str
    asked_at: datetime
    decided_by: int | None
    decided_by_name: str
    decided_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """Which items of the list are wanted; nothing set is all open ones."""

    kind: str = ""
    role: str = ""
    mine: bool = False
    overdue: bool = False
    closed: bool = False


async def _names(tx: Tx, ids: Sequence[int | None]) -> dict[int | None, str]:
    wanted = sorted({account_id for account_id in ids if account_id is not None})
    found = await accounts.get_accounts(tx, wanted)
    return {account_id: account.name for account_id, account in found.items()}


async def _item_views(tx: Tx, rows: Sequence[WorkItemRow]) -> list[ItemView]:
    names = await _names(tx, [row.assignee_id for row in rows])
    return [
        ItemView(
            id=row.id,
            kind=row.kind,
            subject=row.subject,
            subject_id=row.subject_id,
            shop_id=row.shop_id,
            title=row.title,
            facts=row.facts,
            url=row.url,
            role=accounts.Role(row.role),
            priority=row.priority,
            state=ItemState(row.state),
            assignee_id=row.assignee_id,
            assignee_name=names.get(row.assignee_id, ""),
            opened_at=row.opened_at,
            due_at=row.due_at,
            overdue=row.state != ItemState.CLOSED and is_overdue(row.due_at, tx.now),
            closed_at=row.closed_at,
            outcome=row.outcome,
        )
        for row in rows
    ]


async def seen_roles(tx: Tx) -> frozenset[accounts.Role]:
    """Answer the roles whose work the actor sees: their own, and all for administrators.

    Refuses ``ROLE_REQUIRED`` to whoever is no operator.
    """
    await accounts.require_role(tx, *accounts.Role)
    assert tx.actor.account_id is not None, "an operator has an account"
    held = await accounts.roles_of(tx, tx.actor.account_id)
    return frozenset(accounts.Role) if accounts.Role.ADMINISTRATOR in held else held


def _narrowed(
    wanted: Select[WorkItemRow],
    filter_: WorkFilter,
    actor_id: int | None,
    now: datetime,
) -> Select[WorkItemRow]:
    closed = WorkItemRow.state == ItemState.CLOSED
    wanted = wanted.where(closed if filter_.closed else ~closed)
    if filter_.kind:
        wanted = wanted.where(WorkItemRow.kind == filter_.kind)
    if filter_.role:
        wanted = wanted.where(WorkItemRow.role == filter_.role)
    if filter_.mine:
        wanted = wanted.where(WorkItemRow.assignee_id == actor_id)
    if filter_.overdue:
        wanted = wanted.where(WorkItemRow.due_at < now)
    return wanted


async def list_items(
    tx: Tx, request: PageRequest, filter_: WorkFilter | None = None
) -> Page[ItemView]:
    """Answer a page of the work the actor may see, the most urgent first.

    Urgent is: higher priority, then earlier deadline, then older. Closed ones come newest first.
    """
    chosen = filter_ or WorkFilter()
    roles = await seen_roles(tx)
    wanted = _narrowed(
        select(WorkItemRow).where(WorkItemRow.role.in_(roles)), chosen, tx.actor.account_id, tx.now
    )
    after = None if request.after is None else await tx.session.get(WorkItemRow, request.after)
    if chosen.closed:
        wanted = wanted.order_by(WorkItemRow.id.desc())
        if request.after is not None:
            wanted = wanted.where(WorkItemRow.id < request.after)
    else:
        due = func.coalesce(WorkItemRow.due_at, literal("infinity").cast(Instant))
        place = tuple_(-WorkItemRow.priority, due, WorkItemRow.id)
        wanted = wanted.order_by(WorkItemRow.priority.desc(), due, WorkItemRow.id)
        if after is not None:
            # The list continues after where its last row stands now, escalated or not.
            last = literal("infinity").cast(Instant) if after.due_at is None else after.due_at
            wanted = wanted.where(place > tuple_(-after.priority, last, after.id))
    rows = (await tx.session.scalars(wanted.limit(request.size + 1))).all()
    page = cut(rows, request, lambda row: row.id)
    views = {view.id: view for view in await _item_views(tx, page.items)}
    return page.map(lambda row: views[row.id])


async def kinds_of(tx: Tx) -> list[str]:
    """Answer the kinds of the open work the actor may see, for the filter."""
    roles = await seen_roles(tx)
    found = await tx.session.scalars(
        select(WorkItemRow.kind)
        .where(WorkItemRow.role.in_(roles), WorkItemRow.state != ItemState.CLOSED)
        .distinct()
        .order_by(WorkItemRow.kind)
        .limit(100)
    )
    return list(found)


async def open_count(tx: Tx, account_id: int) -> int:
    """Answer how much waits for an operator: what is theirs, and what nobody of their roles took.

    Counting stops at 100. For the frame of the console.
    """
    roles = await accounts.roles_of(tx, account_id)
    waiting = (
        select(WorkItemRow.id)
        .where(
            WorkItemRow.state != ItemState.CLOSED,
            or_(
                WorkItemRow.assignee_id == account_id,
                WorkItemRow.role.in_(roles) & (WorkItemRow.state == ItemState.WAITING),
            ),
        )
        .limit(100)
    )
    return await tx.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


async def visible_item(tx: Tx, item_id: int) -> ItemView:
    """Answer a work item the actor may see; refuses ``ITEM_NOT_FOUND``."""
    roles = await seen_roles(tx)
    row = await tx.session.get(WorkItemRow, item_id)
    if row is None or row.role not in roles:
        raise ItemNotFound
    return (await _item_views(tx, [row]))[0]


async def find_item(tx: Tx, *, kind: str, subject_id: int) -> ItemView | None:
    """Find the newest item of a kind for a subject, open or closed. For rooms above."""
    row = await _newest(tx, kind, subject_id)
    return None if row is None else (await _item_views(tx, [row]))[0]


async def assignee_of(tx: Tx, kind: str, subject_id: int) -> int | None:
    """Answer who works, or worked last, on a subject; None when nobody took it."""
    row = await _newest(tx, kind, subject_id)
    return None if row is None else row.assignee_id


async def _newest(tx: Tx, kind: str, subject_id: int) -> WorkItemRow | None:
    return await tx.session.scalar(
        select(WorkItemRow)
        .where(WorkItemRow.kind == kind, WorkItemRow.subject_id == subject_id)
        .order_by(WorkItemRow.id.desc())
        .limit(1)
    )


async def _approval_views(tx: Tx, rows: Sequence[ApprovalRow]) -> list[ApprovalView]:
    names = await _names(tx, [one for row in rows for one in (row.asked_by, row.decided_by)])
    return [
        ApprovalView(
            id=row.id,
            kind=row.kind,
            subject=row.subject,
            subject_id=row.subject_id,
            shop_id=row.shop_id,
            title=row.title,
            facts=row.facts,
            role=accounts.Role(row.role),
            state=ApprovalState(row.state),
            asked_by=row.asked_by,
            asked_by_name=names.get(row.asked_by, ""),
            asked_at=row.asked_at,
            decided_by=row.decided_by,
            decided_by_name=names.get(row.decided_by, ""),
            decided_at=row.decided_at,
            reason=row.reason,
        )
        for row in rows
    ]


async def approval_of(tx: Tx, kind: str, subject: str, subject_id: int) -> ApprovalView | None:
    """Find the newest request of a kind for a subject. For rooms above."""
    row = await tx.session.scalar(
        select(ApprovalRow)
        .where(
            ApprovalRow.kind == kind,
            ApprovalRow.subject == subject,
            ApprovalRow.subject_id == subject_id,
        )
        .order_by(ApprovalRow.id.desc())
        .limit(1)
    )
    return None if row is None else (await _approval_views(tx, [row]))[0]


async def visible_approval(tx: Tx, approval_id: int) -> ApprovalView:
    """Answer a request the actor may see; refuses ``APPROVAL_NOT_FOUND``."""
    roles = await seen_roles(tx)
    row = await tx.session.get(ApprovalRow, approval_id)
    if row is None or row.role not in roles:
        raise ApprovalNotFound
    return (await _approval_views(tx, [row]))[0]


async def list_approvals(
    tx: Tx, request: PageRequest, *, decided: bool = False
) -> Page[ApprovalView]:
    """Answer a page of the requests the actor may see, newest first."""
    roles = await seen_roles(tx)
    pending = ApprovalRow.state == ApprovalState.PENDING
    wanted = select(ApprovalRow).where(
        ApprovalRow.role.in_(roles), ~pending if decided else pending
    )
    if request.after is not None:
        wanted = wanted.where(ApprovalRow.id < request.after)
    rows = (
        await tx.session.scalars(wanted.order_by(ApprovalRow.id.desc()).limit(request.size + 1))
    ).all()
    page = cut(rows, request, lambda row: row.id)
    views = {view.id: view for view in await _approval_views(tx, page.items)}
    return page.map(lambda row: views[row.id])
