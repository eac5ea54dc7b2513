"""Carriers, limits and what breaches cost."""

from datetime import datetime, timedelta

import pytest

from xiaodian import rulebooks
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.logistics import rules
from xiaodian.logistics.rules import ShipFacts, Waybill

WECHAT, DOUYIN = rulebooks.market("wechat"), rulebooks.market("douyin")
KUAISHOU, XHS = rulebooks.market("kuaishou"), rulebooks.market("xiaohongshu")
PAID = datetime(2025, 3, 10, 10, tzinfo=SHANGHAI)
SF = frozenset({"SF"})


@pytest.mark.parametrize(
    ("book", "waybill", "denial"),
    [
        (WECHAT, Waybill(carrier="SF", registered=SF), None),
        (WECHAT, Waybill(carrier="ZTO", registered=SF), "CARRIER_NOT_REGISTERED"),
        (WECHAT, Waybill(carrier="UPS", registered=frozenset({"UPS"})), "CARRIER_NOT_SUPPORTED"),
        (DOUYIN, Waybill(carrier="SF", registered=SF), "EWAYBILL_NOT_PLATFORM"),
        (DOUYIN, Waybill(carrier="SF", issued_here=True), None),
        (KUAISHOU, Waybill(carrier="DBKD"), None),
        (KUAISHOU, Waybill(carrier="UPS"), "CARRIER_NOT_SUPPORTED"),
        (KUAISHOU, Waybill(carrier="BEST", issued_here=True), None),
        (XHS, Waybill(carrier="JTSD"), None),
        (XHS, Waybill(carrier="DBKD"), "CARRIER_NOT_SUPPORTED"),
    ],
)
def test_carriers(book, waybill, denial):
    assert rules.carrier_allowed(book, waybill).value == denial


def test_the_carriers_of_wechat():
    assert rules.carriers(WECHAT).value == ("SF", "JD", "STO", "YTO", "ZTO", "BEST", "YUNDA")
    assert rules.carriers(WECHAT).text() == "可用快递：顺丰、京东、申通、圆通、中通、百世、韵达"
    assert rules.carriers(DOUYIN).value == ()


@pytest.mark.parametrize(
    ("book", "facts", "hours"),
    [
        (WECHAT, {}, 48),
        (WECHAT, {"presale": True}, 72),
        (WECHAT, {"activity": True}, 48),
        (WECHAT, {"promised_at": PAID + timedelta(hours=20)}, 20),
        (WECHAT, {"promised_at": PAID + timedelta(hours=80)}, 48),
        (DOUYIN, {}, 24),
        (DOUYIN, {"activity": True}, 12),
        (DOUYIN, {"presale": True}, 24),
        (KUAISHOU, {}, 48),
        (KUAISHOU, {"presale": True}, 360),
        (KUAISHOU, {"presale": True, "promised_at": PAID + timedelta(days=5)}, 120),
        (KUAISHOU, {"presale": True, "promised_at": PAID + timedelta(days=16)}, 360),
        (XHS, {}, 48),
    ],
)
def test_shipping_limits(book, facts, hours):
    due = rules.ship_deadline(book, ShipFacts(anchor_at=PAID, **facts)).value
    assert due == PAID + timedelta(hours=hours)


def test_w_g05_the_instant_itself_is_in_time():
    due = rules.ship_deadline(WECHAT, ShipFacts(anchor_at=PAID))
    assert due.value == datetime(2025, 3, 12, 10, tzinfo=SHANGHAI)
    assert due.rule == "W-LOG-04"
    assert not rules.shipped_late(WECHAT, due.value, due.value).value
    assert rules.shipped_late(WECHAT, due.value + timedelta(seconds=1), due.value).value


def test_d_g04_and_x_g06_times():
    evening = datetime(2025, 3, 10, 20, 30, tzinfo=SHANGHAI)
    limit = rules.ship_deadline(DOUYIN, ShipFacts(anchor_at=evening)).value
    activity = rules.ship_deadline(DOUYIN, ShipFacts(anchor_at=evening, activity=True))
    assert limit == datetime(2025, 3, 11, 20, 30, tzinfo=SHANGHAI)
    assert activity.value == datetime(2025, 3, 11, 8, 30, tzinfo=SHANGHAI)
    assert activity.rule == "D-LOG-03"
    pickup = rules.pickup_deadline(DOUYIN, datetime(2025, 3, 11, 20, tzinfo=SHANGHAI))
    assert pickup is not None
    assert pickup.value == datetime(2025, 3, 12, 20, tzinfo=SHANGHAI)
    assert rules.pickup_deadline(WECHAT, evening) is None
    cleared = ShipFacts(anchor_at=datetime(2025, 3, 11, 18, tzinfo=SHANGHAI))
    assert rules.ship_deadline(XHS, cleared).value == datetime(2025, 3, 13, 18, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("book", "event", "amount", "owed"),
    [
        (KUAISHOU, "LATE_SHIP", 12_800, 640),
        (KUAISHOU, "LATE_SHIP", 2_000, 300),
        (KUAISHOU, "LATE_SHIP", 200_000, 5_000),
        (KUAISHOU, "FAKE_SHIP", 12_800, 3_840),
        (KUAISHOU, "FAKE_SHIP", 1_000, 500),
        (KUAISHOU, "FAKE_SHIP", 50_000, 10_000),
        (XHS, "LATE_SHIP", 12_800, 640),
        (XHS, "LATE_SHIP", 2_000, 300),
        (XHS, "LATE_SHIP", 200_000, 5_000),
        (XHS, "FAKE_SHIP", 5_000, 1_500),
        (XHS, "FAKE_SHIP", 50_000, 10_000),
        (XHS, "FAKE_SHIP", 1_000, 500),
        (WECHAT, "FAKE_SHIP", 19_900, 5_970),
        (WECHAT, "LATE_SHIP", 19_900, 0),
        (DOUYIN, "LATE_PICKUP", 19_900, 398),
        (DOUYIN, "FAKE_SHIP", 19_900, 0),
    ],
)
def test_breaches(book, event, amount, owed):
    assert rules.compensation(book, event, amount).value == owed


def test_parcels():
    assert rules.parcel_allowed(WECHAT, parcels=14).value is None
    assert rules.parcel_allowed(WECHAT, parcels=15).value == "PARCELS_MAX"
    assert rules.parcel_allowed(KUAISHOU, parcels=0).value is None
    assert rules.parcel_allowed(KUAISHOU, parcels=0, lines_left_after=1).value == "PARCELS_MAX"
    blocked = rules.parcel_allowed(KUAISHOU, parcels=0, refund_executing=True)
    assert blocked.value == "REFUND_EXECUTING"
    homeless = rules.parcel_allowed(XHS, parcels=0, has_return_address=False)
    assert homeless.value == "RETURN_ADDRESS_MISSING"


def test_negotiation():
    due = PAID + timedelta(hours=48)
    latest = due - timedelta(hours=4)

    def ask(book=WECHAT, at=latest, times=0, reason="stock"):
        return rules.negotiation_allowed(book, at=at, due_at=due, times=times, reason=reason).value

    assert ask() is None
    assert ask(at=latest + timedelta(seconds=1)) == "NEGOTIATION_TOO_LATE"
    assert ask(times=3) == "NEGOTIATIONS_MAX"
    assert ask(reason="weather") == "NEGOTIATION_REASON"
    assert ask(book=DOUYIN) == "NEGOTIATION_NOT_OFFERED"
