"""Work items: opened and closed by rooms above, taken and given by staff, escalated by time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from xiaodian import accounts, notices
from xiaodian.desk.errors import AssigneeUnfit, ItemClosed, ItemNotFound, ItemTaken
from xiaodian.desk.models import WorkItemRow
from xiaodian.desk.queries import seen_roles
from xiaodian.desk.rules import escalated
from xiaodian.desk.states import ITEM, ItemEvent, ItemState
from xiaodian.infra import audit, timers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from xiaodian.infra.db import Tx

__all__ = [
    "DUE_TIMER",
    "assign_item",
    "close_item",
    "escalate",
    "open_item",
    "release_item",
    "take_item",
]

DUE_TIMER = "desk.due"
_TITLE_MAX = 200


async def open_item(  # noqa: PLR0913 - call sites name each and read as a sentence
    tx: Tx,
    *,
    kind: str,
    subject: str,
    subject_id: int,
    title: str,
    role: str,
    facts: Mapping[str, object] | None = None,
    due_at: datetime | None = None,
    shop_id: int | None = None,
    url: str = "",
    priority: int = 0,
) -> int:
    """Put work on the list and answer its id; an open item of this kind and subject is the same.

    ``title`` is Chinese and may name ``facts`` in braces. ``due_at`` is business time; past it the
    item is escalated, and nothing is ever decided by that. Said again with another ``due_at``,
    the deadline moves.
    """
    row = insert(WorkItemRow).values(
        id=tx.new_id(),
        kind=kind,
        subject=subject,
        subject_id=subject_id,
        shop_id=shop_id,
        title=title[:_TITLE_MAX],
        facts=dict(facts or {}),
        url=url,
        role=accounts.Role(role),
        priority=priority,
        state=ItemState.WAITING,
        opened_at=tx.now,
        due_at=due_at,
    )
    opened = await tx.session.execute(
        row.on_conflict_do_update(
            index_elements=["kind", "subject_id"],
            index_where=text("state <> 'closed'"),
            set_={"due_at": func.coalesce(row.excluded.due_at, WorkItemRow.due_at)},
        ).returning(WorkItemRow.id)
    )
    item_id = opened.scalar_one()
    if due_at is not None:
        await timers.set(tx, DUE_TIMER, item_id, due_at=due_at)
    return item_id


async def close_item(tx: Tx, *, kind: str, subject_id: int, outcome: str) -> None:
    """Take work off the list, because its room decided; there may be none.

    An item that nobody took is put down to the operator who decided.
    """
    row = await tx.session.scalar(
        select(WorkItemRow)
        .where(
            WorkItemRow.kind == kind,
            WorkItemRow.subject_id == subject_id,
            WorkItemRow.state != ItemState.CLOSED,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return
    row.state = ITEM.after(ItemState(row.state), ItemEvent.CLOSE)
    row.closed_at, row.outcome = tx.now, outcome
    if row.assignee_id is None and tx.actor.kind == "operator":
        row.assignee_id = tx.actor.account_id
    await tx.session.flush()
    await timers.cancel(tx, DUE_TIMER, row.id)


async def take_item(tx: Tx, item_id: int) -> None:
    """Take an item to work on it; taking one's own again changes nothing.

    Refuses ``ITEM_NOT_FOUND`` and ``ROLE_REQUIRED`` to other roles, ``ITEM_TAKEN`` when a
    colleague was faster, and ``ITEM_CLOSED``.
    """
    row = await _locked(tx, item_id)
    await accounts.require_role(tx, row.role)
    if row.assignee_id == tx.actor.account_id:
        return
    if row.assignee_id is not None:
        colleague = await accounts.get_account(tx, row.assignee_id)
        raise ItemTaken(name=colleague.name)
    await _move(tx, row, ItemEvent.TAKE, tx.actor.account_id)


async def release_item(tx: Tx, item_id: int) -> None:
    """Put one's own item back, or, as an administrator, anybody's; refuses ``ITEM_TAKEN``."""
    row = await _locked(tx, item_id)
    if row.assignee_id is None:
        return
    if row.assignee_id != tx.actor.account_id and not await _is_administrator(tx):
        colleague = await accounts.get_account(tx, row.assignee_id)
        raise ItemTaken(name=colleague.name)
    await _move(tx, row, ItemEvent.RELEASE, None)


async def assign_item(tx: Tx, item_id: int, *, to: int) -> None:
    """Give an item to a colleague who has its role, who is told; for administrators.

    Refuses ``ROLE_REQUIRED`` and ``ASSIGNEE_UNFIT``.
    """
    row = await _locked(tx, item_id)
    if tx.actor.kind != "system":
        await accounts.require_role(tx, accounts.Role.ADMINISTRATOR)
    if accounts.Role(row.role) not in await accounts.roles_of(tx, to):
        raise AssigneeUnfit(role=accounts.ROLE_WORDS[accounts.Role(row.role)])
    if row.assignee_id == to:
        return
    await _move(tx, row, ItemEvent.ASSIGN, to)
    await notices.tell(
        tx,
        to,
        kind="desk.assigned",
        sentence="已指派给您：{title}",
        facts={"title": _titled(row)},
        subject="work_item",
        subject_id=row.id,
        url=row.url or "/operator/desk",
        once=tx.now.isoformat(),
    )


async def escalate(tx: Tx, item_id: int) -> None:
    """Raise an item whose deadline has passed, and tell the administrators and its worker once."""
    row = await tx.session.get(WorkItemRow, item_id, with_for_update=True, populate_existing=True)
    if row is None or not ITEM.allows(ItemState(row.state), ItemEvent.OVERDUE):
        return
    row.priority, row.escalated_at = escalated(row.priority), tx.now
    told = set(await accounts.operators_with(tx, accounts.Role.ADMINISTRATOR))
    if row.assignee_id is not None:
        told.add(row.assignee_id)
    for account_id in sorted(told):
        await notices.tell(
            tx,
            account_id,
            kind="desk.overdue",
            sentence="已超过处理期限：{title}",
            facts={"title": _titled(row)},
            subject="work_item",
            subject_id=row.id,
            url=row.url or "/operator/desk",
        )


def _titled(row: WorkItemRow) -> dict[str, object]:
    """Answer the title as a sentence within a sentence, so that both are translated on reading."""
    return {"sentence": row.title, "facts": row.facts}


async def _locked(tx: Tx, item_id: int) -> WorkItemRow:
    roles = frozenset(accounts.Role) if tx.actor.kind == "system" else await seen_roles(tx)
    row = await tx.session.get(WorkItemRow, item_id, with_for_update=True, populate_existing=True)
    if row is None or row.role not in roles:
        raise ItemNotFound
    if row.state == ItemState.CLOSED:
        raise ItemClosed
    return row


async def _is_administrator(tx: Tx) -> bool:
    assert tx.actor.account_id is not None, "an operator has an account"
    return accounts.Role.ADMINISTRATOR in await accounts.roles_of(tx, tx.actor.account_id)


async def _move(tx: Tx, row: WorkItemRow, event: ItemEvent, to: int | None) -> None:
    before = row.assignee_id
    row.state = ITEM.after(ItemState(row.state), event)
    row.assignee_id = to
    await audit.record(
        tx,
        f"work_item.{event}",
        subject="work_item",
        subject_id=row.id,
        before={"assignee_id": before},
        after={"assignee_id": to},
    )
