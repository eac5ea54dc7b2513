"""Imports on a real database: drafts and questions come of rows, twice is once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.world.goods import FULL, drafted_product, open_shop, runtime_of, sheet
from tests.world.merchants import acting, merchant_account

from xiaodian import catalog, merchants
from xiaodian.catalog import jobs, queries
from xiaodian.catalog.errors import SheetColumnMissing
from xiaodian.catalog.rules.mapping import Words
from xiaodian.infra.db import SYSTEM, Database
from xiaodian.infra.files import Store
from xiaodian.infra.sheets import NotASheet, write_csv
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.paging import PageRequest
from xiaodian.rulebooks import Denied

if TYPE_CHECKING:
    from pathlib import Path

    from xiaodian.merchants import ShopView

GOOD = ["1", "纯棉四件套", "居家", "床品件套", "919.00", "899.00", FULL]
GOOD_SKU = ["1", "1-1", "规格:标准", "899.00", "100"]


class Importer:
    """Imports into one shop, as its owner."""

    def __init__(self, db: Database, home: Path) -> None:
        self.db = db
        self.store = Store(home / "files")
        self.runtime = runtime_of(db, self.store, home)
        self.shop: ShopView

    async def open(self, **changes: object) -> Importer:
        async with self.db.transaction(actor=SYSTEM) as tx:
            self.shop = await open_shop(tx, self.store, **changes)
        return self

    async def send(self, *uploads: catalog.Upload, **more: Any) -> dict[str, Any]:
        async with self.db.transaction(actor=SYSTEM) as tx:
            with acting(tx, "merchant", self.shop.owner_id):
                run_id = await catalog.start_import(tx, self.store, self.shop.id, uploads, **more)
        await jobs.import_sheets(self.runtime, run_id)
        async with self.db.reading(actor=SYSTEM) as tx:
            run = await queries.get_run(tx, run_id)
        assert run.failure == ""
        assert run.state == "DONE"
        assert run.done_count == run.total_count
        return run.report

    async def rows(
        self, products: list[list[str]], skus: list[list[str]], **more: Any
    ) -> dict[str, Any]:
        return await self.send(catalog.Upload("p.xlsx", sheet(products, skus)), **more)

    async def state(self) -> list[tuple[object, ...]]:
        """Everything that an import could change."""
        async with self.db.reading(actor=SYSTEM) as tx:
            found: list[tuple[object, ...]] = []
            for table, order in (
                ("products", "id"),
                ("product_drafts", "product_id"),
                ("skus", "id"),
                ("product_questions", "product_id, key"),
                ("shop_words", "name"),
                ("product_answers", "id"),
            ):
                rows = await tx.rows(f"SELECT * FROM {table} ORDER BY {order}")
                found += [tuple(map(str, row.values())) for row in rows]
            return found

    async def view(self, number: str) -> queries.ProductView:
        async with self.db.reading(actor=SYSTEM) as tx:
            (row,) = await tx.rows("SELECT id FROM products WHERE number = :n", n=number)
            product, _ = await catalog.visible_product(tx, row["id"])
            return await queries.product_view(tx, product)


@pytest.fixture
async def importer(db: Database, tmp_path: Path) -> Importer:
    return await Importer(db, tmp_path).open()


def codes(report: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [(one["sheet"], one["row"], one["faults"][0]["code"]) for one in report["refused"]]


async def test_the_given_file_comes_in_and_twice_is_once(
    importer: Importer, shared_data: Path
) -> None:
    upload = catalog.Upload("products.xlsx", (shared_data / "products.xlsx").read_bytes())
    first = await importer.send(upload)
    assert (first["rows"], first["skus"], first["drafts"]) == (150, 155, 150)
    assert (first["created"], first["changed"], first["unchanged"]) == (150, 0, 0)
    assert codes(first) == [("skus", 156, "PRICE_ABOVE_MARKET")]
    assert first["refused"][0]["sku_no"] == "1181000-6"
    before = await importer.state()
    second = await importer.send(upload)
    assert (second["created"], second["changed"], second["unchanged"]) == (0, 0, 150)
    assert second["refused"] == first["refused"]
    assert await importer.state() == before
    async with importer.db.reading(actor=SYSTEM) as tx:
        counts = await catalog.product_counts(tx, importer.shop.id)
        assert counts["all"] == counts["open"] == counts["EDITING"] == 150
        groups = await queries.question_groups(tx, importer.shop.id, key="category")
        assert [(group.source, group.count) for group in groups] == [("居家/宠物", 14)]
    view = await importer.view("1181000")
    assert [sku.number for sku in view.skus] == [f"1181000-{n}" for n in range(1, 6)]


async def test_two_csv_files_say_the_same_as_the_workbook(
    importer: Importer, shared_data: Path
) -> None:
    uploads = [
        catalog.Upload(f"{name}.csv", (shared_data / f"{name}.csv").read_bytes())
        for name in ("products", "skus")
    ]
    first = await importer.send(*uploads)
    assert (first["drafts"], codes(first)) == (150, [("skus", 156, "PRICE_ABOVE_MARKET")])
    upload = catalog.Upload("products.xlsx", (shared_data / "products.xlsx").read_bytes())
    second = await importer.send(upload)
    assert (second["created"], second["changed"], second["unchanged"]) == (0, 0, 150)


async def test_good_rows_stand_beside_bad_ones(importer: Importer) -> None:
    report = await importer.rows(
        [GOOD, ["2", "", *GOOD[2:]], ["3", "毛巾", "居家", "别处", "30", "20", ""]],
        [GOOD_SKU, ["2", "2-1", "", "10", "5"], ["3", "3-1", "", "20", "很多"]],
    )
    assert (report["drafts"], codes(report)) == (2, [("products", 3, "TITLE_MISSING")])
    assert report["waiting_skus"] == ["2-1"]
    assert (await importer.view("1")).questions == ()
    keys = [question.key for question in (await importer.view("3")).questions]
    assert keys == ["category", "stock:3-1", "product_standard_no", "shelf_life", "origin"]
    assert (await importer.view("3")).skus[0].stock == 0


async def test_answers_and_edits_outlive_the_next_import(importer: Importer) -> None:
    bare = [*GOOD[:6], '{"椅轮": "PA"}']
    await importer.rows([bare], [GOOD_SKU])
    product_id = (await importer.view("1")).id
    async with importer.db.transaction(actor=SYSTEM) as tx:
        await catalog.answer(tx, product_id, "origin", "中国")
        await catalog.answer(tx, product_id, "attribute:椅轮", "DROP")
        await catalog.edit_product(tx, product_id, catalog.DraftChanges(title="手改的标题四件套"))
        await catalog.set_stock(tx, product_id, {"1-1": 7})
    before = await importer.state()
    assert (await importer.rows([bare], [GOOD_SKU]))["unchanged"] == 1
    assert await importer.state() == before
    dearer = [*bare[:4], "999.00", *bare[5:]]
    report = await importer.rows([dearer], [[*GOOD_SKU[:3], "898.00", "100"]])
    assert report["changed"] == 1
    view = await importer.view("1")
    assert (view.title, view.market_price_fen) == ("手改的标题四件套", 99_900)
    assert view.attributes == {"origin": "中国"}
    assert view.extra == {}
    assert [(sku.price_fen, sku.stock) for sku in view.skus] == [(89_800, 7)]
    restocked = [[*GOOD_SKU[:3], "898.00", "55"]]
    await importer.rows([dearer], restocked)
    assert [sku.stock for sku in (await importer.view("1")).skus] == [55]


async def test_what_the_sheet_takes_back_is_gone_and_what_it_adds_is_there(
    importer: Importer,
) -> None:
    await importer.rows([[*GOOD[:6], "材质:棉;产地:中国;椅轮:PA"]], [GOOD_SKU])
    await importer.rows([[*GOOD[:6], "材质:麻;保质期:3年"]], [GOOD_SKU])
    view = await importer.view("1")
    assert view.attributes == {"material": "麻", "shelf_life": "3年"}
    assert view.extra == {}


async def test_answers_come_with_the_import(importer: Importer) -> None:
    answers = [
        catalog.BulkAnswer("shelf_life", "不适用", catalog.Where(category="居家/床品件套")),
        catalog.BulkAnswer("origin", "NOT_APPLICABLE"),
        catalog.BulkAnswer("product_standard_no", "GB 1", catalog.Where(category="home")),
    ]
    bare, cake = [*GOOD[:6], ""], ["2", "绿豆糕", "饮食", "糕点", "30", "20", ""]
    report = await importer.rows([bare, cake], [GOOD_SKU], answers=answers)
    assert [(one["answered"], one["refused"]) for one in report["answers"]] == [
        (1, 0),
        (0, 2),
        (1, 0),
    ]
    view = await importer.view("1")
    assert view.attributes == {"shelf_life": "NOT_APPLICABLE", "product_standard_no": "GB 1"}
    assert {question.key for question in (await importer.view("2")).questions} >= {"shelf_life"}


async def test_a_mapping_answers_old_and_new_rows(importer: Importer) -> None:
    pet = ["2", "宠物窝", "居家", "宠物", "30", "20", '{"椅轮": "PA"}']
    await importer.rows([pet], [])
    assert (await importer.view("2")).category is None
    words = Words({"居家/宠物": "pet_bedding"}, {"椅轮": "craft"})
    other = ["3", "猫窝", "居家", "宠物", "30", "20", '{"椅轮": "PP"}']
    report = await importer.rows([pet, other], [], words=words)
    assert (report["created"], report["unchanged"]) == (1, 1)
    for number, craft in (("2", "PA"), ("3", "PP")):
        view = await importer.view(number)
        assert (view.category, view.attributes, view.extra) == ("pet_bedding", {"craft": craft}, {})


async def test_one_category_s_question_is_answered_in_bulk_and_remembered(
    importer: Importer,
) -> None:
    pets = [[str(n), f"宠物窝{n}", "居家", "宠物", "30", "20", ""] for n in range(3)]
    await importer.rows([*pets, [*GOOD[:6], ""]][:3], [])
    async with importer.db.transaction(actor=SYSTEM) as tx:
        where = catalog.Where(category="居家/宠物")
        report = await catalog.answer_many(
            tx, importer.shop, catalog.BulkAnswer("category", "pet_bedding", where)
        )
        assert (report.answered_count, report.refused_count) == (3, 0)
        again = await catalog.answer_many(
            tx, importer.shop, catalog.BulkAnswer("category", "pet_gear", where)
        )
        assert again.answered_count == 0
    await importer.rows([["9", "猫窝", "居家", "宠物", "30", "20", ""]], [])
    assert (await importer.view("9")).category == "pet_bedding"


async def test_a_draft_under_audit_is_held(importer: Importer) -> None:
    await importer.rows([GOOD], [GOOD_SKU])
    async with importer.db.transaction(actor=SYSTEM) as tx:
        with acting(tx, "merchant", importer.shop.owner_id):
            await catalog.submit(tx, (await importer.view("1")).id)
    assert (await importer.rows([GOOD], [GOOD_SKU]))["refused"] == []
    report = await importer.rows([[*GOOD[:1], "别的标题", *GOOD[2:]]], [[*GOOD_SKU[:3], "1", "1"]])
    assert codes(report) == [("products", 2, "DRAFT_LOCKED"), ("skus", 2, "DRAFT_LOCKED")]
    assert (await importer.view("1")).title == "纯棉四件套"


async def test_skus_alone_find_their_products_in_the_shop(importer: Importer) -> None:
    await importer.rows([GOOD], [GOOD_SKU])
    data = write_csv(
        [["product_no", "sku_no", "spec", "price", "stock"], ["1", "1-2", "", "9", "3"]]
    )
    report = await importer.send(catalog.Upload("skus.csv", data))
    assert (report["rows"], report["skus"], report["refused"]) == (0, 1, [])
    assert [sku.number for sku in (await importer.view("1")).skus] == ["1-1", "1-2"]


async def test_a_personal_shop_imports_one_by_one(db: Database, tmp_path: Path) -> None:
    importer = await Importer(db, tmp_path).open(subject="PERSONAL")
    with pytest.raises(Denied) as refused:
        await importer.rows([GOOD], [GOOD_SKU])
    assert (refused.value.code, refused.value.facts["rule"]) == ("ENTERPRISE_ONLY", "W-PRD-11")


async def test_other_markets_import_by_their_own_data(db: Database, tmp_path: Path) -> None:
    importer = await Importer(db, tmp_path).open(market="douyin", subject="PERSONAL")
    await importer.rows([GOOD], [GOOD_SKU])
    keys = {question.key for question in (await importer.view("1")).questions}
    assert keys == {"manufacturer", "brand_model"}


async def test_what_is_no_sheet_is_refused_at_once(importer: Importer) -> None:
    with pytest.raises(NotASheet):
        await importer.send(catalog.Upload("x.xlsx", b"%PDF-1.7"))
    with pytest.raises(SheetColumnMissing) as refused:
        await importer.send(catalog.Upload("x.csv", write_csv([["货号", "标题"], ["1", "x"]])))
    assert refused.value.facts == {"sheet": "x", "columns": ["市场价", "售价"]}


async def test_strangers_do_not_import(importer: Importer) -> None:
    async with importer.db.transaction(actor=SYSTEM) as tx:
        stranger = await merchant_account(tx, "13900139002", "另一商家")
        with acting(tx, "merchant", stranger), pytest.raises(Refusal) as refused:
            await catalog.start_import(
                tx, importer.store, importer.shop.id, [catalog.Upload("p.xlsx", sheet([], []))]
            )
    assert refused.value.code == "SHOP_NOT_FOUND"


async def test_a_product_made_by_hand_takes_what_the_sheet_says(importer: Importer) -> None:
    async with importer.db.transaction(actor=SYSTEM) as tx:
        await drafted_product(tx, importer.shop, "1")
    report = await importer.rows([GOOD], [["1", "1-1", "规格:标准", "1.00", "3"]])
    assert (report["created"], report["changed"]) == (0, 1)
    view = await importer.view("1")
    assert view.title == "纯棉四件套"
    assert {sku.number: (sku.price_fen, sku.stock) for sku in view.skus} == {
        "1-1": (100, 3),
        "1-2": (90_900, 10),
    }


async def test_the_list_of_imports_is_the_shop_s_own(importer: Importer) -> None:
    await importer.rows([GOOD], [GOOD_SKU])
    async with importer.db.reading(actor=SYSTEM) as tx:
        runs = await queries.list_runs(tx, importer.shop.id, PageRequest())
        assert [run.files[0]["name"] for run in runs.items] == ["p.xlsx"]
        with pytest.raises(Refusal):
            await queries.get_run(tx, runs.items[0].id, shop_id=1)
        assert (await merchants.get_shop(tx, importer.shop.id)).is_open
