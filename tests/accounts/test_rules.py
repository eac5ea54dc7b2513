"""Names, phones, passwords, codes and paths, by tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyotp.totp import TOTP

from xiaodian.accounts import rules
from xiaodian.accounts.errors import (
    EmailInvalid,
    NameInvalid,
    PasswordCommon,
    PasswordTooLong,
    PasswordTooShort,
    PhoneInvalid,
)
from xiaodian.accounts.rules import CodeVerdict, IssuedCode
from xiaodian.accounts.states import ACCOUNT, AccountEvent, AccountState

NOW = datetime(2025, 3, 10, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        " 138 0013 8000 ",
        "+86 138-0013-8000",
        "008613800138000",
        "１３８００１３８０００",
    ],
)
def test_one_phone_has_one_form(typed: str) -> None:
    assert rules.normal_phone(typed) == "+8613800138000"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "123",
        "010-62511000",
        "+1 650 253 0000",
        "13800138000 ext 5",
        "1380013800",
        "138001380001",
        "13800138000\x00",
        "<script>",
        "1" * 500,
    ],
)
def test_other_things_are_no_phone(typed: str) -> None:
    with pytest.raises(PhoneInvalid):
        rules.normal_phone(typed)


@pytest.mark.parametrize("typed", ["Ops@Example.COM", " ops@example.com ", "ops@example.com\n"])
def test_one_address_has_one_form(typed: str) -> None:
    assert rules.normal_email(typed) == "ops@example.com"


@pytest.mark.parametrize(
    "typed", ["", "ops", "ops@", "@example.com", "a@b", "a b@example.com", "a@例子.com"]
)
def test_other_things_are_no_address(typed: str) -> None:
    with pytest.raises(EmailInvalid):
        rules.normal_email(typed)


@pytest.mark.parametrize("typed", ["", "   ", "a\x00b", "a\nb", "长" * 41])
def test_a_name_is_one_visible_line(typed: str) -> None:
    with pytest.raises(NameInvalid):
        rules.normal_name(typed)


def test_a_name_may_look_like_markup() -> None:
    assert rules.normal_name(" <b>示例店</b> ") == "<b>示例店</b>"


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("short-9ch", PasswordTooShort),
        ("x" * 129, PasswordTooLong),
        ("1234567890", PasswordCommon),
        ("qwertyuiop", PasswordCommon),
        ("Password123!", PasswordCommon),
        ("aaaaaaaaaaaa", PasswordCommon),
        ("woaini1314520", PasswordCommon),
        ("13800138000", PasswordCommon),
        ("ops-example", PasswordCommon),
    ],
)
def test_passwords_that_are_tried_first_are_refused(
    password: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        rules.check_password(password, about=["+8613800138000", "ops-example@example.com"])


@pytest.mark.parametrize(
    "password", ["demo-merchant-2025", "我的店铺密码很安全吧", "Tr0ub4dor&3x", "a\x00b c d e f"]
)
def test_passwords_that_are_hard_to_guess_pass(password: str) -> None:
    rules.check_password(password, about=["+8613800138000"])


@pytest.mark.parametrize(
    ("issued", "typed", "at", "verdict"),
    [
        (None, b"right", NOW, CodeVerdict.EXPIRED),
        (IssuedCode(b"right", NOW, 0, used=False), b"right", NOW, CodeVerdict.RIGHT),
        (IssuedCode(b"right", NOW, 4, used=False), b"right", NOW, CodeVerdict.RIGHT),
        (IssuedCode(b"right", NOW, 5, used=False), b"right", NOW, CodeVerdict.EXPIRED),
        (IssuedCode(b"right", NOW, 0, used=True), b"right", NOW, CodeVerdict.EXPIRED),
        (IssuedCode(b"right", NOW, 0, used=False), b"wrong", NOW, CodeVerdict.WRONG),
        (
            IssuedCode(b"right", NOW - timedelta(microseconds=1), 0, used=False),
            b"right",
            NOW,
            CodeVerdict.EXPIRED,
        ),
    ],
)
def test_a_code_is_judged(
    issued: IssuedCode | None, typed: bytes, at: datetime, verdict: CodeVerdict
) -> None:
    assert rules.judge_code(issued, typed, at) is verdict


def test_a_half_minute_of_an_authenticator_passes_once() -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    present = int(NOW.timestamp()) // 30
    typed = TOTP(secret).generate_otp(present)
    assert rules.totp_step(secret, typed, NOW, after_step=0) == present
    assert rules.totp_step(secret, typed, NOW, after_step=present) is None
    assert rules.totp_step(secret, typed, NOW + timedelta(seconds=30), after_step=0) == present
    assert rules.totp_step(secret, typed, NOW + timedelta(seconds=60), after_step=0) is None
    assert rules.totp_step(secret, "not a code", NOW, after_step=0) is None


@pytest.mark.parametrize(
    ("wished", "went"),
    [
        ("/merchant/orders?state=WAIT_SHIP", "/merchant/orders?state=WAIT_SHIP"),
        ("/s/wechat/p/1%20x", "/s/wechat/p/1%20x"),
        ("", "/home"),
        ("//evil.example", "/home"),
        ("/\\evil.example", "/home"),
        ("https://evil.example/", "/home"),
        ("javascript:alert(1)", "/home"),
        ("/a\r\nSet-Cookie: x=1", "/home"),
        ("/\t/evil.example", "/home"),
        ("/" + "a" * 1000, "/home"),
    ],
)
def test_after_signing_in_one_stays_in_the_house(wished: str, went: str) -> None:
    assert rules.own_path(wished, "/home") == went


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    for read, refusal in (
        (rules.normal_phone, PhoneInvalid),
        (rules.normal_email, EmailInvalid),
        (rules.normal_name, NameInvalid),
    ):
        try:
            once = read(typed)
        except refusal:
            continue
        assert read(once) == once
    went = rules.own_path(typed, "/")
    assert went.startswith("/")
    assert not went.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" +86 138-0013-8000", "+8613800138000"),
        ("13800138000", "+8613800138000"),
        ("Ops@Example.com ", "ops@example.com"),
        (" Nobody ", "nobody"),
        ("a@b", "a@b"),
    ],
)
def test_one_sign_in_name_is_counted_as_one(typed: str, name: str) -> None:
    assert rules.login_name(typed) == name


def test_masks_show_little() -> None:
    assert rules.mask_email("ops@example.com") == "o***@example.com"
    assert rules.recovery_word(" ABCD-efgh ") == "abcdefgh"


@settings(max_examples=200)
@given(st.lists(st.sampled_from(list(AccountEvent)), max_size=50))
def test_a_deleted_account_stays_deleted(events: list[AccountEvent]) -> None:
    state = AccountState.ACTIVE
    for event in events:
        before = state
        if ACCOUNT.allows(state, event):
            state = ACCOUNT.after(state, event)
        assert before is not AccountState.DELETED or state is AccountState.DELETED
        if before is AccountState.SUSPENDED:
            assert state is not AccountState.DELETED


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
            "Chrome · Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0",
            "微信 · iPhone",
        ),
        ("python-httpx/0.28", "Python"),
        ("<script>", "其他设备"),
        ("", "其他设备"),
    ],
)
def test_a_device_has_a_short_name(agent: str, device: str) -> None:
    assert rules.device_of(agent) == device
