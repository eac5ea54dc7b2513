"""How we talk to carriers, and how they tell us where a parcel is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from xiaodian.infra.peers import Answer, Declined, Peer
from xiaodian.infra.reading import Unreadable, read_json
from xiaodian.infra.signing import Flaw, derived, flaw
from xiaodian.kernel.errors import Outage

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CarrierGateway",
    "Declined",
    "HttpCarrierGateway",
    "NullCarrierGateway",
    "PushRejected",
    "PushedScan",
    "ScanState",
    "Track",
    "TrackScan",
    "WaybillRequest",
]

_SERVICE = "carrier"
_NOT_FOUND = 404
_NUMBER_MAX = 32
T = TypeVar("T")


class ScanState(StrEnum):
    """What a scan says of a parcel."""

    PICKED_UP = "PICKED_UP"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERING = "DELIVERING"
    SIGNED = "SIGNED"
    LOST = "LOST"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaybillRequest:
    """A waybill number to be issued; the same ``request_id`` again is the same waybill."""

    request_id: str
    account_no: str
    receiver_region: str = ""
    weight_g: int = 0


class TrackScan(msgspec.Struct, frozen=True):
    """One scan. ``at`` is the carrier's wall time; rules go by when we heard of it."""

    id: str
    state: ScanState
    at: datetime
    place: str = ""
    text: str = ""


class Track(msgspec.Struct, frozen=True):
    """Where a parcel has been, oldest scan first; ``state`` is CREATED before the first."""

    waybill_no: str
    state: str
    scans: list[TrackScan]


class PushedScan(msgspec.Struct, frozen=True):
    """A scan that a carrier pushed; the same ``id`` may come many times, late, out of order."""

    id: str
    carrier: str
    waybill_no: str
    state: ScanState
    at: datetime
    place: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PushRejected:
    """A push that is not believed. ``reason``: unsigned, stale, forged, malformed, misaddressed."""

    reason: str
    detail: str = ""


class CarrierGateway(Protocol):
    """All carriers; ``code`` says which. Raises ``Outage`` when the outcome is not known."""

    async def register_account(
        self, code: str, *, shop: str, site: str, contact: str = ""
    ) -> str | Declined:
        """Open a shop's account with a carrier's site and answer its number; twice is once."""
        ...

    async def create_waybill(self, code: str, request: WaybillRequest) -> str | Declined:
        """Have a waybill number issued."""
        ...

    async def subscribe(self, code: str, waybill_no: str) -> Track | Declined:
        """Ask to be told of the scans of a number that was issued elsewhere; twice is once."""
        ...

    async def query(self, code: str, waybill_no: str) -> Track | None:
        """Ask where a parcel has been; None when the carrier does not know the number."""
        ...

    def read_push(
        self, code: str, headers: Mapping[str, str], body: bytes
    ) -> PushedScan | PushRejected:
        """Verify and read what came to ``/notify/carriers/{code}``. No I/O."""
        ...

    async def aclose(self) -> None:
        """Give the connections back."""
        ...


class HttpCarrierGateway:
    """Client of signed HTTP doors under ``{address}/{code}``, as the sandbox's twin has them.

    Each carrier shares a secret of its own with us, derived from the one given and its code.
    """

    def __init__(self, address: str, secret: str, *, answer_s: float = 5.0) -> None:
        self._address = address
        self._secret = secret
        self._answer_s = answer_s
        self._peers: dict[str, Peer] = {}

    async def register_account(
        self, code: str, *, shop: str, site: str, contact: str = ""
    ) -> str | Declined:
        """Open an account."""
        body = {"shop": shop, "site": site, "contact": contact}
        return self._text(
            await self._peer(code).ask("POST", f"/{code}/accounts", body), "account_no"
        )

    async def create_waybill(self, code: str, request: WaybillRequest) -> str | Declined:
        """Have a number issued."""
        return self._text(
            await self._peer(code).ask("POST", f"/{code}/waybills", request), "waybill_no"
        )

    async def subscribe(self, code: str, waybill_no: str) -> Track | Declined:
        """Ask to be told."""
        if not _is_number(waybill_no):
            return Declined("WAYBILL_MALFORMED", "运单号格式不正确")
        answer = await self._peer(code).ask(
            "POST", f"/{code}/waybills/{waybill_no}/subscription", {}
        )
        return _read(answer, Track) if answer.ok else answer.declined()

    async def query(self, code: str, waybill_no: str) -> Track | None:
        """Ask where a parcel has been."""
        if not _is_number(waybill_no):
            return None
        answer = await self._peer(code).ask("GET", f"/{code}/waybills/{waybill_no}")
        if answer.status == _NOT_FOUND:
            return None
        if not answer.ok:
            raise Outage(_SERVICE)
        return _read(answer, Track)

    def read_push(
        self, code: str, headers: Mapping[str, str], body: bytes
    ) -> PushedScan | PushRejected:
        """Verify and read a push."""
        wrong: Flaw | None = flaw(
            derived(self._secret, code), headers, line=f"push {code}", body=body
        )
        if wrong is not None:
            return PushRejected(wrong.value)
        try:
            scan = read_json(body, PushedScan)
        except Unreadable as error:
            return PushRejected("malformed", str(error))
        if scan.carrier != code:
            return PushRejected("misaddressed", scan.carrier[:40])
        return scan

    async def aclose(self) -> None:
        """Give the connections back."""
        for peer in self._peers.values():
            await peer.aclose()

    def _peer(self, code: str) -> Peer:
        if code not in self._peers:
            secret = derived(self._secret, code)
            self._peers[code] = Peer(_SERVICE, self._address, secret, answer_s=self._answer_s)
        return self._peers[code]

    @staticmethod
    def _text(answer: Answer, name: str) -> str | Declined:
        if not answer.ok:
            return answer.declined()
        value = answer.data.get(name)
        if not isinstance(value, str):
            raise Outage(_SERVICE)
        return value


class NullCarrierGateway:
    """No carrier: refuses with an ``Outage``."""

    async def register_account(
        self, code: str, *, shop: str, site: str, contact: str = ""
    ) -> str | Declined:
        """Refuse."""
        del code, shop, site, contact
        raise Outage(_SERVICE)

    async def create_waybill(self, code: str, request: WaybillRequest) -> str | Declined:
        """Refuse."""
        del code, request
        raise Outage(_SERVICE)

    async def subscribe(self, code: str, waybill_no: str) -> Track | Declined:
        """Refuse."""
        del code, waybill_no
        raise Outage(_SERVICE)

    async def query(self, code: str, waybill_no: str) -> Track | None:
        """Refuse."""
        del code, waybill_no
        raise Outage(_SERVICE)

    def read_push(
        self, code: str, headers: Mapping[str, str], body: bytes
    ) -> PushedScan | PushRejected:
        """Refuse."""
        del code, headers, body
        raise Outage(_SERVICE)

    async def aclose(self) -> None:
        """Hold nothing, give nothing back."""


def _read(answer: Answer, shape: type[T]) -> T:
    try:
        return msgspec.convert(answer.data, shape)
    except msgspec.ValidationError as error:
        raise Outage(_SERVICE) from error


def _is_number(waybill_no: str) -> bool:
    """Tell whether this can be a waybill number, and so may stand in a path."""
    return waybill_no.isascii() and waybill_no.isalnum() and len(waybill_no) <= _NUMBER_MAX
