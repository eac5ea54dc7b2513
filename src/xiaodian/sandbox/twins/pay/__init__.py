"""A pay gateway that speaks WeChat Pay v3 over HTTP, in public-key mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Mount

from xiaodian.infra.faults import Fault
from xiaodian.sandbox.twins.doors import Weather
from xiaodian.sandbox.twins.errands import NOTIFY_FAULTS
from xiaodian.sandbox.twins.pay.api import API_DOORS, PayApi
from xiaodian.sandbox.twins.pay.page import PAGE_DOORS, PayPage
from xiaodian.sandbox.twins.pay.signing import Platform
from xiaodian.sandbox.twins.pay.till import TWIN, Till

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from xiaodian.infra.faults import FaultPlan
    from xiaodian.sandbox.twins.config import TwinsConfig
    from xiaodian.sandbox.twins.doors import Guard

__all__ = ["PAY_DOORS", "PayTwin"]

PAY_DOORS = {
    **API_DOORS,
    **PAGE_DOORS,
    "refund_result": frozenset({Fault.DECLINE, Fault.LATE}),
    "transfer_result": frozenset({Fault.DECLINE, Fault.LATE}),
    "notify": NOTIFY_FAULTS,
}


class PayTwin:
    """Charges (native, H5), queries, closing, refunds, transfers, notifications, a payment page.

    Direct mode: one merchant, whose keys are the sandbox's. The merchant's withdrawals leave by
    商家转账; in partner mode the real door is another one (电商收付通's withdraw).
    """

    def __init__(self, config: TwinsConfig, plan: FaultPlan, guard: Guard) -> None:
        platform = Platform(config.keys)
        self._weather = Weather(plan, TWIN)
        self._till = Till(config, plan, platform)
        self._api = PayApi(config, self._till, platform, self._weather)
        self._page = PayPage(config, self._till, self._weather, guard)

    def mount(self) -> BaseRoute:
        """Answer everything under ``/pay``."""
        return Mount(f"/{TWIN}", routes=[*self._api.routes(), *self._page.routes()])

    async def start(self) -> None:
        """Remember what happened before, and go on."""
        await self._till.start()

    async def stop(self) -> None:
        """Leave everything where it is."""
        self._weather.stop()
        await self._till.stop()
