"""Inboxes behind their doors, and what leaves the house."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from xiaodian import accounts, notices
from xiaodian.infra import sessions
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    from tests.world.house import World

PAGE = {"accept": "text/html"}


async def member(world: World, audience: str, n: int = 0) -> tuple[int, httpx.AsyncClient]:
    async with world.db.transaction(actor=SYSTEM) as tx:
        if audience == "buyer":
            made = await accounts.create_buyer(tx, phone=f"1380013800{n}")
        elif audience == "merchant":
            made = await accounts.create_merchant(
                tx,
                name="演示商家",
                password="demo-merchant-2025",
                phone=f"1380013800{n}",
                email=f"m{n}@example.com",
            )
        else:
            made = await accounts.create_operator(
                tx, name="审核", email=f"o{n}@example.com", roles=["reviewer"]
            )
        token = await sessions.open_session(tx, made.id, audience, address="", agent="")
    browser = world.client()
    browser.cookies.set(f"xd_{audience}", token)
    return made.id, browser


async def told(world: World, account_id: int, **changes: object) -> int:
    given = {
        "kind": "test.told",
        "sentence": "“{shop_name}”的资料已通过",
        "facts": {"shop_name": "<script>alert(1)</script>"},
        "url": "/merchant/opening",
        **changes,
    }
    async with world.db.transaction(actor=SYSTEM) as tx:
        made = await notices.tell(tx, account_id, **given)
    assert made
    return made


PARTS = [("buyer", "me"), ("merchant", "merchant"), ("operator", "operator")]


@pytest.mark.parametrize(("audience", "part"), PARTS)
async def test_an_inbox_is_read(world: World, audience: str, part: str) -> None:
    someone, browser = await member(world, audience)
    for n in range(25):
        await told(world, someone, once=str(n))
    page = await browser.get(f"/{part}/inbox", headers=PAGE)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "25 条未读" in page.text
    more = re.search(r'href="(/[^"]*cursor=[^"]+)"', page.text)
    assert more
    assert (await browser.get(more[1], headers=PAGE)).status_code == 200
    one = re.search(rf'action="(/{part}/inbox/\d+/read)"', page.text)
    assert one
    answer = await browser.post(one[1], data={"_key": "one"}, headers=PAGE)
    assert answer.headers["location"] == "/merchant/opening"
    page = await browser.get(f"/{part}/inbox?unread=1", headers=PAGE)
    assert "24 条未读" in page.text
    answer = await browser.post(f"/{part}/inbox/read-all", data={"_key": "all"})
    assert answer.headers["location"] == f"/{part}/inbox"
    page = await browser.get(f"/{part}/inbox?unread=1", headers={**PAGE, "accept-language": "en"})
    assert 'lang="en"' in page.text
    assert f'action="/{part}/inbox/' not in page.text


@pytest.mark.parametrize(("audience", "part"), PARTS)
async def test_somebody_elses_notice_is_nobodys(world: World, audience: str, part: str) -> None:
    _, mine = await member(world, audience)
    other, theirs = await member(world, audience, 1)
    notice = await told(world, other)
    for number in (notice, 1, "x", "9" * 30):
        for path in (f"/{part}/inbox/{number}/read", f"/api/v1/notices/{number}/read"):
            answer = await mine.post(path, headers={"idempotency-key": path})
            assert (answer.status_code, answer.json()["code"]) == (404, "NOTICE_NOT_FOUND")
    assert (await mine.get("/api/v1/notices")).json()["items"] == []
    (kept,) = (await theirs.get("/api/v1/notices")).json()["items"]
    assert kept["read_at"] is None


@pytest.mark.parametrize("part", ["me", "merchant", "operator"])
async def test_strangers_have_no_inbox(world: World, part: str) -> None:
    stranger = world.client()
    page = await stranger.get(f"/{part}/inbox", headers=PAGE)
    assert page.status_code == 303
    for path in (f"/{part}/inbox/read-all", "/api/v1/notices/read-all"):
        answer = await stranger.post(path, headers={"idempotency-key": "k"})
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_IN_REQUIRED")


async def test_the_api_pages_and_marks(world: World) -> None:
    someone, client = await member(world, "merchant")
    for n in range(3):
        await told(world, someone, once=str(n), facts={"shop_name": "示例店"})
    first = (await client.get("/api/v1/notices?size=2&audience=merchant")).json()
    assert (first["unread_count"], len(first["items"])) == (3, 2)
    assert first["items"][0]["text"] == "“示例店”的资料已通过"
    rest = (await client.get("/api/v1/notices", params={"cursor": first["next"]})).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)
    read = await client.post(
        f"/api/v1/notices/{first['items'][0]['id']}/read", headers={"idempotency-key": "a"}
    )
    assert read.json()["read_at"]
    for _ in range(2):
        all_read = await client.post("/api/v1/notices/read-all", headers={"idempotency-key": "b"})
        assert all_read.json() == {"read_count": 2}
    assert (await client.get("/api/v1/notices?unread=true")).json()["items"] == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("cursor=%00", "BAD_CURSOR"),
        ("cursor=!!", "BAD_CURSOR"),
        ("cursor=" + "x" * 65, "INVALID_REQUEST"),
        ("size=0", "INVALID_REQUEST"),
        ("size=201", "INVALID_REQUEST"),
        ("size=x", "INVALID_REQUEST"),
        ("audience=system", "INVALID_REQUEST"),
    ],
)
async def test_bad_queries_are_refused_by_name(world: World, query: str, code: str) -> None:
    _, client = await member(world, "merchant")
    answer = await client.get(f"/api/v1/notices?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_letters_and_texts_arrive(world: World) -> None:
    someone, _ = await member(world, "merchant")
    await told(world, someone, by=("sms", "mail"), facts={"shop_name": "示例店"})
    await world.run_jobs()
    twins = world.runtime.settings.twins_url
    async with httpx.AsyncClient(base_url=twins) as sandbox:
        texts = (await sandbox.get("/sms/outbox", params={"phone": "+8613800138000"})).json()
        letters = (await sandbox.get("/mail/outbox", params={"to": "m0@example.com"})).json()
    assert any("“示例店”的资料已通过" in one["text"] for one in texts["messages"])
    assert "“示例店”的资料已通过" in str(letters)
    async with world.db.reading(actor=SYSTEM) as tx:
        rows = await tx.rows("SELECT way, state FROM notice_deliveries ORDER BY way")
    assert [(row["way"], row["state"]) for row in rows] == [("mail", "sent"), ("sms", "sent")]


async def test_who_has_no_address_is_not_written_to(world: World) -> None:
    someone, _ = await member(world, "buyer")
    await told(world, someone, by=("mail",))
    await world.run_jobs()
    async with world.db.reading(actor=SYSTEM) as tx:
        (row,) = await tx.rows("SELECT state FROM notice_deliveries")
    assert row["state"] == "unreachable"


async def test_a_refused_text_is_not_tried_again(world: World) -> None:
    someone, _ = await member(world, "buyer", 7)
    twins = world.runtime.settings.twins_url
    async with httpx.AsyncClient(base_url=twins) as sandbox:
        ordered = await sandbox.post(
            "/faults",
            json={
                "twin": "sms",
                "door": "send",
                "fault": "decline",
                "subject": "+8613800138007",
            },
        )
        assert ordered.status_code < 300, ordered.text
    await told(world, someone, by=("sms",))
    await world.run_jobs()
    async with world.db.reading(actor=SYSTEM) as tx:
        (row,) = await tx.rows("SELECT state, answer FROM notice_deliveries")
    assert row["state"] == "declined"
    assert row["answer"].startswith("PHONE_REFUSED")


async def test_deadlines_are_told_of_as_time_passes(world: World) -> None:
    from datetime import timedelta  # noqa: PLC0415

    someone, client = await member(world, "merchant")
    async with world.db.transaction(actor=SYSTEM) as tx:
        await notices.deadline(
            tx,
            someone,
            kind="deposits.grace",
            before="请在 {due_at} 前补足保证金",
            after="补足期限 {due_at} 已过",
            due_at=tx.now + timedelta(days=3),
            by=("inbox", "sms"),
        )

    async def texts() -> list[str]:
        return [one["text"] for one in (await client.get("/api/v1/notices")).json()["items"]]

    await world.advance(hours=47)
    assert await texts() == []
    await world.advance(hours=1)
    assert await texts() == ["请在 2025-03-13 10:00 前补足保证金"]
    await world.advance(days=30)
    assert await texts() == [
        "补足期限 2025-03-13 10:00 已过",
        "请在 2025-03-13 10:00 前补足保证金",
    ]
