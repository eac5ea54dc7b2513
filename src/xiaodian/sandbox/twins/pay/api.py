"""The doors of the pay gateway that merchants' servers knock at: WeChat Pay v3 over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from xiaodian.infra import reading
from xiaodian.infra.clock import wall_now
from xiaodian.infra.faults import Fault
from xiaodian.sandbox.twins.doors import Sorry, Weather, read_body, read_json
from xiaodian.sandbox.twins.pay.till import TWIN
from xiaodian.sandbox.twins.pay.views import shown_order, shown_refund, shown_transfer
from xiaodian.sandbox.twins.pay.wire import Close, Prepay, RefundAsked, TransferAsked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from xiaodian.sandbox.twins.config import TwinsConfig
    from xiaodian.sandbox.twins.pay.book import Order
    from xiaodian.sandbox.twins.pay.signing import Merchant, Platform
    from xiaodian.sandbox.twins.pay.till import Till

    View = dict[str, object]
    Door = Callable[[Merchant, Request, bytes], Awaitable[View | None]]

__all__ = ["API_DOORS", "PayApi"]

_ANSWERS = frozenset({Fault.OUTAGE, Fault.HANG, Fault.TIMEOUT, Fault.FORGE, Fault.ALTER})
API_DOORS = {
    "prepay": _ANSWERS | {Fault.DECLINE},
    "query": _ANSWERS,
    "close": _ANSWERS,
    "refund": _ANSWERS | {Fault.DECLINE},
    "refund_query": _ANSWERS,
    "transfer": _ANSWERS | {Fault.DECLINE},
    "transfer_query": _ANSWERS,
}
_DECLINED = {
    "prepay": Sorry(403, "RULE_LIMIT", "业务规则限制：交易被风控拦截"),
    "refund": Sorry(403, "NOT_ENOUGH", "商户可用退款余额不足"),
    "transfer": Sorry(403, "NOT_ENOUGH", "商户运营账户余额不足"),
}


class PayApi:
    """Checks who asks, acts out faults, answers signed."""

    def __init__(
        self, config: TwinsConfig, till: Till, platform: Platform, weather: Weather
    ) -> None:
        self._config = config
        self._till = till
        self._platform = platform
        self._weather = weather

    def routes(self) -> list[BaseRoute]:
        """Answer the doors under ``/v3``."""
        trade = "/v3/pay/transactions"
        by_number = f"{trade}/out-trade-no/{{number}}"
        refunds = "/v3/refund/domestic/refunds"
        bills = "/v3/fund-app/mch-transfer/transfer-bills"
        doors: list[tuple[str, str, str, Door]] = [
            ("POST", f"{trade}/native", "prepay", self._native),
            ("POST", f"{trade}/h5", "prepay", self._h5),
            ("GET", f"{trade}/id/{{number}}", "query", self._by_transaction),
            ("GET", by_number, "query", self._by_number),
            ("POST", f"{by_number}/close", "close", self._close),
            ("POST", refunds, "refund", self._refund),
            ("GET", f"{refunds}/{{number}}", "refund_query", self._refund_query),
            ("POST", bills, "transfer", self._transfer),
            ("GET", f"{bills}/out-bill-no/{{number}}", "transfer_query", self._transfer_query),
        ]
        known = [
            Route(path, self._answered(name, door), methods=[method])
            for method, path, name, door in doors
        ]
        return [
            *known,
            Route(
                "/v3/{path:path}", self._unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]
            ),
        ]

    def _answered(self, name: str, door: Door) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            order = None
            try:
                body = await read_body(request)
                merchant = self._authenticate(request, body)
                order = self._weather.take(name, _subject(request, body))
                await self._weather.before(order, _DECLINED.get(name) or _no_order())
                view = await door(merchant, request, body)
                status = 200 if view is not None else 204
            except Sorry as sorry:
                view, status = _said(sorry), sorry.status
            # Nothing is said that a crash could still take back.
            await self._till.settled()
            await self._weather.after(order)
            return self._signed(view, status, order.fault if order else None)

        return endpoint

    async def _unknown(self, request: Request) -> Response:
        try:
            self._authenticate(request, await read_body(request))
        except Sorry as sorry:
            return self._signed(_said(sorry), sorry.status)
        return self._signed({"code": "RESOURCE_NOT_EXISTS", "message": "接口不存在"}, 404)

    async def _native(self, merchant: Merchant, request: Request, body: bytes) -> View:
        del request
        asked = self._prepay(merchant, body)
        # A real code begins with weixin://, which only the app can open; this one opens anywhere.
        return {"code_url": self._page(self._till.prepay(merchant, asked, "NATIVE"))}

    async def _h5(self, merchant: Merchant, request: Request, body: bytes) -> View:
        del request
        asked = self._prepay(merchant, body)
        if asked.scene_info is None or asked.scene_info.h5_info is None:
            raise Sorry(
                400,
                "PARAM_ERROR",
                "H5支付必须提供scene_info.payer_client_ip和scene_info.h5_info.type",
            )
        return {"h5_url": self._page(self._till.prepay(merchant, asked, "MWEB"))}

    async def _by_number(self, merchant: Merchant, request: Request, body: bytes) -> View:
        del body
        _own(merchant, request)
        return shown_order(self._order(merchant, request), wall_now())

    async def _by_transaction(self, merchant: Merchant, request: Request, body: bytes) -> View:
        del body
        _own(merchant, request)
        order = self._till.book.by_transaction.get(request.path_params["number"])
        if order is None or order.opened.mchid != merchant.mchid:
            raise _no_order()
        return shown_order(order, wall_now())

    async def _close(self, merchant: Merchant, request: Request, body: bytes) -> None:
        if read_json(body, Close).mchid != merchant.mchid:
            raise Sorry(400, "PARAM_ERROR", "mchid与签名商户号不一致")
        self._till.close(self._order(merchant, request))

    async def _refund(self, merchant: Merchant, request: Request, body: bytes) -> View:
        del request
        refund = self._till.refund(merchant, read_json(body, RefundAsked))
        return shown_refund(refund, self._till.book.order_of(refund))

    async def _refund_query(self, merchant: Merchant, request: Request, body: bytes) -> View:
        del body
        refund = self._till.book.refunds.get((merchant.mchid, request.path_params["number"]))
        if refund is None:
            raise Sorry(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return shown_refund(refund, self._till.book.order_of(refund))

    async def _transfer(self, merchant: Merchant, request: Request, body: bytes) -> View:
        del request
        return _just_made(
            shown_transfer(self._till.transfer(merchant, read_json(body, TransferAsked)))
        )

    async def _transfer_query(self, merchant: Merchant, request: Request, body: bytes) -> View:
        del body
        transfer = self._till.book.transfers.get((merchant.mchid, request.path_params["number"]))
        if transfer is None:
            raise Sorry(404, "NOT_FOUND", "记录不存在")
        return shown_transfer(transfer)

    def _prepay(self, merchant: Merchant, body: bytes) -> Prepay:
        asked = read_json(body, Prepay)
        if asked.mchid != merchant.mchid:
            raise Sorry(400, "PARAM_ERROR", "mchid与签名商户号不一致")
        return asked

    def _order(self, merchant: Merchant, request: Request) -> Order:
        order = self._till.book.orders.get((merchant.mchid, request.path_params["number"]))
        if order is None:
            raise _no_order()
        return order

    def _page(self, order: Order) -> str:
        return f"{self._config.address}/{TWIN}/checkmweb?prepay_id={order.opened.prepay_id}"

    def _authenticate(self, request: Request, body: bytes) -> Merchant:
        serial = request.headers.get("wechatpay-serial", self._platform.key_id)
        merchant = self._platform.authenticate(
            request.headers.get("authorization", ""),
            method=request.method,
            paths=_paths(request),
            body=body,
        )
        if serial != self._platform.key_id:
            raise Sorry(400, "PARAM_ERROR", "Wechatpay-Serial不是有效的微信支付公钥ID")
        return merchant

    def _signed(self, view: View | None, status: int, fault: Fault | None = None) -> Response:
        body = b"" if view is None else msgspec.json.encode(view)
        headers = self._platform.sign(body, fault if fault is Fault.FORGE else None)
        if view is not None and fault is Fault.ALTER:
            body = msgspec.json.encode(view | {"altered": True})
        return Response(
            body or None,
            status_code=status,
            headers=headers,
            media_type="application/json; charset=utf-8" if body else None,
        )


def _said(sorry: Sorry) -> View:
    return {"code": sorry.code, "message": sorry.message}


def _no_order() -> Sorry:
    return Sorry(404, "ORDER_NOT_EXIST", "订单不存在")


def _own(merchant: Merchant, request: Request) -> None:
    if request.query_params.get("mchid") != merchant.mchid:
        raise Sorry(400, "PARAM_ERROR", "mchid与签名商户号不一致")


def _just_made(view: View) -> View:
    return {
        name: view[name] for name in ("out_bill_no", "transfer_bill_no", "create_time", "state")
    }


def _paths(request: Request) -> tuple[str, ...]:
    """Answer the signed path as a client may have seen it: as sent, and without our mount."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    whole = (raw + b"?" + query if query else raw).decode("latin-1")
    root: str = request.scope.get("root_path", "")
    return (whole.removeprefix(root), whole)


def _subject(request: Request, body: bytes) -> str:
    """Answer the number that a request is about, by which faults can be narrowed."""
    named: str = request.path_params.get("number", "")
    if named or not body:
        return named
    try:
        words = reading.read_json(body, dict[str, object])
    except reading.Unreadable:
        return ""
    for name in ("out_refund_no", "out_bill_no", "out_trade_no"):
        if isinstance(words.get(name), str):
            return str(words[name])
    return ""
