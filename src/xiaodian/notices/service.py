"""Telling people; the only writer of the notice tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from xiaodian.infra import timers
from xiaodian.infra.clock import wall_now
from xiaodian.notices.errors import NoticeNotFound
from xiaodian.notices.models import DeadlineRow, DeliveryRow, NoticeRow
from xiaodian.notices.queries import view_of
from xiaodian.notices.rules import LEAD, before_at
from xiaodian.notices.states import DELIVERY, DeliveryEvent, DeliveryState, Way

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.notices.queries import NoticeView

__all__ = [
    "AFTER_TIMER",
    "BEFORE_TIMER",
    "By",
    "deadline",
    "drop_inbox",
    "end_delivery",
    "lift_deadline",
    "read",
    "read_all",
    "remind",
    "tell",
]

By = Literal["inbox", "sms", "mail"]
BEFORE_TIMER = "notices.before"
AFTER_TIMER = "notices.after"
_ANSWER_MAX = 200


async def tell(  # noqa: PLR0913 - call sites name each and read as a sentence
    tx: Tx,
    account_id: int,
    *,
    kind: str,
    sentence: str,
    facts: Mapping[str, object] | None = None,
    subject: str = "",
    subject_id: int = 0,
    url: str = "",
    by: Sequence[By] = ("inbox",),
    once: str = "",
) -> int | None:
    """Tell somebody something and answer the notice's id; None when they were told before.

    ``sentence`` is Chinese with the names of ``facts`` in braces; it is translated when it is read.
    Facts are JSON and are shown to the person, so they hold nothing that person may not see; an
    instant goes under a name that ends with ``_at``, a sentence within the sentence is a dict of
    ``sentence`` and ``facts``. A notice is one per account, kind,
    subject and ``once``: what may happen again to the same thing names the occasion there. It
    always reaches the inbox; ``sms`` and ``mail`` go out by jobs.
    """
    notice_id = tx.new_id()
    told = await tx.session.execute(
        insert(NoticeRow)
        .values(
            id=notice_id,
            account_id=account_id,
            kind=kind,
            sentence=sentence,
            facts=_plain(facts or {}),
            subject=subject,
            subject_id=subject_id,
            once=once,
            url=url,
            told_at=tx.now,
        )
        .on_conflict_do_nothing()
        .returning(NoticeRow.id)
    )
    if told.one_or_none() is None:
        return None
    for way in sorted({Way(one) for one in by} - {Way.INBOX}):
        delivery = DeliveryRow(
            id=tx.new_id(), notice_id=notice_id, way=way, state=DeliveryState.WAITING
        )
        tx.session.add(delivery)
        await tx.defer("notices.deliver", delivery_id=delivery.id)
    return notice_id


async def deadline(  # noqa: PLR0913 - call sites name each and read as a sentence
    tx: Tx,
    account_id: int,
    *,
    kind: str,
    before: str,
    after: str,
    due_at: datetime,
    lead: timedelta = LEAD,
    facts: Mapping[str, object] | None = None,
    subject: str = "",
    subject_id: int = 0,
    url: str = "",
    by: Sequence[By] = ("inbox",),
) -> None:
    """See to it that somebody is told of a deadline once before and once after (business time).

    Both sentences may use the fact ``due_at``. Said again with another ``due_at``, the deadline
    moves. ``lift_deadline`` ends it when what was asked for has been done.
    """
    values = {
        "before": before,
        "after": after,
        "facts": _plain({**(facts or {}), "due_at": due_at}),
        "url": url,
        "by": sorted({Way(one).value for one in by}),
        "due_at": due_at,
    }
    made = await tx.session.execute(
        insert(DeadlineRow)
        .values(
            id=tx.new_id(),
            account_id=account_id,
            kind=kind,
            subject=subject,
            subject_id=subject_id,
            **values,
        )
        .on_conflict_do_update(
            index_elements=["account_id", "kind", "subject", "subject_id"], set_=values
        )
        .returning(DeadlineRow.id)
    )
    deadline_id = made.scalar_one()
    await timers.cancel(tx, BEFORE_TIMER, deadline_id)
    await timers.set(tx, AFTER_TIMER, deadline_id, due_at=due_at)
    at = before_at(tx.now, due_at, lead)
    if at == tx.now:
        await remind(tx, deadline_id, ended=False)
    elif at is not None:
        await timers.set(tx, BEFORE_TIMER, deadline_id, due_at=at)


async def lift_deadline(
    tx: Tx, *, kind: str, subject: str, subject_id: int, account_id: int | None = None
) -> None:
    """End a deadline that was met or no longer holds, for one person or everybody."""
    gone = delete(DeadlineRow).where(
        DeadlineRow.kind == kind,
        DeadlineRow.subject == subject,
        DeadlineRow.subject_id == subject_id,
    )
    if account_id is not None:
        gone = gone.where(DeadlineRow.account_id == account_id)
    for deadline_id in await tx.session.scalars(gone.returning(DeadlineRow.id)):
        await timers.cancel(tx, BEFORE_TIMER, deadline_id)
        await timers.cancel(tx, AFTER_TIMER, deadline_id)


async def remind(tx: Tx, deadline_id: int, *, ended: bool) -> None:
    """Tell of a deadline that comes near or has passed; a lifted one says nothing."""
    row = await tx.session.scalar(
        select(DeadlineRow)
        .where(DeadlineRow.id == deadline_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return
    await tell(
        tx,
        row.account_id,
        kind=row.kind,
        sentence=row.after if ended else row.before,
        facts=row.facts,
        subject=row.subject,
        subject_id=row.subject_id,
        url=row.url,
        by=[way.value for way in map(Way, row.by)],
        # The instant is part of it, so that a deadline that was moved is told of again.
        once=f"{'after' if ended else 'before'}:{row.due_at.isoformat()}",
    )
    if ended:
        await tx.session.delete(row)


async def read(tx: Tx, notice_id: int) -> NoticeView:
    """Mark one of the actor's notices read; refuses ``NOTICE_NOT_FOUND``."""
    row = await tx.session.get(NoticeRow, notice_id)
    if row is None or row.account_id != tx.actor.account_id:
        raise NoticeNotFound
    if row.read_at is None:
        row.read_at = tx.now
    return view_of(row)


async def read_all(tx: Tx) -> int:
    """Mark all of the actor's notices read and answer how many that were."""
    return await tx.run(
        "UPDATE notices SET read_at = :now WHERE account_id = :account_id AND read_at IS NULL",
        now=tx.now,
        account_id=tx.actor.account_id,
    )


async def end_delivery(tx: Tx, delivery_id: int, event: DeliveryEvent, *, answer: str) -> None:
    """Record how a letter or text message ended; one that has ended stays as it is."""
    row = await tx.session.get(DeliveryRow, delivery_id, with_for_update=True)
    if row is None or not DELIVERY.allows(DeliveryState(row.state), event):
        return
    row.state = DELIVERY.after(DeliveryState(row.state), event)
    row.answer, row.ended_at = answer[:_ANSWER_MAX], wall_now()


async def drop_inbox(tx: Tx, account_id: int) -> None:
    """Delete all that was ever told to somebody who is gone."""
    for deadline_id in await tx.session.scalars(
        delete(DeadlineRow).where(DeadlineRow.account_id == account_id).returning(DeadlineRow.id)
    ):
        await timers.cancel(tx, BEFORE_TIMER, deadline_id)
        await timers.cancel(tx, AFTER_TIMER, deadline_id)
    await tx.run("DELETE FROM notices WHERE account_id = :account_id", account_id=account_id)


def _plain(facts: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in facts.items()
    }
