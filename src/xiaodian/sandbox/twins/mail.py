"""A mail server that delivers to a page: a real SMTP conversation in, an outbox to look at."""

from __future__ import annotations

import asyncio
import email
import email.policy
import hmac
import secrets
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

import msgspec
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from starlette.routing import Mount, Route

from xiaodian.infra.clock import wall_now
from xiaodian.infra.faults import Fault
from xiaodian.sandbox.twins import looks
from xiaodian.sandbox.twins.doors import Weather, json_answer
from xiaodian.sandbox.twins.journal import Journal

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, Session
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from xiaodian.infra.faults import FaultPlan
    from xiaodian.sandbox.twins.config import TwinsConfig
    from xiaodian.sandbox.twins.doors import Guard

__all__ = ["MAIL_DOORS", "MailTwin"]

TWIN = "mail"
_KEPT = 500
_SHOWN = 50
_SIZE_MAX = 2_000_000
_TEXT_MAX = 50_000
MAIL_DOORS = {
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


class Letter(msgspec.Struct, frozen=True):
    """A letter of the outbox. A letter that never arrives has no ``arrives_at``."""

    id: str
    message_id: str
    sender: str
    to: list[str]
    subject: str
    text: str
    sent_at: datetime
    arrives_at: datetime | None = None


class MailTwin:
    """SMTP on its own port; ``GET /mail/outbox`` for whoever plays the reader.

    Letters are taken from the user of the sandbox's keys only.
    """

    def __init__(self, config: TwinsConfig, plan: FaultPlan, guard: Guard) -> None:
        self._config = config
        self._weather = Weather(plan, TWIN)
        self._guard = guard
        self._journal: Journal[Letter] = Journal(config.folder / "mail.jsonl", Letter)
        self._letters: list[Letter] = []
        self._server: asyncio.Server | None = None

    def mount(self) -> BaseRoute:
        """Answer everything under ``/mail``."""
        return Mount(
            f"/{TWIN}",
            routes=[
                Route("/outbox", self._guard.api(self._outbox), methods=["GET"]),
                Route("/", self._guard.page(self._shown), methods=["GET"]),
            ],
        )

    async def start(self) -> None:
        """Remember the newest letters and open the SMTP port."""
        entries = self._journal.open()
        if len(entries) > _KEPT:
            entries = entries[-_KEPT:]
            self._journal.shorten(entries)
        self._letters = entries
        self._server = await asyncio.get_running_loop().create_server(
            self._conversation, host=self._config.host, port=self._config.smtp_port
        )

    async def stop(self) -> None:
        """Close the port and leave the journal whole."""
        self._weather.stop()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        await self._journal.aclose()

    def _conversation(self) -> SMTP:
        return SMTP(
            self,
            hostname="sandbox.invalid",
            ident="xiaodian sandbox",
            data_size_limit=_SIZE_MAX,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        del server, session, envelope, mechanism
        keys = self._config.keys
        good = (
            isinstance(data, LoginPassword)
            and hmac.compare_digest(data.login, keys.mail_user.encode())
            and hmac.compare_digest(data.password, keys.mail_password.encode())
        )
        return AuthResult(success=good, handled=False)

    async def handle_MAIL(  # noqa: N802 - SMTP's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        mail_options: list[str],
    ) -> str:
        """Take letters only from who has signed in; answers the SMTP status line."""
        del server
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 2.1.0 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - SMTP's name
        """Take one letter; answers the SMTP status line."""
        del server, session
        order = self._weather.take("send", envelope.rcpt_tos[0] if envelope.rcpt_tos else "")
        fault = order.fault if order else None
        if order is not None and fault is Fault.HANG:
            await self._weather.hold(order.delay_s)
        if fault in (Fault.HANG, Fault.OUTAGE):
            return "451 4.3.0 Try again later"
        if fault is Fault.DECLINE:
            return "550 5.1.1 No such mailbox"
        now = wall_now()
        late = timedelta(seconds=order.delay_s) if order and fault is Fault.LATE else timedelta()
        read = _read(envelope)
        copies = [
            msgspec.structs.replace(
                read,
                id=secrets.token_hex(8),
                arrives_at=None if fault is Fault.LOSE else now + late,
            )
            for _ in range(2 if fault is Fault.DUPLICATE else 1)
        ]
        self._letters = [*self._letters, *copies][-_KEPT:]
        await self._journal.append(*copies)
        await self._weather.after(order)
        return "250 2.0.0 OK"

    def _arrived(self, to: str) -> list[Letter]:
        now = wall_now()
        found = [
            letter
            for letter in reversed(self._letters)
            if (not to or to in letter.to)
            and letter.arrives_at is not None
            and letter.arrives_at <= now
        ]
        return found[:_SHOWN]

    async def _outbox(self, request: Request) -> Response:
        return json_answer({"letters": self._arrived(request.query_params.get("to", ""))})

    async def _shown(self, request: Request) -> Response:
        to = request.query_params.get("to", "")
        return looks.page("mail.html", letters=self._arrived(to), to=to)


def _read(envelope: Envelope) -> Letter:
    content = envelope.content or b""
    raw = content if isinstance(content, bytes) else content.encode()
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage), "the default policy makes these"
    part = parsed.get_body(("plain", "html"))
    try:
        text = str(part.get_content()) if part is not None else ""
    except (LookupError, ValueError):
        text = ""
    return Letter(
        id="",
        message_id=str(parsed.get("Message-ID", "")),
        sender=envelope.mail_from or "",
        to=list(envelope.rcpt_tos),
        subject=str(parsed.get("Subject", "")),
        text=text[:_TEXT_MAX],
        sent_at=wall_now(),
    )
