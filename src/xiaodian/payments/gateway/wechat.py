"""WeChat Pay v3 through its real client, in public-key mode."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, Self, TypeVar, cast

import structlog
from wechatpayv3.async_ import AsyncWeChatPay, WeChatPayType  # pyright: ignore[reportMissingTypeStubs]

from xiaodian.infra.clock import wall_now
from xiaodian.infra.peers import http_client
from xiaodian.infra.reading import Unreadable, read_json
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.kernel.errors import Outage
from xiaodian.payments.gateway.notifications import NotificationReader
from xiaodian.payments.gateway.wire import (
    CURRENCY,
    ErrorBody,
    H5Prepaid,
    NativePrepaid,
    RefundBody,
    TradeBody,
    TransferBody,
)
from xiaodian.payments.gateway.words import (
    Charge,
    Closing,
    Declined,
    Method,
    Notification,
    PayOut,
    PayOutRequest,
    Prepared,
    RefundAnswer,
    RefundRequest,
    Rejection,
    Trade,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from xiaodian.settings import PaySettings

__all__ = ["WechatPayGateway"]

_SERVICE = "wxpay"
_CONNECT_S = 3.0
_SECOND = timedelta(seconds=1)
_ANSWER_S = 10.0
_TYPES = {Method.NATIVE: WeChatPayType.NATIVE, Method.H5: WeChatPayType.H5}
_NOT_NOW = frozenset(
    {"SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR", "BANKERROR", "FREQUENCY_LIMITED", "SIGN_ERROR"}
)
"""Codes that may come with a 4xx and yet say nothing final about what was asked."""
_log = structlog.get_logger(__name__)

T = TypeVar("T")
_Raw = tuple[int, str | bytes]


class _Core(Protocol):
    """The parts of the SDK's core that we set."""

    _gate_way: str
    _client: object


class _Sdk(Protocol):
    """The calls that we make; the SDK itself has no types."""

    _core: _Core

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, kind: object, error: object, trace: object) -> object: ...
    def pay(self, **words: object) -> Awaitable[_Raw]: ...
    def query(self, **words: object) -> Awaitable[_Raw]: ...
    def close(self, **words: object) -> Awaitable[_Raw]: ...
    def refund(self, **words: object) -> Awaitable[_Raw]: ...
    def query_refund(self, **words: object) -> Awaitable[_Raw]: ...
    def mch_transfer_bills(self, **words: object) -> Awaitable[_Raw]: ...
    def mch_transfer_bills_query(self, **words: object) -> Awaitable[_Raw]: ...


class WechatPayGateway:
    """WeChat Pay v3 for one merchant account (direct mode).

    The SDK signs every request and verifies every 2xx. Error bodies come unverified, which is why
    only codes that are a plain no become ``Declined``; every other outcome is an ``Outage``.

    Money is paid out with 商家转账 (``/v3/fund-app/mch-transfer/transfer-bills``), whose receiver
    is a WeChat user named by openid. In partner mode the provider pays merchants out itself
    (``/v3/ecommerce/fund/withdraw`` of 电商收付通), which the SDK does not cover.

    An object belongs to the event loop that first uses it.
    """

    def __init__(
        self,
        account: PaySettings,
        *,
        notify_url: str,
        transfer_scene: str = "1009",
        connect_s: float = _CONNECT_S,
        answer_s: float = _ANSWER_S,
    ) -> None:
        """Nothing is opened yet. ``account.address`` empty means the provider's own address.

        ``notify_url`` is where the provider posts; ``transfer_scene`` is the scene of 商家转账
        that the account was granted (1009 is 采购货款).
        """
        self._account = account
        self._notify_url = notify_url
        self._scene = transfer_scene
        self._connect_s = connect_s
        self._answer_s = answer_s
        self._sdk: _Sdk | None = None
        self._reader = NotificationReader(
            mchid=account.mchid,
            public_key=account.public_key,
            public_key_id=account.public_key_id,
            apiv3_key=account.apiv3_key,
        )

    async def prepare(self, charge: Charge) -> Prepared | Declined:
        """Register a charge at the provider."""
        words: dict[str, object] = {
            "description": charge.description,
            "out_trade_no": charge.out_trade_no,
            "amount": {"total": charge.amount_fen, "currency": CURRENCY},
            "pay_type": _TYPES[charge.method],
            "scene_info": {"payer_client_ip": charge.payer_address, "h5_info": {"type": "Wap"}}
            if charge.method is Method.H5
            else {"payer_client_ip": charge.payer_address},
        }
        if charge.attach:
            words["attach"] = charge.attach
        if charge.open_for is not None:
            # Wall time: the provider knows nothing of the business clock. It counts whole seconds,
            # and a charge must not close before its time.
            until = (wall_now() + charge.open_for + _SECOND).astimezone(SHANGHAI)
            words["time_expire"] = until.isoformat(timespec="seconds")
        answer = await self._ask("prepare", (await self._ready()).pay(**words))
        if isinstance(answer, Declined):
            return answer
        url = (
            self._read("prepare", answer, H5Prepaid).h5_url
            if charge.method is Method.H5
            else self._read("prepare", answer, NativePrepaid).code_url
        )
        return Prepared(out_trade_no=charge.out_trade_no, method=charge.method, pay_url=url)

    async def query(self, out_trade_no: str) -> Trade | None:
        """Ask by our number."""
        found = await self._query(out_trade_no=out_trade_no)
        if found is not None and found.out_trade_no != out_trade_no:
            raise self._unknown("query", "another trade was answered")
        return found

    async def query_transaction(self, transaction_id: str) -> Trade | None:
        """Ask by the provider's number."""
        return await self._query(transaction_id=transaction_id)

    async def close(self, out_trade_no: str) -> Closing:
        """Close a charge; closing twice is closing."""
        sdk = await self._ready()
        answer = await self._ask("close", sdk.close(out_trade_no=out_trade_no))
        if not isinstance(answer, Declined):
            return Closing.CLOSED
        match answer.code:
            case "ORDERPAID" | "ORDER_PAID":
                return Closing.PAID
            case "ORDER_CLOSED" | "ORDERCLOSED" | "TRADE_CLOSED":
                return Closing.CLOSED
            case "ORDER_NOT_EXIST" | "ORDERNOTEXIST" | "RESOURCE_NOT_EXISTS":
                return Closing.ABSENT
            case _:
                raise self._unknown("close", answer.code)

    async def refund(self, request: RefundRequest) -> RefundAnswer | Declined:
        """Give money back."""
        words: dict[str, object] = {
            "out_refund_no": request.out_refund_no,
            "out_trade_no": request.out_trade_no,
            "amount": {
                "refund": request.refund_fen,
                "total": request.paid_fen,
                "currency": CURRENCY,
            },
        }
        if request.reason:
            words["reason"] = request.reason
        answer = await self._ask("refund", (await self._ready()).refund(**words))
        if isinstance(answer, Declined):
            return answer
        refund = self._known("refund", self._read("refund", answer, RefundBody).refund)
        if refund.out_refund_no != request.out_refund_no or refund.refund_fen != request.refund_fen:
            raise self._unknown("refund", "another refund was answered")
        return refund

    async def query_refund(self, out_refund_no: str) -> RefundAnswer | None:
        """Ask where a refund stands."""
        sdk = await self._ready()
        answer = await self._ask("query_refund", sdk.query_refund(out_refund_no=out_refund_no))
        if isinstance(answer, Declined):
            return self._absent("query_refund", answer)
        return self._known("query_refund", self._read("query_refund", answer, RefundBody).refund)

    async def pay_out(self, request: PayOutRequest) -> PayOut | Declined:
        """Send money out."""
        assert request.payee_name, "the receiver of money is named"
        sdk = await self._ready()
        asking = sdk.mch_transfer_bills(
            out_bill_no=request.out_bill_no,
            transfer_scene_id=self._scene,
            openid=request.payee,
            transfer_amount=request.amount_fen,
            transfer_remark=request.remark,
            user_name=request.payee_name,
            transfer_scene_report_infos=[
                {"info_type": "采购商品名称", "info_content": request.remark}
            ],
        )
        answer = await self._ask("pay_out", asking)
        if isinstance(answer, Declined):
            return answer
        body = self._read("pay_out", answer, TransferBody)
        if body.out_bill_no != request.out_bill_no:
            raise self._unknown("pay_out", "another transfer was answered")
        return self._known("pay_out", lambda: body.pay_out(request.amount_fen))

    async def query_pay_out(self, out_bill_no: str) -> PayOut | None:
        """Ask where money on its way out stands."""
        sdk = await self._ready()
        answer = await self._ask(
            "query_pay_out", sdk.mch_transfer_bills_query(out_bill_no=out_bill_no)
        )
        if isinstance(answer, Declined):
            return self._absent("query_pay_out", answer)
        return self._known(
            "query_pay_out", self._read("query_pay_out", answer, TransferBody).pay_out
        )

    def read_notification(
        self, headers: Mapping[str, str], body: bytes
    ) -> Notification | Rejection:
        """Verify, decrypt and read a notification, with no I/O."""
        return self._reader.read(headers, body)

    async def aclose(self) -> None:
        """Give the connections back."""
        if self._sdk is not None:
            sdk, self._sdk = self._sdk, None
            await sdk.__aexit__(None, None, None)

    async def _query(self, **number: str) -> Trade | None:
        answer = await self._ask("query", (await self._ready()).query(**number))
        if isinstance(answer, Declined):
            return self._absent("query", answer)
        body = self._read("query", answer, TradeBody)
        if body.mchid != self._account.mchid:
            raise self._unknown("query", "another merchant's trade was answered")
        return self._known("query", body.trade)

    async def _ready(self) -> _Sdk:
        """Make the client at first use. In public-key mode this does no I/O."""
        if self._sdk is not None:
            return self._sdk
        account = self._account
        untyped: object = AsyncWeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=account.mchid,
            private_key=account.private_key,
            cert_serial_no=account.cert_serial,
            appid=account.appid,
            apiv3_key=account.apiv3_key,
            notify_url=self._notify_url,
            timeout=(self._connect_s, self._answer_s),
            public_key=account.public_key,
            public_key_id=account.public_key_id,
        )
        sdk = cast("_Sdk", untyped)
        if account.address:
            # The SDK has no parameter for the gateway's address, nor for the client it makes on
            # entering; a client of ours asks no proxy for an address on this machine.
            core = sdk._core  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
            core._gate_way = account.address.rstrip("/")  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
            client = http_client(
                account.address, answer_s=self._answer_s, connect_s=self._connect_s
            )
            core._client = client  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        else:
            await sdk.__aenter__()
        self._sdk = sdk
        return sdk

    async def _ask(self, what: str, asking: Awaitable[_Raw]) -> bytes | Declined:
        """Wait for one answer: its body when done, ``Declined`` on a plain no, else ``Outage``."""
        try:
            async with asyncio.timeout(self._connect_s + self._answer_s):
                status, text = await asking
        except Exception as error:  # the SDK raises bare ``Exception`` on a bad signature
            raise self._unknown(what, type(error).__name__) from error
        body = text.encode() if isinstance(text, str) else text
        if 200 <= status < 300:  # noqa: PLR2004 - the 2xx of HTTP
            return body
        if not 400 <= status < 500:  # noqa: PLR2004 - the 4xx of HTTP
            raise self._unknown(what, f"status {status}")
        try:
            said = read_json(body, ErrorBody)
        except Unreadable as error:
            raise self._unknown(what, f"status {status}") from error
        if said.code in _NOT_NOW or status in (401, 408, 429):
            raise self._unknown(what, said.code)
        return Declined(said.code, said.message)

    def _read(self, what: str, body: bytes, shape: type[T]) -> T:
        try:
            return read_json(body, shape)
        except Unreadable as error:
            raise self._unknown(what, str(error)) from error

    def _known(self, what: str, say: Callable[[], T]) -> T:
        """Say an answer in our words; one in words that we do not know is an unknown outcome."""
        try:
            return say()
        except ValueError as error:
            raise self._unknown(what, str(error)) from error

    def _absent(self, what: str, answer: Declined) -> None:
        """Answer None when the provider knows no such thing; anything else is unknown."""
        if (
            "NOT_EXIST" not in answer.code
            and "NOTEXIST" not in answer.code
            and answer.code != "NOT_FOUND"
        ):
            raise self._unknown(what, answer.code)

    def _unknown(self, what: str, detail: str) -> Outage:
        _log.warning("wxpay.unknown", asked=what, detail=detail)
        return Outage(_SERVICE)
