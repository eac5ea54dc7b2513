"""The whole choreography on one page.

Who reacts to what, which deadline calls whom, which job is whose, which gateway is used.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xiaodian import merchants, rulebooks
from xiaodian.accounts import gateway as accounts_gateway
from xiaodian.accounts import jobs as accounts_jobs
from xiaodian.accounts import reactions as accounts_reactions
from xiaodian.accounts.events import AccountDeleted, DeletionAsked, ExportRequested
from xiaodian.catalog import jobs as catalog_jobs
from xiaodian.catalog import reactions as catalog_reactions
from xiaodian.deposits import jobs as deposits_jobs
from xiaodian.deposits import reactions as deposits_reactions
from xiaodian.desk import reactions as desk_reactions
from xiaodian.desk.events import ApprovalGiven, ApprovalRefused
from xiaodian.funds import CHECKS as FUNDS_CHECKS
from xiaodian.funds import reactions as funds_reactions
from xiaodian.funds.events import DepositDrawn
from xiaodian.infra import i18n, sweeping
from xiaodian.infra.crypto import Vault
from xiaodian.infra.db import Database, Reactions
from xiaodian.infra.files import Store
from xiaodian.infra.jobs import Queue, Runtime, rescue
from xiaodian.ledger import Books
from xiaodian.ledger import jobs as ledger_jobs
from xiaodian.ledger import reactions as ledger_reactions
from xiaodian.logistics import CarrierGateway, HttpCarrierGateway, NullCarrierGateway
from xiaodian.logistics import jobs as logistics_jobs
from xiaodian.logistics.events import ParcelSigned
from xiaodian.merchants import jobs as merchants_jobs
from xiaodian.merchants import reactions as merchants_reactions
from xiaodian.merchants.events import (
    PayoutAccountChanged,
    ShopApproved,
    ShopFlagCleared,
    ShopFlagSet,
    ShopStateChanged,
)
from xiaodian.notices import gateway as notices_gateway
from xiaodian.notices import jobs as notices_jobs
from xiaodian.notices import reactions as notices_reactions
from xiaodian.orders import Intake
from xiaodian.orders import reactions as orders_reactions
from xiaodian.payments import Notices
from xiaodian.payments import jobs as payments_jobs
from xiaodian.payments.events import PaymentCaptured, PayOutDone, PayOutFailed
from xiaodian.payments.gateway import NullPayGateway, PayGateway, WechatPayGateway
from xiaodian.sandbox.keys import SandboxKeys
from xiaodian.settlement import CHECKS as SETTLEMENT_CHECKS
from xiaodian.settlement import reactions as settlement_reactions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from xiaodian.infra.db import Tx
    from xiaodian.infra.jobs import Job
    from xiaodian.kernel.events import Event
    from xiaodian.ledger import Check
    from xiaodian.settings import Settings

i18n.name_codes_with(rulebooks.name_of)

__all__ = [
    "CHECKS",
    "JOBS",
    "PERIODIC",
    "REACTIONS",
    "SET_REACTIONS",
    "TIMERS",
    "close_runtime",
    "complete",
    "gateways",
    "open_runtime",
]

REACTIONS: dict[type[Event], Sequence[Callable[[Tx, Any], Awaitable[None]]]] = {
    AccountDeleted: [notices_reactions.drop_inbox],
    DeletionAsked: [merchants_reactions.object_to_deletion],
    ExportRequested: [notices_reactions.export_inbox, merchants_reactions.add_to_export],
    ApprovalGiven: [funds_reactions.take_approval],
    ApprovalRefused: [funds_reactions.take_refusal],
    PayOutDone: [funds_reactions.note_pay_out_done],
    PayOutFailed: [funds_reactions.note_pay_out_failed],
    PayoutAccountChanged: [funds_reactions.refuse_waiting],
    ShopApproved: [deposits_reactions.open_account],
    DepositDrawn: [deposits_reactions.look_again],
    ShopFlagSet: [settlement_reactions.end_d0, catalog_reactions.follow_flag_set],
    ShopFlagCleared: [catalog_reactions.follow_flag_cleared],
    ShopStateChanged: [catalog_reactions.follow_state],
    ParcelSigned: [orders_reactions.note_signed],
}
"""Event → what reacts to each of them, in the order they run."""

SET_REACTIONS: dict[type[Event], Sequence[Callable[[Tx, Sequence[Any]], Awaitable[None]]]] = {
    PaymentCaptured: [
        deposits_reactions.book_top_ups,
        orders_reactions.book_payments,
    ],
}
"""Hot event → what reacts to all of a transaction's at once; these run first."""

TIMERS: dict[str, Callable[[Tx, int], Awaitable[None]]] = {
    "accounts.retention_over": accounts_reactions.retention_over,
    "notices.before": notices_reactions.before_deadline,
    "notices.after": notices_reactions.after_deadline,
    "desk.due": desk_reactions.due,
    "merchants.supplement": merchants_reactions.supplement_over,
    "deposits.grace_over": deposits_reactions.grace_over,
    "deposits.month_roll": deposits_reactions.month_rolled,
    "deposits.surcharges_lapse": deposits_reactions.surcharges_lapsed,
    "ledger.own_funding": ledger_reactions.own_funding,
    "orders.unpaid_close": orders_reactions.close_unpaid,
    "orders.ship_late": orders_reactions.ship_late,
    "orders.auto_confirm": orders_reactions.auto_confirm,
    "settlement.channel": settlement_reactions.channel,
    "settlement.run": settlement_reactions.run,
    "settlement.release": settlement_reactions.release,
}
"""Deadline → what happens when business time reaches it."""

JOBS: dict[str, Job] = {
    "accounts.send_code": accounts_jobs.send_code,
    "catalog.import_pictures": catalog_jobs.import_pictures,
    "catalog.import_sheets": catalog_jobs.import_sheets,
    "logistics.announce": logistics_jobs.announce,
    "logistics.issue": logistics_jobs.issue,
    "notices.deliver": notices_jobs.deliver,
    "payments.close": payments_jobs.close,
    "payments.pay_out": payments_jobs.pay_out,
    "payments.refund": payments_jobs.refund,
    "merchants.check": merchants_jobs.check,
    "merchants.check_payout_account": merchants_jobs.check_payout_account,
    "deposits.roll_up": deposits_jobs.roll_up,
}
"""Job → the work, outside any request."""

PERIODIC: dict[str, tuple[float, Callable[[Runtime], Awaitable[None]]]] = {
    "ledger.roll_up": (300.0, ledger_jobs.roll_up),
    "infra.sweep": (600.0, sweeping.sweep),
    "infra.rescue": (30.0, rescue),
    "accounts.sweep": (3600.0, accounts_jobs.sweep),
    "logistics.sweep": (60.0, logistics_jobs.sweep),
    "payments.sweep": (15.0, payments_jobs.sweep),
}
"""What the worker asks after from time to time: seconds of wall time, and the work."""

CHECKS: Sequence[Check] = (*FUNDS_CHECKS, *SETTLEMENT_CHECKS)
"""What the rooms above the ledger verify of the books, beside what it verifies itself."""


def complete(settings: Settings) -> Settings:
    """Fill in what the sandbox makes for itself: its keys, and where its twins answer."""
    if not settings.sandbox:
        return settings
    keys = SandboxKeys.load_or_make(settings.home / "sandbox-keys")
    twins = settings.twins_url
    return replace(
        settings,
        master_key=settings.master_key or _master_key(settings.home / "sandbox-keys" / "master"),
        pay=keys.pay_settings(f"{twins}/pay"),
        sms_url=f"{twins}/sms",
        sms_secret=keys.sms_secret,
        carrier_url=f"{twins}/carriers",
        carrier_secret=keys.carrier_secret,
        smtp_user=keys.mail_user,
        smtp_password=keys.mail_password,
        mail_from="noreply@xiaodian.example",
    )


async def open_runtime(settings: Settings, url: str) -> Runtime:
    """Open the database and choose the gateways; end it with ``close_runtime``."""
    db = await Database.open(
        url,
        vault=Vault.from_text(settings.master_key),
        queue=Queue(),
        reactions=Reactions(REACTIONS, SET_REACTIONS),
        pool_size=settings.pool_size,
    )
    return Runtime(db, settings, gateways(settings, db))


async def close_runtime(runtime: Runtime) -> None:
    """Give connections back, outside and to the database."""
    await runtime.gateway(accounts_gateway.SmsGateway).aclose()
    await runtime.gateway(notices_gateway.SmsGateway).aclose()
    await runtime.gateway(PayGateway).aclose()
    await runtime.gateway(CarrierGateway).aclose()
    await runtime.db.close()


def gateways(settings: Settings, db: Database) -> dict[type, object]:
    """Choose each way outside by the settings; what is not set up is a ``Null`` that refuses."""
    sms = (settings.sms_url, settings.sms_secret)
    chosen: dict[type, object] = {
        Store: Store(settings.home / "files"),
        Books: Books(CHECKS),
        Intake: Intake(db),
        Notices: Notices(db),
        PayGateway: WechatPayGateway(settings.pay, notify_url=f"{settings.public_url}/notify/wxpay")
        if settings.pay.mchid
        else NullPayGateway(),
        CarrierGateway: HttpCarrierGateway(settings.carrier_url, settings.carrier_secret)
        if settings.carrier_url and settings.carrier_secret
        else NullCarrierGateway(),
        **merchants.providers(sandbox=settings.sandbox),
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


def _master_key(path: Path) -> str:
    """Read the sandbox's master key, made at its first start."""
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(Vault.new_key(), "utf-8")
        draft.chmod(0o600)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text("utf-8")
