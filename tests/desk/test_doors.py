"""The desk behind its doors."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from xiaodian import accounts, desk
from xiaodian.infra import sessions
from xiaodian.infra.db import SYSTEM, Actor

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World

PAGE = {"accept": "text/html"}
SCRIPT = "<script>alert(1)</script>"


async def operator(world: World, *roles: str, n: int = 0) -> tuple[int, httpx.AsyncClient]:
    async with world.db.transaction(actor=SYSTEM) as tx:
        made = await accounts.create_operator(
            tx, name=f"{roles[0]}{n}", email=f"{'-'.join(roles)}{n}@example.com", roles=roles
        )
        token = await sessions.open_session(tx, made.id, "operator", address="", agent="")
    browser = world.client()
    browser.cookies.set("xd_operator", token)
    return made.id, browser


async def opened(world: World, subject_id: int = 7, **changes: object) -> int:
    given = {
        "kind": "application_review",
        "subject": "application",
        "subject_id": subject_id,
        "title": SCRIPT,
        "role": "reviewer",
        "url": f"/operator/applications/{subject_id}",
        **changes,
    }
    async with world.db.transaction(actor=SYSTEM) as tx:
        return await desk.open_item(tx, due_at=tx.now + timedelta(days=3), **given)


async def requested(world: World, by: int) -> int:
    async with world.db.transaction(actor=Actor("operator", by)) as tx:
        return await desk.request_approval(
            tx,
            kind="manual_adjustment",
            subject="shop",
            subject_id=5,
            title="人工调整 {amount_fen}",
            facts={"amount_fen": 12_345, "reason": SCRIPT},
            role="finance",
        )


async def post(browser: httpx.AsyncClient, path: str, **body: object) -> httpx.Response:
    return await browser.post(
        path, json=body or None, headers={"idempotency-key": f"{path}{body}"[:100]}
    )


async def test_staff_work_through_the_list(world: World) -> None:
    for n in range(25):
        await opened(world, n + 1)
    me, browser = await operator(world, "reviewer")
    page = await browser.get("/operator/desk", headers=PAGE)
    assert page.status_code == 200
    assert SCRIPT not in page.text
    assert "&lt;script&gt;" in page.text
    more = re.search(r'href="(/operator/desk\?cursor=[^"]+)"', page.text)
    assert more
    assert "/operator/applications/25" in (await browser.get(more[1], headers=PAGE)).text
    take = re.search(r'action="(/operator/desk/items/\d+/take)"', page.text)
    assert take
    answer = await browser.post(take[1], data={"_key": "t"}, headers=PAGE)
    assert answer.headers["location"] == "/operator/applications/1"
    mine = await browser.get("/operator/desk?show=mine", headers=PAGE)
    assert mine.text.count("/release") == 1
    answer = await browser.post(take[1].replace("/take", "/release"), data={"_key": "r"})
    assert answer.headers["location"] == "/operator/desk"
    english = await browser.get(
        "/operator/desk?show=overdue&kind=application_review&role=reviewer",
        headers={**PAGE, "accept-language": "en"},
    )
    assert 'lang="en"' in english.text
    listed = (await browser.get("/api/v1/desk/items?size=200")).json()
    assert len(listed["items"]) == 25
    assert listed["items"][0]["assignee_id"] is None
    assert me


async def test_an_administrator_assigns(world: World) -> None:
    item = await opened(world)
    reviewer, theirs = await operator(world, "reviewer")
    _, browser = await operator(world, "administrator")
    page = await browser.get("/operator/desk", headers=PAGE)
    assert f'value="{reviewer}"' in page.text
    answer = await browser.post(
        f"/operator/desk/items/{item}/assign", data={"_key": "a", "to": str(reviewer)}
    )
    assert answer.status_code == 303
    assert "已指派给您" in (await theirs.get("/operator/inbox", headers=PAGE)).text
    for to in ("x", "1", "9" * 19, ""):
        refused = await browser.post(
            f"/operator/desk/items/{item}/assign", data={"_key": f"b{to}", "to": to}, headers=PAGE
        )
        assert refused.status_code == 422


async def test_other_roles_and_strangers_have_no_key(world: World) -> None:
    item = await opened(world)
    asked_by, _ = await operator(world, "finance")
    approval = await requested(world, asked_by)
    _, reviewer = await operator(world, "reviewer")
    _, finance = await operator(world, "finance", n=1)
    for act in ("take", "release"):
        answer = await post(finance, f"/api/v1/desk/items/{item}/{act}")
        assert (answer.status_code, answer.json()["code"]) == (404, "ITEM_NOT_FOUND")
    answer = await post(finance, f"/api/v1/desk/items/{item}/assign", to="1")
    assert answer.status_code == 404
    answer = await post(reviewer, f"/api/v1/desk/items/{item}/assign", to="1")
    assert (answer.status_code, answer.json()["code"]) == (403, "ROLE_REQUIRED")
    for path in (f"/api/v1/desk/approvals/{approval}/approve", "/api/v1/desk/approvals/1/approve"):
        answer = await post(reviewer, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "APPROVAL_NOT_FOUND")
    page = await reviewer.get(f"/operator/desk/approvals/{approval}", headers=PAGE)
    assert page.status_code == 404
    async with world.db.transaction(actor=SYSTEM) as tx:
        merchant = await accounts.create_merchant(
            tx, name="演示商家", password="demo-merchant-2025", phone="13800138000"
        )
        token = await sessions.open_session(tx, merchant.id, "merchant", address="", agent="")
    for stranger in (world.client(), world.client(token)):
        for path in (
            f"/api/v1/desk/items/{item}/take",
            f"/api/v1/desk/approvals/{approval}/approve",
            f"/operator/desk/items/{item}/take",
            f"/operator/desk/approvals/{approval}/approve",
        ):
            answer = await post(stranger, path)
            assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_IN_REQUIRED")
        assert (await stranger.get("/api/v1/desk/items")).status_code == 401
        assert (await stranger.get("/operator/desk", headers=PAGE)).status_code == 303


async def test_four_eyes_decide(world: World) -> None:
    one, first = await operator(world, "finance")
    _, second = await operator(world, "finance", n=1)
    approval = await requested(world, one)
    path = f"/operator/desk/approvals/{approval}"
    page = await first.get(path, headers=PAGE)
    assert "需要由另一位同事复核" in page.text
    assert "¥123.45" in page.text
    assert SCRIPT not in page.text
    own = await first.post(f"{path}/approve", data={"_key": "own"}, headers=PAGE)
    assert own.status_code == 403
    assert "不能处理自己提出的申请" in own.text
    page = await second.get(path, headers=PAGE)
    assert f'action="{path}/approve"' in page.text
    silent = await second.post(f"{path}/reject", data={"_key": "s", "reason": ""}, headers=PAGE)
    assert silent.status_code == 422
    answer = await second.post(f"{path}/reject", data={"_key": "r", "reason": SCRIPT})
    assert answer.headers["location"] == path
    page = await second.get(path, headers=PAGE)
    assert SCRIPT not in page.text
    assert "已驳回" in page.text
    late = await post(second, f"/api/v1/desk/approvals/{approval}/approve")
    assert (late.status_code, late.json()["code"]) == (409, "APPROVAL_DECIDED")
    listed = (await second.get("/api/v1/desk/approvals?decided=true")).json()
    assert [one["state"] for one in listed["items"]] == ["rejected"]


async def test_fifty_approvals_at_once_are_one(world: World) -> None:
    import asyncio  # noqa: PLC0415

    one, _ = await operator(world, "finance")
    approval = await requested(world, one)
    _, second = await operator(world, "finance", n=1)
    said = await asyncio.gather(
        *(
            second.post(
                f"/api/v1/desk/approvals/{approval}/approve",
                headers={"idempotency-key": f"k{n}"},
            )
            for n in range(50)
        )
    )
    assert sorted(answer.status_code for answer in said) == [200] + [409] * 49


async def test_a_replayed_key_takes_once(world: World) -> None:
    item = await opened(world)
    _, browser = await operator(world, "reviewer")
    headers = {"idempotency-key": "same"}
    first = await browser.post(f"/api/v1/desk/items/{item}/take", headers=headers)
    second = await browser.post(f"/api/v1/desk/items/{item}/take", headers=headers)
    assert first.json() == second.json()
    other = await browser.post(f"/api/v1/desk/items/{item}/release", headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/api/v1/desk/items/x/take", b"", 404),
        ("/api/v1/desk/items/%00/take", b"", 404),
        ("/api/v1/desk/items/99999999999999999999/take", b"", 404),
        ("/api/v1/desk/items/1/assign", b"{", 400),
        ("/api/v1/desk/items/1/assign", b"[]", 422),
        ("/api/v1/desk/items/1/assign", b'{"to": 1}', 422),
        ("/api/v1/desk/items/1/assign", b'{"to": "1", "x": 1}', 422),
        ("/api/v1/desk/approvals/1/reject", b'{"reason": "\\u0000"}', 422),
        ("/api/v1/desk/approvals/1/reject", b'{"reason": "' + b"x" * 2000 + b'"}', 422),
    ],
)
async def test_bad_input_is_refused_by_name(
    world: World, path: str, content: bytes, status: int
) -> None:
    _, browser = await operator(world, "administrator", "finance")
    answer = await browser.post(
        path,
        content=content,
        headers={"content-type": "application/json", "idempotency-key": "k"},
    )
    assert answer.status_code == status, answer.text
    assert answer.json()["code"]


async def test_overdue_work_is_escalated_as_time_passes(world: World) -> None:
    await opened(world, title="示例店")
    _, root = await operator(world, "administrator")
    _, reviewer = await operator(world, "reviewer")
    await world.advance(days=3)
    await world.advance(days=1)
    (item,) = (await reviewer.get("/api/v1/desk/items?overdue=true")).json()["items"]
    assert (item["priority"], item["state"], item["overdue"]) == (1, "waiting", True)
    (told,) = (await root.get("/api/v1/notices")).json()["items"]
    assert told["text"] == "已超过处理期限：示例店"
