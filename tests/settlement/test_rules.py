"""How a sale splits, and when it settles."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaodian import rulebooks
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.rulebooks import Origin, Subject
from xiaodian.settlement import rules
from xiaodian.settlement.rules import Due, Remaining, SettleFacts

CATEGORIES = rulebooks.categories()
BOOKS = {code: rulebooks.market(code) for code in ("wechat", "douyin", "kuaishou", "xiaohongshu")}
CONFIRMED = datetime(2025, 3, 10, 15, tzinfo=SHANGHAI)
OLD = datetime(2024, 1, 1, tzinfo=SHANGHAI)


def cut(market, paid, category="apparel", **rest):
    return rules.split(BOOKS[market], Remaining(paid_fen=paid), category, CATEGORIES, **rest)


@pytest.mark.parametrize(
    ("market", "category", "paid", "lines", "reserve", "net"),
    [
        ("wechat", "apparel", 19_900, [119], 0, 19_781),
        ("wechat", "apparel", 1_250, [8], 0, 1_242),
        ("wechat", "apparel", 88_800, [533], 0, 88_267),
        ("wechat", "apparel", 50_000, [300], 0, 49_700),
        ("wechat", "apparel", 100_000, [600], 0, 99_400),
        ("douyin", "mens_wear", 15_900, [159], 0, 15_741),
        ("douyin", "gold", 99_999, [1_500], 0, 98_499),
        ("douyin", "apparel", 19_900, [199], 0, 19_701),
        ("douyin", "flowers", 10_000, [100], 0, 9_900),
        ("douyin", "fresh_fruit", 10_000, [80], 0, 9_920),
        ("kuaishou", "apparel", 19_900, [119, 60], 0, 19_721),
        ("kuaishou", "pastry", 19_900, [119, 0], 0, 19_781),
        ("kuaishou", "pet", 10_000, [60, 30], 0, 9_910),
        ("xiaohongshu", "apparel", 39_900, [1_995, 239], 1_883, 35_783),
        ("xiaohongshu", "apparel", 19_900, [995, 119], 939, 17_847),
    ],
)
def test_golden_splits(market, category, paid, lines, reserve, net):
    found = cut(market, paid, category).value
    assert [charge.fen for charge in found.charges] == lines
    assert (found.reserve_fen, found.net_fen) == (reserve, net)


def test_a_split_explains_itself():
    verdict = cut("wechat", 19_900)
    assert (verdict.rule, verdict.origin) == ("W-TRX-05", Origin.SEED)
    assert verdict.text() == "订单 ¥199.00，扣费 ¥1.19，到账 ¥197.81"
    (charge,) = verdict.value.charges
    assert (charge.line, charge.payee, charge.bps, charge.base_fen) == (
        "channel",
        "CHANNEL",
        60,
        19_900,
    )
    assert cut("douyin", 19_900).origin is Origin.ASSUMED


def test_bases_when_the_platform_pays_a_discount():
    sale = Remaining(paid_fen=9_000, subsidy_fen=1_000)
    bases = {
        market: [c.base_fen for c in rules.fees(book, sale, "apparel", CATEGORIES)]
        for market, book in BOOKS.items()
    }
    assert bases == {
        "wechat": [9_000],
        "douyin": [10_000],
        "kuaishou": [9_000, 10_000],
        "xiaohongshu": [10_000, 9_000],
    }


def test_money_taken_for_a_breach_leaves_the_fee_base():
    found = cut("douyin", 19_900, taken_fen=398).value
    assert (found.fee_fen, found.net_fen) == (199, 19_303)


def test_commission_is_of_the_goods():
    sale = Remaining(paid_fen=11_000, goods_fen=10_000)
    found = rules.split(BOOKS["wechat"], sale, "apparel", CATEGORIES, kol_bps=2_000).value
    assert (found.kol_fen, found.fee_fen, found.net_fen) == (2_000, 66, 8_934)


amounts = st.integers(min_value=0, max_value=10_000_000)


@given(
    market=st.sampled_from(sorted(BOOKS)),
    category=st.sampled_from(sorted(CATEGORIES.codes)),
    paid=amounts,
    subsidy=st.integers(min_value=0, max_value=100_000),
    kol=st.integers(min_value=0, max_value=2_000),
)
def test_parts_add_up(market, category, paid, subsidy, kol):
    sale = Remaining(paid_fen=paid, subsidy_fen=subsidy)
    found = rules.split(BOOKS[market], sale, category, CATEGORIES, kol_bps=kol).value
    parts = found.fee_fen + found.kol_fen + found.reserve_fen + found.taken_fen + found.net_fen
    assert parts == paid + subsidy
    assert found.net_fen >= 0


@given(
    market=st.sampled_from(sorted(BOOKS)),
    paid=st.integers(min_value=1, max_value=1_000_000),
    cuts=st.lists(st.integers(min_value=0, max_value=1_000_000), max_size=6),
)
def test_refunds_commute_and_a_full_refund_returns_everything(market, paid, cuts):
    steps = [*sorted({min(c, paid) for c in cuts}, reverse=True), 0]
    total, before = {"fees": 0, "reserve": 0, "net": 0, "kol": 0}, Remaining(paid_fen=paid)
    for left in steps:
        after = Remaining(paid_fen=left)
        back = rules.giveback(
            BOOKS[market], before, after, "apparel", CATEGORIES, kol_bps=500
        ).value
        assert sum(
            fen for _, fen in back.fees
        ) + back.kol_fen + back.reserve_fen + back.net_fen == (back.refund_fen)
        total["fees"] += sum(fen for _, fen in back.fees)
        total["reserve"] += back.reserve_fen
        total["net"] += back.net_fen
        total["kol"] += back.kol_fen
        before = after
    whole = cut(market, paid, kol_bps=500).value
    assert total == {
        "fees": whole.fee_fen,
        "reserve": whole.reserve_fen,
        "net": whole.net_fen,
        "kol": whole.kol_fen,
    }


def when(market, **facts):
    return rules.due(BOOKS[market], SettleFacts(confirmed_at=CONFIRMED, **facts))


@pytest.mark.parametrize(
    ("market", "facts", "due"),
    [
        ("wechat", {}, Due("RUN", date(2025, 3, 11))),
        ("wechat", {"d0": True}, Due("AT_ONCE", date(2025, 3, 10))),
        ("wechat", {"direct": True}, Due("DIRECT", date(2025, 3, 10))),
        ("douyin", {"shop_opened_at": OLD}, Due("RUN", date(2025, 3, 13))),
        (
            "douyin",
            {"shop_opened_at": datetime(2025, 3, 1, tzinfo=SHANGHAI)},
            Due("RUN", date(2025, 3, 17)),
        ),
        ("douyin", {"d0": True, "direct": True}, Due("RUN", date(2025, 3, 13))),
        ("kuaishou", {}, Due("RUN", date(2025, 3, 12))),
        (
            "kuaishou",
            {"cases_ended_at": datetime(2025, 3, 14, 9, tzinfo=SHANGHAI)},
            Due("RUN", date(2025, 3, 16)),
        ),
        (
            "kuaishou",
            {"cases_ended_at": datetime(2025, 3, 9, 9, tzinfo=SHANGHAI)},
            Due("RUN", date(2025, 3, 12)),
        ),
        (
            "wechat",
            {"cases_ended_at": datetime(2025, 3, 14, 9, tzinfo=SHANGHAI)},
            Due("RUN", date(2025, 3, 11)),
        ),
        ("xiaohongshu", {}, Due("RUN", date(2025, 3, 17))),
    ],
)
def test_golden_dates(market, facts, due):
    assert when(market, **facts).value == due


def test_the_novice_period_ends_to_the_instant():
    tick = timedelta(microseconds=1)
    opened = CONFIRMED - timedelta(days=30)
    assert when("douyin", shop_opened_at=opened).value.on == date(2025, 3, 13)
    assert when("douyin", shop_opened_at=opened + tick).value.on == date(2025, 3, 17)


def test_x_g01_reserve():
    verdict = rules.reserve_released_on(BOOKS["xiaohongshu"], date(2025, 3, 17))
    assert verdict is not None
    assert verdict.value == date(2025, 4, 16)
    assert rules.reserve_released_on(BOOKS["wechat"], date(2025, 3, 17)) is None


def test_d0_and_direct_are_for_enterprise_shops():
    wechat = BOOKS["wechat"]
    denied = rules.d0_allowed(wechat, Subject.PERSONAL)
    assert (denied.value, denied.rule) == ("D0_ENTERPRISE_ONLY", "W-TRX-04")
    assert rules.d0_allowed(wechat, Subject.ENTERPRISE).value is None
    restricted = rules.d0_allowed(wechat, Subject.ENTERPRISE, ["DEPOSIT_SHORT"])
    assert restricted.value == "D0_SHOP_RESTRICTED"
    assert rules.d0_allowed(BOOKS["douyin"], Subject.ENTERPRISE).value == "D0_NOT_OFFERED"
    assert rules.direct_allowed(wechat, Subject.PERSONAL).value == "DIRECT_ENTERPRISE_ONLY"
    assert rules.direct_allowed(wechat, Subject.ENTERPRISE).value is None
    assert rules.direct_allowed(BOOKS["kuaishou"], Subject.ENTERPRISE).value == "DIRECT_NOT_OFFERED"


def test_holding_and_pay_later():
    book = BOOKS["wechat"]
    assert rules.held(book, open_cases=0, open_disputes=1).value == "SETTLEMENT_HELD"
    assert rules.held(book, open_cases=0, open_disputes=0).value is None
    offered = [
        rules.pay_later_offered(book, approved=approved, risk_missing_fen=missing).value
        for approved, missing in [(False, 0), (True, 1), (True, 0)]
    ]
    assert offered == ["PAY_LATER_NOT_APPROVED", "RISK_DEPOSIT_SHORT", None]


def test_share_cap():
    book = BOOKS["wechat"]
    assert rules.share_capped(book, 10_000, [60, 2_940]).value is None
    assert rules.share_capped(book, 10_000, [60, 2_941]).value == "SHARE_CAP_EXCEEDED"
    assert rules.share_capped(BOOKS["douyin"], 10_000, [9_999]).value is None
