"""What accounts do outside any request: send one-time codes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from xiaodian.accounts.gateway import Declined, SmsGateway
from xiaodian.accounts.models import OneTimeCodeRow
from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    from xiaodian.infra.jobs import Runtime

__all__ = ["send_code", "sweep"]

_KEPT = timedelta(days=1)
_TEXT = "【小店】验证码 {code}，5 分钟内有效。请勿告诉他人。"
_log = structlog.get_logger(__name__)


async def send_code(runtime: Runtime, /, *, code_id: int) -> None:
    """Send a one-time code, unless it was sent, replaced or has ended meanwhile.

    Raises ``Outage``, upon which the job is run again; the gateway sends one ``request_id`` once.
    """
    async with runtime.db.reading(actor=SYSTEM) as tx:
        row = await tx.session.get(OneTimeCodeRow, code_id)
        if row is None or row.code_sealed is None or row.expires_at < wall_now():
            return
        phone, code = tx.vault.open(row.phone_sealed), tx.vault.open(row.code_sealed)
    outcome = await runtime.gateway(SmsGateway).send_code(
        phone, code, text=_TEXT.format(code=code), request_id=f"code-{code_id}"
    )
    if isinstance(outcome, Declined):
        _log.warning("sms declined", reason=outcome.code)
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        await tx.run("UPDATE one_time_codes SET code_sealed = NULL WHERE id = :id", id=code_id)


async def sweep(runtime: Runtime) -> None:
    """Delete codes, second steps and links that ended more than a day ago (wall time)."""
    before = wall_now() - _KEPT
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        for table in ("one_time_codes", "sign_in_steps", "password_links"):
            await tx.run(f"DELETE FROM {table} WHERE expires_at < :before", before=before)  # noqa: S608 - names from the line above
