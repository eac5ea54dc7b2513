"""Reads WeChat Pay's notifications: who signed them, when, and what they say.

The SDK's ``callback`` is fast enough (8,600 a second on a core, this 9,600), but it answers
``None`` or raises a bare ``Exception`` for every flaw and asks no clock. We must record which flaw
it was and refuse replays, so the two primitives of the protocol (RSA verification with a key
loaded once, AES-256-GCM) are called directly.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from xiaodian.infra.clock import wall_now
from xiaodian.infra.reading import UNREADABLE
from xiaodian.infra.signing import is_fresh
from xiaodian.payments.gateway.wire import Envelope, RefundNotice, TradeBody, TransferNotice
from xiaodian.payments.gateway.words import Notification, Rejection, RejectReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.payments.gateway.words import PayOut, RefundAnswer, Trade

__all__ = ["NotificationReader"]

SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
_SIGNATURE = "wechatpay-signature"
_SIGNATURE_TYPE = "wechatpay-signature-type"
_TIMESTAMP = "wechatpay-timestamp"
_NONCE = "wechatpay-nonce"
_SERIAL = "wechatpay-serial"
_BODY_MAX = 100_000
_KEY_BYTES = 32

_ENVELOPE = msgspec.json.Decoder(Envelope)
_TRADE = msgspec.json.Decoder(TradeBody)
_REFUND = msgspec.json.Decoder(RefundNotice)
_TRANSFER = msgspec.json.Decoder(TransferNotice)


class NotificationReader:
    """Reads the notifications of one merchant, signed with one public key of the platform."""

    def __init__(self, *, mchid: str, public_key: str, public_key_id: str, apiv3_key: str) -> None:
        key = load_pem_public_key(public_key.encode())
        assert isinstance(key, RSAPublicKey), "the platform's key is RSA"
        assert len(apiv3_key.encode()) == _KEY_BYTES, "the APIv3 key has 32 bytes"
        self._mchid = mchid
        self._key = key
        self._key_id = public_key_id
        self._cipher = AESGCM(apiv3_key.encode())

    def read(self, headers: Mapping[str, str], body: bytes) -> Notification | Rejection:
        """Answer what a notification says, or why it is not believed.

        Header names are matched without regard to case.
        """
        flaw = self._flaw({name.lower(): value for name, value in headers.items()}, body)
        if flaw is not None:
            return flaw
        try:
            envelope = _ENVELOPE.decode(body)
        except UNREADABLE as error:
            return Rejection(RejectReason.MALFORMED, str(error))
        if (
            envelope.resource_type != "encrypt-resource"
            or envelope.resource.algorithm != "AEAD_AES_256_GCM"
        ):
            return Rejection(RejectReason.MALFORMED, f"encrypted as {envelope.resource.algorithm}")
        try:
            plain = self._cipher.decrypt(
                envelope.resource.nonce.encode(),
                base64.b64decode(envelope.resource.ciphertext, validate=True),
                envelope.resource.associated_data.encode(),
            )
        except (InvalidTag, binascii.Error, ValueError) as error:
            return Rejection(RejectReason.UNDECRYPTABLE, type(error).__name__)
        return self._open(envelope, plain)

    def _flaw(self, given: Mapping[str, str], body: bytes) -> Rejection | None:
        """Check the cheap things first, so that nonsense costs no public-key arithmetic."""
        stamp, nonce, signed = (
            given.get(_TIMESTAMP, ""),
            given.get(_NONCE, ""),
            given.get(_SIGNATURE, ""),
        )
        if not (stamp and nonce and signed) or given.get(_SIGNATURE_TYPE) != SIGNATURE_TYPE:
            return Rejection(RejectReason.UNSIGNED, "a header is missing or of another kind")
        if len(body) > _BODY_MAX:
            return Rejection(RejectReason.MALFORMED, f"{len(body)} bytes")
        if not is_fresh(stamp, wall_now()):
            return Rejection(RejectReason.STALE, f"stamped {stamp[:20]}")
        if given.get(_SERIAL) != self._key_id:
            return Rejection(RejectReason.UNKNOWN_SERIAL, given.get(_SERIAL, "")[:80])
        return self._unbelieved(signed, f"{stamp}\n{nonce}\n".encode() + body + b"\n")

    def _unbelieved(self, signed: str, text: bytes) -> Rejection | None:
        """Tell a signature that the platform never made from one it made for other words."""
        try:
            signature = base64.b64decode(signed, validate=True)
        except (binascii.Error, ValueError):
            return Rejection(RejectReason.FORGED, "the signature is not base64")
        try:
            self._key.verify(signature, text, PKCS1v15(), SHA256())
        except InvalidSignature:
            try:
                self._key.recover_data_from_signature(signature, PKCS1v15(), SHA256())
            except InvalidSignature:
                return Rejection(RejectReason.FORGED)
            return Rejection(RejectReason.ALTERED)
        return None

    def _open(self, envelope: Envelope, plain: bytes) -> Notification | Rejection:
        kind = envelope.event_type.partition(".")[0]
        subject: Trade | RefundAnswer | PayOut
        try:
            if kind == "TRANSACTION":
                trade = _TRADE.decode(plain)
                mchid, subject = trade.mchid, trade.trade()
            elif kind == "REFUND":
                refund = _REFUND.decode(plain)
                mchid, subject = refund.mchid, refund.refund()
            elif kind == "MCHTRANSFER":
                transfer = _TRANSFER.decode(plain)
                mchid, subject = transfer.mch_id, transfer.pay_out()
            else:
                return Rejection(RejectReason.MALFORMED, f"event {envelope.event_type[:60]}")
        except (*UNREADABLE, ValueError) as error:
            return Rejection(RejectReason.MALFORMED, str(error))
        if mchid != self._mchid:
            return Rejection(RejectReason.MISADDRESSED, mchid[:40])
        return Notification(id=envelope.id, event=envelope.event_type, subject=subject)
