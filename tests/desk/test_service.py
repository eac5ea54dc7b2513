"""The desk on a real database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from xiaodian import accounts, desk, notices
from xiaodian.accounts.errors import RoleRequired
from xiaodian.desk import queries, service
from xiaodian.desk.errors import (
    ApprovalDecided,
    ApprovalNotFound,
    AssigneeUnfit,
    ItemClosed,
    ItemNotFound,
    ItemTaken,
    OwnRequest,
    ReasonMissing,
)
from xiaodian.desk.events import ApprovalGiven, ApprovalRefused
from xiaodian.infra.db import SYSTEM, Actor, Reactions
from xiaodian.kernel.paging import PageRequest

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

HOUR = timedelta(hours=1)


async def operator(tx: Tx, *roles: str, n: int = 0) -> int:
    made = await accounts.create_operator(
        tx, name=f"{'-'.join(roles)}-{n}", email=f"{'-'.join(roles)}{n}@example.com", roles=roles
    )
    return made.id


def acting(tx: Tx, account_id: int, kind: str = "operator") -> None:
    tx.actor = Actor(kind, account_id)


async def opened(tx: Tx, subject_id: int = 7, **changes: object) -> int:
    given = {
        "kind": "application_review",
        "subject": "application",
        "subject_id": subject_id,
        "title": "示例店",
        "role": "reviewer",
        "url": f"/operator/applications/{subject_id}",
        **changes,
    }
    return await desk.open_item(tx, **given)


async def listed(tx: Tx, **filters: object) -> list[int]:
    page = await desk.list_items(tx, PageRequest(200), desk.WorkFilter(**filters))
    return [item.id for item in page.items]


async def test_open_work_is_one_a_subject(tx: Tx) -> None:
    first = await opened(tx, due_at=tx.now + HOUR)
    assert await opened(tx, due_at=tx.now + 2 * HOUR) == first
    assert await opened(tx) == first
    (timer,) = await tx.rows("SELECT kind, due_at FROM timers")
    assert (timer["kind"], timer["due_at"]) == ("desk.due", tx.now + 2 * HOUR)
    found = await desk.find_item(tx, kind="application_review", subject_id=7)
    assert found
    assert found.due_at == tx.now + 2 * HOUR
    await desk.close_item(tx, kind="application_review", subject_id=7, outcome="approved")
    assert await tx.rows("SELECT kind FROM timers") == []
    assert await opened(tx) != first
    await desk.close_item(tx, kind="application_review", subject_id=8, outcome="approved")


async def test_the_most_urgent_comes_first_page_by_page(tx: Tx) -> None:
    later = await opened(tx, 1, due_at=tx.now + 5 * HOUR)
    sooner = await opened(tx, 2, due_at=tx.now + HOUR)
    never = await opened(tx, 3)
    urgent = await opened(tx, 4, priority=2)
    also_never = await opened(tx, 5)
    acting(tx, await operator(tx, "reviewer"))
    order = [urgent, sooner, later, never, also_never]
    assert await listed(tx) == order
    seen: list[int] = []
    cursor = None
    while True:
        page = await desk.list_items(tx, PageRequest.of(cursor, 2))
        seen += [item.id for item in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == order


async def test_work_is_seen_by_its_role_and_administrators(tx: Tx) -> None:
    review, money = await opened(tx), await opened(tx, 8, kind="x", role="finance")
    reviewer, finance = await operator(tx, "reviewer"), await operator(tx, "finance")
    root, both = await operator(tx, "administrator"), await operator(tx, "reviewer", "finance")
    for who, items in ((reviewer, [review]), (finance, [money]), (root, [review, money])):
        acting(tx, who)
        assert await listed(tx) == items
    acting(tx, both)
    assert await listed(tx, role="finance") == [money]
    assert await listed(tx, kind="application_review") == [review]
    assert await queries.kinds_of(tx) == ["application_review", "x"]
    buyer = await accounts.create_buyer(tx, phone="13800138000")
    for stranger in (Actor("buyer", buyer.id), Actor("anonymous"), Actor("merchant", root)):
        tx.actor = stranger
        with pytest.raises(RoleRequired):
            await listed(tx)


async def test_work_is_taken_once(tx: Tx) -> None:
    item = await opened(tx)
    one, two = await operator(tx, "reviewer"), await operator(tx, "reviewer", n=1)
    finance, root = await operator(tx, "finance"), await operator(tx, "administrator")
    acting(tx, one)
    await service.take_item(tx, item)
    await service.take_item(tx, item)
    assert await listed(tx, mine=True) == [item]
    assert await desk.assignee_of(tx, "application_review", 7) == one
    acting(tx, two)
    for act in (service.take_item, service.release_item):
        with pytest.raises(ItemTaken):
            await act(tx, item)
    assert await listed(tx, mine=True) == []
    acting(tx, finance)
    for act in (service.take_item, service.release_item):
        with pytest.raises(ItemNotFound):
            await act(tx, item)
    acting(tx, root)
    with pytest.raises(RoleRequired):
        await service.take_item(tx, item)
    await service.release_item(tx, item)
    await service.release_item(tx, item)
    assert await desk.assignee_of(tx, "application_review", 7) is None
    await desk.close_item(tx, kind="application_review", subject_id=7, outcome="done")
    acting(tx, two)
    with pytest.raises(ItemClosed):
        await service.take_item(tx, item)


async def test_administrators_give_work_to_who_is_fit(tx: Tx) -> None:
    item = await opened(tx)
    reviewer, finance = await operator(tx, "reviewer"), await operator(tx, "finance")
    root = await operator(tx, "administrator")
    acting(tx, reviewer)
    with pytest.raises(RoleRequired):
        await desk.assign_item(tx, item, to=reviewer)
    acting(tx, root)
    for unfit in (finance, root, 1):
        with pytest.raises(AssigneeUnfit):
            await desk.assign_item(tx, item, to=unfit)
    with pytest.raises(ItemNotFound):
        await desk.assign_item(tx, 1, to=reviewer)
    await desk.assign_item(tx, item, to=reviewer)
    assert await desk.assignee_of(tx, "application_review", 7) == reviewer
    assert await notices.unread_count(tx, reviewer) == 1


async def test_overdue_work_rises_and_nothing_is_decided(tx: Tx) -> None:
    item = await opened(tx, due_at=tx.now - HOUR)
    root, reviewer = await operator(tx, "administrator"), await operator(tx, "reviewer")
    acting(tx, reviewer)
    await service.take_item(tx, item)
    assert await listed(tx, overdue=True) == [item]
    tx.actor = SYSTEM
    await service.escalate(tx, item)
    acting(tx, reviewer)
    seen = await queries.visible_item(tx, item)
    assert (seen.priority, seen.state, seen.overdue) == (1, "taken", True)
    for told in (root, reviewer):
        (notice,) = (await notices.list_inbox(tx, told, PageRequest())).items
        assert notice.in_words("zh-CN") == "已超过处理期限：示例店"
    await service.escalate(tx, item)
    assert await notices.unread_count(tx, root) == 1
    await desk.close_item(tx, kind="application_review", subject_id=7, outcome="approved")
    await service.escalate(tx, item)
    assert (await queries.visible_item(tx, item)).priority == 2


async def test_who_decides_untaken_work_is_remembered(tx: Tx) -> None:
    await opened(tx)
    reviewer = await operator(tx, "reviewer")
    acting(tx, reviewer)
    await desk.close_item(tx, kind="application_review", subject_id=7, outcome="approved")
    assert await desk.assignee_of(tx, "application_review", 7) == reviewer
    assert await listed(tx, closed=True) != []
    assert await desk.open_count(tx, reviewer) == 0


# --- four eyes


async def requested(tx: Tx, subject_id: int = 5, **changes: object) -> int:
    given = {
        "kind": "withdrawal",
        "subject": "withdrawal",
        "subject_id": subject_id,
        "title": "提现 {amount_fen}",
        "facts": {"amount_fen": 6_000_000},
        "payload": {"amount_fen": 6_000_000},
        "role": "finance",
        **changes,
    }
    return await desk.request_approval(tx, **given)


@pytest.fixture
async def heard(tx: Tx) -> list[object]:
    """What rooms above hear."""
    said: list[object] = []

    async def hear(_tx: Tx, event: object) -> None:
        said.append(event)

    tx._reactions = Reactions({ApprovalGiven: [hear], ApprovalRefused: [hear]})
    return said


async def test_somebody_else_agrees(tx: Tx, heard: list[object]) -> None:
    one, two = await operator(tx, "finance"), await operator(tx, "finance", n=1)
    acting(tx, one)
    asked = await requested(tx)
    assert await requested(tx, payload={"amount_fen": 1}) == asked
    with pytest.raises(OwnRequest):
        await service.approve(tx, asked)
    with pytest.raises(OwnRequest):
        await service.reject(tx, asked, reason="不行")
    acting(tx, two)
    assert await desk.open_count(tx, two) == 1
    await service.approve(tx, asked)
    (given,) = heard
    assert isinstance(given, ApprovalGiven)
    assert (given.payload, given.asked_by, given.decided_by) == (
        {"amount_fen": 6_000_000},
        one,
        two,
    )
    assert await desk.open_count(tx, two) == 0
    for act in (service.approve(tx, asked), service.reject(tx, asked, reason="不行")):
        with pytest.raises(ApprovalDecided):
            await act
    assert len(heard) == 1
    assert await requested(tx) != asked


async def test_a_rejection_says_why(tx: Tx, heard: list[object]) -> None:
    one, two = await operator(tx, "finance"), await operator(tx, "finance", n=1)
    acting(tx, one)
    asked = await requested(tx)
    acting(tx, two)
    with pytest.raises(ReasonMissing):
        await service.reject(tx, asked, reason=" ")
    await service.reject(tx, asked, reason="账户不符")
    (said,) = heard
    assert isinstance(said, ApprovalRefused)
    assert (said.reason, said.withdrawn) == ("账户不符", False)
    view = await queries.visible_approval(tx, asked)
    assert (view.state, view.reason) == ("rejected", "账户不符")


async def test_one_person_with_two_accounts_has_two_eyes(tx: Tx, heard: list[object]) -> None:
    merchant = await accounts.create_merchant(
        tx, name="演示商家", password="demo-merchant-2025", email="finance0@example.com"
    )
    finance = await operator(tx, "finance")
    acting(tx, merchant.id, "merchant")
    asked = await requested(tx)
    acting(tx, finance)
    with pytest.raises(OwnRequest):
        await service.approve(tx, asked)
    assert heard == []


async def test_other_roles_do_not_decide(tx: Tx, heard: list[object]) -> None:
    finance, root = await operator(tx, "finance"), await operator(tx, "administrator")
    reviewer = await operator(tx, "reviewer")
    acting(tx, finance)
    asked = await requested(tx)
    acting(tx, root)
    with pytest.raises(RoleRequired):
        await service.approve(tx, asked)
    acting(tx, reviewer)
    for act in (
        service.approve(tx, asked),
        service.reject(tx, asked, reason="不行"),
        queries.visible_approval(tx, asked),
    ):
        with pytest.raises(ApprovalNotFound):
            await act
    assert heard == []


async def test_a_request_is_taken_back(tx: Tx, heard: list[object]) -> None:
    one, two = await operator(tx, "finance"), await operator(tx, "finance", n=1)
    acting(tx, one)
    asked = await requested(tx)
    await desk.withdraw_approval(tx, kind="withdrawal", subject="withdrawal", subject_id=5)
    await desk.withdraw_approval(tx, kind="withdrawal", subject="withdrawal", subject_id=5)
    (said,) = heard
    assert isinstance(said, ApprovalRefused)
    assert said.withdrawn
    acting(tx, two)
    with pytest.raises(ApprovalDecided):
        await service.approve(tx, asked)
    page = await queries.list_approvals(tx, PageRequest(), decided=True)
    assert [view.id for view in page.items] == [asked]
    assert (await queries.list_approvals(tx, PageRequest())).items == []
