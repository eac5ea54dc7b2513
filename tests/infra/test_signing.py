"""Signed messages: each part counts, and five minutes are enough."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from xiaodian.infra.addresses import is_loopback
from xiaodian.infra.clock import wall_now
from xiaodian.infra.reading import Unreadable, read_json
from xiaodian.infra.signing import Flaw, derived, flaw, is_fresh, signed_headers

LINE = "POST /send"
BODY = b'{"phone": "13800000000"}'


def test_a_sound_message_is_believed():
    headers = signed_headers("secret", line=LINE, body=BODY)
    assert flaw("secret", headers, line=LINE, body=BODY) is None
    lowered = {name.lower(): value for name, value in headers.items()}
    assert flaw("secret", lowered, line=LINE, body=BODY) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "other"},
        {"line": "GET /send"},
        {"body": BODY + b" "},
        {"body": b""},
    ],
)
def test_each_part_counts(wrong: dict[str, object]):
    headers = signed_headers("secret", line=LINE, body=BODY)
    given = {"secret": "secret", "line": LINE, "body": BODY} | wrong
    assert flaw(given.pop("secret"), headers, **given) is Flaw.FORGED


@pytest.mark.parametrize(
    "name", ["X-Xiaodian-Timestamp", "X-Xiaodian-Nonce", "X-Xiaodian-Signature"]
)
def test_a_message_without_a_part_is_unsigned(name: str):
    headers = signed_headers("secret", line=LINE, body=BODY)
    del headers[name]
    assert flaw("secret", headers, line=LINE, body=BODY) is Flaw.UNSIGNED
    headers[name] = ""
    assert flaw("secret", headers, line=LINE, body=BODY) is Flaw.UNSIGNED


@pytest.mark.parametrize("name", ["X-Xiaodian-Timestamp", "X-Xiaodian-Nonce"])
def test_the_stamp_and_the_nonce_are_signed(name: str):
    headers = signed_headers("secret", line=LINE, body=BODY)
    headers[name] = str(int(headers["X-Xiaodian-Timestamp"]) + 1)
    assert flaw("secret", headers, line=LINE, body=BODY) is Flaw.FORGED


@pytest.mark.parametrize(("minutes", "stale"), [(-6, True), (-4, False), (4, False), (6, True)])
def test_a_message_lives_five_minutes(minutes: int, stale: bool):  # noqa: FBT001 - a table
    at = wall_now() + timedelta(minutes=minutes)
    headers = signed_headers("secret", line=LINE, body=BODY, at=at)
    found = flaw("secret", headers, line=LINE, body=BODY)
    assert found is (Flaw.STALE if stale else None)


@pytest.mark.parametrize("stamp", ["", "soon", "-1", "1.5", "9" * 50, "١٢٣"])
def test_a_stamp_is_a_number_of_seconds(stamp: str):
    assert not is_fresh(stamp, wall_now())


def test_each_peer_has_a_secret_of_its_own():
    assert len({derived("secret", name) for name in ("SF", "YTO", "ZTO")}) == 3
    assert derived("secret", "SF") == derived("secret", "SF")


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("http://127.0.0.1:8000/pay", True),
        ("http://[::1]:8000", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("https://api.mch.weixin.qq.com", False),
        ("", False),
    ],
)
def test_what_stays_on_this_machine(address: str, loopback: bool):  # noqa: FBT001 - a table
    assert is_loopback(address) is loopback


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 5_000, b'{"a":' * 5_000, b"1", b'"text"']
)
def test_the_unreadable_is_named(body: bytes):
    with pytest.raises(Unreadable):
        read_json(body, dict[str, object])


def test_a_shape_is_held():
    class Shape(msgspec.Struct):
        name: str

    assert read_json(b'{"name": "x"}', Shape).name == "x"
    with pytest.raises(Unreadable, match=r"\$\.name"):
        read_json(b'{"name": 1}', Shape)
