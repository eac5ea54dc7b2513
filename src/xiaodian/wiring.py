"""The whole choreography on one page.

Who reacts to what, which deadline calls whom, which job is whose, which gateway is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xiaodian import rulebooks
from xiaodian.accounts import gateway as accounts_gateway
from xiaodian.accounts import jobs as accounts_jobs
from xiaodian.accounts import reactions as accounts_reactions
from xiaodian.accounts.events import AccountDeleted, ExportRequested
from xiaodian.desk import reactions as desk_reactions
from xiaodian.infra import i18n
from xiaodian.infra.crypto import Vault
from xiaodian.infra.db import Database, Reactions
from xiaodian.infra.files import Store
from xiaodian.infra.jobs import Queue, Runtime
from xiaodian.notices import gateway as notices_gateway
from xiaodian.notices import jobs as notices_jobs
from xiaodian.notices import reactions as notices_reactions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.infra.jobs import Job
    from xiaodian.kernel.events import Event
    from xiaodian.ledger import Check
    from xiaodian.settings import Settings

i18n.name_codes_with(rulebooks.name_of)

__all__ = [
    "CHECKS",
    "JOBS",
    "REACTIONS",
    "SET_REACTIONS",
    "TIMERS",
    "close_runtime",
    "gateways",
    "open_runtime",
]

REACTIONS: dict[type[Event], Sequence[Callable[[Tx, Any], Awaitable[None]]]] = {
    AccountDeleted: [notices_reactions.drop_inbox],
    ExportRequested: [notices_reactions.export_inbox],
}
"""Event → what reacts to each of them, in the order they run."""

SET_REACTIONS: dict[type[Event], Sequence[Callable[[Tx, Sequence[Any]], Awaitable[None]]]] = {}
"""Hot event → what reacts to all of a transaction's at once; these run first."""

TIMERS: dict[str, Callable[[Tx, int], Awaitable[None]]] = {
    "accounts.retention_over": accounts_reactions.retention_over,
    "notices.before": notices_reactions.before_deadline,
    "notices.after": notices_reactions.after_deadline,
    "desk.due": desk_reactions.due,
}
"""Deadline → what happens when business time reaches it."""

JOBS: dict[str, Job] = {
    "accounts.send_code": accounts_jobs.send_code,
    "notices.deliver": notices_jobs.deliver,
}
"""Job → the work, outside any request."""

CHECKS: Sequence[Check] = ()
"""What the rooms above the ledger verify of the books, beside what it verifies itself."""


async def open_runtime(settings: Settings, url: str) -> Runtime:
    """Open the database and choose the gateways; the caller closes ``runtime.db``."""
    db = await Database.open(
        url,
        vault=Vault.from_text(settings.master_key),
        queue=Queue(),
        reactions=Reactions(REACTIONS, SET_REACTIONS),
        pool_size=settings.pool_size,
    )
    return Runtime(db, settings, gateways(settings))


async def close_runtime(runtime: Runtime) -> None:
    """Give connections back."""
    await runtime.db.close()


def gateways(settings: Settings) -> dict[type, object]:
    """Choose each way outside by the settings; what is not set up is a ``Null`` that refuses."""
    sms = (settings.sms_url, settings.sms_secret)
    chosen: dict[type, object] = {
        Store: Store(settings.home / "files"),
        accounts_gateway.SmsGateway: accounts_gateway.HttpSmsGateway(*sms)
        if all(sms)
        else accounts_gateway.NullSmsGateway(),
        accounts_gateway.CodeScreen: accounts_gateway.TwinCodeScreen(
            f"{settings.twins_url}/sms", settings.sandbox_key
        )
        if settings.sandbox and settings.twins_url
        else accounts_gateway.NullCodeScreen(),
        notices_gateway.SmsGateway: notices_gateway.HttpSmsGateway(*sms)
        if all(sms)
        else notices_gateway.NullSmsGateway(),
        notices_gateway.MailGateway: notices_gateway.SmtpMailGateway(
            settings.smtp_host,
            settings.smtp_port,
            sender=settings.mail_from,
            user=settings.smtp_user,
            password=settings.smtp_password,
        )
        if settings.smtp_host and settings.mail_from
        else notices_gateway.NullMailGateway(),
    }
    return chosen
