"""Telling people on a real database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from xiaodian import accounts, notices
from xiaodian.accounts.events import AccountDeleted
from xiaodian.infra.db import Actor
from xiaodian.kernel.paging import PageRequest
from xiaodian.notices import service
from xiaodian.notices.errors import NoticeNotFound

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.notices import NoticeView


async def person(tx: Tx, phone: str = "13800138000") -> int:
    return (await accounts.create_buyer(tx, phone=phone)).id


async def inbox(tx: Tx, account_id: int) -> list[NoticeView]:
    return list((await notices.list_inbox(tx, account_id, PageRequest(200))).items)


async def fell_short(tx: Tx, account_id: int, **changes: object) -> int | None:
    given = {
        "kind": "deposits.fell_short",
        "sentence": "保证金不足，还差 {short_fen}",
        "facts": {"short_fen": 200_000},
        "subject": "shop",
        "subject_id": 7,
        "url": "/merchant/deposit",
        **changes,
    }
    return await notices.tell(tx, account_id, **given)


async def test_one_thing_is_told_once(tx: Tx) -> None:
    someone, other = await person(tx), await person(tx, "13900139000")
    assert await fell_short(tx, someone)
    assert await fell_short(tx, someone) is None
    assert await fell_short(tx, someone, once="2025-04")
    assert await fell_short(tx, someone, subject_id=8)
    assert await fell_short(tx, someone, subject="order")
    assert await fell_short(tx, someone, kind="deposits.other")
    assert await fell_short(tx, other)
    assert await notices.unread_count(tx, someone) == 5
    assert await notices.unread_count(tx, other) == 1


async def test_a_notice_speaks_the_readers_language(tx: Tx) -> None:
    someone = await person(tx)
    await fell_short(tx, someone)
    (told,) = await inbox(tx, someone)
    assert told.in_words("zh-CN") == "保证金不足，还差 ¥2,000.00"
    assert told.told_at == tx.now


async def test_reading_marks_ones_own_only(tx: Tx) -> None:
    someone, other = await person(tx), await person(tx, "13900139000")
    mine, theirs = await fell_short(tx, someone), await fell_short(tx, other)
    assert mine
    assert theirs
    tx.actor = Actor("buyer", someone)
    with pytest.raises(NoticeNotFound):
        await service.read(tx, theirs)
    await service.read(tx, mine)
    first = (await inbox(tx, someone))[0].read_at
    await service.read(tx, mine)
    assert (await inbox(tx, someone))[0].read_at == first
    assert await notices.unread_count(tx, someone) == 0
    await fell_short(tx, someone, once="a")
    await fell_short(tx, someone, once="b")
    assert await service.read_all(tx) == 2
    assert await notices.unread_count(tx, other) == 1


async def test_the_counter_stops_at_a_hundred(tx: Tx) -> None:
    someone = await person(tx)
    for n in range(103):
        await fell_short(tx, someone, once=str(n))
    assert await notices.unread_count(tx, someone) == 100
    page = await notices.list_inbox(tx, someone, PageRequest(50))
    assert len(page.items) == 50
    last = await notices.list_inbox(tx, someone, PageRequest.of(page.next, 60))
    assert len(last.items) == 53
    assert last.next is None
    assert not {one.id for one in page.items} & {one.id for one in last.items}


async def test_letters_and_texts_are_jobs(tx: Tx) -> None:
    someone = await person(tx)
    await fell_short(tx, someone, by=("inbox", "sms", "mail", "sms"))
    await fell_short(tx, someone, by=("inbox", "sms", "mail"))
    rows = await tx.rows("SELECT way, state FROM notice_deliveries ORDER BY way")
    assert [(row["way"], row["state"]) for row in rows] == [("mail", "waiting"), ("sms", "waiting")]
    jobs = await tx.rows("SELECT task_name FROM procrastinate_jobs")
    assert [job["task_name"] for job in jobs] == ["notices.deliver"] * 2


async def grace(tx: Tx, account_id: int, hours: float, **changes: object) -> None:
    given = {
        "kind": "deposits.grace",
        "before": "请在 {due_at} 前补足保证金",
        "after": "补足期限 {due_at} 已过",
        "subject": "shop",
        "subject_id": 7,
        "due_at": tx.now + timedelta(hours=hours),
        **changes,
    }
    await notices.deadline(tx, account_id, **given)


async def timers_of(tx: Tx) -> list[tuple[str, float]]:
    rows = await tx.rows("SELECT kind, due_at FROM timers ORDER BY due_at, kind")
    return [(row["kind"], (row["due_at"] - tx.now).total_seconds() / 3600) for row in rows]


async def test_a_deadline_has_one_notice_before_and_one_after(tx: Tx) -> None:
    someone = await person(tx)
    await grace(tx, someone, 72)
    assert await timers_of(tx) == [("notices.before", 48), ("notices.after", 72)]
    await grace(tx, someone, 96)
    assert await timers_of(tx) == [("notices.before", 72), ("notices.after", 96)]
    (row,) = await tx.rows("SELECT id FROM notice_deadlines")
    for _ in range(2):
        await service.remind(tx, row["id"], ended=False)
    for _ in range(2):
        await service.remind(tx, row["id"], ended=True)
    assert [one.in_words("zh-CN") for one in reversed(await inbox(tx, someone))] == [
        "请在 2025-03-14 10:00 前补足保证金",
        "补足期限 2025-03-14 10:00 已过",
    ]


async def test_a_near_deadline_is_told_of_at_once(tx: Tx) -> None:
    someone = await person(tx)
    await grace(tx, someone, 2)
    assert len(await inbox(tx, someone)) == 1
    assert await timers_of(tx) == [("notices.after", 2)]


async def test_a_lifted_deadline_says_nothing(tx: Tx) -> None:
    someone, other = await person(tx), await person(tx, "13900139000")
    await grace(tx, someone, 72)
    await grace(tx, other, 72)
    (mine,) = await tx.rows("SELECT id FROM notice_deadlines WHERE account_id = :id", id=someone)
    await notices.lift_deadline(
        tx, kind="deposits.grace", subject="shop", subject_id=7, account_id=someone
    )
    await service.remind(tx, mine["id"], ended=True)
    assert await inbox(tx, someone) == []
    assert len(await timers_of(tx)) == 2
    await notices.lift_deadline(tx, kind="deposits.grace", subject="shop", subject_id=7)
    assert await timers_of(tx) == []


async def test_who_leaves_takes_the_inbox_along(tx: Tx) -> None:
    someone, other = await person(tx), await person(tx, "13900139000")
    await fell_short(tx, someone, by=("sms",))
    await fell_short(tx, other)
    await grace(tx, someone, 72)
    await tx.emit(AccountDeleted(someone, "buyer"))
    assert await inbox(tx, someone) == []
    assert len(await inbox(tx, other)) == 1
    assert await timers_of(tx) == []
