"""The payment room's work outside: closing, refunding, paying out, asking after the silent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.errors import Outage, Refusal
from xiaodian.payments.gateway import PayGateway
from xiaodian.payments.service import collecting, returning, sending

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from datetime import datetime

    from xiaodian.infra.jobs import Runtime

__all__ = ["close", "pay_out", "refund", "sweep"]

T = TypeVar("T")
_SILENT_S = 20
_SWEEP_MAX = 200
_log = structlog.get_logger()


async def close(runtime: Runtime, *, payment_id: int) -> None:
    """Close a charge at the provider."""
    await collecting.close_outside(runtime, payment_id)


async def refund(runtime: Runtime, *, refund_id: int) -> None:
    """Give money back."""
    await returning.refund_outside(runtime, refund_id)


async def pay_out(runtime: Runtime, *, pay_out_id: int) -> None:
    """Send money out."""
    await sending.pay_out_outside(runtime, pay_out_id)


async def sweep(runtime: Runtime, *, older_than_s: int = _SILENT_S) -> None:
    """Ask the provider after everything that has been silent for twenty seconds of wall time.

    A notification that never comes is thereby no different from a late one.
    """
    since = wall_now() - timedelta(seconds=older_than_s)
    gateway = runtime.gateway(PayGateway)
    for payment_id, _ in await _silent(runtime, "payments", since):
        await _careful(collecting.resolve(runtime, payment_id))
    for refund_id, number in await _silent(runtime, "refunds", since):
        answer = await _careful(gateway.query_refund(number))
        if answer is None:
            await _careful(returning.refund_outside(runtime, refund_id))
        else:
            async with runtime.db.transaction(actor=SYSTEM) as tx:
                await returning.book_refund(tx, answer)
    for pay_out_id, number in await _silent(runtime, "pay_outs", since):
        sent = await _careful(gateway.query_pay_out(number))
        if sent is None:
            await _careful(sending.pay_out_outside(runtime, pay_out_id))
        else:
            async with runtime.db.transaction(actor=SYSTEM) as tx:
                await sending.book_pay_out(tx, sent)


_SILENT = {
    "payments": "SELECT id, out_trade_no AS number FROM payments"
    " WHERE state = 'PENDING' AND prepared_at <= :since ORDER BY prepared_at LIMIT :most",
    "refunds": "SELECT id, out_refund_no AS number FROM refunds"
    " WHERE state IN ('REQUESTED', 'PROCESSING') AND requested_wall_at <= :since"
    " ORDER BY requested_wall_at LIMIT :most",
    "pay_outs": "SELECT id, out_bill_no AS number FROM pay_outs"
    " WHERE state IN ('REQUESTED', 'PROCESSING') AND requested_wall_at <= :since"
    " ORDER BY requested_wall_at LIMIT :most",
}


async def _silent(runtime: Runtime, what: str, since: datetime) -> list[tuple[int, str]]:
    async with runtime.db.reading(actor=SYSTEM) as tx:
        rows = await tx.rows(_SILENT[what], since=since, most=_SWEEP_MAX)
    return [(row["id"], row["number"]) for row in rows]


async def _careful(asking: Awaitable[T]) -> T | None:
    """Go on with the others when one cannot be asked after now; it is asked again next time."""
    try:
        return await asking
    except (Outage, Refusal) as error:
        _log.warning("could not ask the provider", why=str(error))
        return None
