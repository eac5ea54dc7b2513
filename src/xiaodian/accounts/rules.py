"""Who may be who: names, phones, passwords, one-time codes. Pure; wall time is an argument."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType
from pyotp.totp import TOTP
from zxcvbn import zxcvbn

from xiaodian.accounts.errors import (
    EmailInvalid,
    NameInvalid,
    PasswordCommon,
    PasswordTooLong,
    PasswordTooShort,
    PhoneInvalid,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = [
    "ACCOUNT_SIGN_INS",
    "ADDRESS_CODES",
    "ADDRESS_SIGN_INS",
    "CODE_DIGITS",
    "CODE_LIFETIME",
    "CODE_TRIES",
    "FACTOR_FAILURES",
    "LINK_LIFETIME",
    "LOGIN_SIGN_INS",
    "NAME_MAX",
    "PASSWORD_CHECKS",
    "PASSWORD_MAX",
    "PASSWORD_MIN",
    "PHONE_CODES_DAY",
    "PHONE_CODES_HOUR",
    "PHONE_CODES_MINUTE",
    "PRIVACY_VERSION",
    "RECOVERY_CODES",
    "RETENTION_DAYS",
    "STEP_LIFETIME",
    "STEP_TRIES",
    "TERMS_VERSION",
    "Allowance",
    "CodeVerdict",
    "IssuedCode",
    "check_password",
    "device_of",
    "judge_code",
    "login_name",
    "mask_email",
    "national",
    "normal_email",
    "normal_name",
    "normal_phone",
    "own_path",
    "recovery_word",
    "totp_step",
]

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=5)
"""Wall time."""
CODE_TRIES = 5
STEP_LIFETIME = timedelta(minutes=10)
"""How long the second step of a sign-in waits, in wall time."""
STEP_TRIES = 5
LINK_LIFETIME = timedelta(hours=72)
"""How long a link to set a password works, in wall time."""
RECOVERY_CODES = 10
PASSWORD_MIN = 10
PASSWORD_MAX = 128
NAME_MAX = 40
RETENTION_DAYS = 3 * 365 + 1
"""Trade records are kept three years after the trade (E-Commerce Law, article 31)."""
TERMS_VERSION = "2025-03"
PRIVACY_VERSION = "2025-03"
"""Consent is given to a version; a new one is asked for again."""

_EMAIL_MAX = 254
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_OWN_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")
_PATH_MAX = 1_000
_REGION = "CN"
_COUNTRY_CODE = 86
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_STRENGTH_MIN = 2
_STRENGTH_READS = 72
_TRIED_FIRST = (
    "xiaodian", "woaini", "woaini1314", "1314520", "5201314", "woaini1314520", "woaini521",
    "woaiwojia", "zhangwei", "wangwei", "taobao", "weixin", "wechat", "mima", "mima123456",
    "caonima", "buzhidao", "xiaoxiao", "aini1314", "qazwsxedc", "1qaz2wsx", "1qaz2wsx3edc",
    "a123456789", "qq123456", "abc123456",
)  # fmt: skip
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("python", "Python"),
    ("curl", "curl"),
)
"""What agents say of themselves, the telling ones first: most claim to be several."""
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_TOTP_PERIOD_S = 30
_TOTP_DRIFT = 1


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most so many within so many seconds of wall time."""

    at_most: int
    per_s: int


PHONE_CODES_MINUTE = Allowance(1, 60)
PHONE_CODES_HOUR = Allowance(6, 3_600)
PHONE_CODES_DAY = Allowance(12, 86_400)
ADDRESS_CODES = Allowance(60, 900)
LOGIN_SIGN_INS = Allowance(5, 900)
"""Failures of one sign-in name from one address, so that few lock nobody else out."""
ACCOUNT_SIGN_INS = Allowance(50, 3_600)
"""Tries at one sign-in name, wherever they come from."""
FACTOR_FAILURES = Allowance(3, 3_600)
"""Second steps of one account that were failed five times; whoever does so has the password."""
ADDRESS_SIGN_INS = Allowance(100, 900)
PASSWORD_CHECKS = Allowance(5, 900)
"""Times a signed-in person may be wrong about their own password or authenticator."""


class CodeVerdict(StrEnum):
    """What a typed code is."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code that was sent: a fingerprint, when it ends, how often it was tried, whether used."""

    fingerprint: bytes
    expires_at: datetime
    tries: int
    used: bool


def judge_code(issued: IssuedCode | None, typed: bytes, at: datetime) -> CodeVerdict:
    """Judge a typed code by its fingerprint; ``at`` is wall time. The last instant is in time."""
    if issued is None or issued.used or at > issued.expires_at or issued.tries >= CODE_TRIES:
        return CodeVerdict.EXPIRED
    right = hmac.compare_digest(issued.fingerprint, typed)
    return CodeVerdict.RIGHT if right else CodeVerdict.WRONG


def normal_phone(text: str) -> str:
    """Answer a mobile phone as ``+8613800138000``; refuses ``PHONE_INVALID``."""
    if len(text) > 32 or not text.isprintable():  # noqa: PLR2004 - no phone is longer
        raise PhoneInvalid
    try:
        number = phonenumbers.parse(text, _REGION)
    except NumberParseException as error:
        raise PhoneInvalid from error
    if number.country_code != _COUNTRY_CODE or not phonenumbers.is_valid_number(number):
        raise PhoneInvalid
    if number.extension or phonenumbers.number_type(number) not in _MOBILE:
        raise PhoneInvalid
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(phone: str) -> str:
    """Answer a normal phone as people here write it: ``13800138000``."""
    return phone.removeprefix(f"+{_COUNTRY_CODE}")


def normal_email(text: str) -> str:
    """Answer an address in lower case; refuses ``EMAIL_INVALID``."""
    given = text.strip().lower()
    if len(given) > _EMAIL_MAX or not _EMAIL.fullmatch(given):
        raise EmailInvalid
    return given


def login_name(typed: str) -> str:
    """Answer what a sign-in name means, however it is typed; what is no name stays as it is."""
    try:
        return normal_email(typed) if "@" in typed else normal_phone(typed)
    except (EmailInvalid, PhoneInvalid):
        return typed.strip().lower()


def mask_email(email: str) -> str:
    """Show an address as ``a***@example.com``."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain}"


def normal_name(text: str) -> str:
    """Answer a name without spaces around it; refuses ``NAME_INVALID``."""
    given = text.strip()
    if not 0 < len(given) <= NAME_MAX or not given.isprintable():
        raise NameInvalid(limit=NAME_MAX)
    return given


def check_password(password: str, about: Iterable[str] = ()) -> None:
    """Let a new password pass or refuse it.

    ``about`` are the account's own facts (phone, e-mail, name), which are tried first by whoever
    guesses. Refuses ``PASSWORD_TOO_SHORT``, ``PASSWORD_TOO_LONG`` and ``PASSWORD_COMMON``: found
    within a million guesses by the estimate of zxcvbn, whose word lists are of leaked passwords.
    """
    if len(password) < PASSWORD_MIN:
        raise PasswordTooShort(least=PASSWORD_MIN)
    if len(password) > PASSWORD_MAX:
        raise PasswordTooLong(limit=PASSWORD_MAX)
    known = [*_TRIED_FIRST, *(part for fact in about for part in _parts(fact))]
    found = zxcvbn(password[:_STRENGTH_READS], user_inputs=known)
    if int(found["score"]) < _STRENGTH_MIN:
        raise PasswordCommon


def _parts(fact: str) -> list[str]:
    return [part for part in (fact, national(fact), fact.partition("@")[0]) if part]


def totp_step(secret: str, typed: str, at: datetime, *, after_step: int) -> int | None:
    """Answer the half-minute whose code was typed, or None.

    One step of drift to either side is let pass; a step that was used, or an earlier one, is not,
    so that a code that was seen over a shoulder is worth nothing. ``at`` is wall time.
    """
    totp = TOTP(secret, interval=_TOTP_PERIOD_S)
    present = int(at.timestamp()) // _TOTP_PERIOD_S
    for step in range(present - _TOTP_DRIFT, present + _TOTP_DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode()):
            return step if step > after_step else None
    return None


def device_of(agent: str) -> str:
    """Answer in a few words what a browser calls itself, such as ``Chrome · Windows``."""
    browser = next((word for mark, word in _BROWSERS if mark in agent), "")
    system = next((word for mark, word in _SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or "其他设备"


def recovery_word(typed: str) -> str:
    """Answer a recovery code as it was made, however it was typed."""
    return re.sub(r"[\s-]", "", typed).lower()


def own_path(wished: str, otherwise: str) -> str:
    """Answer where to go after signing in: the wished page when it is ours, else the other."""
    ours = len(wished) <= _PATH_MAX and _OWN_PATH.fullmatch(wished) is not None
    return wished if ours else otherwise
