"""Personal data at rest: sealed with AES-256-GCM, found again by a keyed fingerprint."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["Vault", "digest", "mask_account", "mask_identity", "mask_phone", "new_token"]

_NONCE = 12
_VERSION = b"\x01"
_KEY = 32


class Vault:
    """Seals and opens personal data, signs short links, and answers blind indexes.

    One master key; each use derives its own key, so that one never serves two purposes.
    """

    def __init__(self, master_key: bytes) -> None:
        assert len(master_key) == _KEY, "the master key has 32 bytes"
        self._seal = AESGCM(_derive(master_key, b"seal"))
        self._blind = _derive(master_key, b"blind")
        self._sign = _derive(master_key, b"sign")

    @classmethod
    def from_text(cls, text: str) -> Vault:
        """Read the master key from base64."""
        return cls(base64.b64decode(text))

    @staticmethod
    def new_key() -> str:
        """Make a master key as base64."""
        return base64.b64encode(secrets.token_bytes(_KEY)).decode()

    def seal(self, text: str) -> bytes:
        """Encrypt a text; the same text seals differently each time."""
        return self.seal_bytes(text.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt what ``seal`` made; raises when it was altered or the key is another."""
        return self.open_bytes(sealed).decode()

    def seal_bytes(self, data: bytes) -> bytes:
        """Encrypt bytes, as ``seal`` does text."""
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + nonce + self._seal.encrypt(nonce, data, _VERSION)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Decrypt what ``seal_bytes`` made."""
        data = bytes(sealed)
        assert data[:1] == _VERSION, "sealed by a version we know"
        return self._seal.decrypt(data[1 : 1 + _NONCE], data[1 + _NONCE :], _VERSION)

    def blind(self, text: str, *, purpose: str) -> bytes:
        """Answer a keyed fingerprint by which equal texts are found without opening them."""
        return hmac.digest(self._blind, f"{purpose}\0{text}".encode(), "sha256")

    def sign(self, text: str) -> str:
        """Sign a text for a link; 32 characters."""
        return hmac.digest(self._sign, text.encode(), "sha256").hex()[:32]

    def signed(self, text: str, signature: str) -> bool:
        """Tell whether ``sign`` made this signature, in constant time."""
        return hmac.compare_digest(self.sign(text).encode(), signature.encode())


def _derive(master_key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _KEY, salt=None, info=b"xiaodian/" + purpose).derive(master_key)


def new_token() -> str:
    """Make an unguessable token for a session or a link."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> bytes:
    """Answer what is stored instead of a token."""
    return hashlib.sha256(text.encode()).digest()


def mask_phone(phone: str) -> str:
    """Show a phone as ``138****1234``."""
    return f"{phone[:3]}****{phone[-4:]}"


def mask_identity(number: str) -> str:
    """Show an identity or licence number by its ends."""
    return f"{number[:3]}{'*' * max(len(number) - 5, 4)}{number[-2:]}"


def mask_account(number: str) -> str:
    """Show a bank account by its last four digits."""
    return f"**** {number[-4:]}"
