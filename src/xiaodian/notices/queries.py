"""Reads of notices: an inbox, and how much of it is unread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy import select

from xiaodian.infra.i18n import sentence
from xiaodian.kernel.paging import cut
from xiaodian.notices.models import NoticeRow
from xiaodian.notices.rules import UNREAD_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from xiaodian.infra.db import Tx
    from xiaodian.kernel.paging import Page, PageRequest

__all__ = ["NoticeView", "in_words", "list_inbox", "unread_count", "view_of"]


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice; the sentence is in Chinese with its facts beside it, ``in_words`` fills it."""

    id: int
    kind: str
    sentence: str
    facts: Mapping[str, object]
    subject: str
    subject_id: int
    url: str
    told_at: datetime
    read_at: datetime | None

    def in_words(self, lang: str) -> str:
        """Answer what the notice says, in a language."""
        return in_words(self.sentence, self.facts, lang)


def in_words(text: str, facts: Mapping[str, object], lang: str) -> str:
    """Fill a sentence in a language; a fact may be a sentence of its own, with its own facts."""
    return sentence(text, {name: _flat(value, lang) for name, value in facts.items()}, lang)


def _flat(value: object, lang: str) -> object:
    if not isinstance(value, dict):
        return value
    inner = cast("Mapping[str, object]", value)
    text, facts = inner.get("sentence", ""), inner.get("facts", {})
    return sentence(str(text), cast("Mapping[str, object]", facts), lang)


def view_of(row: NoticeRow) -> NoticeView:
    """Turn a row into what may be shown."""
    return NoticeView(
        id=row.id,
        kind=row.kind,
        sentence=row.sentence,
        facts=row.facts,
        subject=row.subject,
        subject_id=row.subject_id,
        url=row.url,
        told_at=row.told_at,
        read_at=row.read_at,
    )


async def list_inbox(
    tx: Tx, account_id: int, request: PageRequest, *, unread: bool = False
) -> Page[NoticeView]:
    """Answer a page of somebody's inbox, newest first."""
    wanted = select(NoticeRow).where(NoticeRow.account_id == account_id)
    if unread:
        wanted = wanted.where(NoticeRow.read_at.is_(None))
    if request.after is not None:
        wanted = wanted.where(NoticeRow.id < request.after)
    found = await tx.session.scalars(wanted.order_by(NoticeRow.id.desc()).limit(request.size + 1))
    return cut(found.all(), request, lambda row: row.id).map(view_of)


async def unread_count(tx: Tx, account_id: int) -> int:
    """Answer how many notices somebody has not read; counting stops after ninety-nine (100)."""
    (row,) = await tx.rows(
        "SELECT count(*) AS n FROM (SELECT FROM notices WHERE account_id = :account_id"
        " AND read_at IS NULL LIMIT :most) AS unread",
        account_id=account_id,
        most=UNREAD_MAX + 1,
    )
    return int(row["n"])
