"""What review would demand and a draft lacks is asked, never guessed; markets differ by data."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from xiaodian import rulebooks
from xiaodian.catalog.rules.answers import AnswerFault, answered
from xiaodian.catalog.rules.attributes import NOT_APPLICABLE, parse_library
from xiaodian.catalog.rules.drafts import Draft, SkuDraft, drafted, sort_attributes
from xiaodian.catalog.rules.importing import Known, plan_import
from xiaodian.catalog.rules.mapping import MappingFault, Words, leaf_of, parse_mapping
from xiaodian.catalog.rules.questions import Asks, Lore, Question, open_questions
from xiaodian.infra.sheets import fen_of, read_workbook

if TYPE_CHECKING:
    from pathlib import Path

DATA = files("xiaodian.catalog") / "data"
LIBRARY = parse_library((DATA / "attributes.toml").read_text("utf-8"))
CATEGORIES = rulebooks.categories()
WORDS = parse_mapping((DATA / "crosswalk.toml").read_text("utf-8"), CATEGORIES, LIBRARY)


LONG_SKU = SkuDraft("1-1", {"规格": "长" * 201}, 100)


def lore(market: str = "wechat") -> Lore:
    return Lore(rulebooks.market(market), CATEGORIES, LIBRARY)


def draft(**changes: object) -> Draft:
    full = {"product_standard_no": "GB/T 22844", "shelf_life": NOT_APPLICABLE, "origin": "中国"}
    base = Draft("纯棉四件套", "bedding_set", 91_900, 89_900, attributes=full)
    return replace(base, **changes)  # type: ignore[arg-type]


def keys(found: tuple[Question, ...]) -> set[tuple[str, str]]:
    return {(question.key, question.code) for question in found}


def test_a_full_draft_leaves_nothing_open() -> None:
    assert open_questions(draft(), lore()) == ()


def test_required_keys_of_the_market_are_asked() -> None:
    found = open_questions(draft(attributes={}), lore())
    assert keys(found) == {
        ("product_standard_no", "ATTR_REQUIRED"),
        ("shelf_life", "ATTR_REQUIRED"),
        ("origin", "ATTR_REQUIRED"),
    }
    assert {question.rule for question in found} == {"W-PRD-05"}
    assert {question.key for question in found if question.not_applicable} == {
        "product_standard_no",
        "shelf_life",
    }


@pytest.mark.parametrize(
    ("market", "category", "open_"),
    [
        ("wechat", "bedding_set", {"product_standard_no", "shelf_life", "origin"}),
        ("wechat-open", "bedding_set", {"product_standard_no", "shelf_life", "origin"}),
        ("douyin", "bedding_set", {"manufacturer", "brand_model"}),
        ("douyin", "audio", {"manufacturer", "brand_model", "document:ccc_certificate"}),
        ("kuaishou", "bedding_set", {"material", "usage_scene"}),
        ("kuaishou", "underwear", {"material", "usage_scene", "model_info"}),
        ("xiaohongshu", "bedding_set", {"trial_impression", "celebrity_label"}),
    ],
)
def test_each_market_asks_for_its_own(market: str, category: str, open_: set[str]) -> None:
    found = open_questions(draft(category=category, attributes={}), lore(market))
    assert {question.key for question in found} == open_


def test_food_needs_both_certificates() -> None:
    pastry = draft(category="pastry", attributes={**draft().attributes, "shelf_life": "60天"})
    found = open_questions(pastry, lore())
    assert keys(found) == {
        ("document:food_production_licence", "DUAL_CERT"),
        ("document:quality_report", "DUAL_CERT"),
    }
    assert {question.rule for question in found} == {"W-PRD-09"}
    assert {question.asks for question in found} == {Asks.DOCUMENT}
    one = replace(pastry, documents=frozenset({"quality_report"}))
    assert keys(open_questions(one, lore())) == {("document:food_production_licence", "DUAL_CERT")}
    both = replace(one, documents=frozenset({"quality_report", "food_production_licence"}))
    assert open_questions(both, lore()) == ()


def test_a_celebrity_label_needs_its_paper_only_when_it_says_yes() -> None:
    attributes = {"trial_impression": "柔软", "celebrity_label": "NO"}
    assert open_questions(draft(attributes=attributes), lore("xiaohongshu")) == ()
    yes = draft(attributes={**attributes, "celebrity_label": "YES"})
    assert keys(open_questions(yes, lore("xiaohongshu"))) == {
        ("document:celebrity_auth", "CELEBRITY_AUTH")
    }
    odd = draft(attributes={**attributes, "celebrity_label": "也许"})
    (question,) = open_questions(odd, lore("xiaohongshu"))
    assert (question.key, question.options) == ("celebrity_label", ("NO", "YES"))


def test_not_applicable_stands_only_where_the_category_says_so() -> None:
    attributes = {**draft().attributes, "shelf_life": NOT_APPLICABLE}
    documents = frozenset({"quality_report", "food_production_licence"})
    food = draft(category="pastry", attributes=attributes, documents=documents)
    assert keys(open_questions(food, lore())) == {("shelf_life", "ATTR_REQUIRED")}
    origin = draft(attributes={**attributes, "origin": NOT_APPLICABLE})
    assert keys(open_questions(origin, lore())) == {("origin", "ATTR_REQUIRED")}


def test_an_unmapped_category_is_a_question_and_hides_what_hangs_on_it() -> None:
    found = open_questions(draft(category=None, source="居家/宠物"), lore())
    assert keys(found) == {("category", "CATEGORY_UNMAPPED"), ("shelf_life", "ATTR_REQUIRED")}
    assert "居家/宠物" in str(found[0].said)


@pytest.mark.parametrize(
    ("changes", "key", "code", "rule"),
    [
        ({"title": "ABC-123"}, "title", "TITLE_NEEDS_WORDS", "A-PRD-02"),
        ({"title": "长" * 101}, "title", "TEXT_TOO_LONG", "A-PRD-02"),
        ({"brand": "长" * 101}, "brand", "TEXT_TOO_LONG", "A-PRD-02"),
        ({"unit": "长" * 21}, "unit", "TEXT_TOO_LONG", "A-PRD-02"),
        ({"skus": (LONG_SKU,)}, "spec:1-1", "TEXT_TOO_LONG", "A-PRD-02"),
        ({"extra": {"安全及时": "B类"}}, "attribute:安全及时", "ATTR_UNKNOWN", "W-PRD-01"),
        ({"unread": {"attributes": "{"}}, "attributes", "ATTRIBUTES_UNREADABLE", "W-PRD-01"),
        ({"unread": {"stock:1-1": "很多"}}, "stock:1-1", "STOCK_UNREADABLE", "A-PRD-02"),
        ({"ambiguous": {"size": ("1m", "2m")}}, "size", "ATTR_AMBIGUOUS", "W-PRD-01"),
    ],
)
def test_what_else_is_asked(changes: dict[str, object], key: str, code: str, rule: str) -> None:
    (question,) = open_questions(draft(**changes), lore())
    assert (question.key, question.code, question.rule) == (key, code, rule)
    assert "{" not in str(question.said).replace("：{", "")


def test_values_and_keys_are_held_to_the_category_s_schema() -> None:
    attributes = {**draft().attributes, "grade": "超一流", "ingredients": "面粉"}
    found = open_questions(draft(attributes=attributes), lore())
    assert keys(found) == {("grade", "ATTR_VALUE"), ("attribute:ingredients", "ATTR_UNKNOWN")}


def test_sheet_names_find_their_keys() -> None:
    raw = {"执行标准": "GB 1", "产品标准": "GB 1", "面料": "棉", "材质": "麻", "椅轮": "PA"}
    found = sort_attributes(raw, Words(), LIBRARY)
    assert found.attributes == {"product_standard_no": "GB 1"}
    assert found.ambiguous == {"material": ("棉", "麻")}
    assert found.extra == {"椅轮": "PA"}
    own = sort_attributes(raw, Words({}, {"材质": "DROP", "椅轮": "craft"}), LIBRARY)
    assert own.attributes == {"product_standard_no": "GB 1", "material": "棉", "craft": "PA"}
    assert not own.ambiguous
    assert sort_attributes({"保质期": "不适用"}, Words(), LIBRARY).attributes == {
        "shelf_life": NOT_APPLICABLE
    }


@pytest.mark.parametrize(
    ("source", "leaf"),
    [
        ("居家/床品件套", "bedding_set"),
        ("居家/宠物", None),
        ("", None),
        ("bedding_set", "bedding_set"),
        ("床品件套", "bedding_set"),
        ("home", None),
        ("床品", None),
    ],
)
def test_a_category_maps_exactly_or_not_at_all(source: str, leaf: str | None) -> None:
    assert leaf_of(source, WORDS, rulebooks.market("wechat"), CATEGORIES) == leaf


def test_the_market_s_own_name_for_a_leaf_counts_while_only_one_bears_it() -> None:
    book = rulebooks.market("wechat")
    tree = {"tea": "茶叶冲饮", "snacks": "零食", "pastry": "零食"}
    own = replace(book, categories=replace(book.categories, tree=tree))
    assert leaf_of("茶叶冲饮", Words(), own, CATEGORIES) == "tea"
    assert leaf_of("零食", Words(), own, CATEGORIES) is None
    assert leaf_of("茶叶冲饮", Words({"茶叶冲饮": "alcohol"}), own, CATEGORIES) == "alcohol"


@pytest.mark.parametrize(
    "text",
    [
        '[categories]\n"居家/宠物" = "pet_gear"\n[attributes]\n"椅轮" = "DROP"\n',
        "kind,name,code\ncategory,居家/宠物,pet_gear\nattribute,椅轮,DROP\n",
    ],
)
def test_a_merchant_s_mapping_file(text: str) -> None:
    words = parse_mapping(text, CATEGORIES, LIBRARY)
    assert words == Words({"居家/宠物": "pet_gear"}, {"椅轮": "DROP"})
    both = words.over(Words({"居家/宠物": "pet_toys", "x": "tea"}, {}))
    assert both.categories == {"居家/宠物": "pet_gear", "x": "tea"}


@pytest.mark.parametrize(
    "text",
    [
        "[categories]\nx = 1",
        '[categories]\nx = "pet"',
        '[categories]\nx = "no_such"',
        '[attributes]\nx = "no_such"',
        '[other]\nx = "tea"',
        'categories = "x"',
        "[[",
        "kind,name,code\nspell,x,tea\n",
        "kind,name,code\ncategory,,tea\n",
        "kind,name,code\ncategory\n",
    ],
)
def test_a_wrong_mapping_file_is_refused(text: str) -> None:
    with pytest.raises(MappingFault):
        parse_mapping(text, CATEGORIES, LIBRARY)


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "key", "value"),
    [
        ({"attributes": {}}, "origin", "中国"),
        ({"attributes": {}}, "shelf_life", "不适用"),
        ({"category": None}, "category", "bedding_set"),
        ({"title": "ABC"}, "title", "四件套"),
        ({"brand": "长" * 101}, "brand", "示例牌"),
        ({"selling_point": "长" * 501}, "selling_point", "两行\n卖点"),
        ({"skus": (LONG_SKU,)}, "spec:1-1", "颜色:白"),
        ({"extra": {"椅轮": "PA"}}, "attribute:椅轮", "craft"),
        ({"extra": {"椅轮": "PA"}}, "attribute:椅轮", "DROP"),
        ({"unread": {"attributes": "{"}}, "attributes", "DROP"),
        ({"unread": {"stock:1-1": "x"}}, "stock:1-1", "12"),
        ({"ambiguous": {"size": ("1", "2")}}, "size", "1"),
        ({"attributes": {"grade": "x"}}, "grade", "一等品"),
    ],
)
def test_an_answer_closes_its_question(changes: dict[str, object], key: str, value: str) -> None:
    before = draft(**changes)
    assert key in {question.key for question in open_questions(before, lore())}
    after = answered(before, key, value, lore())
    assert key not in {question.key for question in open_questions(after, lore())}


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("origin", "", "ANSWER_EMPTY"),
        ("origin", "x" * 2001, "ANSWER_TOO_LONG"),
        ("origin", "a\x00b", "ANSWER_TOO_LONG"),
        ("origin", "NOT_APPLICABLE", "NOT_APPLICABLE_REFUSED"),
        ("category", "home", "CATEGORY_UNKNOWN"),
        ("category", "x", "CATEGORY_UNKNOWN"),
        ("title", "a\nb", "TEXT_TOO_LONG"),
        ("spec:9", "x", "QUESTION_NOT_OPEN"),
        ("document:quality_report", "x", "ANSWER_IS_A_DOCUMENT"),
        ("attribute:椅轮", "craft", "QUESTION_NOT_OPEN"),
        ("attribute:安全及时", "no_such", "ATTR_UNKNOWN"),
        ("attribute:安全及时", "origin", "ATTR_AMBIGUOUS"),
        ("attributes", "材质:棉", "ANSWER_INVALID"),
        ("stock:1-1", "5", "QUESTION_NOT_OPEN"),
        ("stock:1-1", "-5", "STOCK_UNREADABLE"),
        ("no_such_key", "x", "ATTR_UNKNOWN"),
        ("grade", "超一流", "ATTR_VALUE"),
    ],
)
def test_what_is_no_answer_is_refused(key: str, value: str, code: str) -> None:
    with pytest.raises(AnswerFault) as fault:
        answered(draft(extra={"安全及时": "B类"}), key, value, lore())
    assert fault.value.code == code
    assert str(fault.value.said)


# --- the given file ----------------------------------------------------------------------------


def test_every_row_of_the_given_file_has_its_own_questions(shared_data: Path) -> None:
    book = read_workbook((shared_data / "products.xlsx").read_bytes())
    sheets = list(book.sheets.values())
    planned = plan_import(sheets, known=Known(), price_capped=True, fen_of=fen_of)
    own = lore()
    asked: Counter[str] = Counter()
    for row in planned.products:
        made = drafted(row, WORDS, book=own.book, categories=CATEGORIES, library=LIBRARY)
        asked.update(question.key for question in open_questions(made, own))
    assert asked["shelf_life"] == 150
    assert asked["product_standard_no"] == 150 - 57
    assert asked["origin"] == 150 - 44
    assert asked["category"] == 14
    assert asked["document:food_production_licence"] == asked["document:quality_report"] == 5
    assert asked["attribute:安全及时"] == 1
    assert asked["size"] == 1
