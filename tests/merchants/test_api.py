"""The doors of merchants: what each market asks, who may act, and what is refused by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.world.merchants import (
    account_number,
    merchant_account,
    picture,
    reviewer_account,
    values_for,
)
from tests.world.shops import browser_of, key

from xiaodian.infra.clock import set_clock
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.merchants.rules.papers import paper

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World

DOCUMENTS = {
    ("wechat", "PERSONAL"): ["id_card", "channels_realname"],
    ("wechat", "ENTERPRISE"): ["business_licence", "legal_person_id", "corporate_account"],
    ("wechat", "SOLE_PROP"): ["business_licence", "operator_id", "settlement_account"],
    ("douyin", "PERSONAL"): ["id_card", "bank_card"],
    ("douyin", "ENTERPRISE"): ["business_licence", "ca_certificate"],
    ("kuaishou", "PERSONAL"): ["id_card", "face_recognition"],
    ("kuaishou", "ENTERPRISE"): ["business_licence", "account_permit"],
    ("xiaohongshu", "ENTERPRISE"): ["business_licence", "legal_person_id"],
}


@dataclass
class Applicant:
    """A merchant at the JSON doors."""

    browser: httpx.AsyncClient
    account_id: int

    async def post(self, path: str, body: object = None) -> httpx.Response:
        return await self.browser.post(f"/api/v1{path}", json=body or {}, headers=key())

    async def get(self, path: str) -> Any:
        answer = await self.browser.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def start(
        self,
        market: str,
        subject: str = "ENTERPRISE",
        categories: tuple[str, ...] = ("general",),
        **changes: object,
    ) -> str:
        body = {
            "market": market,
            "subject": subject,
            "categories": list(categories),
            "shop_name": "示例店",
            **changes,
        }
        answer = await self.post("/applications", body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def bind(self) -> None:
        for surface, identifier in (("wechat", "demo_shop_01"), ("channels", "演示视频号")):
            body = {"surface": surface, "identifier": identifier}
            answer = await self.post("/bindings", body)
            assert answer.status_code == 201, answer.text

    async def hand_in(
        self, application: str, kind: str, *, order: str = "123", valid_to: str = "2030-12-31"
    ) -> httpx.Response:
        asked = paper(kind)
        return await self.browser.post(
            f"/api/v1/applications/{application}/documents/{kind}",
            data={**values_for(kind, order), "valid_to": valid_to if asked.expires else ""},
            files={f"file_{side.name}": ("p.png", picture()) for side in asked.sides},
            headers=key(),
        )

    async def submit(self, application: str) -> httpx.Response:
        return await self.post(f"/applications/{application}/submit")

    async def ready(self, market: str, subject: str = "ENTERPRISE", **changes: Any) -> str:
        """Draft with every paper the market asks for."""
        application = await self.start(market, subject, **changes)
        if market == "wechat":
            await self.bind()
        for kind in DOCUMENTS[market, subject]:
            answer = await self.hand_in(application, kind)
            assert answer.status_code == 201, answer.text
        return application


async def applicant(world: World, phone: str = "13800138001") -> Applicant:
    async with world.db.transaction(actor=SYSTEM) as tx:
        account_id = await merchant_account(tx, phone)
    browser = await browser_of(world, account_id, "merchant")
    browser.headers["accept"] = "application/json"
    return Applicant(browser, account_id)


async def operator(
    world: World, email: str = "reviewer@example.com", *roles: str
) -> httpx.AsyncClient:
    async with world.db.transaction(actor=SYSTEM) as tx:
        account_id = await reviewer_account(tx, email, *roles)
    browser = await browser_of(world, account_id, "operator")
    browser.headers["accept"] = "application/json"
    return browser


async def act(browser: httpx.AsyncClient, path: str, body: object = None) -> httpx.Response:
    return await browser.post(f"/api/v1{path}", json=body or {}, headers=key())


async def starting_at(world: World, at: datetime) -> None:
    """Begin business in this fresh database at another instant."""
    await set_clock(world.db, starts_at=at, stands=True)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# ── what each market asks ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("market", "subject"),
    [
        pytest.param(
            "wechat", "PERSONAL", marks=[pytest.mark.req("W-REG-02"), pytest.mark.req("W-REG-03")]
        ),
        pytest.param("wechat", "ENTERPRISE", marks=pytest.mark.req("W-REG-04")),
        pytest.param("wechat", "SOLE_PROP"),
        pytest.param(
            "douyin", "PERSONAL", marks=[pytest.mark.req("D-REG-01"), pytest.mark.req("D-REG-02")]
        ),
        pytest.param("douyin", "ENTERPRISE", marks=pytest.mark.req("D-REG-03")),
        pytest.param(
            "kuaishou",
            "PERSONAL",
            marks=[pytest.mark.req("K-REG-01"), pytest.mark.req("K-REG-02")],
        ),
        pytest.param("kuaishou", "ENTERPRISE", marks=pytest.mark.req("K-REG-03")),
        pytest.param("xiaohongshu", "ENTERPRISE", marks=pytest.mark.req("X-REG-02")),
    ],
)
async def test_each_subject_hands_in_its_own_papers_all_of_them(
    world: World, market: str, subject: str
) -> None:
    me = await applicant(world)
    asked = DOCUMENTS[market, subject]
    application = await me.start(market, subject)
    if market == "wechat":
        await me.bind()
    for kind in asked:
        missing = await me.submit(application)
        assert missing.status_code == 409
        assert missing.json()["code"] == "DOC_MISSING"
        assert missing.json()["facts"]["missing"] == asked[asked.index(kind) :]
        assert (await me.hand_in(application, kind)).status_code == 201
    other = next(kind for kinds in DOCUMENTS.values() for kind in kinds if kind not in asked)
    foreign = await me.hand_in(application, other)
    assert (foreign.status_code, foreign.json()["code"]) == (422, "DOCUMENT_NOT_ASKED")
    done = await me.submit(application)
    assert (done.status_code, done.json()["state"]) == (200, "SUBMITTED")


@pytest.mark.req("W-REG-01")
async def test_wechat_asks_for_the_binding_of_its_accounts_first(world: World) -> None:
    me = await applicant(world)
    application = await me.start("wechat", "PERSONAL")
    for kind in DOCUMENTS["wechat", "PERSONAL"]:
        await me.hand_in(application, kind)
    refused = await me.submit(application)
    assert (refused.status_code, refused.json()["code"]) == (409, "ACCOUNT_NOT_BOUND")
    assert refused.json()["detail"] == "请先完成：绑定微信号与视频号"
    await me.bind()
    assert (await me.submit(application)).status_code == 200


@pytest.mark.req("W-REG-06")
async def test_wechat_demands_no_brand_letter(world: World) -> None:
    me = await applicant(world)
    application = await me.ready("wechat", self_operated=False)
    assert (await me.submit(application)).status_code == 200


@pytest.mark.req("W-REG-07")
@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("SOLE_PROP", "VIRTUAL_NOT_FOR_SOLE_PROP"),
        ("PERSONAL", "VIRTUAL_NOT_FOR_PERSONAL"),
        ("ENTERPRISE", None),
    ],
)
async def test_wechat_keeps_virtual_goods_for_enterprises(
    world: World, subject: str, code: str | None
) -> None:
    me = await applicant(world)
    application = await me.ready("wechat", subject, categories=("game_cards",))
    answer = await me.submit(application)
    if code is None:
        assert answer.status_code == 200, answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.req("D-REG-03")
async def test_an_expired_certificate_counts_as_missing(world: World) -> None:
    me = await applicant(world)
    application = await me.ready("douyin")
    await me.hand_in(application, "ca_certificate", valid_to="2025-03-09")
    refused = await me.submit(application)
    assert refused.json()["facts"]["missing"] == ["ca_certificate"]
    without = await me.hand_in(application, "ca_certificate", valid_to="")
    assert (without.status_code, without.json()["code"]) == (422, "FIELD_MISSING")


@pytest.mark.req("X-REG-01")
@pytest.mark.parametrize("subject", ["PERSONAL", "SOLE_PROP"])
async def test_golden_xiaohongshu_takes_enterprises_only(world: World, subject: str) -> None:
    me = await applicant(world)
    refused = await me.submit(await me.start("xiaohongshu", subject))
    assert (refused.status_code, refused.json()["code"]) == (409, "ENTERPRISE_ONLY")


@pytest.mark.req("X-REG-03")
@pytest.mark.req("X-REG-04")
async def test_golden_xiaohongshu_asks_resellers_for_the_brand_letter(world: World) -> None:
    await starting_at(world, local(2025, 3, 7, 10))
    me = await applicant(world)
    reseller = await me.ready("xiaohongshu", self_operated=False)
    refused = await me.submit(reseller)
    assert refused.json()["code"] == "DOC_MISSING"
    assert refused.json()["facts"]["missing"] == ["brand_auth"]
    maker = await me.ready("xiaohongshu", self_operated=True)
    done = await me.submit(maker)
    assert instant(done.json()["due_at"]) == local(2025, 3, 18, 23, 59, 59, 999000)
    await me.hand_in(reseller, "brand_auth")
    assert (await me.submit(reseller)).status_code == 200


# ── deadlines ────────────────────────────────────────────────────────────────


async def due(me: Applicant, market: str) -> datetime:
    application = await me.ready(market)
    answer = await me.submit(application)
    assert answer.status_code == 200, answer.text
    assert answer.json()["due_provisional"] is False
    return instant(answer.json()["due_at"])


@pytest.mark.req("W-REG-05")
@pytest.mark.req("D-REG-04")
@pytest.mark.req("K-REG-04")
@pytest.mark.req("X-REG-04")
async def test_golden_deadlines_of_a_friday_submission(world: World) -> None:
    await starting_at(world, local(2025, 3, 7, 10))
    me = await applicant(world)
    end = (23, 59, 59, 999000)
    assert await due(me, "wechat") == local(2025, 3, 12, *end)
    assert await due(me, "douyin") == local(2025, 3, 12, *end)
    assert await due(me, "kuaishou") == local(2025, 3, 14, *end)
    assert await due(me, "xiaohongshu") == local(2025, 3, 18, *end)


@pytest.mark.req("K-REG-04")
async def test_golden_spring_festival_and_its_make_up_day(world: World) -> None:
    await starting_at(world, local(2025, 1, 24, 10))
    me = await applicant(world)
    assert await due(me, "kuaishou") == local(2025, 2, 7, 23, 59, 59, 999000)


@pytest.mark.req("W-REG-05")
async def test_a_missed_deadline_is_escalated_and_never_decides(world: World) -> None:
    me = await applicant(world)
    administrator = await operator(world, "root@example.com", "administrator")
    application = await me.ready("wechat")
    await me.submit(application)
    await world.run_jobs()
    await world.advance(to=local(2025, 3, 14, 0, 0, 1))
    assert (await me.get(f"/applications/{application}"))["state"] == "REVIEWING"
    (item,) = (await administrator.get("/api/v1/desk/items")).json()["items"]
    assert item["overdue"] is True
    assert item["priority"] == 1
    told = (await administrator.get("/api/v1/notices")).json()["items"]
    assert [each["kind"] for each in told] == ["desk.overdue"]


# ── the walk ─────────────────────────────────────────────────────────────────


async def test_a_walk_from_draft_to_shop(world: World) -> None:
    me = await applicant(world)
    reviewer = await operator(world)
    application = await me.ready("wechat", categories=("pet",))
    await me.submit(application)
    await world.run_jobs()
    whole = await me.get(f"/applications/{application}")
    assert whole["state"] == "REVIEWING"
    assert {check["outcome"] for check in whole["checks"]} == {"APPROVED"}
    numbers = [each["number"] for each in whole["documents"]]
    assert all("*" in number for number in numbers)
    queue = (await reviewer.get("/api/v1/operator/applications")).json()["items"]
    assert [each["id"] for each in queue] == [application]
    early = await act(reviewer, f"/operator/applications/{application}/approve")
    assert (early.status_code, early.json()["code"]) == (403, "REVIEW_NOT_ASSIGNED")
    await act(reviewer, f"/operator/applications/{application}/claim")
    done = await act(reviewer, f"/operator/applications/{application}/approve")
    assert done.json()["state"] == "APPROVED"
    shop = await me.get(f"/shops/{done.json()['shop_id']}")
    assert (shop["state"], shop["type"], shop["categories"]) == (
        "PENDING_DEPOSIT",
        "enterprise_shop",
        ["pet"],
    )
    again = await act(reviewer, f"/operator/applications/{application}/approve")
    assert (again.status_code, again.json()["code"]) == (409, "ILLEGAL_TRANSITION")


@pytest.mark.req("A-REG-01", market="wechat")
async def test_a_rejection_keeps_its_reasons_and_a_copy_begins_again(world: World) -> None:
    me = await applicant(world)
    reviewer = await operator(world)
    application = await me.ready("wechat")
    await me.submit(application)
    await world.run_jobs()
    await act(reviewer, f"/operator/applications/{application}/claim")
    without = await act(reviewer, f"/operator/applications/{application}/reject", {"reasons": []})
    assert (without.status_code, without.json()["code"]) == (422, "REASON_REQUIRED")
    reasons = ["执照照片反光", "经营范围不含所选类目"]
    await act(reviewer, f"/operator/applications/{application}/reject", {"reasons": reasons})
    whole = await me.get(f"/applications/{application}")
    assert (whole["state"], whole["reasons"]) == ("REJECTED", reasons)
    assert (await me.submit(application)).json()["code"] == "ILLEGAL_TRANSITION"
    copy = await me.post(f"/applications/{application}/reopen")
    assert copy.status_code == 201
    assert (await me.submit(copy.json()["id"])).json()["state"] == "SUBMITTED"


@pytest.mark.req("A-REG-01", market="kuaishou")
async def test_a_supplement_that_nobody_answers_ends_the_application(world: World) -> None:
    me = await applicant(world)
    application = await me.start("kuaishou", "PERSONAL")
    for kind in DOCUMENTS["kuaishou", "PERSONAL"]:
        await me.hand_in(application, kind, order="901" if kind == "id_card" else "123")
    await me.submit(application)
    await world.run_jobs()
    whole = await me.get(f"/applications/{application}")
    assert whole["state"] == "NEED_SUPPLEMENT"
    assert instant(whole["supplement_due_at"]) == local(2025, 3, 25, 10)
    await world.advance(to=local(2025, 3, 25, 9, 59, 59))
    assert (await me.get(f"/applications/{application}"))["state"] == "NEED_SUPPLEMENT"
    await world.advance(to=local(2025, 3, 25, 10))
    assert (await me.get(f"/applications/{application}"))["state"] == "EXPIRED"
    told = [n["kind"] for n in (await me.get("/notices"))["items"]]
    assert told.count("merchants.supplement") == 2, "once before and once after"


@pytest.mark.req("A-REG-02", market="douyin")
async def test_a_supplement_is_answered_by_the_paper_asked_for(world: World) -> None:
    me = await applicant(world)
    application = await me.start("douyin")
    for kind in DOCUMENTS["douyin", "ENTERPRISE"]:
        await me.hand_in(application, kind, order="901" if kind == "ca_certificate" else "123")
    await me.submit(application)
    await world.run_jobs()
    (asked,) = (await me.get(f"/applications/{application}"))["supplements"]
    assert (asked["item"], asked["sentence"]) == (
        "ca_certificate",
        "数字证书无效或与企业名称不符",
    )
    open_still = await me.submit(application)
    assert open_still.json()["code"] == "SUPPLEMENT_UNANSWERED"
    await me.hand_in(application, "ca_certificate")
    assert (await me.submit(application)).json()["state"] == "SUBMITTED"


# ── other people's keys ──────────────────────────────────────────────────────


async def test_no_door_of_an_application_opens_to_others(world: World) -> None:
    me, stranger = await applicant(world), await applicant(world, "13900139002")
    application = await me.ready("wechat")
    nobody = world.client()
    for path in ("submit", "withdraw", "reopen", "documents/business_licence/reuse"):
        foreign = await stranger.post(f"/applications/{application}/{path}")
        assert (foreign.status_code, foreign.json()["code"]) == (404, "APPLICATION_NOT_FOUND")
        out = await nobody.post(f"/api/v1/applications/{application}/{path}", headers=key())
        assert (out.status_code, out.json()["code"]) == (401, "SIGN_IN_REQUIRED")
    foreign = await stranger.browser.get(f"/api/v1/applications/{application}")
    assert foreign.status_code == 404
    foreign = await stranger.hand_in(application, "business_licence")
    assert foreign.status_code == 404
    edit = {"categories": ["pet"], "shop_name": "改名", "self_operated": True}
    foreign = await stranger.browser.put(
        f"/api/v1/applications/{application}", json=edit, headers=key()
    )
    assert foreign.status_code == 404
    foreign = await stranger.post(f"/applications/{application}/supplements/1", {"answer": "试"})
    assert foreign.status_code == 404
    finance = await operator(world, "finance@example.com", "finance")
    for path in ("claim", "approve", "reject", "ask-supplement"):
        body = {"reject": {"reasons": ["试"]}, "ask-supplement": {"items": [{"sentence": "试"}]}}
        refused = await act(finance, f"/operator/applications/{application}/{path}", body.get(path))
        assert (refused.status_code, refused.json()["code"]) == (403, "ROLE_REQUIRED")
        signed_in_elsewhere = await me.post(
            f"/operator/applications/{application}/{path}", body.get(path)
        )
        assert signed_in_elsewhere.status_code == 401
    assert (await finance.get("/api/v1/operator/applications")).status_code == 403
    assert (await finance.get(f"/api/v1/operator/applications/{application}")).status_code == 403
    assert (await me.get(f"/applications/{application}"))["state"] == "DRAFT"


async def opened_shop(world: World, me: Applicant) -> str:
    reviewer = await operator(world)
    application = await me.ready("wechat")
    await me.submit(application)
    await world.run_jobs()
    await act(reviewer, f"/operator/applications/{application}/claim")
    done = await act(reviewer, f"/operator/applications/{application}/approve")
    return done.json()["shop_id"]


async def test_no_door_of_a_shop_opens_to_others_and_staff_stay_within_their_rights(
    world: World,
) -> None:
    me, stranger = await applicant(world), await applicant(world, "13900139002")
    shop = await opened_shop(world, me)
    payout = {"holder_name": "户名", "bank": "银行", "number": account_number()}
    doors = [
        ("GET", "", None),
        ("GET", "/staff", None),
        ("POST", "/staff", {"contact": "13700137000", "rights": ["orders"]}),
        ("PUT", f"/staff/{me.account_id}", {"rights": ["orders"]}),
        ("DELETE", f"/staff/{me.account_id}", None),
        ("DELETE", "/invitations/1", None),
        ("GET", "/payout-account", None),
        ("PUT", "/payout-account", payout),
    ]

    async def knock(who: Applicant, method: str, path: str, body: object) -> tuple[int, str]:
        answer = await who.browser.request(
            method,
            f"/api/v1/shops/{shop}{path}",
            headers=key(),
            **({"json": body} if body is not None else {}),
        )
        return answer.status_code, answer.json().get("code", "")

    for method, path, body in doors:
        assert await knock(stranger, method, path, body) == (404, "SHOP_NOT_FOUND")
    invited = await me.post(
        f"/shops/{shop}/staff", {"contact": "13900139002", "rights": ["orders"]}
    )
    assert invited.status_code == 202
    (member,) = (await me.get(f"/shops/{shop}/staff"))["items"]
    foreign = await me.post(f"/invitations/{member['invitation_id']}/accept")
    assert foreign.json()["code"] == "INVITATION_NOT_FOUND"
    joined = await stranger.post(f"/invitations/{member['invitation_id']}/accept")
    assert joined.json()["id"] == shop
    for method, path, body in doors[1:]:
        assert await knock(stranger, method, path, body) == (403, "RIGHT_MISSING"), path
    assert (await knock(stranger, "GET", "", None))[0] == 200
    for path in ("suspend", "lift", "ban"):
        reviewer_only = await act(
            await operator(world, f"{path}@example.com"), f"/operator/shops/{shop}/{path}",
            {"why": "试"},
        )  # fmt: skip
        assert (reviewer_only.status_code, reviewer_only.json()["code"]) == (403, "ROLE_REQUIRED")
    administrator = await operator(world, "root@example.com", "administrator")
    early = await act(administrator, f"/operator/shops/{shop}/ban", {"why": "试"})
    assert early.json()["code"] == "ILLEGAL_TRANSITION"
    finance_only = await act(administrator, f"/operator/shops/{shop}/payout-account/approve")
    assert (finance_only.status_code, finance_only.json()["code"]) == (403, "ROLE_REQUIRED")


async def test_a_changed_payout_account_is_verified_by_a_job(world: World) -> None:
    me = await applicant(world)
    shop = await opened_shop(world, me)
    first = await me.get(f"/shops/{shop}/payout-account")
    assert first["verified_at"] is not None
    body = {"holder_name": "示例商贸有限公司", "bank": "示例银行", "number": "110060739018888"}
    changed = await me.browser.put(f"/api/v1/shops/{shop}/payout-account", json=body, headers=key())
    assert (changed.json()["number"], changed.json()["verified_at"]) == ("**** 8888", None)
    await world.run_jobs()
    assert (await me.get(f"/shops/{shop}/payout-account"))["verified_at"] is not None
    refused = {**body, "number": "110060739019015"}
    await me.browser.put(f"/api/v1/shops/{shop}/payout-account", json=refused, headers=key())
    await world.run_jobs()
    account = await me.get(f"/shops/{shop}/payout-account")
    assert (account["outcome"], account["verified_at"]) == ("REJECTED", None)


# ── bad input ────────────────────────────────────────────────────────────────


async def test_bad_input_is_refused_by_name_and_changes_nothing(world: World) -> None:
    me = await applicant(world)
    good = {"market": "wechat", "subject": "ENTERPRISE", "categories": ["pet"], "shop_name": "店"}
    for change, code in (
        ({"market": "taobao"}, "MARKET_UNKNOWN"),
        ({"subject": "ROBOT"}, "SUBJECT_UNKNOWN"),
        ({"categories": ["'; DROP TABLE shops; --"]}, "CATEGORY_UNKNOWN"),
        ({"categories": "pet"}, "INVALID_REQUEST"),
        ({"self_operated": "yes"}, "INVALID_REQUEST"),
        ({"shop_name": 7}, "INVALID_REQUEST"),
        ({"surprise": True}, "INVALID_REQUEST"),
        ({"shop_name": "店" * 300}, "INVALID_REQUEST"),
        ({"shop_name": "店\x00"}, "FIELD_TOO_LONG"),
    ):
        answer = await me.post("/applications", {**good, **change})
        assert (answer.status_code, answer.json()["code"]) == (422, code), change
    torn = await me.browser.post(
        "/api/v1/applications",
        content=b'{"market": "wech',
        headers={**key(), "content-type": "application/json"},
    )
    assert (torn.status_code, torn.json()["code"]) == (400, "MALFORMED")
    keyless = await me.browser.post("/api/v1/applications", json=good)
    assert keyless.json()["code"] == "IDEMPOTENCY_KEY_REQUIRED"
    assert (await me.get("/applications"))["items"] == []
    for number in ("0", "-1", "abc", "9" * 30, "1e3", "%00"):
        answer = await me.browser.get(f"/api/v1/applications/{number}")
        assert answer.status_code == 404, number
    script = await me.start("wechat", shop_name="<script>alert(1)</script>"[:20])
    assert (await me.get(f"/applications/{script}"))["shop_name"] == "<script>alert(1)</sc"


async def test_a_replayed_key_makes_one_application(world: World) -> None:
    me = await applicant(world)
    body = {"market": "wechat", "subject": "ENTERPRISE", "categories": ["pet"], "shop_name": "店"}
    named = key()
    first = await me.browser.post("/api/v1/applications", json=body, headers=named)
    second = await me.browser.post("/api/v1/applications", json=body, headers=named)
    assert first.json() == second.json()
    other = await me.browser.post(
        "/api/v1/applications", json={**body, "shop_name": "别店"}, headers=named
    )
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert len((await me.get("/applications"))["items"]) == 1
