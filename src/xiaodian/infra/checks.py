"""What must be right before anything is served (design, doors stay shut); ``doctor`` lists it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xiaodian.infra.addresses import is_loopback

if TYPE_CHECKING:
    from xiaodian.settings import Settings

__all__ = ["Finding", "findings", "notes"]

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that keeps a deployment from being served."""

    code: str
    text: str


def findings(settings: Settings) -> list[Finding]:
    """Answer what is wrong with the settings as the environment gave them; empty means fit."""
    return _sandbox(settings) if settings.sandbox else _production(settings)


def notes(settings: Settings) -> list[str]:
    """Answer what somebody who runs this should know, though it stops nothing."""
    said: list[str] = []
    if not settings.database_url:
        said.append(
            "The embedded PostgreSQL is used. It is a real one, but nobody replicates it: "
            "set XIAODIAN_DATABASE_URL for production."
        )
    if not settings.sandbox:
        said.append(
            "A marketplace that collects for others needs a licensed payment institution to hold "
            "the pool (partner mode with profit sharing). Collecting on an account of your own and "
            "settling to merchants is clearing without a licence (二清); direct collection is for "
            "a deployment with one merchant, who is you."
        )
        if not settings.public_url.startswith("https://"):
            said.append("XIAODIAN_PUBLIC_URL is not https: cookies are then sent in the clear.")
    return said


def _sandbox(settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    if not is_loopback(settings.host) and not settings.sandbox_key:
        found.append(
            Finding(
                "SANDBOX_NEEDS_KEY",
                f"the sandbox listens on {settings.host}, beyond this machine: "
                "set XIAODIAN_SANDBOX_KEY",
            )
        )
    if settings.pay.mchid and not is_loopback(settings.pay.address):
        found.append(
            Finding(
                "REAL_CREDENTIALS_IN_SANDBOX",
                "XIAODIAN_PAY_… names a real gateway; a sandbox never runs beside real credentials",
            )
        )
    return found


def _production(settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    if not _is_key(settings.master_key):
        found.append(
            Finding(
                "NO_MASTER_KEY",
                "XIAODIAN_MASTER_KEY is not the base64 of 32 bytes; it seals personal data "
                "(make one: head -c 32 /dev/urandom | base64)",
            )
        )
    pay = settings.pay
    for name, value in (
        ("PAY_MCHID", pay.mchid),
        ("PAY_APPID", pay.appid),
        ("PAY_CERT_SERIAL", pay.cert_serial),
        ("PAY_PRIVATE_KEY", pay.private_key),
        ("PAY_APIV3_KEY", pay.apiv3_key),
        ("PAY_PUBLIC_KEY", pay.public_key),
        ("PAY_PUBLIC_KEY_ID", pay.public_key_id),
        ("SMS_URL", settings.sms_url),
        ("SMS_SECRET", settings.sms_secret),
        ("CARRIER_URL", settings.carrier_url),
        ("CARRIER_SECRET", settings.carrier_secret),
        ("SMTP_HOST", settings.smtp_host),
        ("MAIL_FROM", settings.mail_from),
    ):
        if not value:
            found.append(Finding("NULL_GATEWAY", f"XIAODIAN_{name} is not set"))
    return found


def _is_key(text: str) -> bool:
    try:
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return False
    return len(key) == _KEY_BYTES and len(set(key)) > 1
