"""How one-time codes reach a phone."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlencode

import httpx
import msgspec

from xiaodian.infra.peers import Declined, Peer, http_client
from xiaodian.kernel.errors import Outage

__all__ = [
    "CodeScreen",
    "Declined",
    "HttpSmsGateway",
    "NullCodeScreen",
    "NullSmsGateway",
    "SmsGateway",
    "TwinCodeScreen",
]


class SmsGateway(Protocol):
    """Sends one-time codes. Raises ``Outage`` when it is not known whether one was sent."""

    async def send_code(
        self, phone: str, code: str, *, text: str, request_id: str
    ) -> str | Declined:
        """Send a code and answer the provider's number of the message.

        ``phone`` is in E.164 or national digits; ``text`` is the whole message, with the code in
        it; the same ``request_id`` again is the same message and is not sent twice.
        """
        ...

    async def aclose(self) -> None:
        """Give the connections back."""
        ...


class HttpSmsGateway:
    """Client of a signed HTTP door (``POST {address}/send``), as the sandbox's twin has one."""

    def __init__(self, address: str, secret: str, *, answer_s: float = 5.0) -> None:
        self._peer = Peer("sms", address, secret, answer_s=answer_s)

    async def send_code(
        self, phone: str, code: str, *, text: str, request_id: str
    ) -> str | Declined:
        """Send a code."""
        answer = await self._peer.ask(
            "POST", "/send", {"request_id": request_id, "phone": phone, "text": text, "code": code}
        )
        if not answer.ok:
            return answer.declined()
        number = answer.data.get("message_id")
        if not isinstance(number, str):
            raise Outage("sms")
        return number

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._peer.aclose()


class NullSmsGateway:
    """No provider: refuses with an ``Outage``."""

    async def send_code(
        self, phone: str, code: str, *, text: str, request_id: str
    ) -> str | Declined:
        """Refuse."""
        del phone, code, text, request_id
        raise Outage("sms")

    async def aclose(self) -> None:
        """Hold nothing, give nothing back."""


class CodeScreen(Protocol):
    """Shows, in the sandbox only, the code that a phone got. Never a product's door."""

    async def newest(self, phone: str) -> str | None:
        """Answer the newest code that arrived at a phone (E.164), None while there is none."""
        ...


class _Message(msgspec.Struct, frozen=True):
    code: str = ""


class _Outbox(msgspec.Struct, frozen=True):
    messages: list[_Message]


class TwinCodeScreen:
    """Reads the outbox of the sandbox's SMS twin (``GET {address}/outbox``)."""

    def __init__(self, address: str, sandbox_key: str = "", *, answer_s: float = 2.0) -> None:
        self._address = address.rstrip("/")
        self._headers = {"X-Xiaodian-Sandbox-Key": sandbox_key} if sandbox_key else {}
        self._answer_s = answer_s

    async def newest(self, phone: str) -> str | None:
        """Answer the newest code; None as well when the twin cannot be asked."""
        async with http_client(self._address, answer_s=self._answer_s) as client:
            try:
                answer = await client.get(
                    f"{self._address}/outbox?{urlencode({'phone': phone})}", headers=self._headers
                )
                outbox = msgspec.json.decode(answer.content, type=_Outbox)
            except (httpx.HTTPError, msgspec.DecodeError):
                return None
        return next((message.code for message in outbox.messages if message.code), None)


class NullCodeScreen:
    """No sandbox: shows nothing."""

    async def newest(self, phone: str) -> str | None:
        """Show nothing."""
        del phone
