"""The catalogue's JSON doors, with one's own key and with somebody else's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.world.goods import FULL, sheet
from tests.world.merchants import picture
from tests.world.shops import Keeper, browser_of, keeper, key

from xiaodian import accounts, catalog, merchants
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World

SKU = {"number": "1001-1", "spec": "颜色:白", "price_fen": 89_900, "stock": 10}
ATTRIBUTES = {"product_standard_no": "GB/T 22844", "shelf_life": "不适用", "origin": "中国"}
DRAFT: dict[str, Any] = {
    "number": "1001",
    "title": "色织水洗棉四件套",
    "category": "bedding_set",
    "market_price_fen": 91_900,
    "sale_price_fen": 89_900,
    "attributes": ATTRIBUTES,
    "skus": [SKU],
}


class Doors:
    """The doors of a shop, as its owner and as a reviewer."""

    def __init__(self, world: World, kept: Keeper, reviewer: httpx.AsyncClient) -> None:
        self.world, self.kept, self.reviewer = world, kept, reviewer
        for browser in (kept.browser, reviewer):
            browser.headers["accept"] = "application/json"
        self.shop = f"/api/v1/shops/{kept.shop.id}"

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        at: httpx.AsyncClient | None = None,
        status: int = 200,
        **more: Any,
    ) -> Any:
        """Write something, and expect a status; answers the JSON."""
        browser = at or self.kept.browser
        path = path if path.startswith("/") else f"{self.shop}/{path}"
        if body is not None:
            more["json"] = body
        answered = await browser.request(method, path, headers=key(), **more)
        assert answered.status_code == status, answered.text
        return answered.json()

    async def get(self, path: str, *, status: int = 200) -> Any:
        answered = await self.kept.browser.get(f"{self.shop}/{path}")
        assert answered.status_code == status, answered.text
        return answered.json()

    async def make(self, **changes: Any) -> str:
        made = await self.send("POST", "products", {**DRAFT, **changes}, status=201)
        return made["id"]

    async def refuse(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """Write something that is refused; answers the problem."""
        status = more.pop("status", 409)
        return await self.send(method, path, body, status=status, **more)

    async def review(self, product: str, body: object, act: str = "approve", **more: Any) -> Any:
        path = f"/api/v1/product-reviews/{product}/{act}"
        return await self.send("POST", path, body, at=self.reviewer, **more)


async def doors_of(world: World, **changes: str) -> Doors:
    kept = await keeper(world, **changes)
    async with world.db.reading(actor=SYSTEM) as tx:
        reviewer = await accounts.find_account(tx, "operator", "reviewer@example.com")
    assert reviewer is not None
    return Doors(world, kept, await browser_of(world, reviewer.id, "operator"))


@pytest.fixture
async def doors(world: World) -> Doors:
    return await doors_of(world)


@pytest.mark.req("A-PRD-01", market="wechat")
@pytest.mark.req("A-PRD-04", market="wechat")
@pytest.mark.req("W-PRD-06")
async def test_a_product_has_two_copies(doors: Doors) -> None:
    product = await doors.make()
    home = f"products/{product}"
    await doors.send("POST", f"{home}/submit")
    locked = await doors.refuse("PATCH", home, {"title": "别的四件套"})
    assert locked["code"] == "DRAFT_LOCKED"
    drafted = await doors.send("POST", f"{home}/withdraw")
    assert drafted["edit_status"] == "EDITING"
    await doors.send("POST", f"{home}/submit")
    await doors.review(product, {"revision": drafted["revision"]})
    online = await doors.get(home)
    assert (online["edit_status"], online["status"]) == ("AUDIT_PASSED", "ONLINE")
    assert "test_report" not in online["attributes"]
    edited = await doors.send("PATCH", home, {"title": "别的四件套"})
    assert (edited["title"], edited["online_title"]) == ("别的四件套", "色织水洗棉四件套")
    async with doors.world.db.reading(actor=SYSTEM) as tx:
        assert (await catalog.get_offer(tx, int(product))).title == "色织水洗棉四件套"
    await doors.send("PUT", f"{home}/stock", {"stocks": {"1001-1": 0}})
    assert (await doors.get(home))["status"] == "SOLD_OUT"
    await doors.send("POST", f"{home}/take-down")
    await doors.send("POST", f"{home}/list")
    await doors.send("POST", f"{home}/take-down")
    await doors.send("DELETE", home)
    await doors.get(home, status=404)


@pytest.mark.req("W-PRD-05")
@pytest.mark.req("W-PRD-01")
@pytest.mark.req("A-PRD-02", market="wechat")
async def test_what_wechat_demands_before_review(doors: Doors) -> None:
    product = await doors.make(attributes={}, skus=[])
    home = f"products/{product}"
    denied = await doors.refuse("POST", f"{home}/submit")
    assert (denied["code"], denied["facts"]["key"]) == ("ATTR_REQUIRED", "product_standard_no")
    assert denied["facts"]["rule"] == "W-PRD-05"
    for asked, value in ATTRIBUTES.items():
        answer = {"key": asked, "value": value}
        await doors.send("POST", f"{home}/answers", answer)
    assert (await doors.refuse("POST", f"{home}/submit"))["code"] == "SKU_COUNT"
    many = [{**SKU, "number": f"x-{n}"} for n in range(501)]
    await doors.send("PATCH", home, {"skus": many})
    assert (await doors.refuse("POST", f"{home}/submit"))["code"] == "SKU_COUNT"
    await doors.send("PATCH", home, {"skus": [{**SKU, "price_fen": 91_901}]})
    assert (await doors.refuse("POST", f"{home}/submit"))["code"] == "PRICE_ABOVE_MARKET"
    await doors.send("PATCH", home, {"skus": [SKU], "title": "ABC 123"})
    assert (await doors.refuse("POST", f"{home}/submit"))["code"] == "TITLE_NEEDS_WORDS"
    unknown = {"title": "四件套", "attributes": {"椅轮": "PA"}}
    await doors.send("PATCH", home, unknown)
    denied = await doors.refuse("POST", f"{home}/submit")
    assert (denied["code"], denied["facts"]["rule"]) == ("ATTR_UNKNOWN", "W-PRD-01")
    await doors.send("PATCH", home, {"attributes": {"椅轮": "", "grade": "超一流"}})
    assert (await doors.refuse("POST", f"{home}/submit"))["code"] == "ATTR_VALUE"
    await doors.send("PATCH", home, {"attributes": {"grade": "一等品"}})
    await doors.send("POST", f"{home}/submit")


@pytest.mark.req("W-PRD-09")
async def test_food_is_controlled_by_two_certificates(doors: Doors) -> None:
    product = await doors.make(
        title="绿茶蛋黄酥糕点", category="pastry", attributes={**ATTRIBUTES, "shelf_life": "60天"}
    )
    home = f"products/{product}"
    papers: list[str] = []
    for code in ("food_production_licence", "quality_report"):
        denied = await doors.refuse("POST", f"{home}/submit")
        assert (denied["code"], denied["facts"]["rule"]) == ("DUAL_CERT", "W-PRD-09")
        form = {"code": code, "number": "SC1", "issuer": "监管局", "holder": "示例商贸有限公司"}
        files = {"file": ("p.png", picture())}
        made = await doors.send("POST", "papers", data=form, files=files, status=201)
        papers.append(made["id"])
        attach = {"product_ids": [product]}
        await doors.send("POST", f"/api/v1/papers/{made['id']}/products", attach)
    await doors.send("POST", f"{home}/submit")
    stands = await doors.review(product, {}, status=409)
    assert stands["facts"]["codes"] == ["DOC_UNCHECKED", "DOC_UNCHECKED"]
    check = f"/api/v1/papers/{papers[0]}/check"
    await doors.send("POST", check, {"genuine": True}, at=doors.kept.browser, status=401)
    bare = await doors.send("POST", check, {"genuine": False}, at=doors.reviewer, status=422)
    assert bare["code"] == "REASON_REQUIRED"
    for paper in papers:
        genuine = {"genuine": True}
        await doors.send("POST", f"/api/v1/papers/{paper}/check", genuine, at=doors.reviewer)
    await doors.review(product, {})
    forged = {"genuine": False, "why": "编号查无此证"}
    await doors.send("POST", check, forged, at=doors.reviewer)
    found = await doors.get("papers")
    assert [paper["state"] for paper in found["items"]] == ["GENUINE", "FORGED"]


@pytest.mark.req("W-PRD-03")
@pytest.mark.req("W-PRD-04")
async def test_review_looks_at_category_and_price(doors: Doors) -> None:
    for number in ("1001", "1002"):
        skus = [{**SKU, "number": f"{number}-1"}]
        product = await doors.make(number=number, skus=skus)
        await doors.send("POST", f"products/{product}/submit")
        await doors.review(product, {})
    cheap = {"number": "1003", "sale_price_fen": 100}
    cheap["skus"] = [{**SKU, "number": "1003-1", "price_fen": 100}]
    product = await doors.make(**cheap)
    await doors.send("POST", f"products/{product}/submit")
    stands = await doors.review(product, {}, status=409)
    (finding,) = stands["facts"]["findings"]
    assert (finding["code"], finding["rule"]) == ("PRICE_UNREASONABLE", "W-PRD-04")
    await doors.review(product, {"overruled": {"PRICE_UNREASONABLE": "引流价，已核实"}})
    skus = [{**SKU, "number": "1004-1"}]
    product = await doors.make(number="1004", title="一级绿茶茶叶", skus=skus)
    await doors.send("POST", f"products/{product}/submit")
    stands = await doors.review(product, {}, status=409)
    (finding,) = stands["facts"]["findings"]
    assert (finding["code"], finding["rule"]) == ("CATEGORY_MISMATCH", "W-PRD-03")
    await doors.review(product, {"reasons": []}, "reject", status=422)
    await doors.review(product, {"reasons": ["类目不符"]}, "reject")
    found = await doors.get(f"products/{product}")
    assert found["edit_status"] == "AUDIT_FAILED"
    assert found["reviews"][0]["reasons"] == ["类目不符"]


@pytest.mark.req("D-PRD-03")
@pytest.mark.req("D-PRD-04")
@pytest.mark.req("D-PRD-02")
@pytest.mark.req("D-PRD-01")
@pytest.mark.req("A-PRD-02", market="douyin")
async def test_what_douyin_demands(world: World) -> None:
    doors = await doors_of(world, market="douyin")
    product = await doors.make(title="ABC", category="audio", attributes={}, brand="某品牌")
    home = f"products/{product}"
    asked = {one["key"]: one["code"] for one in (await doors.get(home))["questions"]}
    assert asked == {
        "title": "TITLE_NEEDS_WORDS",
        "manufacturer": "ATTR_REQUIRED",
        "brand_model": "ATTR_REQUIRED",
        "document:ccc_certificate": "CCC_REQUIRED",
    }
    attributes = {"manufacturer": "示例电子厂", "brand_model": "某品牌 A1"}
    changes = {"title": "全国第一的耳机", "attributes": attributes}
    await doors.send("PATCH", home, changes)
    assert (await doors.refuse("POST", f"{home}/submit"))["code"] == "CCC_REQUIRED"
    form = {"code": "ccc_certificate", "number": "C1", "issuer": "认证中心", "holder": "示例厂"}
    files = {"file": ("p.png", picture())}
    paper = await doors.send("POST", "papers", data=form, files=files, status=201)
    attach = {"product_ids": [product]}
    await doors.send("POST", f"/api/v1/papers/{paper['id']}/products", attach)
    await doors.send("POST", f"{home}/submit")
    stands = await doors.review(product, {}, status=409)
    rules = {finding["code"]: finding["rule"] for finding in stands["facts"]["findings"]}
    assert rules == {"AD_LAW": "D-PRD-02", "BRAND_CHAIN_BROKEN": "D-PRD-01"}
    set_aside = {"overruled": {"AD_LAW": "x", "BRAND_CHAIN_BROKEN": "x"}}
    await doors.review(product, set_aside, status=409)
    await doors.send("POST", f"{home}/withdraw")
    chain = [
        ("trademark_certificate", "商标局", "品牌方"),
        ("brand_auth", "品牌方", "总代理"),
        ("brand_auth", "总代理", "示例商贸有限公司"),
    ]
    for code, issuer, holder in chain:
        form = {"code": code, "number": "B1", "issuer": issuer, "holder": holder}
        paper = await doors.send("POST", "papers", data=form, files=files, status=201)
        await doors.send("POST", f"/api/v1/papers/{paper['id']}/products", attach)
    await doors.send("PATCH", home, {"title": "蓝牙耳机"})
    await doors.send("POST", f"{home}/submit")
    await doors.review(product, {})
    assert (await doors.get(home))["status"] == "ONLINE"


@pytest.mark.req("K-PRD-03")
@pytest.mark.req("K-PRD-04")
@pytest.mark.req("K-PRD-01")
async def test_what_kuaishou_demands(world: World) -> None:
    doors = await doors_of(world, market="kuaishou")
    product = await doors.make(title="纯棉男士内裤", category="underwear", attributes={})
    home = f"products/{product}"
    keys = {one["key"] for one in (await doors.get(home))["questions"]}
    assert keys == {"material", "usage_scene", "model_info"}
    attributes = {"material": "100%聚酯纤维", "usage_scene": "日常", "model_info": "身高180"}
    await doors.send("PATCH", home, {"attributes": attributes})
    await doors.send("POST", f"{home}/submit")
    stands = await doors.review(product, {}, status=409)
    assert stands["facts"]["codes"] == ["DESC_INCONSISTENT"]
    await doors.send("POST", f"{home}/withdraw")
    await doors.send("PATCH", home, {"attributes": {"material": "95%棉 5%氨纶"}})
    await doors.send("POST", f"{home}/submit")
    await doors.review(product, {})


@pytest.mark.req("X-PRD-03")
@pytest.mark.req("X-PRD-04")
async def test_what_xiaohongshu_demands(world: World) -> None:
    doors = await doors_of(world, market="xiaohongshu")
    product = await doors.make(attributes={})
    home = f"products/{product}"
    keys = {one["key"] for one in (await doors.get(home))["questions"]}
    assert keys == {"trial_impression", "celebrity_label"}
    attributes = {"trial_impression": "很软", "celebrity_label": "YES"}
    await doors.send("PATCH", home, {"attributes": attributes})
    assert (await doors.refuse("POST", f"{home}/submit"))["code"] == "CELEBRITY_AUTH"
    await doors.send("PATCH", home, {"attributes": {"celebrity_label": "NO"}})
    denied = await doors.refuse("POST", f"{home}/submit")
    assert (denied["code"], denied["facts"]["rule"]) == ("NOTE_IRRELEVANT", "X-PRD-01")


async def test_a_frozen_shop_publishes_nothing(doors: Doors) -> None:
    """The flag itself is laid by violations; here only what it stops is proved."""
    product = await doors.make()
    async with doors.world.db.transaction(actor=SYSTEM) as tx:
        shop_id = doors.kept.shop.id
        await merchants.set_flag(tx, shop_id, merchants.Flag.PUBLISH_FROZEN, why="累计三次违规")
    denied = await doors.refuse("POST", f"products/{product}/submit")
    assert (denied["code"], denied["facts"]["standing"]) == ("SHOP_CANNOT_LIST", "PUBLISH_FROZEN")


async def test_imports_over_http(doors: Doors) -> None:
    good = ["1", "纯棉四件套", "居家", "床品件套", "919.00", "899.00", FULL]
    bad = ["2", "", "居家", "床品件套", "919.00", "899.00", ""]
    upload = {"files": ("p.xlsx", sheet([good, bad], [["1", "1-1", "", "899", "9"]]))}
    made = await doors.send("POST", "imports", files=upload, status=202)
    run = f"imports/{made['id']}"
    assert (await doors.get(run))["state"] == "WAITING"
    running = await doors.kept.browser.get(f"{doors.shop}/{run}/report")
    assert running.json()["code"] == "IMPORT_RUNNING"
    await doors.world.run_jobs()
    found = await doors.get(run)
    assert (found["state"], found["report"]["drafts"]) == ("DONE", 1)
    assert found["report"]["refused"][0]["faults"][0]["code"] == "TITLE_MISSING"
    report = await doors.kept.browser.get(f"{doors.shop}/{run}/report")
    assert report.headers["content-disposition"].endswith('.xlsx"')
    listed = await doors.get("imports")
    assert [one["id"] for one in listed["items"]] == [made["id"]]
    groups = await doors.get("questions")
    assert groups["items"] == []
    ready = await doors.send("POST", "submissions")
    assert len(ready["done"]) == 1
    many = {"product_ids": ready["done"]}
    path = "/api/v1/product-reviews/approvals"
    decided = await doors.send("POST", path, many, at=doors.reviewer)
    assert decided == {"done": ready["done"], "refused": []}


async def test_many_questions_are_answered_at_once(doors: Doors) -> None:
    for number in ("1", "2"):
        skus = [{**SKU, "number": f"{number}-1"}]
        await doors.make(number=number, attributes={}, skus=skus)
    (group, *_) = (await doors.get("questions?key=origin"))["items"]
    assert (group["category"], group["count"]) == ("bedding_set", 2)
    answer = {"key": "origin", "value": "中国", "where": {"category": "bedding_set"}}
    assert (await doors.send("POST", "answers", answer))["answered"] == 2
    wrong = {"key": "shelf_life", "value": "", "where": {}}
    report = await doors.send("POST", "answers", wrong)
    assert (report["answered"], report["refused"]) == (0, 2)


BAD: list[tuple[str, str, object, int, str]] = [
    ("POST", "products", {**DRAFT, "title": 5}, 422, "INVALID_REQUEST"),
    ("POST", "products", {**DRAFT, "surprise": 1}, 422, "INVALID_REQUEST"),
    ("POST", "products", {**DRAFT, "market_price_fen": "919"}, 422, "INVALID_REQUEST"),
    ("POST", "products", {**DRAFT, "market_price_fen": -1}, 422, "INVALID_REQUEST"),
    ("POST", "products", {**DRAFT, "title": "x" * 400}, 422, "FIELD_TOO_LONG"),
    ("POST", "products", {**DRAFT, "title": "a\u0000b"}, 422, "FIELD_TOO_LONG"),
    ("POST", "products", {**DRAFT, "number": "' OR 1=1 --", "title": ""}, 422, "FIELD_MISSING"),
    ("POST", "products", {**DRAFT, "category": "<script>"}, 422, "FIELD_REFUSED"),
    ("POST", "products/404/submit", None, 404, "PRODUCT_NOT_FOUND"),
    ("POST", "products/x/submit", None, 404, "PRODUCT_NOT_FOUND"),
    ("GET", "products?size=0", None, 422, "INVALID_REQUEST"),
    ("GET", "products?cursor=zzz", None, 422, "BAD_CURSOR"),
    ("GET", "imports/404", None, 404, "IMPORT_NOT_FOUND"),
    ("POST", "imports", None, 422, "FIELD_MISSING"),
    ("POST", "papers", None, 422, "FIELD_MISSING"),
    ("POST", "/api/v1/papers/404/products", {"product_ids": ["1"]}, 404, "PAPER_NOT_FOUND"),
    ("POST", "/api/v1/papers/404/products", {"product_ids": ["x"]}, 404, "PRODUCT_NOT_FOUND"),
]


async def test_bad_input_is_refused_by_name(doors: Doors) -> None:
    for method, path, body, status, code in BAD:
        found = await doors.send(method, path, body, status=status)
        assert found["code"] == code, (method, path)


async def test_a_write_needs_a_key_and_is_done_once(doors: Doors) -> None:
    path = f"{doors.shop}/products"
    keyless = await doors.kept.browser.post(path, json=DRAFT)
    assert keyless.json()["code"] == "IDEMPOTENCY_KEY_REQUIRED"
    named = key()
    first = await doors.kept.browser.post(path, json=DRAFT, headers=named)
    again = await doors.kept.browser.post(path, json=DRAFT, headers=named)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await doors.kept.browser.post(path, json={**DRAFT, "title": "x"}, headers=named)
    assert other.json()["code"] == "IDEMPOTENCY_KEY_REUSED"
    broken = await doors.kept.browser.post(
        path, content=b"{", headers={**key(), "content-type": "application/json"}
    )
    assert (broken.status_code, broken.json()["code"]) == (400, "MALFORMED")


async def test_every_door_with_somebody_else_s_key(doors: Doors) -> None:
    product = await doors.make()
    other = await doors_of(doors.world, phone="13900139002", name="另一店", market="douyin")
    stranger, home = other.kept.browser, f"{doors.shop}/products/{product}"
    form = {"code": "x", "number": "1", "issuer": "x", "holder": "x"}
    png = {"file": ("p.png", picture())}
    paper = await doors.send("POST", "papers", data=form, files=png, status=201)
    attach = f"/api/v1/papers/{paper['id']}/products"
    doors_tried = [
        ("GET", f"{doors.shop}/products", None),
        ("POST", f"{doors.shop}/products", DRAFT),
        ("GET", home, None),
        ("PATCH", home, {"title": "x"}),
        ("DELETE", home, None),
        ("PUT", f"{home}/stock", {"stocks": {"1001-1": 1}}),
        ("POST", f"{home}/answers", {"key": "origin", "value": "x"}),
        ("POST", f"{home}/submit", None),
        ("POST", f"{home}/withdraw", None),
        ("POST", f"{home}/take-down", None),
        ("POST", f"{home}/list", None),
        ("POST", f"{doors.shop}/submissions", None),
        ("GET", f"{doors.shop}/questions", None),
        ("POST", f"{doors.shop}/answers", {"key": "origin", "value": "x"}),
        ("GET", f"{doors.shop}/imports", None),
        ("GET", f"{doors.shop}/papers", None),
        ("POST", attach, {"product_ids": [product]}),
        ("PATCH", f"{other.shop}/products/{product}", {"title": "x"}),
    ]
    for method, path, body in doors_tried:
        content = {"json": body} if body is not None else {}
        answered = await stranger.request(method, path, headers=key(), **content)
        assert answered.status_code == 404, (method, path, answered.text)
        nobody = await doors.world.client().request(
            method, path, headers={**key(), "accept": "application/json"}, **content
        )
        assert nobody.status_code == 401, (method, path, nobody.text)
    for path in ("approve", "reject"):
        body = {"reasons": ["x"]} if path == "reject" else {}
        answered = await stranger.post(
            f"/api/v1/product-reviews/{product}/{path}", json=body, headers=key()
        )
        assert answered.status_code == 401
    assert (await stranger.get("/api/v1/product-reviews")).status_code == 401
    assert json.loads((await doors.kept.browser.get(home)).text)["title"] == DRAFT["title"]
