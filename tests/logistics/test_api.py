"""The doors of the logistics room: for carriers, and for shops."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest
from tests.world.shops import Keeper, keeper, key
from tests.world.trades import Trade, open_trade

from xiaodian import logistics
from xiaodian.infra.clock import wall_now
from xiaodian.infra.crypto import new_token
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.signing import derived, signed_headers
from xiaodian.logistics import jobs

if TYPE_CHECKING:
    from tests.world.house import World

    from xiaodian.logistics import ParcelView

ADDRESS = {
    "name": "仓库",
    "phone": "0755-83765566",
    "region": "广东省深圳市南山区",
    "detail": "科技园路 1 号",
}


OF_KUAISHOU = {
    "product_standard_no": "GB/T 22844",
    "shelf_life": "不适用",
    "origin": "中国",
    "material": "棉",
    "usage_scene": "卧室",
}


@dataclass
class Push:
    """What a carrier pushes."""

    id: str
    carrier: str
    waybill_no: str
    state: str
    at: datetime
    place: str = "深圳"
    text: str = "快件已揽收"


async def push(
    world: World, one: Push, *, code: str = "SF", secret: str = "", at: datetime | None = None
) -> httpx.Response:
    body = msgspec.json.encode(one)
    given = secret or derived(world.runtime.settings.carrier_secret, code)
    headers = signed_headers(given, line=f"push {code}", body=body, at=at)
    return await world.client().post(f"/notify/carriers/{code}", content=body, headers=headers)


async def ready(of: Keeper) -> None:
    path = f"/api/v1/shops/{of.shop.id}"
    answer = await of.browser.post(
        f"{path}/carriers", json={"carrier": "SF", "account_no": "7550012345"}, headers=key()
    )
    assert answer.status_code == 201, answer.text
    answer = await of.browser.put(f"{path}/return-address", json=ADDRESS, headers=key())
    assert answer.status_code == 200, answer.text


async def sent(trade: Trade) -> ParcelView:
    """A paid order of the trade, shipped."""
    await ready(trade.keeper)
    order_id = await trade.paid()
    await trade.town.ship(
        trade.keeper_actor, trade.keeper.shop.id, order_id, carrier="SF", waybill=trade.number()
    )
    async with trade.world.db.reading(actor=SYSTEM) as tx:
        (parcel,) = await logistics.parcels_of(tx, order_id)
    return parcel


async def state_of(world: World, parcel: ParcelView) -> str:
    async with world.db.reading(actor=SYSTEM) as tx:
        return (await logistics.get_parcel(tx, parcel.id)).state


async def recorded(world: World) -> list[tuple[str, str]]:
    async with world.db.reading(actor=SYSTEM) as tx:
        rows = await tx.rows("SELECT outcome, waybill FROM carrier_pushes ORDER BY id")
    return [(row["outcome"], row["waybill"]) for row in rows]


@pytest.mark.req("W-LOG-01")
@pytest.mark.req("W-LOG-02")
async def test_a_shop_sees_the_carriers_of_its_market(world: World):
    of = await keeper(world)
    path = f"/api/v1/shops/{of.shop.id}/carriers"
    before = (await of.browser.get(path)).json()["items"]
    assert [one["code"] for one in before] == ["SF", "JD", "STO", "YTO", "ZTO", "BEST", "YUNDA"]
    assert {one["denial"] for one in before} == {"CARRIER_NOT_REGISTERED"}
    await ready(of)
    after = {one["code"]: one for one in (await of.browser.get(path)).json()["items"]}
    assert (after["SF"]["usable"], after["SF"]["account_masked"]) == (True, "**** 2345")
    assert not after["JD"]["usable"]
    address = (await of.browser.get(f"/api/v1/shops/{of.shop.id}/return-address")).json()
    assert address == {"label": "仓** 755****5566 广东省深圳市南山区"}


BAD_REGISTRATIONS = [
    ({"carrier": "UPS", "account_no": "1234567"}, 422, "CARRIER_NOT_SUPPORTED"),
    ({"carrier": "SF", "account_no": "1"}, 422, "ACCOUNT_NUMBER_INVALID"),
    ({"carrier": "SF"}, 422, "INVALID_REQUEST"),
    ({"carrier": "SF", "account_no": 12345678}, 422, "INVALID_REQUEST"),
    ({"carrier": "SF", "account_no": "12345678", "more": 1}, 422, "INVALID_REQUEST"),
    ({"carrier": "S" * 17, "account_no": "12345678"}, 422, "INVALID_REQUEST"),
    ("[", 400, "MALFORMED"),
]


async def test_bad_registrations_are_named(world: World):
    of = await keeper(world)
    for body, status, code in BAD_REGISTRATIONS:
        sent_as = {"content": body} if isinstance(body, str) else {"json": body}
        headers = key() | {"content-type": "application/json", "accept": "application/json"}
        answer = await of.browser.post(
            f"/api/v1/shops/{of.shop.id}/carriers", headers=headers, **sent_as
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    shown = (await of.browser.get(f"/api/v1/shops/{of.shop.id}/carriers")).json()["items"]
    assert not any(one["registered"] for one in shown)


async def test_other_peoples_shops_do_not_exist(world: World):
    trade = await open_trade(world)
    of = trade.keeper
    stranger = await keeper(world, market="kuaishou", phone="13800138002", name="别家店")
    parcel = await sent(trade)
    path = f"/api/v1/shops/{of.shop.id}"
    body = {"carrier": "JD", "account_no": "7550012345"}
    as_program = {"accept": "application/json"}
    for answer in (
        await stranger.browser.get(f"{path}/carriers", headers=as_program),
        await stranger.browser.post(f"{path}/carriers", json=body, headers=key() | as_program),
        await stranger.browser.get(f"{path}/return-address", headers=as_program),
        await stranger.browser.put(
            f"{path}/return-address", json=ADDRESS, headers=key() | as_program
        ),
        await stranger.browser.get(f"{path}/parcels/{parcel.id}", headers=as_program),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "SHOP_NOT_FOUND")
    own = f"/api/v1/shops/{stranger.shop.id}/parcels"
    for wrong in (str(parcel.id), "1", "x", "9" * 30):
        answer = await stranger.browser.get(f"{own}/{wrong}", headers=as_program)
        assert (answer.status_code, answer.json()["code"]) == (404, "PARCEL_NOT_FOUND")
    anonymous = await world.client().get(f"{path}/carriers")
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "SIGN_IN_REQUIRED")
    shown = await of.browser.get(f"{path}/parcels/{parcel.id}")
    assert (shown.status_code, shown.json()["state"]) == (200, "DECLARED")


async def test_a_replayed_registration_answers_the_same(world: World):
    of = await keeper(world)
    path = f"/api/v1/shops/{of.shop.id}/carriers"
    named = key()
    body = {"carrier": "SF", "account_no": "7550012345"}
    first = await of.browser.post(path, json=body, headers=named)
    again = await of.browser.post(path, json=body, headers=named)
    assert (again.status_code, again.content) == (201, first.content)
    other = await of.browser.post(path, json=body | {"carrier": "JD"}, headers=named)
    assert other.status_code == 409
    none = await of.browser.post(path, json=body)
    assert none.status_code == 422


async def test_pushes_move_a_parcel_once_and_never_back(world: World):
    trade = await open_trade(world)
    of = trade.keeper
    parcel = await sent(trade)
    at = datetime(2025, 3, 10, 12, tzinfo=UTC)
    picked = Push("SC-1", "SF", parcel.waybill, "PICKED_UP", at)
    assert (await push(world, picked)).json() == {"outcome": "moved"}
    assert (await push(world, picked)).json() == {"outcome": "duplicate"}
    signed = Push("SC-3", "SF", parcel.waybill.lower(), "SIGNED", at + timedelta(hours=9))
    assert (await push(world, signed)).json() == {"outcome": "moved"}
    late = Push("SC-2", "SF", parcel.waybill, "IN_TRANSIT", at + timedelta(hours=2))
    assert (await push(world, late)).json() == {"outcome": "late"}
    shown = (await of.browser.get(f"/api/v1/shops/{of.shop.id}/parcels/{parcel.id}")).json()
    assert shown["state"] == "SIGNED"
    assert [scan["state"] for scan in shown["scans"]] == ["SIGNED", "IN_TRANSIT", "PICKED_UP"]
    assert await recorded(world) == []


async def test_an_unknown_waybill_is_answered_politely_and_recorded(world: World):
    one = Push("SC-1", "SF", "SF9999999999999", "PICKED_UP", wall_now())
    answer = await push(world, one)
    assert (answer.status_code, answer.json()) == (200, {"outcome": "unknown"})
    assert await recorded(world) == [("unknown", "SF9999999999999")]


async def test_a_push_that_is_not_believed_changes_nothing(world: World):
    trade = await open_trade(world)
    parcel = await sent(trade)
    one = Push("SC-1", "SF", parcel.waybill, "SIGNED", wall_now())
    answers = {
        "forged": await push(world, one, secret="somebody else's"),
        "stale": await push(world, one, at=wall_now() - timedelta(minutes=6)),
        "unsigned": await world.client().post("/notify/carriers/SF", json={"id": "SC-1"}),
        "misaddressed": await push(world, replace(one, carrier="JD")),
        "malformed": await push(world, replace(one, state="TELEPORTED")),
    }
    for flaw, answer in answers.items():
        assert (answer.status_code, answer.json()) == (401, {"outcome": flaw})
    assert await state_of(world, parcel) == "DECLARED"
    assert [outcome for outcome, _ in await recorded(world)] == list(answers)
    for code in ("sf", "S", "A" * 21, "S-F", "%00"):
        answer = await world.client().post(f"/notify/carriers/{code}", content=b"{}")
        assert (answer.status_code, answer.json()["code"]) == (422, "CARRIER_NOT_SUPPORTED")


async def test_the_carrier_is_told_of_a_parcel_and_asked_when_it_is_silent(world: World):
    trade = await open_trade(world)
    parcel = await sent(trade)
    twin = httpx.AsyncClient(base_url=f"{world.runtime.settings.twins_url}/carriers/SF")
    async with twin:
        for state in ("PICKED_UP", "IN_TRANSIT", "SIGNED"):
            scanned = await twin.post(f"/parcels/{parcel.waybill}/scan", json={"state": state})
            assert scanned.status_code == 201
    # Nobody hears the twin's pushes here, so the parcel stands still until it is asked after.
    await jobs.sweep(world.runtime)
    assert await state_of(world, parcel) == "DECLARED"
    async with world.db.transaction(actor=SYSTEM) as tx:
        await tx.run(
            "UPDATE parcels SET heard_at = :long_ago", long_ago=wall_now() - timedelta(hours=2)
        )
    await jobs.sweep(world.runtime)
    assert await state_of(world, parcel) == "SIGNED"
    async with world.db.reading(actor=SYSTEM) as tx:
        shown = await logistics.get_parcel(tx, parcel.id)
    assert [scan.state for scan in shown.scans] == ["SIGNED", "IN_TRANSIT", "PICKED_UP"]


@pytest.mark.req("K-LOG-01")
async def test_the_platform_issues_waybills_where_the_market_wants_them(world: World):
    trade = await open_trade(world, market="kuaishou", attributes=OF_KUAISHOU)
    of = trade.keeper
    answer = await of.browser.put(
        f"/api/v1/shops/{of.shop.id}/return-address", json=ADDRESS, headers=key()
    )
    assert answer.status_code == 200
    order_id = await trade.paid()
    page = f"{trade.shop_page}/orders/{order_id}"
    foreign = {"carrier": "UPS", "waybill": trade.number(), "_key": new_token()}
    refused = await of.browser.post(f"{page}/shipment", data=foreign)
    assert (refused.status_code, "不支持用" in refused.text) == (409, True)
    refused = await of.browser.post(
        f"{page}/ewaybill", data={"carrier": "BEST", "_key": new_token()}
    )
    assert refused.status_code == 422
    asked = await of.browser.post(f"{page}/ewaybill", data={"carrier": "SF", "_key": new_token()})
    assert asked.status_code == 303
    await world.run_jobs()
    async with world.db.reading(actor=SYSTEM) as tx:
        (issued,) = await logistics.parcels_of(tx, order_id, with_created=True)
    assert issued.waybill in (await of.browser.get(page)).text
    shipped = await of.browser.post(
        f"{page}/shipment",
        data={"carrier": "SF", "waybill": issued.waybill, "_key": new_token()},
    )
    assert shipped.status_code == 303
    assert await state_of(world, issued) == "DECLARED"


async def test_what_the_carrier_declines_is_shown_where_the_shop_ships(world: World):
    trade = await open_trade(world)
    await ready(trade.keeper)
    number = trade.number()
    async with httpx.AsyncClient(base_url=world.runtime.settings.twins_url) as twins:
        for fault in ("outage", "decline"):
            ordered = await twins.post(
                "/faults",
                json={"twin": "carriers", "fault": fault, "door": "subscribe", "subject": number},
            )
            assert ordered.is_success, ordered.text
    order_id = await trade.paid()
    await trade.town.ship(
        trade.keeper_actor, trade.keeper.shop.id, order_id, carrier="SF", waybill=number
    )
    page = f"{trade.shop_page}/orders/{order_id}"
    async with world.db.reading(actor=SYSTEM) as tx:
        (parcel,) = await logistics.parcels_of(tx, order_id)
        (job,) = await tx.rows(
            "SELECT status, attempts FROM procrastinate_jobs WHERE task_name = 'logistics.announce'"
        )
    assert (job["status"], job["attempts"]) == ("todo", 1), "an outage is tried again later"
    assert parcel.declined == ""
    await jobs.announce(world.runtime, parcel_id=parcel.id)
    shown = (await trade.keeper.browser.get(page)).text
    assert "快递公司没有接受这个运单号" in shown
    assert await state_of(world, parcel) == "DECLARED"
