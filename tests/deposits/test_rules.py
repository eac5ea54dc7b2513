"""What deposit a shop needs."""

from datetime import datetime, timedelta

import pytest

from xiaodian import rulebooks
from xiaodian.deposits import rules
from xiaodian.deposits.rules import DepositFacts, Standing
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.rulebooks import Origin, Severity, Subject

CATEGORIES = rulebooks.categories()
WECHAT, DOUYIN = rulebooks.market("wechat"), rulebooks.market("douyin")
KUAISHOU, XHS = rulebooks.market("kuaishou"), rulebooks.market("xiaohongshu")
GENERAL, SERIOUS, CRITICAL = Severity.GENERAL, Severity.SERIOUS, Severity.CRITICAL


def need(book, *categories, **facts):
    return rules.required(book, DepositFacts(categories=categories, **facts), CATEGORIES)


@pytest.mark.parametrize(
    ("category", "gmv", "amount"),
    [
        ("pet", 0, 300_000),
        ("pet", 49_950_000, 300_000),
        ("pet", 50_000_000, 300_000),
        ("pet", 50_000_001, 500_000),
        ("pet_toys", 50_000_001, 500_000),
        ("apparel", 0, 200_000),
        ("luggage", 50_000_001, 400_000),
        ("general", 0, 200_000),
        ("furniture", 0, 200_000),
        ("furniture", 50_000_001, 400_000),
        ("pastry", 0, 500_000),
        ("fresh_fruit", 50_000_001, 1_000_000),
        ("kitchen_appliances", 0, 500_000),
        ("skincare", 0, 1_000_000),
        ("game_cards", 50_000_001, 5_000_000),
        ("gold", 0, 5_000_000),
        ("gold", 90_000_000, 5_000_000),
    ],
)
def test_wechat_tiers(category, gmv, amount):
    assert need(WECHAT, category, month_gmv_fen={category: gmv}).value == amount


def test_w_g03_explains_itself():
    verdict = need(WECHAT, "pet", month_gmv_fen={"pet_toys": 50_000_000, "pet_food": 1})
    assert (verdict.value, verdict.rule, verdict.origin) == (500_000, "W-DEP-07", Origin.SEED)
    assert verdict.rulebook == "wechat@1.0.0"
    assert verdict.text() == "宠物用品月销售额 ¥500,000.01 超过 ¥500,000.00，需缴纳 ¥5,000.00"
    short = rules.shortfall(verdict, cash_fen=300_000)
    assert short.value == 200_000
    since = datetime(2025, 3, 20, 11, tzinfo=SHANGHAI)
    assert rules.grace_ends(WECHAT, since) == datetime(2025, 3, 27, 11, tzinfo=SHANGHAI)


def test_the_requirement_falls_only_after_a_whole_month_below():
    rose = need(WECHAT, "pet", month_gmv_fen={"pet": 0}, last_month_gmv_fen={"pet": 50_000_001})
    fell = need(WECHAT, "pet", month_gmv_fen={"pet": 0}, last_month_gmv_fen={"pet": 50_000_000})
    assert (rose.value, fell.value) == (500_000, 300_000)


def test_the_dearest_category_decides():
    assert need(WECHAT, "apparel", "pet", "pastry").value == 500_000
    assert need(DOUYIN, "apparel", "gold", "skincare").value == 2_000_000
    assert need(KUAISHOU, "apparel", "gold").value == 1_000_000


@pytest.mark.parametrize(
    ("surcharges", "amount"),
    [
        ((), 200_000),
        ((SERIOUS,), 400_000),
        ((SERIOUS, GENERAL), 450_000),
        ((SERIOUS,) * 10, 2_000_000),
        ((CRITICAL,), 2_000_000),
    ],
)
def test_d_g02(surcharges, amount):
    verdict = need(DOUYIN, "general", month_gmv_fen={"general": 90_000_000}, surcharges=surcharges)
    assert verdict.value == amount
    assert verdict.rule == ("D-DEP-05" if surcharges else "D-DEP-02")


def test_d_g03_amounts():
    assert rules.penalty(DOUYIN, SERIOUS).value == 100_000
    assert rules.penalty(DOUYIN, GENERAL).value == 20_000
    assert rules.penalty(DOUYIN, CRITICAL).value is None
    after = need(DOUYIN, "general", surcharges=(SERIOUS,))
    assert rules.shortfall(after, cash_fen=100_000).value == 300_000
    assert rules.penalty(WECHAT, SERIOUS).value == 0


def test_surcharges_lapse_after_quiet_time():
    first = datetime(2025, 1, 1, tzinfo=SHANGHAI)
    days = timedelta(days=1)
    one = [(SERIOUS, first)]
    assert rules.live_surcharges(DOUYIN, one, first + 179 * days) == (SERIOUS,)
    assert rules.live_surcharges(DOUYIN, one, first + 180 * days) == ()
    two = [*one, (GENERAL, first + 179 * days)]
    assert rules.live_surcharges(DOUYIN, two, first + 300 * days) == (SERIOUS, GENERAL)
    apart = [*one, (GENERAL, first + 180 * days)]
    assert rules.live_surcharges(DOUYIN, apart, first + 200 * days) == (GENERAL,)
    assert rules.live_surcharges(WECHAT, one, first) == ()


@pytest.mark.parametrize(
    ("orders", "amount"),
    [
        (0, 50_000),
        (500, 50_000),
        (501, 100_000),
        (2_000, 100_000),
        (2_001, 300_000),
        (10_001, 500_000),
        (50_001, 1_000_000),
    ],
)
def test_k_g02(orders, amount):
    assert need(KUAISHOU, "apparel", orders_last_month=orders).value == amount


def test_x_g03():
    verdict = need(
        XHS,
        "gold",
        month_gmv_fen={"gold": 100_000_000},
        orders_last_month=100_000,
        surcharges=(SERIOUS,) * 5,
    )
    assert (verdict.value, verdict.rule, verdict.origin) == (1_000_000, "X-DEP-02", Origin.SEED)
    missing = rules.shortfall(verdict, cash_fen=999_999).value
    assert missing == 1
    assert rules.can_open(XHS, missing).value == "DEPOSIT_SHORT"
    assert rules.can_open(XHS, 0).value is None


def test_w_g04():
    fine = need(WECHAT, "pastry")
    assert rules.shortfall(fine, cash_fen=300_000, cover_fen=200_000).value == 0
    assert rules.premium(WECHAT, 200_000).value == 6_000
    denied = rules.insurance_allowed(WECHAT, Subject.PERSONAL)
    assert (denied.value, denied.rule) == ("INSURANCE_ENTERPRISE_ONLY", "W-DEP-08")
    assert rules.insurance_allowed(WECHAT, Subject.ENTERPRISE).value is None
    assert rules.insurance_allowed(XHS, Subject.ENTERPRISE).value == "INSURANCE_NOT_OFFERED"


@pytest.mark.parametrize(
    ("cash", "cover", "freed"),
    [(500_000, 200_000, 200_000), (300_000, 200_000, 0), (100_000, 500_000, 100_000), (0, 0, 0)],
)
def test_capital_freed(cash, cover, freed):
    verdict = rules.capital_freed(WECHAT, 500_000, cash_fen=cash, cover_fen=cover)
    assert verdict.value == freed


def test_standing():
    since = datetime(2025, 3, 20, 11, tzinfo=SHANGHAI)
    ends = rules.grace_ends(WECHAT, since)
    tick = timedelta(microseconds=1)
    assert rules.standing(WECHAT, 0, since, ends).value is Standing.SUFFICIENT
    assert rules.standing(WECHAT, 1, since, ends - tick).value is Standing.SHORT
    assert rules.standing(WECHAT, 1, None, ends).value is Standing.SHORT
    assert rules.standing(WECHAT, 1, since, ends).value is Standing.OVERDUE


def test_risk_deposit_and_refund():
    small, large = rules.risk_required(WECHAT, 1_000_000), rules.risk_required(WECHAT, 9_000_000)
    assert small is not None
    assert large is not None
    assert (small.value, large.value) == (200_000, 900_000)
    assert rules.risk_required(DOUYIN, 1) is None
    cleared = datetime(2025, 3, 1, tzinfo=SHANGHAI)
    assert rules.refundable_from(XHS, cleared).value == cleared + timedelta(days=30)
