"""What funds do when something happens elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.funds import service

if TYPE_CHECKING:
    from xiaodian.desk.events import ApprovalGiven, ApprovalRefused
    from xiaodian.infra.db import Tx
    from xiaodian.merchants.events import PayoutAccountChanged
    from xiaodian.payments.events import PayOutDone, PayOutFailed

__all__ = [
    "note_pay_out_done",
    "note_pay_out_failed",
    "refuse_waiting",
    "take_approval",
    "take_refusal",
]


async def note_pay_out_done(tx: Tx, event: PayOutDone) -> None:
    """Money has left: end the withdrawal or the payout it belongs to."""
    if event.purpose == service.WITHDRAWAL:
        await service.end_withdrawal(tx, event.reference)
    elif event.purpose == service.BUYER_PAYOUT:
        await service.end_payout(tx, event.reference)


async def note_pay_out_failed(tx: Tx, event: PayOutFailed) -> None:
    """Money did not leave: give it back."""
    if event.purpose == service.WITHDRAWAL:
        await service.fail_withdrawal(tx, event.reference, reason=event.reason)
    elif event.purpose == service.BUYER_PAYOUT:
        await service.fail_payout(tx, event.reference, reason=event.reason)


async def take_approval(tx: Tx, event: ApprovalGiven) -> None:
    """Two pairs of eyes agreed: do it."""
    if event.kind == service.WITHDRAWAL:
        await service.approve_withdrawal(tx, event.subject_id, by=event.decided_by)
    elif event.kind == service.ADJUSTMENT:
        await service.book_adjustment(tx, event.subject_id, by=event.decided_by)


async def take_refusal(tx: Tx, event: ApprovalRefused) -> None:
    """End what the second pair of eyes refused; who took a request back ends it himself."""
    if event.withdrawn:
        return
    if event.kind == service.WITHDRAWAL:
        await service.refuse_confirming(tx, event.subject_id, reason=event.reason)
    elif event.kind == service.ADJUSTMENT:
        await service.refuse_adjustment(tx, event.subject_id, reason=event.reason)


async def refuse_waiting(tx: Tx, event: PayoutAccountChanged) -> None:
    """End withdrawals that staff still look at: they would go to the account before."""
    await service.refuse_waiting(tx, event.shop_id, reason="收款账户已变更，请重新申请")
