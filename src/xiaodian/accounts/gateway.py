"""How one-time codes reach a phone."""

from __future__ import annotations

from typing import Protocol

from xiaodian.infra.peers import Declined, Peer
from xiaodian.kernel.errors import Outage

__all__ = ["Declined", "HttpSmsGateway", "NullSmsGateway", "SmsGateway"]


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
