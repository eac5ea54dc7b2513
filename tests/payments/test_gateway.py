"""Reading notifications: each flaw has its own word, and a sound one is read fast."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from xiaodian.infra.clock import wall_now
from xiaodian.payments.gateway import (
    Notification,
    RefundAnswer,
    RefundState,
    Rejection,
    RejectReason,
    Trade,
    TradeState,
    WechatPayGateway,
)
from xiaodian.sandbox.keys import SandboxKeys

if TYPE_CHECKING:
    from collections.abc import Callable

TRADE = {
    "mchid": "1900000000",
    "appid": "wxsandbox000000000",
    "out_trade_no": "T0000001",
    "transaction_id": "4200000000000000000000000001",
    "trade_state": "SUCCESS",
    "success_time": "2025-03-10T10:00:00+08:00",
    "attach": "",
    "payer": {"openid": "o1"},
    "amount": {"total": 19_900, "payer_total": 19_900, "currency": "CNY", "payer_currency": "CNY"},
}


class Provider:
    """The provider, by hand: what it sends, and every way in which that can be wrong."""

    def __init__(self) -> None:
        self.keys = SandboxKeys.make()
        key = load_pem_private_key(self.keys.platform_key.encode(), password=None)
        assert isinstance(key, RSAPrivateKey)
        self.key = key
        self.gateway = WechatPayGateway(
            self.keys.pay_settings("http://127.0.0.1:1"), notify_url="http://127.0.0.1:1/n"
        )

    def envelope(
        self, told: object, event: str = "TRANSACTION.SUCCESS", **wrong: object
    ) -> dict[str, object]:
        nonce = secrets.token_hex(6)
        plain = told if isinstance(told, bytes) else json.dumps(told).encode()
        sealed = AESGCM(self.keys.apiv3_key.encode()).encrypt(nonce.encode(), plain, b"about")
        return {
            "id": "EV-1",
            "create_time": "2025-03-10T10:00:00+08:00",
            "event_type": event,
            "resource_type": "encrypt-resource",
            "summary": "支付成功",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": "about",
                "nonce": nonce,
            },
        } | wrong

    def sign(self, body: bytes, *, age_s: int = 0) -> dict[str, str]:
        stamp, nonce = str(int(wall_now().timestamp()) - age_s), secrets.token_hex(16)
        text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(
                self.key.sign(text, PKCS1v15(), SHA256())
            ).decode(),
            "Wechatpay-Serial": self.keys.platform_key_id,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }

    def read(self, envelope: object, *, age_s: int = 0) -> Notification | Rejection:
        body = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
        return self.gateway.read_notification(self.sign(body, age_s=age_s), body)

    def reason(self, envelope: object, *, age_s: int = 0) -> RejectReason:
        rejected = self.read(envelope, age_s=age_s)
        assert isinstance(rejected, Rejection), rejected
        return rejected.reason


@pytest.fixture(scope="module")
def provider() -> Provider:
    return Provider()


def test_a_sound_notification_says_what_happened(provider: Provider):
    read = provider.read(provider.envelope(TRADE))
    assert isinstance(read, Notification)
    assert isinstance(read.subject, Trade)
    assert (read.id, read.subject.out_trade_no) == ("EV-1", "T0000001")
    assert (read.subject.state, read.subject.amount_fen) == (TradeState.SUCCESS, 19_900)


@pytest.mark.parametrize(("status", "state"), [(s.upper(), RefundState(s)) for s in RefundState])
def test_a_refund_is_read_in_each_state(provider: Provider, status: str, state: RefundState):
    told = {
        "mchid": "1900000000",
        "out_refund_no": "R1",
        "out_trade_no": "T1",
        "refund_id": "503",
        "refund_status": status,
        "amount": {"refund": 1, "total": 2},
    }
    read = provider.read(provider.envelope(told, f"REFUND.{status}"))
    assert isinstance(read, Notification)
    assert isinstance(read.subject, RefundAnswer)
    assert read.subject.state is state


@pytest.mark.parametrize("age_s", [-299, 0, 299])
def test_five_minutes_are_fresh(provider: Provider, age_s: int):
    assert isinstance(provider.read(provider.envelope(TRADE), age_s=age_s), Notification)


@pytest.mark.parametrize("age_s", [-302, 302, 86_400])
def test_more_than_five_minutes_are_stale(provider: Provider, age_s: int):
    assert provider.reason(provider.envelope(TRADE), age_s=age_s) is RejectReason.STALE


def altered(headers: dict[str, str], **changed: str | None) -> dict[str, str]:
    names = {name: name.replace("_", "-").title() for name in changed}
    kept = {name: value for name, value in headers.items() if name not in names.values()}
    return kept | {names[name]: value for name, value in changed.items() if value is not None}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda h: altered(h, wechatpay_signature=None), RejectReason.UNSIGNED),
        (lambda h: altered(h, wechatpay_nonce=None), RejectReason.UNSIGNED),
        (lambda h: altered(h, wechatpay_timestamp=None), RejectReason.UNSIGNED),
        (lambda h: altered(h, wechatpay_signature_type=None), RejectReason.UNSIGNED),
        (lambda h: altered(h, wechatpay_signature_type="RSA-MD5"), RejectReason.UNSIGNED),
        (lambda h: altered(h, wechatpay_timestamp="soon"), RejectReason.STALE),
        (lambda h: altered(h, wechatpay_timestamp="9" * 400), RejectReason.STALE),
        (lambda h: altered(h, wechatpay_serial=None), RejectReason.UNKNOWN_SERIAL),
        (lambda h: altered(h, wechatpay_serial="PUB_KEY_ID_X"), RejectReason.UNKNOWN_SERIAL),
        (lambda h: altered(h, wechatpay_signature="AAAA"), RejectReason.FORGED),
        (lambda h: altered(h, wechatpay_signature="%%%"), RejectReason.FORGED),
        (lambda h: altered(h, wechatpay_signature="A" * 344), RejectReason.FORGED),
        (lambda h: altered(h, wechatpay_nonce="other"), RejectReason.ALTERED),
    ],
)
def test_a_wrong_header_is_named(
    provider: Provider, change: Callable[[dict[str, str]], dict[str, str]], reason: RejectReason
):
    body = json.dumps(provider.envelope(TRADE)).encode()
    rejected = provider.gateway.read_notification(change(provider.sign(body)), body)
    assert isinstance(rejected, Rejection)
    assert rejected.reason is reason


def test_an_altered_body_is_told_from_a_forged_one(provider: Provider):
    body = json.dumps(provider.envelope(TRADE)).encode()
    headers = provider.sign(body)
    rejected = provider.gateway.read_notification(headers, body.replace(b"EV-1", b"EV-2"))
    assert isinstance(rejected, Rejection)
    assert rejected.reason is RejectReason.ALTERED
    forged = Provider().sign(body) | {"Wechatpay-Serial": provider.keys.platform_key_id}
    rejected = provider.gateway.read_notification(forged, body)
    assert isinstance(rejected, Rejection)
    assert rejected.reason is RejectReason.FORGED


@pytest.mark.parametrize(
    "told",
    [
        b"{",
        b"\xff",
        {},
        TRADE | {"trade_state": "MAYBE"},
        TRADE | {"amount": None},
        TRADE | {"amount": {"total": "19900"}},
        TRADE | {"amount": {"total": 19_900, "currency": "USD"}},
        TRADE | {"transaction_id": ""},
        TRADE | {"success_time": "soon"},
    ],
)
def test_what_cannot_be_read_is_malformed(provider: Provider, told: object):
    assert provider.reason(provider.envelope(told)) is RejectReason.MALFORMED


def test_an_envelope_must_be_one(provider: Provider):
    for envelope in (
        b"",
        b"[]",
        b"\xff\xfe",
        b" " * 200_000,
        provider.envelope(TRADE, resource_type="plain"),
        provider.envelope(TRADE, event="COUPON.USE"),
        provider.envelope(TRADE, resource={"algorithm": "NONE", "ciphertext": "", "nonce": ""}),
    ):
        assert provider.reason(envelope) is RejectReason.MALFORMED


@pytest.mark.parametrize(
    "resource",
    [
        {"ciphertext": "AAAA", "nonce": "123456789012"},
        {"ciphertext": "%%", "nonce": "123456789012"},
        {"ciphertext": "AAAA" * 20, "nonce": ""},
    ],
)
def test_what_cannot_be_decrypted_is_named(provider: Provider, resource: dict[str, str]):
    sealed = resource | {"algorithm": "AEAD_AES_256_GCM", "associated_data": "about"}
    envelope = provider.envelope(TRADE, resource=sealed)
    assert provider.reason(envelope) is RejectReason.UNDECRYPTABLE


def test_another_merchants_money_is_not_ours(provider: Provider):
    told = TRADE | {"mchid": "1900000001"}
    assert provider.reason(provider.envelope(told)) is RejectReason.MISADDRESSED


def test_one_core_reads_more_than_1500_a_second(provider: Provider):
    body = json.dumps(provider.envelope(TRADE)).encode()
    headers = provider.sign(body)
    began = time.process_time()
    for _ in range(500):
        assert isinstance(provider.gateway.read_notification(headers, body), Notification)
    assert 500 / (time.process_time() - began) > 1_500
