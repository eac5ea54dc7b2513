"""The pay gateway's doors for people: the payment page, and what a test or a seed may order."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from xiaodian.infra.clock import wall_now
from xiaodian.infra.faults import Fault
from xiaodian.sandbox.twins import looks
from xiaodian.sandbox.twins.doors import Guard, Sorry, Weather, json_answer
from xiaodian.sandbox.twins.pay.views import shown_order

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from xiaodian.sandbox.twins.config import TwinsConfig
    from xiaodian.sandbox.twins.pay.book import Order
    from xiaodian.sandbox.twins.pay.till import Till

__all__ = ["PAGE_DOORS", "PayPage"]

PAGE_DOORS = {"pay": frozenset({Fault.DECLINE, Fault.OUTAGE, Fault.HANG, Fault.TIMEOUT})}
_DECLINED = Sorry(409, "PAY_DECLINED", "支付失败：发卡行拒绝了这笔支付，请更换支付方式后重试")


class PayPage:
    """Where the sandbox's buyer presses 支付."""

    def __init__(self, config: TwinsConfig, till: Till, weather: Weather, guard: Guard) -> None:
        self._config = config
        self._till = till
        self._weather = weather
        self._guard = guard

    def routes(self) -> list[BaseRoute]:
        """Answer the page and the sandbox's JSON doors; all are guarded."""
        page, api = self._guard.page, self._guard.api
        order = "/sandbox/orders/{number}"
        return [
            Route("/checkmweb", page(self._show), methods=["GET"]),
            Route("/checkmweb", page(self._choose), methods=["POST"]),
            Route(order, api(self._look), methods=["GET"]),
            Route(f"{order}/pay", api(self._pay), methods=["POST"]),
            Route("/sandbox/notifications", api(self._notifications), methods=["GET"]),
            Route("/sandbox/notifications/{id}/again", api(self._again), methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        order = self._charge(request.query_params.get("prepay_id", ""))
        return self._drawn(order, request.query_params.get("redirect_url", ""))

    async def _choose(self, request: Request) -> Response:
        form = await request.form(max_fields=8, max_files=0)
        order = self._charge(str(form.get("prepay_id", "")))
        back = str(form.get("redirect_url", ""))
        if form.get("choice") == "pay" and order.state(wall_now()) == "NOTPAY":
            try:
                await self._let_pay(order)
            except Sorry as sorry:
                return self._drawn(order, back, failed=sorry)
        if self._returns(order, back):
            return RedirectResponse(back, status_code=303)
        return self._drawn(order, back)

    async def _look(self, request: Request) -> Response:
        return json_answer(shown_order(self._numbered(request), wall_now()))

    async def _pay(self, request: Request) -> Response:
        order = self._numbered(request)
        await self._let_pay(order)
        return json_answer(shown_order(order, wall_now()))

    async def _notifications(self, request: Request) -> Response:
        number = request.query_params.get("number")
        return json_answer(
            {
                "notifications": [
                    {
                        "id": errand.id,
                        "number": errand.subject,
                        "url": errand.url,
                        "state": errand.state,
                        "attempts": errand.attempts,
                    }
                    for errand in self._till.courier.known()
                    if number in (None, errand.subject)
                ]
            }
        )

    async def _again(self, request: Request) -> Response:
        if not self._till.courier.again(request.path_params["id"]):
            raise Sorry(404, "NOT_FOUND", "没有这条通知")
        return json_answer({}, 202)

    async def _let_pay(self, order: Order) -> None:
        fault = self._weather.take("pay", order.opened.out_trade_no)
        await self._weather.before(fault, _DECLINED)
        await self._till.pay(order)
        await self._weather.after(fault)

    def _drawn(self, order: Order, back: str, failed: Sorry | None = None) -> Response:
        returns = self._returns(order, back)
        return looks.page(
            "pay.html",
            status=failed.status if failed else 200,
            returns_to=returns,
            order=order.opened,
            state=order.state(wall_now()),
            paid_at=order.paid.at if order.paid else None,
            back=back if returns else "",
            failed=failed.message if failed else "",
        )

    def _charge(self, prepay_id: str) -> Order:
        order = self._till.book.by_prepay.get(prepay_id)
        if order is None:
            raise Sorry(404, "ORDER_NOT_EXIST", "没有这笔支付，请回到商家页面重新发起")
        return order

    def _numbered(self, request: Request) -> Order:
        mchid = request.query_params.get("mchid", self._config.keys.mchid)
        order = self._till.book.orders.get((mchid, request.path_params["number"]))
        if order is None:
            raise Sorry(404, "ORDER_NOT_EXIST", "订单不存在")
        return order

    def _returns(self, order: Order, back: str) -> str:
        """Answer the origin to send the buyer back to; empty when it is not the merchant's.

        The provider only returns to domains that the merchant registered; here these are where
        the product answers and where the charge is notified.
        """
        origin = _origin(back)
        ours = {_origin(self._config.product_url), _origin(order.opened.notify_url)}
        return origin if origin and origin in ours else ""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return (
        f"{parts.scheme}://{parts.netloc}"
        if parts.scheme in ("http", "https") and parts.netloc
        else ""
    )
