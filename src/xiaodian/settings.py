"""What may differ between two deployments, read once from the environment, then inert."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PaySettings", "Settings"]


@dataclass(frozen=True, slots=True)
class PaySettings:
    """The credentials of the WeChat Pay partner account, in public-key mode."""

    mchid: str = ""
    appid: str = ""
    cert_serial: str = ""
    private_key: str = field(default="", repr=False)
    apiv3_key: str = field(default="", repr=False)
    public_key: str = field(default="", repr=False)
    public_key_id: str = ""
    address: str = ""
    """Where the gateway answers; empty means the provider's own address."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One deployment. Secrets are empty where the environment names none; ``doctor`` says which."""

    home: Path
    database_url: str = ""
    listen_url: str = ""
    """A direct address for LISTEN where queries go through a pooler; empty means the same."""
    sandbox: bool = False
    sandbox_key: str = field(default="", repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    twins_url: str = ""
    master_key: str = field(default="", repr=False)
    """Base64 of 32 bytes; seals personal data."""
    ops_key: str = field(default="", repr=False)
    """Opens the metrics door."""
    sms_url: str = ""
    sms_secret: str = field(default="", repr=False)
    carrier_url: str = ""
    carrier_secret: str = field(default="", repr=False)
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    mail_from: str = ""
    pay: PaySettings = field(default_factory=PaySettings)
    pool_size: int = 12
    log_level: str = "info"
    log_json: bool = True

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read ``XIAODIAN_…``; nothing is opened, made or checked here."""
        env = os.environ if environ is None else environ

        def text(name: str, default: str = "") -> str:
            return env.get(f"XIAODIAN_{name}", default)

        def number(name: str, default: int) -> int:
            return int(text(name) or default)

        def key(name: str) -> str:
            """Read a PEM given as itself or as the path of a file."""
            given = text(name)
            return Path(given).read_text("utf-8") if given.startswith("/") else given

        port = number("PORT", 8000)
        return cls(
            home=Path(text("HOME") or Path.home() / ".xiaodian").expanduser(),
            database_url=text("DATABASE_URL"),
            listen_url=text("LISTEN_URL"),
            sandbox=text("SANDBOX") == "1",
            sandbox_key=text("SANDBOX_KEY"),
            host=text("HOST", "127.0.0.1"),
            port=port,
            public_url=text("PUBLIC_URL", f"http://127.0.0.1:{port}"),
            twins_url=text("TWINS_URL"),
            master_key=text("MASTER_KEY"),
            ops_key=text("OPS_KEY"),
            sms_url=text("SMS_URL"),
            sms_secret=text("SMS_SECRET"),
            carrier_url=text("CARRIER_URL"),
            carrier_secret=text("CARRIER_SECRET"),
            smtp_host=text("SMTP_HOST"),
            smtp_port=number("SMTP_PORT", 25),
            smtp_user=text("SMTP_USER"),
            smtp_password=text("SMTP_PASSWORD"),
            mail_from=text("MAIL_FROM"),
            pay=PaySettings(
                mchid=text("PAY_MCHID"),
                appid=text("PAY_APPID"),
                cert_serial=text("PAY_CERT_SERIAL"),
                private_key=key("PAY_PRIVATE_KEY"),
                apiv3_key=text("PAY_APIV3_KEY"),
                public_key=key("PAY_PUBLIC_KEY"),
                public_key_id=text("PAY_PUBLIC_KEY_ID"),
                address=text("PAY_ADDRESS"),
            ),
            pool_size=number("POOL_SIZE", 12),
            log_level=text("LOG_LEVEL", "info"),
            log_json=text("LOG_JSON", "1") == "1",
        )
