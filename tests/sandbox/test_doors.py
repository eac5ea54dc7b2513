"""Who may pass the sandbox's own doors, and how faults are ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from tests.sandbox.town import Town, charge, free_port, open_town

from xiaodian.payments.gateway import Prepared
from xiaodian.sandbox.twins import (
    JournalBusy,
    OpenSandbox,
    PortTaken,
    TwinsConfig,
    serve_twins,
)

if TYPE_CHECKING:
    from pathlib import Path

    from xiaodian.sandbox.keys import SandboxKeys

SANDBOX_DOORS = [
    ("GET", "/faults"),
    ("POST", "/faults"),
    ("DELETE", "/faults"),
    ("GET", "/pay/checkmweb"),
    ("POST", "/pay/checkmweb"),
    ("GET", "/pay/sandbox/orders/T0000001"),
    ("POST", "/pay/sandbox/orders/T0000001/pay"),
    ("GET", "/pay/sandbox/notifications"),
    ("POST", "/pay/sandbox/notifications/x/again"),
    ("GET", "/sms/"),
    ("GET", "/sms/outbox"),
    ("GET", "/mail/"),
    ("GET", "/mail/outbox"),
    ("GET", "/carriers/"),
    ("GET", "/carriers/SF/parcels/SF123456"),
    ("POST", "/carriers/SF/parcels/SF123456/scan"),
]


@pytest.mark.parametrize(("method", "path"), SANDBOX_DOORS)
async def test_a_foreign_name_for_this_machine_opens_nothing(town: Town, method: str, path: str):
    answer = await town.client.request(method, path, headers={"Host": "rebound.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(("method", "path"), [d for d in SANDBOX_DOORS if d[0] != "GET"])
@pytest.mark.parametrize(
    "header", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}]
)
async def test_another_site_may_not_post(
    town: Town, method: str, path: str, header: dict[str, str]
):
    assert (await town.client.request(method, path, headers=header)).status_code == 403


def test_beyond_this_machine_a_key_is_demanded(tmp_path: Path, keys: SandboxKeys):
    with pytest.raises(OpenSandbox, match="XIAODIAN_SANDBOX_KEY"):
        TwinsConfig(
            folder=tmp_path, keys=keys, product_url="http://x", host="0.0.0.0", port=1, smtp_port=2
        )


async def test_with_a_key_every_sandbox_door_asks_for_it(tmp_path: Path, keys: SandboxKeys):
    async with open_town(tmp_path, keys, sandbox_key="open sesame") as town:
        for method, path in SANDBOX_DOORS:
            assert (await town.client.request(method, path)).status_code == 401, path
            wrong = {"X-Xiaodian-Sandbox-Key": "open"}
            assert (await town.client.request(method, path, headers=wrong)).status_code == 401
        header = {"X-Xiaodian-Sandbox-Key": "open sesame"}
        assert (await town.client.get("/faults", headers=header)).status_code == 200
        named = await town.client.get("/faults", params={"sandbox_key": "open sesame"})
        assert named.status_code == 200
        # The doors of the protocols have signatures of their own.
        assert isinstance(await town.pay.prepare(charge(town.number())), Prepared)


async def test_a_person_gives_the_key_once(tmp_path: Path, keys: SandboxKeys):
    async with open_town(tmp_path, keys, sandbox_key="open sesame") as town:
        asked = await town.client.get("/sms/?phone=13800000000")
        assert asked.status_code == 401
        assert "沙盒口令" in asked.text
        assert 'value="/sms/?phone=13800000000"' in asked.text
        wrong = await town.client.post("/key", data={"key": "no", "back": "/sms/"})
        assert wrong.status_code == 401
        away = {"key": "open sesame", "back": "//elsewhere.example"}
        assert (await town.client.post("/key", data=away)).headers["location"] == "/"
        right = await town.client.post("/key", data={"key": "open sesame", "back": "/sms/"})
        assert (right.status_code, right.headers["location"]) == (303, "/sms/")
        assert (await town.client.get("/sms/")).status_code == 200


async def test_a_fault_is_ordered_listed_and_taken_back(town: Town):
    await town.client.delete("/faults", params={"twin": "mail"})
    await town.fault("mail", "late", times=3, after=2, delay_s=9, subject="nobody@x.invalid")
    listed = (await town.client.get("/faults")).json()
    assert {
        "twin": "mail",
        "door": "send",
        "fault": "late",
        "times": 3,
        "after": 2,
        "delay_s": 9.0,
        "subject": "nobody@x.invalid",
    } in listed["waiting"]
    assert "forge" in listed["possible"]["pay"]["notify"]
    cleared = await town.client.delete("/faults", params={"twin": "mail"})
    assert cleared.json() == {"cleared": 1}


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"twin": "bank", "fault": "late"}, "FAULT_IMPOSSIBLE"),
        ({"twin": "sms", "fault": "forge"}, "FAULT_IMPOSSIBLE"),
        ({"twin": "sms", "fault": "decline", "door": "window"}, "FAULT_IMPOSSIBLE"),
        ({"twin": "sms", "fault": "decline", "times": 0}, "FAULT_IMPOSSIBLE"),
        ({"twin": "pay", "fault": "decline"}, "DOOR_REQUIRED"),
        ({"twin": "pay", "fault": "explode"}, "PARAM_ERROR"),
        ({"twin": "pay"}, "PARAM_ERROR"),
        ({"twin": "sms", "fault": "decline", "tims": 1}, "PARAM_ERROR"),
        ([], "PARAM_ERROR"),
    ],
)
async def test_a_wrong_order_is_named(town: Town, order: object, code: str):
    answer = await town.client.post("/faults", json=order)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_pages_let_nothing_else_in(town: Town):
    page = await town.client.get("/sms/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert (await town.client.get("/style.css")).headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("path", ["/health", "/sms/", "/faults"])
async def test_head_is_answered(town: Town, path: str):
    assert (await town.client.head(path)).status_code == 200


async def test_a_taken_port_is_refused(town: Town, tmp_path: Path, keys: SandboxKeys):
    config = TwinsConfig(
        folder=tmp_path,
        keys=keys,
        product_url="http://127.0.0.1:1",
        port=town.config.port,
        smtp_port=free_port(),
    )
    with pytest.raises(PortTaken):
        await serve_twins(config)


async def test_a_folder_has_one_set_of_twins(town: Town, keys: SandboxKeys):
    with pytest.raises(JournalBusy):
        async with open_town(town.config.folder, keys):
            pass
    async with httpx.AsyncClient(base_url=town.config.address, trust_env=False) as client:
        assert (await client.get("/health")).json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("host", "public", "product", "address"),
    [
        ("127.0.0.1", "", "http://127.0.0.1:8000", "http://127.0.0.1:8001"),
        ("0.0.0.0", "", "https://shop.example", "http://shop.example:8001"),
        ("::1", "", "http://[::1]:8000", "http://[::1]:8001"),
        ("0.0.0.0", "https://pay.example/", "https://shop.example", "https://pay.example"),
    ],
)
def test_where_browsers_find_the_twins(
    tmp_path: Path, keys: SandboxKeys, host: str, public: str, product: str, address: str
):
    config = TwinsConfig(
        folder=tmp_path,
        keys=keys,
        product_url=product,
        host=host,
        port=8001,
        smtp_port=8002,
        public_url=public,
        sandbox_key="key",
    )
    assert config.address == address
