"""What the pay gateway refuses: requests that are unsigned, altered, replayed, or nonsense."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from xiaodian.infra.clock import wall_now

if TYPE_CHECKING:
    import httpx
    from tests.sandbox.town import Town

NATIVE = "/v3/pay/transactions/native"


class Hand:
    """Signs requests by hand, so that each part can be wrong."""

    def __init__(self, town: Town) -> None:
        self.town = town
        key = load_pem_private_key(town.keys.merchant_key.encode(), password=None)
        assert isinstance(key, RSAPrivateKey)
        self.key = key

    def headers(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        key: RSAPrivateKey | None = None,
        age_s: int = 0,
        nonce: str = "",
        **given: str,
    ) -> dict[str, str]:
        stamp, nonce = str(int(wall_now().timestamp()) - age_s), nonce or secrets.token_hex(16)
        text = f"{method}\n{path}\n{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = base64.b64encode((key or self.key).sign(text, PKCS1v15(), SHA256())).decode()
        parts = {
            "serial_no": self.town.keys.merchant_serial,
            "timestamp": stamp,
            "signature": signature,
            "nonce_str": nonce,
            "mchid": self.town.keys.mchid,
        } | given
        pairs = ",".join(f'{name}="{value}"' for name, value in parts.items())
        return {"Authorization": f"WECHATPAY2-SHA256-RSA2048 {pairs}"}

    async def post(self, body: bytes, path: str = NATIVE, **wrong: object) -> httpx.Response:
        headers = self.headers("POST", path, body, **wrong)
        return await self.town.client.post(f"/pay{path}", content=body, headers=headers)


@pytest.fixture(scope="module")
def hand(town: Town) -> Hand:
    return Hand(town)


def words(town: Town, **more: object) -> bytes:
    return json.dumps(
        {
            "appid": town.keys.appid,
            "mchid": town.keys.mchid,
            "description": "示例商品",
            "out_trade_no": town.number(),
            "notify_url": f"{town.listener.address}/n",
            "amount": {"total": 100, "currency": "CNY"},
        }
        | more
    ).encode()


async def test_attributes_may_come_in_any_order(town: Town, hand: Hand):
    answer = await hand.post(words(town))
    assert answer.status_code == 200
    assert answer.json()["code_url"].startswith(town.config.address)


async def test_every_answer_is_signed_even_without_a_body(town: Town, hand: Hand):
    number = town.number()
    await hand.post(words(town, out_trade_no=number))
    path = f"/v3/pay/transactions/out-trade-no/{number}/close"
    answer = await hand.post(json.dumps({"mchid": town.keys.mchid}).encode(), path)
    assert (answer.status_code, answer.content) == (204, b"")
    key = load_pem_public_key(town.keys.platform_public_key.encode())
    text = f"{answer.headers['wechatpay-timestamp']}\n{answer.headers['wechatpay-nonce']}\n\n"
    signature = base64.b64decode(answer.headers["wechatpay-signature"])
    key.verify(signature, text.encode(), PKCS1v15(), SHA256())  # raises when it is not ours
    assert answer.headers["wechatpay-serial"] == town.keys.platform_key_id
    assert answer.headers["wechatpay-signature-type"] == "WECHATPAY2-SHA256-RSA2048"


@pytest.mark.parametrize(
    "wrong",
    [
        {"mchid": "1999999999"},
        {"serial_no": "00" * 20},
        {"signature": "AAAA"},
        {"signature": "not base64!"},
        {"timestamp": "yesterday"},
        {"age_s": 301},
        {"age_s": -301},
    ],
)
async def test_a_wrong_signature_is_refused(town: Town, hand: Hand, wrong: dict[str, object]):
    answer = await hand.post(words(town), **wrong)
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")


@pytest.mark.parametrize("header", ["", "Bearer x", "WECHATPAY2-SHA256-RSA2048 mchid=", "\x01"])
async def test_no_signature_is_refused(town: Town, header: str):
    answer = await town.client.post(
        f"/pay{NATIVE}", content=words(town), headers={"Authorization": header.encode()}
    )
    assert answer.status_code in (400, 401)
    if answer.status_code == 401:
        assert answer.json()["code"] == "SIGN_ERROR"


async def test_somebody_elses_key_is_refused(town: Town, hand: Hand):
    stranger = generate_private_key(public_exponent=65537, key_size=2048)
    assert (await hand.post(words(town), key=stranger)).status_code == 401


async def test_a_body_that_was_changed_on_the_way_is_refused(town: Town, hand: Hand):
    body = words(town)
    headers = hand.headers("POST", NATIVE, body)
    changed = body.replace(b"100", b"101")
    answer = await town.client.post(f"/pay{NATIVE}", content=changed, headers=headers)
    assert answer.status_code == 401


async def test_a_request_is_not_taken_twice(town: Town, hand: Hand):
    body = words(town)
    headers = hand.headers("POST", NATIVE, body)
    first = await town.client.post(f"/pay{NATIVE}", content=body, headers=headers)
    second = await town.client.post(f"/pay{NATIVE}", content=body, headers=headers)
    assert (first.status_code, second.status_code) == (200, 401)


@pytest.mark.parametrize(
    "wrong",
    [
        {"out_trade_no": "short"},
        {"out_trade_no": "x" * 33},
        {"out_trade_no": "a b c d e f"},
        {"out_trade_no": 12345678},
        {"amount": {"total": 0}},
        {"amount": {"total": -1}},
        {"amount": {"total": 1.5}},
        {"amount": {"total": "100"}},
        {"amount": {"total": 100, "currency": "USD"}},
        {"amount": None},
        {"description": ""},
        {"description": "字" * 128},
        {"notify_url": "ftp://x"},
        {"notify_url": "http://x/?query=1"},
        {"time_expire": "2020-01-01T00:00:00+08:00"},
        {"time_expire": "tomorrow"},
        {"mchid": "1900000001"},
    ],
)
async def test_nonsense_is_a_parameter_error(town: Town, hand: Hand, wrong: dict[str, object]):
    answer = await hand.post(words(town, **wrong))
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":' * 2000])
async def test_what_is_not_json_is_a_parameter_error(hand: Hand, body: bytes):
    answer = await hand.post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")


async def test_another_merchants_app_is_refused(town: Town, hand: Hand):
    answer = await hand.post(words(town, appid="wxsomebodyelse0000"))
    assert answer.json()["code"] == "APPID_MCHID_NOT_MATCH"


async def test_h5_needs_its_scene(town: Town, hand: Hand):
    answer = await hand.post(words(town), "/v3/pay/transactions/h5")
    assert answer.json()["code"] == "PARAM_ERROR"


async def test_a_body_has_a_limit(hand: Hand):
    answer = await hand.post(b" " * 70_000)
    assert answer.status_code == 413


async def test_an_unknown_door_is_named(town: Town, hand: Hand):
    answer = await hand.post(b"{}", "/v3/profitsharing/orders")
    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")
    assert (await town.client.get("/pay/v3/certificates")).status_code == 401


async def test_a_query_names_its_own_merchant(town: Town, hand: Hand):
    path = "/v3/pay/transactions/out-trade-no/T0000000?mchid=1900000001"
    headers = hand.headers("GET", path, b"")
    answer = await town.client.get(f"/pay{path}", headers=headers)
    assert answer.json()["code"] == "PARAM_ERROR"


async def test_a_name_must_be_encrypted_for_the_platform(town: Town, hand: Hand):
    body = json.dumps(
        {
            "appid": town.keys.appid,
            "out_bill_no": town.number(),
            "transfer_scene_id": "1009",
            "openid": "o1",
            "transfer_amount": 200_000,
            "transfer_remark": "货款提现",
            "user_name": base64.b64encode(b"plain").decode(),
        }
    ).encode()
    path = "/v3/fund-app/mch-transfer/transfer-bills"
    assert (await hand.post(body, path)).json()["code"] == "PARAM_ERROR"
    unnamed = json.dumps(json.loads(body) | {"user_name": ""}).encode()
    assert (await hand.post(unnamed, path)).json()["code"] == "PARAM_ERROR"
