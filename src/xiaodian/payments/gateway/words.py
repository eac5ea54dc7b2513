"""What is said to a payment provider and what it answers, in the words of none in particular.

Amounts are fen of CNY. Numbers of ours (``out_…``) are chosen by the caller and make every request
repeatable: asking twice with the same number and the same words happens once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from xiaodian.infra.peers import Declined

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

__all__ = [
    "Charge",
    "Closing",
    "Declined",
    "Method",
    "Notification",
    "PayGateway",
    "PayOut",
    "PayOutRequest",
    "PayOutState",
    "Prepared",
    "RefundAnswer",
    "RefundRequest",
    "RefundState",
    "RejectReason",
    "Rejection",
    "Trade",
    "TradeState",
]


class Method(StrEnum):
    """How a buyer gets from us to the provider."""

    NATIVE = "native"
    """A code on the screen that a phone scans."""
    H5 = "h5"
    """A page of the provider in the phone's browser, which sends the buyer back."""


class TradeState(StrEnum):
    """Where a charge stands at the provider."""

    PENDING = "pending"
    SUCCESS = "success"
    """Paid; a trade that was refunded later is still a success."""
    CLOSED = "closed"
    FAILED = "failed"


class RefundState(StrEnum):
    """Where a refund stands; ABNORMAL waits for staff (the buyer's account takes no money)."""

    PROCESSING = "processing"
    SUCCESS = "success"
    CLOSED = "closed"
    ABNORMAL = "abnormal"


class PayOutState(StrEnum):
    """Where money on its way out stands."""

    PROCESSING = "processing"
    SUCCESS = "success"
    FAILED = "failed"


class Closing(StrEnum):
    """What became of the wish to close a charge."""

    CLOSED = "closed"
    PAID = "paid"
    """Too late: it has been paid. Query it."""
    ABSENT = "absent"
    """The provider never heard of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money to collect. ``description`` is what the buyer reads, at most 127 characters."""

    out_trade_no: str
    amount_fen: int
    description: str
    method: Method
    payer_address: str = "127.0.0.1"
    """The buyer's IP address, which the provider's risk control asks for."""
    open_for: timedelta | None = None
    """How long it may be paid, in wall time from now; the provider's own limit when None."""
    attach: str = ""
    """Comes back with queries and notifications, at most 127 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A charge that waits for its buyer.

    ``pay_url`` is what to draw as a code (native) or to open (H5; append ``&redirect_url=``).
    """

    out_trade_no: str
    method: Method
    pay_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A charge as the provider knows it. ``paid_at`` is the provider's wall time."""

    out_trade_no: str
    state: TradeState
    amount_fen: int
    provider_state: str
    transaction_id: str = ""
    paid_at: datetime | None = None
    payer: str = ""
    attach: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Money to give back, in part or whole; at most 50 to a trade."""

    out_refund_no: str
    out_trade_no: str
    refund_fen: int
    paid_fen: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAnswer:
    """A refund as the provider knows it."""

    out_refund_no: str
    out_trade_no: str
    refund_id: str
    state: RefundState
    refund_fen: int
    paid_fen: int
    refunded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOutRequest:
    """Money to send out. ``payee`` is the receiver as the provider names them."""

    out_bill_no: str
    amount_fen: int
    payee: str
    payee_name: str
    """Sent encrypted; the provider compares it with the receiver's real name."""
    remark: str
    """At most 32 characters, seen by the receiver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOut:
    """Money on its way out, as the provider knows it."""

    out_bill_no: str
    bill_no: str
    state: PayOutState
    amount_fen: int
    provider_state: str
    fail_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A verified word from the provider. The same ``id`` may come many times, and late."""

    id: str
    event: str
    subject: Trade | RefundAnswer | PayOut


class RejectReason(StrEnum):
    """Why a notification is not believed; recorded with it."""

    UNSIGNED = "unsigned"
    """A header is missing, or the signature is of another kind."""
    STALE = "stale"
    """Older, or further in the future, than five minutes of wall time: a replay."""
    UNKNOWN_SERIAL = "unknown_serial"
    """Signed, it says, with a key that we do not know."""
    FORGED = "forged"
    """The signature was not made by the provider's key."""
    ALTERED = "altered"
    """The provider's own signature, but of other words."""
    MALFORMED = "malformed"
    """Signed, but not a notification we can read."""
    UNDECRYPTABLE = "undecryptable"
    """Encrypted with another key, or damaged."""
    MISADDRESSED = "misaddressed"
    """About another merchant's money."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A notification that changes nothing. ``detail`` is for the log and holds no secret."""

    reason: RejectReason
    detail: str = ""


class PayGateway(Protocol):
    """A provider of payments.

    Every method that goes outside raises ``Outage`` when the outcome is not known: the caller
    keeps the intent as it is and asks again, by query or by the same request. ``Declined`` is a
    known no.
    """

    async def prepare(self, charge: Charge) -> Prepared | Declined:
        """Register a charge; repeatable until it is paid or closed."""
        ...

    async def query(self, out_trade_no: str) -> Trade | None:
        """Ask where a charge stands; None when the provider never heard of it."""
        ...

    async def query_transaction(self, transaction_id: str) -> Trade | None:
        """Ask by the provider's own number."""
        ...

    async def close(self, out_trade_no: str) -> Closing:
        """See to it that a charge can no longer be paid."""
        ...

    async def refund(self, request: RefundRequest) -> RefundAnswer | Declined:
        """Give money back; repeatable by ``out_refund_no``."""
        ...

    async def query_refund(self, out_refund_no: str) -> RefundAnswer | None:
        """Ask where a refund stands; None when the provider never heard of it."""
        ...

    async def pay_out(self, request: PayOutRequest) -> PayOut | Declined:
        """Send money out; repeatable by ``out_bill_no``."""
        ...

    async def query_pay_out(self, out_bill_no: str) -> PayOut | None:
        """Ask where money on its way out stands; None when the provider never heard of it."""
        ...

    def read_notification(
        self, headers: Mapping[str, str], body: bytes
    ) -> Notification | Rejection:
        """Verify, decrypt and read a notification. No I/O: a hot door may call it per request."""
        ...

    async def aclose(self) -> None:
        """Give the connections back."""
        ...
