"""Drafts, reviews, the online copy and papers on a real database."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.world.goods import drafted_product, online_product, open_shop
from tests.world.merchants import acting, merchant_account, picture, reviewer_account

from xiaodian import accounts, catalog, desk, merchants, notices
from xiaodian.catalog import errors, queries, service
from xiaodian.catalog.states import EditState, OnlineEvent, ReviewState, Status
from xiaodian.infra.files import Store
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.paging import PageRequest
from xiaodian.rulebooks import Denied

if TYPE_CHECKING:
    from pathlib import Path

    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ShopView


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


@pytest.fixture
async def shop(tx: Tx, store: Store) -> ShopView:
    return await open_shop(tx, store)


@pytest.fixture
async def reviewer(tx: Tx, shop: ShopView) -> int:
    del shop  # its approval made one
    found = await accounts.find_account(tx, "operator", "reviewer@example.com")
    return found.id if found else await reviewer_account(tx)


async def view(tx: Tx, product_id: int) -> queries.ProductView:
    product, _ = await catalog.visible_product(tx, product_id)
    return await queries.product_view(tx, product)


async def code_of(doing: object) -> str:
    with pytest.raises(Refusal) as refused:
        await doing  # type: ignore[misc]
    return refused.value.code


async def test_a_product_goes_from_draft_to_buyers_and_edits_wait_for_review(
    tx: Tx, shop: ShopView, reviewer: int
) -> None:
    product_id = await drafted_product(tx, shop)
    assert (await view(tx, product_id)).edit_status is EditState.EDITING
    assert await code_of(catalog.get_offer(tx, product_id)) == "PRODUCT_NOT_FOUND"
    with acting(tx, "merchant", shop.owner_id):
        await catalog.submit(tx, product_id)
        changes = catalog.DraftChanges(title="改了的四件套")
        assert await code_of(catalog.edit_product(tx, product_id, changes)) == "DRAFT_LOCKED"
        assert await code_of(catalog.submit(tx, product_id)) == "ILLEGAL_TRANSITION"
    item = await desk.find_item(tx, kind="product_review", subject_id=product_id)
    assert item is not None
    assert item.due_at is not None
    with acting(tx, "operator", reviewer):
        await catalog.approve(tx, product_id)
    offer = await catalog.get_offer(tx, product_id)
    assert (offer.title, offer.price_fen, offer.stock) == ("色织水洗棉四件套", 89_900, 20)
    assert ("产地", "中国") in offer.attributes
    assert all(value != "NOT_APPLICABLE" for _, value in offer.attributes)
    assert await notices.unread_count(tx, shop.owner_id) > 0
    with acting(tx, "merchant", shop.owner_id):
        await catalog.edit_product(tx, product_id, changes)
    assert (await catalog.get_offer(tx, product_id)).title == "色织水洗棉四件套"
    with acting(tx, "merchant", shop.owner_id):
        await catalog.submit(tx, product_id)
    with acting(tx, "operator", reviewer):
        await catalog.reject(tx, product_id, reasons=["标题与图片不符"])
    seen = await view(tx, product_id)
    assert (seen.edit_status, seen.status) == (EditState.AUDIT_FAILED, Status.ONLINE)
    assert [review.state for review in seen.reviews] == [
        ReviewState.REJECTED,
        ReviewState.APPROVED,
    ]
    assert seen.reviews[0].reasons == ("标题与图片不符",)
    assert (await catalog.get_offer(tx, product_id)).title == "色织水洗棉四件套"
    with acting(tx, "merchant", shop.owner_id):
        await catalog.edit_product(tx, product_id, changes)
        await catalog.submit(tx, product_id)
    with acting(tx, "operator", reviewer):
        await catalog.approve(tx, product_id)
    assert (await catalog.get_offer(tx, product_id)).title == "改了的四件套"


async def test_a_withdrawn_draft_can_be_edited_again(tx: Tx, shop: ShopView, reviewer: int) -> None:
    product_id = await drafted_product(tx, shop)
    with acting(tx, "merchant", shop.owner_id):
        await catalog.submit(tx, product_id)
        await catalog.withdraw(tx, product_id)
        assert await code_of(catalog.withdraw(tx, product_id)) == "ILLEGAL_TRANSITION"
        await catalog.edit_product(tx, product_id, catalog.DraftChanges(brand="示例牌"))
        stale = catalog.edit_product(
            tx, product_id, catalog.DraftChanges(brand="x"), seen_revision=1
        )
        assert await code_of(stale) == "DRAFT_CHANGED"
    with acting(tx, "operator", reviewer):
        assert await code_of(catalog.approve(tx, product_id)) == "REVIEW_NOT_OPEN"
        assert await code_of(catalog.reject(tx, product_id, reasons=["x"])) == "REVIEW_NOT_OPEN"
    item = await desk.find_item(tx, kind="product_review", subject_id=product_id)
    assert item is None or item.state == "closed"


async def test_what_is_open_denies_submission_by_name(tx: Tx, shop: ShopView) -> None:
    product_id = await drafted_product(tx, shop, attributes={}, skus=[])
    with acting(tx, "merchant", shop.owner_id):
        with pytest.raises(Denied) as refused:
            await catalog.submit(tx, product_id)
        assert (refused.value.code, refused.value.facts["key"]) == (
            "ATTR_REQUIRED",
            "product_standard_no",
        )
        listed = refused.value.facts["objections"]
        assert [one["code"] for one in listed] == ["ATTR_REQUIRED"] * 3 + ["SKU_COUNT"]
        assert {one["rule"] for one in listed} == {"W-PRD-05", "A-PRD-02"}
        many = [catalog.SkuInput(f"x-{n}", f"规格:{n}", 100, 1) for n in range(501)]
        await catalog.edit_product(tx, product_id, catalog.DraftChanges(skus=many))
        for key, value in (("product_standard_no", "GB 1"), ("shelf_life", "不适用")):
            await catalog.answer(tx, product_id, key, value)
        await catalog.answer(tx, product_id, "origin", "中国")
        assert await code_of(catalog.submit(tx, product_id)) == "SKU_COUNT"
        dear = [catalog.SkuInput("x-1", "", 91_901, 1)]
        await catalog.edit_product(tx, product_id, catalog.DraftChanges(skus=dear))
        assert await code_of(catalog.submit(tx, product_id)) == "PRICE_ABOVE_MARKET"


async def test_a_subject_may_not_sell_everything(tx: Tx, store: Store) -> None:
    shop = await open_shop(tx, store, subject="PERSONAL")
    attributes = {"product_standard_no": "GB 1", "shelf_life": "30天", "origin": "中国"}
    product_id = await drafted_product(
        tx, shop, title="演示话费充值", category="top_up", attributes=attributes
    )
    with acting(tx, "merchant", shop.owner_id), pytest.raises(Denied) as refused:
        await catalog.submit(tx, product_id)
    assert refused.value.code == "VIRTUAL_NOT_FOR_PERSONAL"
    assert refused.value.facts["rule"] == "W-REG-07"


async def test_food_waits_for_both_certificates_and_a_reviewer_s_look(
    tx: Tx, store: Store, shop: ShopView, reviewer: int
) -> None:
    attributes = {"product_standard_no": "GB/T 20977", "shelf_life": "60天", "origin": "中国"}
    product_id = await drafted_product(
        tx, shop, title="绿茶蛋黄酥糕点", category="pastry", attributes=attributes
    )
    papers: dict[str, int] = {}
    with acting(tx, "merchant", shop.owner_id):
        assert await code_of(catalog.submit(tx, product_id)) == "DUAL_CERT"
        for code in ("food_production_licence", "quality_report"):
            given = catalog.PaperInput(
                code, "SC123", "市场监管局", "示例商贸有限公司", date(2026, 1, 1)
            )
            papers[code] = await catalog.upload_paper(tx, store, shop.id, picture(), given)
            assert await catalog.attach_paper(tx, papers[code], [product_id]) == 1
            assert await catalog.attach_paper(tx, papers[code], [product_id]) == 0
            if len(papers) == 1:
                assert await code_of(catalog.submit(tx, product_id)) == "DUAL_CERT"
        await catalog.submit(tx, product_id)
        locked = service.detach_paper(tx, papers["quality_report"], product_id)
        assert await code_of(locked) == "DRAFT_LOCKED"
        assert await code_of(catalog.check_paper(tx, 1, genuine=True)) == "ROLE_REQUIRED"
    with acting(tx, "operator", reviewer):
        with pytest.raises(errors.FindingsStand) as stands:
            await catalog.approve(tx, product_id, overruled={"DOC_UNCHECKED": "看着像真的"})
        assert stands.value.facts["codes"] == ["DOC_UNCHECKED", "DOC_UNCHECKED"]
        assert await code_of(catalog.check_paper(tx, 1, genuine=True)) == "PAPER_NOT_FOUND"
        forged = catalog.check_paper(tx, papers["quality_report"], genuine=False)
        assert await code_of(forged) == "REASON_REQUIRED"
        for paper_id in papers.values():
            await catalog.check_paper(tx, paper_id, genuine=True)
        await catalog.approve(tx, product_id)
        assert (await catalog.get_offer(tx, product_id)).category == "pastry"
        await catalog.check_paper(tx, papers["quality_report"], genuine=False, why="编号查无此证")
    keys = {question.key for question in (await view(tx, product_id)).questions}
    assert keys == {"document:quality_report"}


async def test_a_reviewer_sets_predictions_aside_with_a_reason_only(
    tx: Tx, shop: ShopView, reviewer: int
) -> None:
    odd = await drafted_product(tx, shop, title="海洋之心永生花", category="home_decor")
    blank = await drafted_product(tx, shop, "1002", title="清欢", category="lighting")
    with acting(tx, "merchant", shop.owner_id):
        assert len((await catalog.submit_ready(tx, shop.id)).done) == 2
    with acting(tx, "operator", reviewer):
        decided = await catalog.approve_many(tx, [odd, blank])
        assert decided.done == (blank,)
        assert decided.refused == ((odd, "FINDINGS_STAND"),)
        empty = catalog.approve(tx, odd, overruled={"CATEGORY_MISMATCH": " "})
        assert await code_of(empty) == "REASON_REQUIRED"
        await catalog.approve(tx, odd, overruled={"CATEGORY_MISMATCH": "装饰用永生花"})
    review = (await view(tx, odd)).reviews[0]
    assert review.overruled == {"CATEGORY_MISMATCH": "装饰用永生花"}
    assert [finding["code"] for finding in review.findings] == ["CATEGORY_MISMATCH"]


async def test_a_price_far_from_the_median_wants_a_person(
    tx: Tx, shop: ShopView, reviewer: int
) -> None:
    for number in ("1001", "1002", "1003"):
        await online_product(tx, shop, reviewer, number)
    cheap = await drafted_product(
        tx, shop, "1004", sale_price_fen=100, skus=[catalog.SkuInput("1004-1", "", 100, 5)]
    )
    with acting(tx, "merchant", shop.owner_id):
        await catalog.submit(tx, cheap)
    with acting(tx, "operator", reviewer):
        with pytest.raises(errors.FindingsStand) as stands:
            await catalog.approve(tx, cheap)
        assert stands.value.facts["codes"] == ["PRICE_UNREASONABLE"]
        await catalog.approve(tx, cheap, overruled={"PRICE_UNREASONABLE": "引流价，已核实"})


async def test_only_reviewers_decide_and_they_see_what_they_decide(
    tx: Tx, shop: ShopView, reviewer: int
) -> None:
    product_id = await drafted_product(tx, shop)
    with acting(tx, "merchant", shop.owner_id):
        await catalog.submit(tx, product_id)
        assert await code_of(catalog.approve(tx, product_id)) == "ROLE_REQUIRED"
        assert await code_of(catalog.reject(tx, product_id, reasons=["x"])) == "ROLE_REQUIRED"
        assert await code_of(catalog.approve_many(tx, [product_id])) == "ROLE_REQUIRED"
    with acting(tx, "operator", reviewer):
        assert await code_of(catalog.approve(tx, product_id, revision=9)) == "DRAFT_CHANGED"
        for reasons in ([], [" "], ["x" * 501], ["x"] * 11):
            refused = catalog.reject(tx, product_id, reasons=reasons)
            assert await code_of(refused) == "REASON_REQUIRED"
        page = await catalog.list_reviews(tx, PageRequest(), market="wechat")
        assert [review.product_id for review in page.items] == [product_id]
        assert await catalog.review_counts(tx) == {"bedding_set": 1}
        await catalog.approve(tx, product_id, revision=page.items[0].revision)


async def test_taking_down_listing_deleting(tx: Tx, shop: ShopView, reviewer: int) -> None:
    product_id = await online_product(tx, shop, reviewer)
    sku_id = (await view(tx, product_id)).skus[0].id
    with acting(tx, "merchant", shop.owner_id):
        assert await code_of(service.delete_product(tx, product_id)) == "ILLEGAL_TRANSITION"
        await catalog.take_down(tx, product_id)
        assert await catalog.get_sale_skus(tx, [sku_id]) == {}
        assert await code_of(catalog.take_down(tx, product_id)) == "ILLEGAL_TRANSITION"
        await catalog.list_again(tx, product_id)
        assert sku_id in await catalog.get_sale_skus(tx, [sku_id])
        await catalog.take_down(tx, product_id)
        await service.delete_product(tx, product_id)
        assert await code_of(catalog.visible_product(tx, product_id)) == "PRODUCT_NOT_FOUND"
    assert await drafted_product(tx, shop) != product_id


async def test_flags_and_states_of_the_shop_reach_its_products(
    tx: Tx, shop: ShopView, reviewer: int
) -> None:
    product_id = await online_product(tx, shop, reviewer)
    resting = await online_product(tx, shop, reviewer, "1002")
    with acting(tx, "merchant", shop.owner_id):
        await catalog.take_down(tx, resting)
    assert await service.move_shop(tx, shop.id, OnlineEvent.DEPOSIT_OVERDUE) == 1
    assert (await view(tx, product_id)).status is Status.DEPOSIT_DOWN
    assert (await view(tx, resting)).status is Status.SELF_DOWN
    assert await service.move_shop(tx, shop.id, OnlineEvent.DEPOSIT_CURED) == 1
    assert (await view(tx, product_id)).status is Status.ONLINE
    new = await drafted_product(tx, shop, "1003")
    await merchants.set_flag(
        tx, shop.id, merchants.Flag.LISTING_LIMITED, cause="test", why="退货率过高"
    )
    with acting(tx, "merchant", shop.owner_id):
        assert await code_of(catalog.submit(tx, new)) == "SHOP_CANNOT_LIST"
        await catalog.list_again(tx, resting)
        await catalog.take_down(tx, resting)
    await merchants.set_flag(
        tx, shop.id, merchants.Flag.PUBLISH_FROZEN, cause="test", why="累计三次违规"
    )
    with acting(tx, "merchant", shop.owner_id):
        assert await code_of(catalog.list_again(tx, resting)) == "SHOP_CANNOT_LIST"
    assert await service.move_shop(tx, shop.id, OnlineEvent.BAN) == 2
    assert (await view(tx, product_id)).status is Status.BANNED


async def test_fields_are_held_to_their_form(tx: Tx, shop: ShopView) -> None:
    sku = catalog.SkuInput
    other = await drafted_product(tx, shop, "other", skus=[sku("taken", "", 1)])
    product_id = await drafted_product(tx, shop)
    refused: list[tuple[dict[str, object], str]] = [
        ({"title": ""}, "FIELD_MISSING"),
        ({"title": "x" * 101}, "FIELD_TOO_LONG"),
        ({"title": "a\nb"}, "FIELD_TOO_LONG"),
        ({"market_price_fen": 0}, "FIELD_REFUSED"),
        ({"sale_price_fen": -1}, "FIELD_REFUSED"),
        ({"category": "no_such"}, "FIELD_REFUSED"),
        ({"category": "home"}, "FIELD_REFUSED"),
        ({"attributes": {"origin": "x" * 2001}}, "FIELD_TOO_LONG"),
        ({"attributes": {f"x{n}": "y" for n in range(101)}}, "FIELD_REFUSED"),
        ({"pictures": [str(n) for n in range(10)]}, "FIELD_REFUSED"),
        ({"skus": [sku("", "", 1)]}, "FIELD_MISSING"),
        ({"skus": [sku("1", "", 0)]}, "FIELD_REFUSED"),
        ({"skus": [sku("1", "", 1, -1)]}, "FIELD_REFUSED"),
        ({"skus": [sku("1", "x" * 201, 1)]}, "FIELD_TOO_LONG"),
        ({"skus": [sku("1", "", 1), sku("1", "", 2)]}, "NUMBER_DUPLICATE"),
        ({"skus": [sku("taken", "", 1)]}, "NUMBER_DUPLICATE"),
    ]
    for changes, code in refused:
        given = catalog.DraftChanges(**changes)  # type: ignore[arg-type]
        async with tx.session.begin_nested() as undone:
            assert await code_of(catalog.edit_product(tx, product_id, given)) == code, changes
            await undone.rollback()
    assert await code_of(catalog.set_stock(tx, other, {"taken": -1})) == "FIELD_REFUSED"
    assert await code_of(catalog.set_stock(tx, other, {"none": 1})) == "SKU_NOT_FOUND"
    again = catalog.DraftChanges(title="x", market_price_fen=1, sale_price_fen=1)
    for number, code in (
        ("other", "NUMBER_DUPLICATE"),
        ("", "FIELD_MISSING"),
        ("x" * 65, "FIELD_TOO_LONG"),
    ):
        made = catalog.create_product(tx, shop.id, number=number, changes=again)
        assert await code_of(made) == code


async def test_somebody_else_s_products_are_not_there(
    tx: Tx, shop: ShopView, reviewer: int
) -> None:
    product_id = await online_product(tx, shop, reviewer)
    stranger = await merchant_account(tx, "13900139002", "另一商家")
    changes = catalog.DraftChanges(title="偷改的四件套")
    with acting(tx, "merchant", stranger):
        for doing in (
            catalog.edit_product(tx, product_id, changes),
            catalog.submit(tx, product_id),
            catalog.withdraw(tx, product_id),
            catalog.take_down(tx, product_id),
            catalog.list_again(tx, product_id),
            catalog.answer(tx, product_id, "origin", "x"),
            catalog.set_stock(tx, product_id, {"1001-1": 1}),
            service.delete_product(tx, product_id),
        ):
            assert await code_of(doing) == "PRODUCT_NOT_FOUND"
        made = catalog.create_product(tx, shop.id, number="9", changes=changes)
        assert await code_of(made) == "SHOP_NOT_FOUND"
        ready = catalog.submit_ready(tx, shop.id)
        assert await code_of(ready) == "SHOP_NOT_FOUND"


async def test_products_are_found_by_words_pinyin_and_initials(
    tx: Tx, shop: ShopView, reviewer: int
) -> None:
    first = await online_product(tx, shop, reviewer)
    second = await online_product(
        tx, shop, reviewer, "1002", title="全棉浴巾毛巾", category="towels"
    )
    for words, found in (
        ("四件套", [first]),
        ("棉", [second, first]),
        ("sijiantao", [first]),
        ("棉 毛巾", [second]),
        ("毛巾 四件套", []),
        ("", []),
        ("'; DROP TABLE products; --", []),
    ):
        cards = await catalog.search_products(tx, words, market="wechat")
        assert [card.id for card in cards] == found, words
    assert await catalog.search_products(tx, "棉", market="douyin") == []
    page = await catalog.list_cards(tx, PageRequest(size=1), market="wechat")
    assert [card.id for card in page.items] == [second]
    rest = await catalog.list_cards(tx, PageRequest.of(page.next, 1), market="wechat")
    assert [card.id for card in rest.items] == [first]
    towels = await catalog.list_cards(tx, PageRequest(), categories=["towels"])
    assert [card.price_fen for card in towels.items] == [89_900]


async def test_a_merchant_s_list_narrows(tx: Tx, shop: ShopView, reviewer: int) -> None:
    online = await online_product(tx, shop, reviewer)
    asked = await drafted_product(tx, shop, "1002", title="50%_毛巾", category="", attributes={})
    for wanted, found in (
        (catalog.ProductFilter(), [asked, online]),
        (catalog.ProductFilter(open=True), [asked]),
        (catalog.ProductFilter(open=False), [online]),
        (catalog.ProductFilter(words="50%_"), [asked]),
        (catalog.ProductFilter(words="%"), [asked]),
        (catalog.ProductFilter(words="1001"), [online]),
        (catalog.ProductFilter(category="-"), [asked]),
        (catalog.ProductFilter(category="bedding_set"), [online]),
        (catalog.ProductFilter(status="ONLINE"), [online]),
        (catalog.ProductFilter(status="SOLD_OUT"), []),
        (catalog.ProductFilter(edit_status="EDITING"), [asked]),
    ):
        page = await catalog.list_products(tx, shop.id, PageRequest(), wanted)
        assert [line.id for line in page.items] == found, wanted
    await catalog.set_stock(tx, online, {"1001-1": 0, "1001-2": 0})
    page = await catalog.list_products(
        tx, shop.id, PageRequest(), catalog.ProductFilter(status="SOLD_OUT")
    )
    assert [line.id for line in page.items] == [online]
