"""Sending money out, once for each (purpose, reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import SYSTEM
from xiaodian.payments.events import PayOutDone, PayOutFailed
from xiaodian.payments.gateway import Declined, PayGateway, PayOutRequest
from xiaodian.payments.gateway import PayOutState as ProviderState
from xiaodian.payments.models import PayOutRow
from xiaodian.payments.states import PayOutState

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.infra.jobs import Runtime
    from xiaodian.payments.gateway import PayOut

__all__ = ["book_pay_out", "pay_out", "pay_out_outside"]

_WAITING = frozenset({PayOutState.REQUESTED.value, PayOutState.PROCESSING.value})


async def pay_out(
    tx: Tx,
    *,
    purpose: str,
    reference: int,
    amount_fen: int,
    holder_name: str,
    account_sealed: bytes,
    description: str,
) -> int:
    """Write the intent to send money out and answer its id; asked twice it is the same one."""
    before = await tx.session.scalar(
        select(PayOutRow.id).where(PayOutRow.purpose == purpose, PayOutRow.reference == reference)
    )
    if before is not None:
        return before
    number = tx.new_id()
    tx.session.add(
        PayOutRow(
            id=number,
            purpose=purpose,
            reference=reference,
            amount_fen=amount_fen,
            payee_sealed=account_sealed,
            payee_name_sealed=tx.vault.seal(holder_name),
            out_bill_no=f"XP{number}",
            remark=description[:32],
            state=PayOutState.REQUESTED.value,
            fail_reason="",
            requested_at=tx.now,
            requested_wall_at=wall_now(),
        )
    )
    await tx.session.flush()
    await tx.defer("payments.pay_out", pay_out_id=number)
    return number


async def pay_out_outside(runtime: Runtime, pay_out_id: int) -> None:
    """Ask the provider to send the money; repeatable by the pay-out's own number."""
    async with runtime.db.reading(actor=SYSTEM) as tx:
        row = await tx.session.get(PayOutRow, pay_out_id)
        if row is None or row.state not in _WAITING:
            return
        request = PayOutRequest(
            out_bill_no=row.out_bill_no,
            amount_fen=row.amount_fen,
            payee=tx.vault.open(row.payee_sealed),
            payee_name=tx.vault.open(row.payee_name_sealed),
            remark=row.remark,
        )
    answer = await runtime.gateway(PayGateway).pay_out(request)
    async with runtime.db.transaction(actor=SYSTEM) as tx:
        if isinstance(answer, Declined):
            await _fail(tx, request.out_bill_no, answer.code)
        else:
            await book_pay_out(tx, answer)


async def book_pay_out(tx: Tx, answer: PayOut) -> str:
    """Book what the provider says; answers ``booked``, ``duplicate`` or ``unknown``."""
    row = await _locked(tx, answer.out_bill_no)
    if row is None:
        return "unknown"
    if row.state not in _WAITING:
        return "duplicate"
    if answer.state is ProviderState.PROCESSING:
        row.state = PayOutState.PROCESSING.value
        row.requested_wall_at = wall_now()
        await tx.session.flush()
    elif answer.state is ProviderState.SUCCESS:
        row.state = PayOutState.PAID.value
        row.ended_at = tx.now
        await tx.session.flush()
        await tx.emit(PayOutDone(row.id, row.purpose, row.reference, row.amount_fen))
    else:
        await _fail(tx, answer.out_bill_no, answer.fail_reason or answer.provider_state)
    return "booked"


async def _fail(tx: Tx, out_bill_no: str, why: str) -> None:
    row = await _locked(tx, out_bill_no)
    if row is None or row.state not in _WAITING:
        return
    row.state = PayOutState.FAILED.value
    row.fail_reason = why[:120]
    row.ended_at = tx.now
    await tx.session.flush()
    await tx.emit(PayOutFailed(row.id, row.purpose, row.reference, row.amount_fen, why[:120]))


async def _locked(tx: Tx, out_bill_no: str) -> PayOutRow | None:
    return await tx.session.scalar(
        select(PayOutRow)
        .where(PayOutRow.out_bill_no == out_bill_no)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
