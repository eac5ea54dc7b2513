"""What the JSON doors of notices answer."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from xiaodian.kernel.paging import Page
from xiaodian.notices.queries import NoticeView

__all__ = ["InboxAnswer", "NoticeAnswer", "ReadAllAnswer"]


class NoticeAnswer(BaseModel):
    """A notice in the reader's language."""

    id: str
    kind: str
    text: str
    subject: str
    subject_id: str
    url: str
    told_at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, view: NoticeView, lang: str) -> NoticeAnswer:
        """Turn a view into JSON."""
        return cls(
            id=str(view.id),
            kind=view.kind,
            text=view.in_words(lang),
            subject=view.subject,
            subject_id=str(view.subject_id),
            url=view.url,
            told_at=view.told_at,
            read_at=view.read_at,
        )


class InboxAnswer(BaseModel):
    """A page of an inbox; ``unread_count`` stops at 100."""

    unread_count: int
    items: list[NoticeAnswer]
    next: str | None

    @classmethod
    def of(cls, page: Page[NoticeView], unread: int, lang: str) -> InboxAnswer:
        """Turn a page into JSON."""
        items = [NoticeAnswer.of(view, lang) for view in page.items]
        return cls(unread_count=unread, items=items, next=page.next)


class ReadAllAnswer(BaseModel):
    """How many notices were marked read."""

    read_count: int
