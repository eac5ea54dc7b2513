"""The markets side by side, and the guide to one of them."""

import pytest

from xiaodian import rulebooks
from xiaodian.consoles.comparison import Question, advise, compare
from xiaodian.consoles.guide import GuideFacts, GuideState, guide
from xiaodian.rulebooks import Origin, Subject

LIBRARY = rulebooks.shipped()
CATEGORIES = LIBRARY.categories
PAPERS = frozenset({"business_licence", "legal_person_id", "corporate_account"})


def test_every_dimension_has_a_cell_for_every_market():
    found = compare(LIBRARY, Question(category="apparel"))
    assert [part.dimension for part in found.parts] == list(
        rulebooks.market("wechat").platform.dimensions
    )
    for part in found.parts:
        assert part.lines
        for line in part.lines:
            assert len(line.cells) == len(found.offers) == 4
            for cell in line.cells:
                text = cell.text()
                assert text
                assert "{" not in text
                assert cell.rules


@pytest.mark.parametrize("subject", list(Subject))
@pytest.mark.parametrize("category", sorted(CATEGORIES.codes))
def test_any_question_has_an_answer(subject, category):
    found = compare(LIBRARY, Question(subject=subject, category=category, order_fen=1))
    for offer in found.offers:
        answer = offer.as_json()
        assert answer["eligible"] == (not answer["reasons"])
        if offer.split is not None:
            parts = offer.split.value
            assert parts.fee_fen + parts.reserve_fen + parts.net_fen == 1


def test_cells_are_made_of_the_rulebook():
    found = compare(LIBRARY, Question(category="pastry", order_fen=19_900))
    cells = {line.label: line.cells for part in found.parts for line in part.lines}
    assert cells["类目证件"][0].text() == "食品生产许可证、质检报告"
    assert cells["结算周期"][1].text() == "T+3，新手期 T+7（开店 30 天内）"
    assert cells["结算周期"][0].origin is Origin.SEED
    assert cells["发货时限"][0].text() == "48 小时内，预售 72 小时"
    assert cells["数据延迟"][3].text() == "6–12 小时"
    assert any("技术服务费" in note for note in cells["费率"][0].notes)
    assert found.origin is Origin.ASSUMED


def test_restricted_goods_are_not_offered():
    found = compare(LIBRARY, Question(category="medical_devices"))
    (offer,) = [each for each in found.offers if each.book.market == "xiaohongshu"]
    assert [reason.value for reason in offer.reasons] == ["RESTRICTED_GOODS"]
    assert offer.reasons[0].rule == "X-PRD-02"


def test_the_adviser():
    def first(**answers):
        return advise(LIBRARY, Question(category="jade", **answers))[0]

    skilled = first(content_skill=True)
    assert skilled.offer.book.market == "wechat"
    assert [reason.value for reason in skilled.reasons] == ["GOOD_AT_CONTENT"]
    assert [reason.value for reason in first(private_followers=1).reasons] == ["OWNS_FOLLOWERS"]
    assert first().reasons == ()
    personal = advise(LIBRARY, Question(subject=Subject.PERSONAL))
    assert personal[-1].offer.book.market == "xiaohongshu"


def states(market, subject=Subject.ENTERPRISE, category="general", **facts):
    found = guide(rulebooks.market(market), subject, category, CATEGORIES, GuideFacts(**facts))
    return {item.step: str(item.state) for item in found.items}


def test_the_guide_moves_step_by_step():
    bound = {"bound": frozenset({"wechat_account_bound"})}
    assert states("wechat") == {
        "bind_account": "missing",
        "documents": "missing",
        "audit": "blocked",
        "deposit": "blocked",
        "first_product": "blocked",
    }
    assert states("wechat", **bound)["audit"] == "blocked"
    assert states("wechat", papers=PAPERS)["audit"] == "blocked"
    assert states("wechat", **bound, papers=PAPERS)["audit"] == "missing"
    approved = {**bound, "papers": PAPERS, "approved": True}
    assert states("wechat", **approved)["deposit"] == "missing"
    assert states("wechat", **approved, cash_fen=199_999)["first_product"] == "blocked"
    paid = {**approved, "cash_fen": 200_000}
    assert states("wechat", **paid)["first_product"] == "missing"
    assert set(states("wechat", **paid, products_listed=1).values()) == {"done"}


def test_the_guide_says_why():
    found = guide(rulebooks.market("wechat"), Subject.ENTERPRISE, "general", CATEGORIES)
    assert found.next is not None
    assert found.next.step == "bind_account"
    assert [item.why() for item in found.items][1:3] == [
        "企业开店需提交：营业执照、法人身份证、对公账户",
        "请先完成“提交资质”",
    ]
    partly = guide(
        rulebooks.market("wechat"),
        Subject.ENTERPRISE,
        "general",
        CATEGORIES,
        GuideFacts(papers=frozenset({"business_licence"})),
    )
    assert partly.items[1].needs == ("legal_person_id", "corporate_account")
    assert partly.items[1].why() == "还缺少材料：法人身份证、对公账户"


@pytest.mark.parametrize(
    ("market", "subject", "category"),
    [
        ("xiaohongshu", Subject.PERSONAL, "general"),
        ("wechat", Subject.SOLE_PROP, "top_up"),
    ],
)
def test_the_guide_of_somebody_who_may_not(market, subject, category):
    found = guide(rulebooks.market(market), subject, category, CATEGORIES)
    assert {item.state for item in found.items} == {GuideState.BLOCKED}
    assert found.next is None


def test_other_markets_bind_nothing():
    assert list(states("douyin")) == ["documents", "audit", "deposit", "first_product"]
