"""Carriers, return addresses, parcels and scans on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from xiaodian import logistics
from xiaodian.infra import audit
from xiaodian.kernel.errors import Refusal
from xiaodian.logistics import events
from xiaodian.logistics.errors import ParcelNotFound
from xiaodian.logistics.service import tracking
from xiaodian.logistics.service.carriers import waybill_forms
from xiaodian.logistics.states import ParcelEvent
from xiaodian.merchants import ShopState, ShopView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xiaodian.infra.db import Tx

ADDRESS = logistics.Address("仓库", "0755-83765566", "广东省深圳市南山区", "科技园路 1 号 2 库")
NUMBER = "SF1234567890123"
SCANNED = datetime(2025, 3, 10, 12, tzinfo=UTC)


def shop(market: str = "wechat", shop_id: int = 71) -> ShopView:
    return ShopView(
        id=shop_id,
        merchant_id=7,
        market=market,
        subject="ENTERPRISE",
        type="FLAGSHIP",
        state=ShopState.OPEN,
        flags=frozenset(),
        rulebook=f"{market}@1.0.0",
        name="示例店",
        categories=("general",),
        opened_at=None,
        owner_id=5,
        self_operated=True,
        created_at=SCANNED,
    )


async def ready(tx: Tx, of: ShopView | None = None) -> ShopView:
    of = of or shop()
    await logistics.set_return_address(tx, of, address=ADDRESS)
    if of.market == "wechat":
        await logistics.register_carrier(tx, of, carrier="SF", account_no="SF-0088")
    return of


async def sent(
    tx: Tx,
    of: ShopView | None = None,
    *,
    order_id: int = 901,
    carrier: str = "SF",
    waybill: str = NUMBER,
) -> logistics.ParcelView:
    of = of or shop()
    return await logistics.ship(
        tx,
        shop_id=of.id,
        order_id=order_id,
        carrier=carrier,
        waybill=waybill,
        lines=[(1, 2), (2, 0)],
        receiver_sealed=tx.vault.seal("receiver"),
        rulebook=of.rulebook,
    )


def scan(event: ParcelEvent, *, minute: int = 0, waybill: str = NUMBER) -> tracking.Scan:
    return tracking.Scan(
        scan_id=f"{event}-{minute}",
        carrier="SF",
        waybill=waybill,
        event=event,
        at=SCANNED + timedelta(minutes=minute),
        place="深圳",
        text="快件已揽收",
    )


@pytest.fixture
def told(db) -> Iterator[list[object]]:
    """What the room says aloud, in order."""
    heard: list[object] = []

    async def listen(tx: Tx, event: object) -> None:
        del tx
        heard.append(event)

    before = dict(db.reactions.single)
    for kind in (events.ParcelPickedUp, events.ParcelSigned):
        db.reactions.single[kind] = [listen]
    yield heard
    db.reactions.single.clear()
    db.reactions.single.update(before)


async def test_carriers_of_a_shop_say_why(tx: Tx):
    before = {view.code: view for view in await logistics.carriers_for(tx, shop())}
    assert list(before) == ["SF", "JD", "STO", "YTO", "ZTO", "BEST", "YUNDA"]
    assert before["SF"].verdict.value == "CARRIER_NOT_REGISTERED"
    assert before["SF"].verdict.rule == "W-LOG-03"
    view = await logistics.register_carrier(tx, shop(), carrier="SF", account_no=" 7550-1234567 ")
    assert (view.registered, view.usable, view.account_masked) == (True, True, "**** 4567")
    await logistics.register_carrier(tx, shop(), carrier="SF", account_no="88889999")
    after = {view.code: view for view in await logistics.carriers_for(tx, shop())}
    assert after["SF"].account_masked == "**** 9999"
    assert not after["JD"].usable
    entries = await audit.history(tx, subject="shop", subject_id=71)
    assert [entry.after["account"] for entry in entries] == ["**** 9999", "**** 4567"]
    await logistics.drop_carrier(tx, shop(), "SF")
    await logistics.drop_carrier(tx, shop(), "SF")
    assert not (await logistics.carriers_for(tx, shop()))[0].usable


async def test_another_shop_has_its_own_carriers(tx: Tx):
    await ready(tx)
    other = await logistics.carriers_for(tx, shop(shop_id=72))
    assert not any(view.registered for view in other)
    assert await logistics.find_return_address(tx, 72) is None


@pytest.mark.parametrize(
    ("carrier", "account_no", "code"),
    [
        ("UPS", "12345678", "CARRIER_NOT_SUPPORTED"),
        ("DBKD", "12345678", "CARRIER_NOT_SUPPORTED"),
        ("SF", "123", "ACCOUNT_NUMBER_INVALID"),
        ("SF", "12 34'; --", "ACCOUNT_NUMBER_INVALID"),
        ("SF", "9" * 33, "ACCOUNT_NUMBER_INVALID"),
    ],
)
async def test_what_cannot_be_registered(tx: Tx, carrier, account_no, code):
    with pytest.raises(Refusal) as refused:
        await logistics.register_carrier(tx, shop(), carrier=carrier, account_no=account_no)
    assert refused.value.code == code


async def test_open_markets_need_no_registration(tx: Tx):
    views = {view.code: view for view in await logistics.carriers_for(tx, shop("kuaishou"))}
    assert views["DBKD"].usable
    assert "DBKD" not in {view.code for view in await logistics.carriers_for(tx, shop("wechat"))}


async def test_the_return_address_is_sealed_and_masked(tx: Tx):
    view = await logistics.set_return_address(tx, shop(), address=ADDRESS)
    assert view.label == "仓** 755****5566 广东省深圳市南山区"
    opened = await logistics.open_return_address(tx, 71)
    assert opened is not None
    assert (opened.detail, opened.phone) == (ADDRESS.detail, "75583765566")
    (row,) = await tx.rows("SELECT address_sealed FROM return_addresses")
    assert "深圳".encode() not in bytes(row["address_sealed"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "联系人"),
        ({"phone": "12"}, "电话"),
        ({"phone": "abc"}, "电话"),
        ({"region": ""}, "所在地区"),
        ({"detail": "x" * 121}, "详细地址"),
        ({"detail": "一\x00二"}, "详细地址"),
    ],
)
async def test_an_address_names_the_field_it_lacks(tx: Tx, change, field):
    values = {name: getattr(ADDRESS, name) for name in ADDRESS.__struct_fields__} | change
    with pytest.raises(Refusal) as refused:
        await logistics.set_return_address(tx, shop(), address=logistics.Address(**values))
    assert (refused.value.code, refused.value.facts["field"]) == ("ADDRESS_INCOMPLETE", field)


async def test_shipping_declares_a_parcel_and_defers_its_announcement(tx: Tx):
    of = await ready(tx)
    parcel = await sent(tx, of, waybill=" sf1234567 890123 ")
    assert (parcel.state, parcel.waybill, parcel.lines) == ("DECLARED", NUMBER, ((1, 2),))
    assert parcel.declared_at == tx.now
    assert await logistics.parcels_of(tx, 901) == [parcel]
    assert await logistics.visible_parcel(tx, parcel.id, shop_id=71) == parcel
    with pytest.raises(ParcelNotFound):
        await logistics.visible_parcel(tx, parcel.id, shop_id=72)
    jobs = await tx.rows(
        "SELECT args FROM procrastinate_jobs WHERE task_name = 'logistics.announce'"
    )
    assert [job["args"] for job in jobs] == [{"parcel_id": parcel.id}]


@pytest.mark.parametrize(
    ("carrier", "waybill", "code", "rule"),
    [
        ("UPS", NUMBER, "CARRIER_NOT_SUPPORTED", "W-LOG-02"),
        ("ZTO", "751234567890123", "CARRIER_NOT_REGISTERED", "W-LOG-03"),
        ("SF", "JD1234567890123", "WAYBILL_INVALID", None),
        ("SF", "SF12", "WAYBILL_INVALID", None),
        ("SF", "SF" + "1" * 40, "WAYBILL_INVALID", None),
        ("SF", "SF12345678901２３", "WAYBILL_INVALID", None),
        ("SF", "'; DROP TABLE parcels", "WAYBILL_INVALID", None),
    ],
)
async def test_what_cannot_be_shipped(tx: Tx, carrier, waybill, code, rule):
    of = await ready(tx)
    with pytest.raises(Refusal) as refused:
        await sent(tx, of, carrier=carrier, waybill=waybill)
    assert refused.value.code == code
    assert refused.value.facts.get("rule") == rule
    assert await logistics.parcels_of(tx, 901, with_created=True) == []


async def test_nothing_ships_without_a_return_address(tx: Tx):
    await logistics.register_carrier(tx, shop(), carrier="SF", account_no="SF-0088")
    with pytest.raises(Refusal) as refused:
        await sent(tx)
    assert refused.value.code == "RETURN_ADDRESS_MISSING"
    assert refused.value.facts["rule"] == "A-AFS-08"


async def test_nothing_ships_without_lines(tx: Tx):
    await ready(tx)
    with pytest.raises(Refusal) as refused:
        await logistics.ship(
            tx,
            shop_id=71,
            order_id=901,
            carrier="SF",
            waybill=NUMBER,
            lines=[(1, 0)],
            receiver_sealed=b"",
            rulebook="wechat@1.0.0",
        )
    assert refused.value.code == "NOTHING_TO_SHIP"


async def test_a_waybill_is_used_once_for_each_carrier(tx: Tx):
    of = await ready(tx)
    await sent(tx, of)
    with pytest.raises(Refusal) as refused:
        await sent(tx, of, order_id=902)
    assert refused.value.code == "WAYBILL_USED"
    other = await ready(tx, shop(shop_id=72))
    with pytest.raises(Refusal) as refused:
        await sent(tx, other, order_id=903)
    assert refused.value.code == "WAYBILL_USED"
    await logistics.register_carrier(tx, of, carrier="YUNDA", account_no="YD-0088")
    assert await sent(tx, of, order_id=904, waybill="1234567890123")
    assert await sent(tx, of, order_id=905, carrier="YUNDA", waybill="1234567890123")


async def test_an_order_has_so_many_parcels_as_its_market_allows(tx: Tx):
    of = await ready(tx, shop("kuaishou"))
    await sent(tx, of)
    with pytest.raises(Refusal) as refused:
        await sent(tx, of, waybill="SF1234567890124")
    assert (refused.value.code, refused.value.facts["count_max"]) == ("PARCELS_MAX", 1)


async def test_a_platforms_own_waybill_is_for_one_order(tx: Tx):
    of = await ready(tx, shop("douyin"))
    with pytest.raises(Refusal) as refused:
        await sent(tx, of)
    assert (refused.value.code, refused.value.facts["rule"]) == (
        "EWAYBILL_NOT_PLATFORM",
        "D-LOG-01",
    )
    asked = await logistics.request_ewaybill(
        tx, shop_id=71, order_id=901, carrier="SF", rulebook=of.rulebook
    )
    again = await logistics.request_ewaybill(
        tx, shop_id=71, order_id=901, carrier="SF", rulebook=of.rulebook
    )
    assert (asked.state, asked.waybill, again.id) == ("CREATED", "", asked.id)
    assert await logistics.parcels_of(tx, 901) == []
    await tx.run("UPDATE parcels SET waybill = :number WHERE id = :id", number=NUMBER, id=asked.id)
    with pytest.raises(Refusal) as refused:
        await sent(tx, of, order_id=902)
    assert refused.value.code == "EWAYBILL_NOT_PLATFORM"
    assert (await sent(tx, of)).id == asked.id
    with pytest.raises(Refusal) as refused:
        await logistics.request_ewaybill(
            tx, shop_id=71, order_id=901, carrier="SF", rulebook="wechat@1.0.0"
        )
    assert refused.value.code == "EWAYBILL_NOT_OFFERED"


async def test_scans_move_a_parcel_and_are_told_once(tx: Tx, told: list[object]):
    await ready(tx)
    parcel = await sent(tx)
    assert await tracking.hear(tx, scan(ParcelEvent.PICKED_UP)) == "moved"
    assert await tracking.hear(tx, scan(ParcelEvent.PICKED_UP)) == "duplicate"
    assert await tracking.hear(tx, scan(ParcelEvent.SIGNED, minute=9)) == "moved"
    assert await tracking.hear(tx, scan(ParcelEvent.DELIVERING, minute=5)) == "late"
    assert await tracking.hear(tx, scan(ParcelEvent.SIGNED, minute=9)) == "duplicate"
    now = await logistics.get_parcel(tx, parcel.id)
    assert (now.state, now.picked_up_at, now.signed_at) == ("SIGNED", tx.now, tx.now)
    assert [one.state for one in now.scans] == ["SIGNED", "DELIVERING", "PICKED_UP"]
    assert told == [
        events.ParcelPickedUp(parcel.id, 901, 71, tx.now),
        events.ParcelSigned(parcel.id, 901, 71, tx.now),
    ]


async def test_a_signature_alone_says_that_it_was_picked_up(tx: Tx, told: list[object]):
    await ready(tx)
    parcel = await sent(tx)
    assert await tracking.hear(tx, scan(ParcelEvent.SIGNED)) == "moved"
    assert await tracking.hear(tx, scan(ParcelEvent.PICKED_UP, minute=-90)) == "late"
    assert [type(event) for event in told] == [events.ParcelPickedUp, events.ParcelSigned]
    assert (await logistics.get_parcel(tx, parcel.id)).state == "SIGNED"


async def test_an_undeclared_or_unknown_waybill_moves_nothing(tx: Tx):
    assert await tracking.hear(tx, scan(ParcelEvent.PICKED_UP)) == "unknown"
    await logistics.request_ewaybill(
        tx, shop_id=71, order_id=901, carrier="SF", rulebook="douyin@1.0.0"
    )
    await tx.run("UPDATE parcels SET waybill = :number", number=NUMBER)
    assert await tracking.hear(tx, scan(ParcelEvent.PICKED_UP)) == "unknown"


@pytest.mark.parametrize("code", list(waybill_forms()))
def test_every_carrier_takes_its_own_example_and_a_waybill_of_thirteen_digits(code):
    form = waybill_forms()[code]
    assert form.fits(form.example)
    assert form.fits(f"{code[:2]}1234567890123")
    assert not form.fits("ABC")
    assert not form.fits("")
