"""The cryptography of WeChat Pay v3, seen from the provider's side.

Written from the protocol and not shared with the product's client: two peers that used the same
code would agree on the same mistake.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from xiaodian.infra.clock import wall_now
from xiaodian.infra.faults import Fault
from xiaodian.sandbox.twins.doors import Sorry

if TYPE_CHECKING:
    from xiaodian.sandbox.keys import SandboxKeys

__all__ = ["Merchant", "Platform"]

SCHEME = "WECHATPAY2-SHA256-RSA2048"
_FRESH_S = 300
_REPLAY_AGE_S = 360
_NONCES_MAX = 50_000
_PAIR = re.compile(r'(\w+)="([^"]*)"')
_OAEP = OAEP(mgf=MGF1(SHA1()), algorithm=SHA1(), label=None)  # noqa: S303 - what the protocol says


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant of the registry."""

    mchid: str
    appid: str
    serial: str
    public_key: RSAPublicKey
    apiv3_key: bytes


class Platform:
    """The provider: knows its merchants, checks their signatures, signs its own words."""

    def __init__(self, keys: SandboxKeys) -> None:
        private = load_pem_private_key(keys.platform_key.encode(), password=None)
        public = load_pem_public_key(keys.merchant_public_key.encode())
        assert isinstance(private, RSAPrivateKey), "the platform's key is RSA"
        assert isinstance(public, RSAPublicKey), "a merchant's key is RSA"
        self.key_id = keys.platform_key_id
        self._private = private
        self._stranger: RSAPrivateKey | None = None
        self._merchants = {
            keys.mchid: Merchant(
                keys.mchid, keys.appid, keys.merchant_serial, public, keys.apiv3_key.encode()
            )
        }
        self._nonces: OrderedDict[tuple[str, str], None] = OrderedDict()

    def merchant(self, mchid: str) -> Merchant:
        """Answer a merchant of the registry."""
        return self._merchants[mchid]

    def authenticate(
        self, authorization: str, *, method: str, paths: tuple[str, ...], body: bytes
    ) -> Merchant:
        """Check a request's signature over its raw bytes; refuses SIGN_ERROR.

        Attributes come in any order. ``paths`` are the ways in which the client may have seen
        its own path (with and without the mount of this gateway).
        """
        scheme, _, rest = authorization.partition(" ")
        given = dict(_PAIR.findall(rest))
        missing = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"} - given.keys()
        if scheme != SCHEME or missing:
            raise _sign_error("Http头Authorization值格式错误")
        merchant = self._merchants.get(given["mchid"])
        if merchant is None:
            raise _sign_error("商户号不存在")
        if given["serial_no"].upper() != merchant.serial:
            raise _sign_error("商户证书序列号有误")
        stamp = given["timestamp"]
        if not stamp.isdecimal() or abs(wall_now().timestamp() - int(stamp[:11])) > _FRESH_S:
            raise _sign_error("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
        try:
            signature = base64.b64decode(given["signature"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise _sign_error("签名不是合法的Base64") from error
        if not any(
            _verifies(
                merchant.public_key,
                signature,
                f"{method}\n{path}\n{stamp}\n{given['nonce_str']}\n".encode() + body + b"\n",
            )
            for path in paths
        ):
            raise _sign_error("错误的签名，验签失败")
        self._use(merchant.mchid, given["nonce_str"])
        return merchant

    def sign(self, body: bytes, fault: Fault | None = None) -> dict[str, str]:
        """Make the five headers of an answer or a notification, spoilt where a fault says so."""
        at = int(wall_now().timestamp()) - (_REPLAY_AGE_S if fault is Fault.REPLAY else 0)
        nonce = secrets.token_hex(16)
        key = self._somebody_elses() if fault is Fault.FORGE else self._private
        signature = key.sign(f"{at}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
        return {
            "Wechatpay-Timestamp": str(at),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": "PUB_KEY_ID_NOBODY" if fault is Fault.SERIAL else self.key_id,
            "Wechatpay-Signature-Type": SCHEME,
        }

    @staticmethod
    def encrypt(
        merchant: Merchant, plain: bytes, *, about: str, fault: Fault | None = None
    ) -> dict[str, str]:
        """Encrypt the resource of a notification for its merchant."""
        key = secrets.token_bytes(32) if fault is Fault.GARBLE else merchant.apiv3_key
        nonce = secrets.token_hex(6)
        ciphertext = AESGCM(key).encrypt(nonce.encode(), plain, about.encode())
        return {
            "original_type": about,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(ciphertext).decode(),
            "associated_data": about,
            "nonce": nonce,
        }

    def decrypt(self, sensitive: str) -> str:
        """Open a sensitive field of a request; refuses PARAM_ERROR."""
        try:
            return self._private.decrypt(base64.b64decode(sensitive, validate=True), _OAEP).decode()
        except (ValueError, binascii.Error) as error:
            raise Sorry(400, "PARAM_ERROR", "敏感字段解密失败，请使用微信支付公钥加密") from error

    def _use(self, mchid: str, nonce: str) -> None:
        if (mchid, nonce) in self._nonces:
            raise _sign_error("请求重放：随机串已使用过")
        self._nonces[mchid, nonce] = None
        if len(self._nonces) > _NONCES_MAX:
            self._nonces.popitem(last=False)

    def _somebody_elses(self) -> RSAPrivateKey:
        if self._stranger is None:
            self._stranger = generate_private_key(public_exponent=65537, key_size=2048)
        return self._stranger


def _verifies(key: RSAPublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _sign_error(message: str) -> Sorry:
    return Sorry(401, "SIGN_ERROR", message)
