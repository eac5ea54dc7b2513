"""A gateway of text messages that shows on screen what it was given to send."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta
from starlette.routing import Mount, Route

from xiaodian.infra.clock import wall_now
from xiaodian.infra.faults import Fault
from xiaodian.sandbox.twins import looks
from xiaodian.sandbox.twins.doors import (
    Sorry,
    Weather,
    demand_signature,
    json_answer,
    read_body,
    read_json,
)
from xiaodian.sandbox.twins.journal import Journal

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from xiaodian.infra.faults import FaultPlan
    from xiaodian.sandbox.twins.config import TwinsConfig
    from xiaodian.sandbox.twins.doors import Guard

__all__ = ["KEPT", "SMS_DOORS", "SmsTwin"]

TWIN = "sms"
KEPT = 1000
"""How many messages the outbox remembers."""
_SHOWN = 50
SMS_DOORS = {
    "send": frozenset(
        {
            Fault.DECLINE,
            Fault.OUTAGE,
            Fault.HANG,
            Fault.TIMEOUT,
            Fault.LOSE,
            Fault.LATE,
            Fault.DUPLICATE,
        }
    )
}


class Asked(msgspec.Struct, frozen=True):
    """A message to send. The same ``request_id`` again is the same message."""

    request_id: Annotated[str, Meta(min_length=1, max_length=80)]
    phone: Annotated[str, Meta(pattern=r"^\+?[0-9]{5,18}$")]
    text: Annotated[str, Meta(min_length=1, max_length=500)]
    code: Annotated[str, Meta(max_length=12)] = ""
    """The one-time code in the text, where there is one, so that a test need not read prose."""


class Message(msgspec.Struct, frozen=True):
    """A message of the outbox."""

    id: str
    request_id: str
    phone: str
    text: str
    code: str
    sent_at: datetime
    arrives_at: datetime | None = None
    """None: it was accepted and never arrives."""


class SmsTwin:
    """``POST /sms/send`` for the product, ``GET /sms/outbox`` for whoever plays the phone."""

    def __init__(self, config: TwinsConfig, plan: FaultPlan, guard: Guard) -> None:
        self._secret = config.keys.sms_secret
        self._weather = Weather(plan, TWIN)
        self._guard = guard
        self._journal: Journal[Message] = Journal(config.folder / "sms.jsonl", Message)
        self._messages: list[Message] = []
        self._by_request: dict[str, Message] = {}

    def mount(self) -> BaseRoute:
        """Answer everything under ``/sms``."""
        return Mount(
            f"/{TWIN}",
            routes=[
                Route("/send", self._send, methods=["POST"]),
                Route("/outbox", self._guard.api(self._outbox), methods=["GET"]),
                Route("/", self._guard.page(self._shown), methods=["GET"]),
            ],
        )

    async def start(self) -> None:
        """Remember the newest messages."""
        entries = self._journal.open()
        if len(entries) > KEPT:
            entries = entries[-KEPT:]
            self._journal.shorten(entries)
        for message in entries:
            self._keep(message)

    async def stop(self) -> None:
        """Leave the journal whole."""
        self._weather.stop()
        await self._journal.aclose()

    async def _send(self, request: Request) -> Response:
        order = None
        try:
            body = await read_body(request)
            demand_signature(self._secret, request, body)
            asked = read_json(body, Asked)
            order = self._weather.take("send", asked.phone)
            await self._weather.before(order, Sorry(400, "PHONE_REFUSED", "号码无法接收短信"))
            message = await self._accept(
                asked, order.fault if order else None, order.delay_s if order else 0
            )
        except Sorry as sorry:
            return json_answer({"code": sorry.code, "message": sorry.message}, sorry.status)
        await self._weather.after(order)
        return json_answer({"message_id": message.id})

    async def _accept(self, asked: Asked, fault: Fault | None, delay_s: float) -> Message:
        known = self._by_request.get(asked.request_id)
        if known is not None:
            if (known.phone, known.text) != (asked.phone, asked.text):
                raise Sorry(409, "REQUEST_ID_USED", "request_id 已用于另一条短信")
            await self._journal.settled()
            return known
        now = wall_now()
        late = timedelta(seconds=delay_s) if fault is Fault.LATE else timedelta()
        copies = [
            Message(
                id=secrets.token_hex(8),
                request_id=asked.request_id,
                phone=asked.phone,
                text=asked.text,
                code=asked.code,
                sent_at=now,
                arrives_at=None if fault is Fault.LOSE else now + late,
            )
            for _ in range(2 if fault is Fault.DUPLICATE else 1)
        ]
        for message in copies:
            self._keep(message)
        await self._journal.append(*copies)
        return copies[0]

    def _keep(self, message: Message) -> None:
        self._messages.append(message)
        self._by_request[message.request_id] = message
        if len(self._messages) > KEPT:
            gone = self._messages.pop(0)
            self._by_request.pop(gone.request_id, None)

    def _arrived(self, phone: str) -> list[Message]:
        now = wall_now()
        found = [
            message
            for message in reversed(self._messages)
            if (not phone or _digits(phone) == _digits(message.phone))
            and message.arrives_at is not None
            and message.arrives_at <= now
        ]
        return found[:_SHOWN]

    async def _outbox(self, request: Request) -> Response:
        return json_answer({"messages": self._arrived(request.query_params.get("phone", ""))})

    async def _shown(self, request: Request) -> Response:
        phone = request.query_params.get("phone", "")
        return looks.page("sms.html", messages=self._arrived(phone), phone=phone)


def _digits(phone: str) -> str:
    """Answer a number as people dial it at home, so that either way of writing finds it."""
    return phone.strip().removeprefix("+86")
