"""The automatic checks of a review: which of them a market runs is its data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib.resources import files

import pytest

from xiaodian import rulebooks
from xiaodian.catalog.rules.attributes import parse_library
from xiaodian.catalog.rules.drafts import Draft, SkuDraft
from xiaodian.catalog.rules.questions import Lore
from xiaodian.catalog.rules.review import (
    Paper,
    PaperState,
    Prediction,
    ReviewFacts,
    findings,
    predict_category,
)

LIBRARY = parse_library((files("xiaodian.catalog") / "data/attributes.toml").read_text("utf-8"))
CATEGORIES = rulebooks.categories()
DRAFT = Draft("纯棉四件套", "bedding_set", 91_900, 89_900, skus=(SkuDraft("1", {}, 89_900),))
ON = date(2025, 3, 10)
FACTS = ReviewFacts(Prediction("bedding_set", 10_000), 80_000, (), "示例家居有限公司", ON)
GENUINE = PaperState.GENUINE


def found(market: str, draft: Draft = DRAFT, facts: ReviewFacts = FACTS) -> list[tuple[str, ...]]:
    lore = Lore(rulebooks.market(market), CATEGORIES, LIBRARY)
    listed = findings(draft, facts, lore)
    assert all("{" not in str(finding.said) for finding in listed)
    return [(finding.code, finding.rule, finding.level.value) for finding in listed]


@pytest.mark.parametrize("market", ["wechat", "wechat-open", "douyin", "kuaishou"])
def test_a_sound_product_has_no_findings(market: str) -> None:
    assert found(market) == []


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (Prediction("bedding_set", 100), []),
        (Prediction("summer_bedding", 6_000), []),
        (Prediction("summer_bedding", 5_999), [("CATEGORY_MISMATCH", "W-PRD-03", "DENY")]),
        (Prediction("tea", 10_000), [("CATEGORY_MISMATCH", "W-PRD-03", "DENY")]),
        (None, [("CATEGORY_UNPREDICTED", "W-PRD-03", "NOTE")]),
    ],
)
def test_the_category_matches_its_prediction(
    prediction: Prediction | None, expected: list[tuple[str, ...]]
) -> None:
    assert found("wechat", facts=replace(FACTS, prediction=prediction)) == expected


@pytest.mark.parametrize(
    ("median_fen", "price_fen", "outside"),
    [
        (100_000, 30_000, False),
        (100_000, 29_999, True),
        (100_000, 300_000, False),
        (100_000, 300_001, True),
        (None, 1, False),
        (333, 100, False),
        (334, 100, True),
    ],
)
def test_the_price_lies_in_the_band_of_its_category(
    median_fen: int | None,
    price_fen: int,
    outside: bool,  # noqa: FBT001 - a column of the table
) -> None:
    priced = replace(DRAFT, sale_price_fen=price_fen, skus=(SkuDraft("1", {}, price_fen),))
    expected = [("PRICE_UNREASONABLE", "W-PRD-04", "MANUAL")] if outside else []
    assert found("wechat", priced, replace(FACTS, median_fen=median_fen)) == expected


def test_every_price_of_a_product_is_looked_at() -> None:
    skus = (SkuDraft("1", {}, 89_900), SkuDraft("2", {}, 100))
    assert len(found("wechat", replace(DRAFT, skus=skus))) == 1


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        (Paper("quality_report", GENUINE, "检测中心", FACTS.holder), []),
        (Paper("quality_report", GENUINE, "检测中心", FACTS.holder, ON), []),
        (
            Paper("quality_report", GENUINE, "检测中心", FACTS.holder, date(2025, 3, 9)),
            [("DOC_EXPIRED", "W-PRD-02", "DENY")],
        ),
        (
            Paper("quality_report", PaperState.UNCHECKED, "检测中心", FACTS.holder),
            [("DOC_UNCHECKED", "W-PRD-02", "DENY")],
        ),
        (
            Paper("quality_report", PaperState.FORGED, "检测中心", FACTS.holder),
            [("DOC_FORGED", "W-PRD-02", "DENY")],
        ),
        (
            Paper("quality_report", GENUINE, "检测中心", "别家工厂"),
            [("DOC_HOLDER_DIFFERS", "W-PRD-02", "MANUAL")],
        ),
    ],
)
def test_papers_are_genuine_in_force_and_the_shop_s(
    paper: Paper, expected: list[tuple[str, ...]]
) -> None:
    assert found("wechat", facts=replace(FACTS, papers=(paper,))) == expected


MARK = Paper("trademark_certificate", GENUINE, "商标局", "品牌方")


def grant(issuer: str, holder: str, until: date | None = None) -> Paper:
    return Paper("brand_auth", GENUINE, issuer, holder, until)


@pytest.mark.parametrize(
    ("papers", "whole"),
    [
        ([], False),
        ([MARK], False),
        ([MARK, grant("品牌方", FACTS.holder)], True),
        ([MARK, grant("总代", FACTS.holder), grant("品牌方", "总代")], True),
        ([MARK, grant("总代", FACTS.holder), grant("品牌方", "总代", date(2025, 3, 9))], False),
        ([MARK, grant("总代", FACTS.holder)], False),
        ([replace(MARK, holder=FACTS.holder)], True),
        ([replace(MARK, state=PaperState.FORGED), grant("品牌方", FACTS.holder)], False),
        ([MARK, grant("a", "b"), grant("b", "a")], False),
    ],
)
def test_a_brand_is_authorised_by_a_whole_chain(papers: list[Paper], whole: bool) -> None:  # noqa: FBT001 - a column of the table
    branded = replace(DRAFT, brand="某品牌")
    expected = [] if whole else [("BRAND_CHAIN_BROKEN", "D-PRD-01", "DENY")]
    assert found("douyin", branded, replace(FACTS, papers=papers)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "最好的四件套"},
        {"selling_point": "全国第一"},
        {"attributes": {"care_note": "可治愈失眠"}},
    ],
)
def test_words_against_the_advertising_law_are_found(changes: dict[str, object]) -> None:
    worded = replace(DRAFT, **changes)  # type: ignore[arg-type]
    assert found("douyin", worded) == [("AD_LAW", "D-PRD-02", "DENY")]
    assert found("wechat", worded) == []


def test_what_the_title_claims_the_attributes_bear_out() -> None:
    good = replace(DRAFT, attributes={"material": "100%棉"})
    bad = replace(DRAFT, attributes={"material": "100%聚酯纤维"})
    assert found("kuaishou", good) == []
    assert found("kuaishou", bad) == [("DESC_INCONSISTENT", "K-PRD-01", "DENY")]


def test_a_market_of_notes_wants_a_note() -> None:
    assert found("xiaohongshu") == [("NOTE_IRRELEVANT", "X-PRD-01", "DENY")]
    assert found("xiaohongshu", facts=replace(FACTS, notes_related=1)) == []


@pytest.mark.parametrize(
    "changes", [{"category": "otc_medicine"}, {"title": "电子烟套装"}, {"selling_point": "仿真枪"}]
)
def test_restricted_goods_are_screened(changes: dict[str, object]) -> None:
    draft = replace(DRAFT, **changes)  # type: ignore[arg-type]
    assert found("xiaohongshu", draft, replace(FACTS, notes_related=1)) == [
        ("RESTRICTED_GOODS", "X-PRD-02", "DENY")
    ]


@pytest.mark.parametrize(
    ("title", "leaf"),
    [
        ("色织水洗棉纯色四件套", "bedding_set"),
        ("色织精梳AB纱格纹空调被", "quilts_pillows"),
        ("海洋之心永生花", "flowers"),
        ("绿茶蛋黄酥 200克/4枚入", "pastry"),
        ("xyz", None),
        ("", None),
    ],
)
def test_titles_point_to_leaves(title: str, leaf: str | None) -> None:
    predicted = predict_category(title, CATEGORIES)
    assert (predicted.category if predicted else None) == leaf
    assert predicted is None or 0 < predicted.score_bps <= 10_000
