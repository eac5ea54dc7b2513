"""The pages of the catalogue, as merchants and reviewers use them."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from tests.world.goods import FULL, drafted_product, sheet
from tests.world.merchants import picture
from tests.world.shops import Keeper, browser_of, keeper

from xiaodian import accounts, catalog
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World

GOOD = ["1", "纯棉四件套", "居家", "床品件套", "919.00", "899.00", FULL]
BARE = ["2", "色织四件套", "居家", "床品件套", "919.00", "899.00", '{"产地": "中国"}']
SKUS = [["1", "1-1", "规格:标准", "899.00", "100"], ["2", "2-1", "规格:标准", "899.00", "9"]]
SKUS += [["2", "2-2", "规格:大", "3,000.00", "9"]]


class Shopkeeper:
    """A merchant's browser, and a reviewer's."""

    def __init__(self, world: World, kept: Keeper, reviewer: httpx.AsyncClient) -> None:
        self.world, self.kept, self.reviewer = world, kept, reviewer
        self.home = f"/merchant/shops/{kept.shop.id}"

    async def get(self, path: str, *, at: httpx.AsyncClient | None = None) -> str:
        response = await (at or self.kept.browser).get(path)
        assert response.status_code == 200, response.text
        return response.text

    async def post(
        self, page: str, action: str, *, at: httpx.AsyncClient | None = None, **fields: object
    ) -> httpx.Response:
        """Send the form of a page as a browser would: with the key that was drawn into it."""
        browser = at or self.kept.browser
        drawn = (await browser.get(page)).text
        form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', drawn, re.DOTALL)
        assert form, action
        key = re.search(r'name="_key" value="([^"]+)"', form[0])
        assert key, action
        files = fields.pop("files", None)
        return await browser.post(action, data={"_key": key[1], **fields}, files=files)


@pytest.fixture
async def at(world: World) -> Shopkeeper:
    kept = await keeper(world)
    async with world.db.reading(actor=SYSTEM) as tx:
        reviewer = await accounts.find_account(tx, "operator", "reviewer@example.com")
    assert reviewer is not None
    return Shopkeeper(world, kept, await browser_of(world, reviewer.id, "operator"))


async def product_ids(at: Shopkeeper) -> dict[str, int]:
    async with at.world.db.reading(actor=SYSTEM) as tx:
        rows = await tx.rows("SELECT id, number FROM products ORDER BY id")
    return {row["number"]: row["id"] for row in rows}


async def test_from_sheet_to_buyers(at: Shopkeeper) -> None:
    imports = f"{at.home}/imports"
    assert "还没有导入过" in await at.get(imports)
    files = {"files": ("p.xlsx", sheet([GOOD, BARE], SKUS))}
    sent = await at.post(imports, imports, files=files)
    assert sent.status_code == 303, sent.text
    run = sent.headers["location"]
    assert "正在导入" in await at.get(run)
    await at.world.run_jobs()
    result = await at.get(run)
    assert "2-2" in result
    assert "¥3,000.00" in result
    assert "A-PRD-02" in result
    progress = await at.kept.browser.get(f"{run}/progress")
    assert progress.headers["hx-refresh"] == "true"
    report = await at.kept.browser.get(f"{run}/report")
    book = load_workbook(io.BytesIO(report.content))
    rows = [[cell.value for cell in row] for row in book["products"].iter_rows()]
    assert rows[0][-1] == "导入结果"
    assert rows[1][-1] == "已导入"
    assert rows[2][-1].startswith("待补资料：")
    assert "未导入：" in [[c.value for c in row] for row in book["skus"].iter_rows()][3][-1]

    listed = await at.get(f"{at.home}/products")
    assert "纯棉四件套" in listed
    assert "待补 2 项" in listed
    questions = f"{at.home}/questions"
    page = await at.get(questions)
    assert "床品件套" in page
    answered = await at.post(
        questions, questions, question="shelf_life", category="bedding_set", value="NOT_APPLICABLE"
    )
    assert answered.headers["location"] == f"{questions}?answered=1&unfit=0"
    assert "已回答 1 件商品" in await at.get(answered.headers["location"])
    await at.post(
        questions, questions, question="product_standard_no", category="bedding_set", value="GB 1"
    )
    assert "没有待补的资料" in await at.get(questions)
    handed_in = await at.post(questions, f"{at.home}/products/submissions")
    assert "submitted=2" in handed_in.headers["location"]

    queue = await at.get("/operator/products", at=at.reviewer)
    assert "纯棉四件套" in queue
    ids = await product_ids(at)
    approved = await at.post(
        "/operator/products",
        "/operator/products/approvals",
        at=at.reviewer,
        product=[str(number) for number in ids.values()],
    )
    assert approved.headers["location"] == "/operator/products?approved=2&held=0"
    assert "没有待审核的商品" in await at.get("/operator/products", at=at.reviewer)
    async with at.world.db.reading(actor=SYSTEM) as tx:
        assert {card.title for card in await catalog.search_products(tx, "四件套")} == {
            "纯棉四件套",
            "色织四件套",
        }


async def test_editing_answering_and_being_reviewed(at: Shopkeeper) -> None:
    async with at.world.db.transaction(actor=SYSTEM) as tx:
        product_id = await drafted_product(
            tx, at.kept.shop, attributes={"product_standard_no": "GB 1"}
        )
    home = f"{at.home}/products/{product_id}"
    page = await at.get(home)
    assert "请填写保质期" in page
    assert re.search(r"disabled[^>]*>[^<]*(<svg.*?</svg>)?提交审核", page)
    for question, value in (("shelf_life", "NOT_APPLICABLE"), ("origin", "中国")):
        sent = await at.post(home, f"{home}/answers", question=question, value=value)
        assert sent.status_code == 303
    wrong = await at.post(home, home, title="", category="bedding_set", revision="3")
    assert wrong.status_code == 422
    assert "请填写标题" in wrong.text
    kept = {
        "title": "改了标题的四件套",
        "category": "bedding_set",
        "market_price": "919.00",
        "sale_price": "899.00",
        "attribute:product_standard_no": "GB 1",
        "attribute:shelf_life": "不适用",
        "attribute:origin": "中国",
        "new_attribute": "material",
        "new_value": "棉",
        "revision": "3",
    }
    skus = {
        "sku_number": ["1001-1", "1001-2", "", ""],
        "sku_spec": ["颜色:白", "颜色:灰", "", ""],
        "sku_price": ["899.00", "1", "", ""],
        "sku_stock": ["10", "12", "", ""],
        "sku_seen": ["10", "10", "", ""],
    }
    odd = await at.post(home, home, **kept, **{**skus, "sku_price": ["约900", "1", "", ""]})
    assert odd.status_code == 422
    assert "约900" in odd.text
    async with at.world.db.transaction(actor=SYSTEM) as tx:
        await catalog.set_stock(tx, product_id, {"1001-1": 3, "1001-2": 3})
    saved = await at.post(home, home, **kept, **skus)
    assert saved.status_code == 303, saved.text
    async with at.world.db.reading(actor=SYSTEM) as tx:
        rows = await tx.rows("SELECT number, stock FROM skus ORDER BY number")
    # What was not typed anew stays as it was sold meanwhile.
    assert [tuple(row.values()) for row in rows] == [("1001-1", 3), ("1001-2", 12)]
    stale = await at.post(home, home, **kept, **skus)
    assert stale.status_code == 409
    assert "商品已被修改" in stale.text
    assert "改了标题的四件套" in await at.get(home)
    assert (await at.post(home, f"{home}/submit")).status_code == 303
    locked = await at.get(home)
    assert "撤回审核" in locked

    review = f"/operator/products/{product_id}"
    page = await at.get(review, at=at.reviewer)
    assert "自动检查没有发现问题" in page
    rejected = await at.post(
        review, f"{review}/reject", at=at.reviewer, reasons="价格不对\n标题不清", revision="4"
    )
    assert rejected.status_code == 303
    page = await at.get(home)
    assert "价格不对" in page
    assert "标题不清" in page


async def test_a_refused_approval_says_why(at: Shopkeeper) -> None:
    async with at.world.db.transaction(actor=SYSTEM) as tx:
        product_id = await drafted_product(
            tx, at.kept.shop, title="海洋之心永生花", category="home_decor"
        )
        await catalog.submit(tx, product_id)
    review = f"/operator/products/{product_id}"
    stands = await at.post(review, f"{review}/approve", at=at.reviewer, revision="1")
    assert stands.status_code == 409
    assert "标题更像“鲜花绿植”" in stands.text
    done = await at.post(
        review,
        f"{review}/approve",
        at=at.reviewer,
        revision="1",
        **{"overrule:CATEGORY_MISMATCH": "装饰用"},
    )
    assert done.status_code == 303
    home = f"{at.home}/products/{product_id}"
    assert (await at.post(home, f"{home}/take-down")).status_code == 303
    assert (await at.post(home, f"{home}/list")).status_code == 303
    assert (await at.post(home, f"{home}/take-down")).status_code == 303
    assert (await at.post(home, f"{home}/delete")).headers["location"] == f"{at.home}/products"


async def test_pictures_and_papers(at: Shopkeeper) -> None:
    new = f"{at.home}/products/new"
    made = await at.post(
        new, new, number="9", title="绿豆糕", category="pastry", market_price="30", sale_price="20"
    )
    assert made.status_code == 303, made.text
    home = made.headers["location"]
    sent = await at.post(home, f"{home}/pictures", files={"pictures": ("a.png", picture())})
    assert sent.status_code == 303
    (address,) = set(re.findall(r"/pictures/\d+", await at.get(home)))
    shown = await at.world.client().get(address)
    assert shown.headers["content-type"] == "image/jpeg"
    assert "sandbox" in shown.headers["content-security-policy"]
    bad = await at.post(home, f"{home}/pictures", files={"pictures": ("a.png", b"no picture")})
    assert bad.status_code == 415
    paper = await at.post(
        home,
        f"{home}/papers",
        code="quality_report",
        number="Q1",
        issuer="检测中心",
        holder="示例商贸有限公司",
        valid_until="2026-01-01",
        files={"file": ("q.png", picture())},
    )
    assert paper.status_code == 303, paper.text
    page = await at.get(home)
    (place,) = set(re.findall(rf"{at.home}/papers/\d+", page))
    assert (await at.kept.browser.get(place)).status_code == 200
    paper_id = place.rsplit("/", 1)[-1]
    assert (await at.kept.browser.get(f"/pictures/{paper_id}")).status_code == 404
    assert (await at.reviewer.get(f"/operator/papers/{paper_id}")).status_code == 200
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made_zip:
        made_zip.writestr("9.png", picture("#123456"))
    imports = f"{at.home}/imports"
    run = await at.post(
        imports, f"{imports}/pictures", files={"archive": ("p.zip", archive.getvalue())}
    )
    await at.world.run_jobs()
    assert "有了图片的商品" in await at.get(run.headers["location"])
    refused = await at.post(
        imports, f"{imports}/pictures", files={"archive": ("p.zip", b"no archive")}
    )
    assert refused.status_code == 422


async def test_what_cannot_be_imported_is_said_on_the_page(at: Shopkeeper) -> None:
    imports = f"{at.home}/imports"
    for name, data, status in (
        ("x.xlsx", b"%PDF-1.7", 415),
        ("x.csv", "货号,标题\n1,x\n".encode(), 422),
        ("x.csv", b"\xff\xff", 422),
    ):
        sent = await at.post(imports, imports, files={"files": (name, data)})
        assert sent.status_code == status
        assert 'role="alert"' in sent.text
    assert (await at.post(imports, imports)).status_code == 422
    questions = f"{at.home}/questions"
    mapping = {"mapping": ("m.toml", b'[categories]\nx = "tea"')}
    sent = await at.post(questions, f"{questions}/mapping", files=mapping)
    assert sent.headers["location"] == f"{questions}?mapped=0"
    wrong = {"mapping": ("m.toml", b"[[")}
    assert (await at.post(questions, f"{questions}/mapping", files=wrong)).status_code == 422


async def test_pages_are_not_for_strangers(at: Shopkeeper) -> None:
    async with at.world.db.transaction(actor=SYSTEM) as tx:
        product_id = await drafted_product(tx, at.kept.shop)
    other = await keeper(at.world, phone="13900139002", name="另一店", market="douyin")
    pages = [
        f"{at.home}/products",
        f"{at.home}/products/new",
        f"{at.home}/products/{product_id}",
        f"{at.home}/imports",
        f"{at.home}/imports/1",
        f"{at.home}/questions",
        f"/merchant/shops/{other.shop.id}/products/{product_id}",
        "/merchant/shops/x/products",
    ]
    for page in pages:
        assert (await other.browser.get(page)).status_code == 404, page
        assert (await at.world.client().get(page)).status_code in {303, 401}
    for page in ("/operator/products", f"/operator/products/{product_id}"):
        assert (await other.browser.get(page)).status_code in {303, 401}


async def test_one_paper_serves_a_whole_category(at: Shopkeeper) -> None:
    cakes = [[str(n), f"绿豆糕{n}", "饮食", "糕点", "30", "20", FULL] for n in range(3)]
    imports, questions = f"{at.home}/imports", f"{at.home}/questions"
    await at.post(imports, imports, files={"files": ("p.xlsx", sheet(cakes, []))})
    await at.world.run_jobs()
    assert "先在任一商品页上传" in await at.get(questions)
    home = f"{at.home}/products/{(await product_ids(at))['0']}"
    paper = {"code": "quality_report", "number": "Q1", "issuer": "检测中心", "holder": "示例厂"}
    wrong = await at.post(
        home,
        f"{home}/papers",
        **{**paper, "valid_until": "明年"},
        files={"file": ("q.png", picture())},
    )
    assert wrong.status_code == 422
    assert "有效期不正确" in wrong.text
    await at.post(home, f"{home}/papers", **paper, files={"file": ("q.png", picture())})
    page = await at.get(questions)
    (paper_id,) = set(re.findall(r'<option value="(\d+)">质检报告', page))
    done = await at.post(questions, f"{questions}/papers", category="pastry", paper=paper_id)
    assert "answered=2" in done.headers["location"]
    assert "质检报告" not in await at.get(questions)
