"""What the JSON doors of the desk take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from xiaodian.desk.queries import ApprovalView, ItemView
from xiaodian.infra.i18n import sentence
from xiaodian.kernel.paging import Page

__all__ = [
    "ApprovalAnswer",
    "ApprovalListAnswer",
    "AssignBody",
    "ItemAnswer",
    "ItemListAnswer",
    "RejectBody",
]


class AssignBody(BaseModel):
    """Give an item to a colleague."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[str, Field(max_length=19)]


class RejectBody(BaseModel):
    """Say no, and why."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=1_000)]


class ItemAnswer(BaseModel):
    """A work item, its title in the reader's language."""

    id: str
    kind: str
    subject: str
    subject_id: str
    shop_id: str | None
    title: str
    url: str
    role: str
    priority: int
    state: str
    assignee_id: str | None
    assignee_name: str
    opened_at: datetime
    due_at: datetime | None
    overdue: bool
    closed_at: datetime | None
    outcome: str

    @classmethod
    def of(cls, view: ItemView, lang: str) -> ItemAnswer:
        """Turn a view into JSON."""
        return cls(
            id=str(view.id),
            kind=view.kind,
            subject=view.subject,
            subject_id=str(view.subject_id),
            shop_id=None if view.shop_id is None else str(view.shop_id),
            title=sentence(view.title, view.facts, lang),
            url=view.url,
            role=view.role,
            priority=view.priority,
            state=view.state,
            assignee_id=None if view.assignee_id is None else str(view.assignee_id),
            assignee_name=view.assignee_name,
            opened_at=view.opened_at,
            due_at=view.due_at,
            overdue=view.overdue,
            closed_at=view.closed_at,
            outcome=view.outcome,
        )


class ItemListAnswer(BaseModel):
    """A page of the work list."""

    items: list[ItemAnswer]
    next: str | None

    @classmethod
    def of(cls, page: Page[ItemView], lang: str) -> ItemListAnswer:
        """Turn a page into JSON."""
        return cls(items=[ItemAnswer.of(view, lang) for view in page.items], next=page.next)


class ApprovalAnswer(BaseModel):
    """A request for a second pair of eyes, its title in the reader's language."""

    id: str
    kind: str
    subject: str
    subject_id: str
    title: str
    facts: dict[str, object]
    role: str
    state: str
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    decided_by_name: str
    decided_at: datetime | None
    reason: str

    @classmethod
    def of(cls, view: ApprovalView, lang: str) -> ApprovalAnswer:
        """Turn a view into JSON."""
        return cls(
            id=str(view.id),
            kind=view.kind,
            subject=view.subject,
            subject_id=str(view.subject_id),
            title=sentence(view.title, view.facts, lang),
            facts=dict(view.facts),
            role=view.role,
            state=view.state,
            asked_by=str(view.asked_by),
            asked_by_name=view.asked_by_name,
            asked_at=view.asked_at,
            decided_by_name=view.decided_by_name,
            decided_at=view.decided_at,
            reason=view.reason,
        )


class ApprovalListAnswer(BaseModel):
    """A page of requests."""

    items: list[ApprovalAnswer]
    next: str | None

    @classmethod
    def of(cls, page: Page[ApprovalView], lang: str) -> ApprovalListAnswer:
        """Turn a page into JSON."""
        return cls(items=[ApprovalAnswer.of(view, lang) for view in page.items], next=page.next)
