"""The sandbox's key material: made once, kept in one file, shared by the product and the twins."""

from __future__ import annotations

import os
import secrets
from pathlib import Path  # noqa: TC003 - a public parameter
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from xiaodian.settings import PaySettings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

__all__ = ["SandboxKeys", "public_pem"]

_FILE = "keys.json"
_RSA_BITS = 2048
_RSA_EXPONENT = 65537
_MCHID = "1900000000"
_APPID = "wxsandbox000000000"


class SandboxKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What the product and the twins must both know. Texts in PEM, hex, or as given."""

    mchid: str
    appid: str
    merchant_serial: str
    merchant_key: str
    """The merchant's private key; the twin uses only its public half."""
    apiv3_key: str
    platform_key: str
    """The pay gateway's private key; the product uses only its public half."""
    platform_key_id: str
    sms_secret: str
    carrier_secret: str
    mail_user: str
    mail_password: str

    def __repr__(self) -> str:
        """Name nothing secret."""
        return f"SandboxKeys(mchid={self.mchid!r}, platform_key_id={self.platform_key_id!r})"

    @classmethod
    def make(cls) -> SandboxKeys:
        """Make new key material."""
        return cls(
            mchid=_MCHID,
            appid=_APPID,
            merchant_serial=secrets.token_hex(20).upper(),
            merchant_key=_private_pem(_new_key()),
            apiv3_key=secrets.token_hex(16),
            platform_key=_private_pem(_new_key()),
            platform_key_id=f"PUB_KEY_ID_{secrets.randbelow(10**28):028d}",
            sms_secret=secrets.token_urlsafe(32),
            carrier_secret=secrets.token_urlsafe(32),
            mail_user="xiaodian",
            mail_password=secrets.token_urlsafe(24),
        )

    @classmethod
    def load_or_make(cls, folder: Path) -> SandboxKeys:
        """Read the keys of a folder; at the first start make them, readable by the owner only.

        Processes that start together agree: the first to put its file there wins.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / _FILE
        if not path.exists():
            draft = folder / f".{_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(cls.make())))
                file.flush()
                os.fsync(file.fileno())
            try:
                # A hard link refuses where a rename would replace: nobody's keys change under them.
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return msgspec.json.decode(path.read_bytes(), type=cls)

    @property
    def platform_public_key(self) -> str:
        """Answer the pay gateway's public key as PEM."""
        return public_pem(self.platform_key)

    @property
    def merchant_public_key(self) -> str:
        """Answer the merchant's public key as PEM."""
        return public_pem(self.merchant_key)

    def pay_settings(self, address: str) -> PaySettings:
        """Answer the product's side of the pay gateway, which listens at ``address``."""
        return PaySettings(
            mchid=self.mchid,
            appid=self.appid,
            cert_serial=self.merchant_serial,
            private_key=self.merchant_key,
            apiv3_key=self.apiv3_key,
            public_key=self.platform_public_key,
            public_key_id=self.platform_key_id,
            address=address,
        )


def public_pem(private_pem: str) -> str:
    """Answer the public half of a private key."""
    key = load_pem_private_key(private_pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey), "the sandbox's keys are RSA"
    public: RSAPublicKey = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=_RSA_EXPONENT, key_size=_RSA_BITS)


def _private_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
