"""All twins as one application."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from starlette.applications import Starlette
from starlette.routing import Route

from xiaodian.infra.faults import FaultPlan
from xiaodian.sandbox.twins import looks
from xiaodian.sandbox.twins.carriers import CARRIERS_DOORS, CarriersTwin
from xiaodian.sandbox.twins.doors import Guard, json_answer
from xiaodian.sandbox.twins.mail import MAIL_DOORS, MailTwin
from xiaodian.sandbox.twins.orders import FaultsDoor
from xiaodian.sandbox.twins.pay import PAY_DOORS, PayTwin
from xiaodian.sandbox.twins.sms import SMS_DOORS, SmsTwin

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from xiaodian.sandbox.twins.config import TwinsConfig

__all__ = ["DOORS", "twins_app"]

DOORS = {"pay": PAY_DOORS, "sms": SMS_DOORS, "mail": MAIL_DOORS, "carriers": CARRIERS_DOORS}
"""Which faults can happen where: twin, door, faults."""


class Twin(Protocol):
    """One peer: its doors, and a life from start to stop."""

    def mount(self) -> BaseRoute: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


def twins_app(config: TwinsConfig) -> Starlette:
    """Compose the twins under ``/pay``, ``/sms``, ``/mail``, ``/carriers`` and ``/faults``.

    They start and stop with the application's lifespan; mail opens its SMTP port then, too.
    """
    plan = FaultPlan(DOORS)
    guard = Guard(config)
    twins: list[Twin] = [
        PayTwin(config, plan, guard),
        SmsTwin(config, plan, guard),
        MailTwin(config, plan, guard),
        CarriersTwin(config, plan, guard),
    ]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        del app
        async with AsyncExitStack() as stack:
            for twin in twins:
                stack.push_async_callback(twin.stop)
                await twin.start()
            yield

    return Starlette(
        routes=[
            Route("/health", _health, methods=["GET"]),
            Route("/style.css", looks.style, methods=["GET"]),
            Route("/key", guard.sign_in, methods=["POST"]),
            *FaultsDoor(plan, guard).route(),
            *(twin.mount() for twin in twins),
        ],
        lifespan=lifespan,
    )


async def _health(request: Request) -> Response:
    del request
    return json_answer({"status": "ok"})
