"""Carriers: accounts, waybills, scans in order, and signed word of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.sandbox.town import Heard, Town, open_town, until

from xiaodian.infra.peers import Declined
from xiaodian.infra.signing import derived, signed_headers
from xiaodian.kernel.errors import Outage
from xiaodian.logistics.gateway import (
    HttpCarrierGateway,
    NullCarrierGateway,
    PushedScan,
    PushRejected,
    ScanState,
    Track,
    WaybillRequest,
)
from xiaodian.sandbox.twins import ScanStep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from xiaodian.sandbox.keys import SandboxKeys


@pytest.fixture
async def carriers(town: Town) -> AsyncIterator[HttpCarrierGateway]:
    gateway = HttpCarrierGateway(
        f"{town.config.address}/carriers", town.keys.carrier_secret, answer_s=0.3
    )
    yield gateway
    await gateway.aclose()


async def waybill(town: Town, carriers: HttpCarrierGateway, code: str = "SF") -> str:
    account = await carriers.register_account(code, shop=town.number(), site="杭州西湖营业部")
    assert isinstance(account, str)
    number = await carriers.create_waybill(
        code, WaybillRequest(request_id=town.number(), account_no=account, weight_g=500)
    )
    assert isinstance(number, str)
    return number


async def scan(town: Town, number: str, state: str, code: str = "SF", **more: object):
    return await town.client.post(
        f"/carriers/{code}/parcels/{number}/scan", json={"state": state, "place": "杭州", **more}
    )


async def pushes(town: Town, number: str, count: int, code: str = "SF") -> list[Heard]:
    """Wait until so many pushes about a parcel came."""

    def about() -> list[Heard]:
        came = town.listener.came(f"/notify/carriers/{code}")
        return [message for message in came if number.encode() in message.body]

    await until(lambda: len(about()) >= count)
    return about()


async def test_an_account_is_one_for_a_shop_and_site(town: Town, carriers: HttpCarrierGateway):
    shop = town.number()
    first = await carriers.register_account("YTO", shop=shop, site="杭州")
    assert await carriers.register_account("YTO", shop=shop, site="杭州") == first
    assert await carriers.register_account("YTO", shop=shop, site="宁波") != first
    assert await carriers.register_account("ZTO", shop=shop, site="杭州") != first


async def test_a_waybill_is_one_for_a_request(town: Town, carriers: HttpCarrierGateway):
    account = await carriers.register_account("SF", shop=town.number(), site="杭州")
    assert isinstance(account, str)
    asked = WaybillRequest(request_id=town.number(), account_no=account)
    first = await carriers.create_waybill("SF", asked)
    assert isinstance(first, str)
    assert await carriers.create_waybill("SF", asked) == first
    other = WaybillRequest(request_id=town.number(), account_no="SF0000000000")
    unknown = await carriers.create_waybill("SF", other)
    assert isinstance(unknown, Declined)
    assert unknown.code == "ACCOUNT_UNKNOWN"
    mixed = await carriers.create_waybill("YTO", asked)
    assert isinstance(mixed, Declined)


async def test_a_parcel_travels_and_each_scan_is_pushed(town: Town, carriers: HttpCarrierGateway):
    number = await waybill(town, carriers)
    for count, state in enumerate(("PICKED_UP", "IN_TRANSIT", "DELIVERING", "SIGNED"), start=1):
        assert (await scan(town, number, state)).status_code == 201
        told = (await pushes(town, number, count))[-1]
        pushed = carriers.read_push("SF", told.headers, told.body)
        assert isinstance(pushed, PushedScan)
        assert (pushed.waybill_no, pushed.state, pushed.place) == (number, ScanState(state), "杭州")
    track = await carriers.query("SF", number)
    assert track is not None
    assert track.state == "SIGNED"
    assert [step.state.value for step in track.scans] == [
        "PICKED_UP",
        "IN_TRANSIT",
        "DELIVERING",
        "SIGNED",
    ]
    assert number in (await town.client.get("/carriers/")).text


@pytest.mark.parametrize(
    ("before", "wrong"),
    [
        ([], "SIGNED"),
        ([], "IN_TRANSIT"),
        (["PICKED_UP"], "PICKED_UP"),
        (["PICKED_UP", "SIGNED"], "IN_TRANSIT"),
        (["PICKED_UP", "DELIVERING"], "IN_TRANSIT"),
        (["PICKED_UP", "REFUSED"], "SIGNED"),
    ],
)
async def test_scans_come_in_order(
    town: Town, carriers: HttpCarrierGateway, before: list[str], wrong: str
):
    number = await waybill(town, carriers)
    for state in before:
        assert (await scan(town, number, state)).status_code == 201
    answer = await scan(town, number, wrong)
    assert (answer.status_code, answer.json()["code"]) == (409, "SCAN_OUT_OF_ORDER")


async def test_a_number_from_elsewhere_becomes_known(town: Town, carriers: HttpCarrierGateway):
    number = f"SF{town.number()}"
    assert await carriers.query("SF", number) is None
    track = await carriers.subscribe("SF", number)
    assert isinstance(track, Track)
    assert (track.state, track.scans) == ("CREATED", [])
    assert await carriers.subscribe("SF", number) == track
    assert (await scan(town, number, "PICKED_UP")).status_code == 201


@pytest.mark.parametrize("number", ["", "x", "../../faults", "a?b=c", "单号123456", "1" * 33])
async def test_what_is_no_number_is_declined(carriers: HttpCarrierGateway, number: str):
    assert isinstance(await carriers.subscribe("SF", number), Declined)
    assert await carriers.query("SF", number) is None


async def test_one_carriers_secret_opens_no_other(town: Town, carriers: HttpCarrierGateway):
    number = await waybill(town, carriers)
    await scan(town, number, "PICKED_UP")
    told = (await pushes(town, number, 1))[-1]
    rejected = carriers.read_push("YTO", told.headers, told.body)
    assert rejected == PushRejected("forged")


@pytest.mark.parametrize(
    ("fault", "reason"), [("forge", "forged"), ("alter", "forged"), ("replay", "stale")]
)
async def test_a_spoilt_push_is_named_and_a_sound_one_follows(
    town: Town, carriers: HttpCarrierGateway, fault: str, reason: str
):
    number = await waybill(town, carriers, "JD")
    await town.fault("carriers", fault, door="notify", subject=number)
    town.listener.answers["/notify/carriers/JD"] = [401]
    await scan(town, number, "PICKED_UP", "JD")
    spoilt, sound = (await pushes(town, number, 2, "JD"))[:2]
    rejected = carriers.read_push("JD", spoilt.headers, spoilt.body)
    assert isinstance(rejected, PushRejected)
    assert rejected.reason == reason
    assert isinstance(carriers.read_push("JD", sound.headers, sound.body), PushedScan)


async def test_a_push_may_come_twice_or_never(town: Town, carriers: HttpCarrierGateway):
    number = await waybill(town, carriers, "STO")
    await town.fault("carriers", "lose", subject=number)
    await town.fault("carriers", "duplicate", subject=number)
    await scan(town, number, "PICKED_UP", "STO")
    await scan(town, number, "IN_TRANSIT", "STO")
    told = await pushes(town, number, 2, "STO")
    assert len({message.headers["x-xiaodian-nonce"] for message in told}) == 2
    assert len({message.body for message in told}) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 3000, b"\xff", b'{"id": 1}'])
def test_a_push_that_cannot_be_read_is_named(body: bytes):
    gateway = HttpCarrierGateway("http://127.0.0.1:1", "secret")
    headers = signed_headers(derived("secret", "SF"), line="push SF", body=body)
    rejected = gateway.read_push("SF", headers, body)
    assert isinstance(rejected, PushRejected)
    assert rejected.reason == "malformed"


@pytest.mark.parametrize(("fault", "made"), [("outage", False), ("hang", False), ("timeout", True)])
async def test_an_unknown_outcome_is_an_outage(
    town: Town,
    carriers: HttpCarrierGateway,
    fault: str,
    made: bool,  # noqa: FBT001 - a table
):
    number = f"SF{town.number()}"
    await town.fault("carriers", fault, door="subscribe", subject=number, delay_s=0.5)
    with pytest.raises(Outage):
        await carriers.subscribe("SF", number)
    assert (await carriers.query("SF", number) is not None) is made


async def test_a_carrier_may_refuse(town: Town, carriers: HttpCarrierGateway):
    number = f"SF{town.number()}"
    await town.fault("carriers", "decline", door="subscribe", subject=number)
    answer = await carriers.subscribe("SF", number)
    assert isinstance(answer, Declined)
    assert answer.code == "CARRIER_REFUSED"


async def test_a_stranger_is_not_heard(town: Town):
    stranger = HttpCarrierGateway(f"{town.config.address}/carriers", "wrong")
    with pytest.raises(Outage):
        await stranger.register_account("SF", shop="s", site="x")
    await stranger.aclose()


async def test_a_parcel_travels_by_itself(tmp_path: Path, keys: SandboxKeys):
    plan = tuple(ScanStep(state, 0.02) for state in ("PICKED_UP", "IN_TRANSIT", "SIGNED"))
    async with open_town(tmp_path, keys, scan_plan=plan) as town:
        gateway = HttpCarrierGateway(f"{town.config.address}/carriers", keys.carrier_secret)
        number = await waybill(town, gateway)
        told = await town.listener.at("/notify/carriers/SF", 3)
        states = {gateway.read_push("SF", m.headers, m.body).state for m in told}
        assert states == {ScanState.PICKED_UP, ScanState.IN_TRANSIT, ScanState.SIGNED}
        track = await gateway.query("SF", number)
        assert track is not None
        assert track.state == "SIGNED"
        await gateway.aclose()


async def test_no_gateway_refuses():
    null = NullCarrierGateway()
    for asking in (
        null.register_account("SF", shop="s", site="x"),
        null.create_waybill("SF", WaybillRequest(request_id="r", account_no="a")),
        null.subscribe("SF", "SF123456"),
        null.query("SF", "SF123456"),
    ):
        with pytest.raises(Outage):
            await asking
    with pytest.raises(Outage):
        null.read_push("SF", {}, b"")
    await null.aclose()
