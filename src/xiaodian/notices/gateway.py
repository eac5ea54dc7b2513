"""How notices leave the house: by mail and by text message."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

import structlog

from xiaodian.infra.addresses import is_loopback
from xiaodian.infra.clock import wall_now
from xiaodian.infra.peers import Declined, Peer
from xiaodian.kernel.errors import Outage

__all__ = [
    "Declined",
    "HttpSmsGateway",
    "MailGateway",
    "NullMailGateway",
    "NullSmsGateway",
    "SmsGateway",
    "SmtpMailGateway",
]

_IMPLICIT_TLS = 465
_GONE_FOR_GOOD = 500
_log = structlog.get_logger(__name__)


class SmsGateway(Protocol):
    """Sends notices as text messages. Raises ``Outage`` when it is not known whether it did."""

    async def send(self, phone: str, text: str, *, request_id: str) -> str | Declined:
        """Send a text and answer the provider's number; the same ``request_id`` is sent once."""
        ...

    async def aclose(self) -> None:
        """Give the connections back."""
        ...


class MailGateway(Protocol):
    """Sends notices as mail. Raises ``Outage`` when it is not known whether it did."""

    async def send(self, to: str, subject: str, text: str, *, message_id: str) -> Declined | None:
        """Send a letter; None when it was taken.

        ``message_id`` (without angle brackets or domain) makes a letter that was sent twice
        recognisable as one to whoever receives it.
        """
        ...


class HttpSmsGateway:
    """Client of a signed HTTP door (``POST {address}/send``), as the sandbox's twin has one."""

    def __init__(self, address: str, secret: str, *, answer_s: float = 5.0) -> None:
        self._peer = Peer("sms", address, secret, answer_s=answer_s)

    async def send(self, phone: str, text: str, *, request_id: str) -> str | Declined:
        """Send a text."""
        answer = await self._peer.ask(
            "POST", "/send", {"request_id": request_id, "phone": phone, "text": text}
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


class SmtpMailGateway:
    """Client of a mail server, one connection a letter, in a thread of its own.

    Port 465 speaks TLS from the start; on other ports STARTTLS is demanded, save on loopback,
    where the sandbox's twin listens.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sender: str,
        user: str = "",
        password: str = "",
        answer_s: float = 10.0,
    ) -> None:
        assert host, "mail goes to a server"
        assert sender, "mail has a sender"
        self._host = host
        self._port = port
        self._sender = sender
        self._user = user
        self._password = password
        self._answer_s = answer_s

    async def send(self, to: str, subject: str, text: str, *, message_id: str) -> Declined | None:
        """Send a letter."""
        letter = EmailMessage()
        letter["From"] = self._sender
        letter["To"] = to
        # A line break in a header would begin another header.
        letter["Subject"] = " ".join(subject.split())
        letter["Date"] = format_datetime(wall_now())
        letter["Message-ID"] = f"<{message_id}@{self._sender.rpartition('@')[2].rstrip('>')}>"
        letter.set_content(text)
        return await asyncio.to_thread(self._deliver, letter)

    def _deliver(self, letter: EmailMessage) -> Declined | None:
        try:
            with self._connected() as server:
                if self._user:
                    server.login(self._user, self._password)
                server.send_message(letter)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            return self._judged(code, said, error)
        except smtplib.SMTPAuthenticationError as error:
            # Our password is wrong, which says nothing about this letter.
            _log.exception("mail.unauthenticated", host=self._host)
            raise Outage("mail") from error
        except smtplib.SMTPResponseException as error:
            return self._judged(error.smtp_code, error.smtp_error, error)
        except (smtplib.SMTPException, OSError) as error:
            _log.warning("mail.silent", host=self._host, error=type(error).__name__)
            raise Outage("mail") from error
        return None

    def _connected(self) -> smtplib.SMTP:
        if self._port == _IMPLICIT_TLS:
            return smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._answer_s, context=ssl.create_default_context()
            )
        server = smtplib.SMTP(self._host, self._port, timeout=self._answer_s)
        if not is_loopback(self._host):
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server

    @staticmethod
    def _judged(code: int, said: bytes | str, error: Exception) -> Declined:
        """Answer a no for a 5xx; anything else may succeed later."""
        if code < _GONE_FOR_GOOD:
            raise Outage("mail") from error
        return Declined(
            f"SMTP_{code}", said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        )


class NullMailGateway:
    """No mail server: refuses with an ``Outage``."""

    async def send(self, to: str, subject: str, text: str, *, message_id: str) -> Declined | None:
        """Refuse."""
        del to, subject, text, message_id
        raise Outage("mail")


class NullSmsGateway:
    """No provider: refuses with an ``Outage``."""

    async def send(self, phone: str, text: str, *, request_id: str) -> str | Declined:
        """Refuse."""
        del phone, text, request_id
        raise Outage("sms")

    async def aclose(self) -> None:
        """Hold nothing, give nothing back."""
