"""Taking available money out: asked, looked at where it is much, sent, ended (4.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from xiaodian import accounts as people
from xiaodian import desk, ledger, merchants, notices, payments, rulebooks
from xiaodian.desk.errors import OwnRequest
from xiaodian.funds.errors import AmountInvalid, ReasonMissing, WithdrawalNotFound
from xiaodian.funds.events import WithdrawalFailed, WithdrawalPaid, WithdrawalRequested
from xiaodian.funds.models import WithdrawalRow
from xiaodian.funds.queries import objections_now
from xiaodian.funds.rules import arrives_on, needs_review
from xiaodian.funds.service.crediting import Credit, credit_available
from xiaodian.funds.states import OPEN, WITHDRAWAL, WithdrawalEvent, WithdrawalState
from xiaodian.infra import audit
from xiaodian.ledger import Leg, accounts
from xiaodian.merchants import Right
from xiaodian.merchants.errors import ShopNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.infra.db import Tx
    from xiaodian.merchants import PayoutAccount, ShopView

__all__ = [
    "PURPOSE",
    "approve_withdrawal",
    "end_withdrawal",
    "fail_withdrawal",
    "pass_withdrawal",
    "refuse_waiting",
    "reject_withdrawal",
    "request_withdrawal",
]

PURPOSE = "withdrawal"
"""The purpose under which payments pay a withdrawal out."""
REVIEW_ITEM = "withdrawal_review"
_AMOUNT_MAX = 1_000_000_000_000
_REASON_MAX = 200


async def request_withdrawal(tx: Tx, shop_id: int, *, amount_fen: int) -> WithdrawalRow:
    """Take money out of a shop's available balance, on its way to the shop's bank account.

    Needs the right ``funds``. Up to the rulebook's ``withdraw.review_over_fen`` it is sent at once;
    above, a finance operator looks and an administrator decides. Refuses ``SHOP_NOT_FOUND``,
    ``RIGHT_MISSING``, ``AMOUNT_INVALID``, ``PAYOUT_ACCOUNT_NOT_SET``, ``BALANCE_TOO_LOW`` and the
    denials of ``withdrawal_objections``.
    """
    shop = await merchants.visible_shop(tx, shop_id, Right.FUNDS)
    if tx.actor.kind == "operator":
        raise ShopNotFound  # staff of the platform never take a shop's money out
    if not 0 < amount_fen <= _AMOUNT_MAX:
        raise AmountInvalid
    account = await merchants.get_payout_account(tx, shop.id)
    # The lock makes requests of one shop follow each other, so that the count below is true.
    await ledger.lock(tx, [accounts.available(shop.id)])
    book = rulebooks.version(shop.rulebook)
    _check(tx, shop, account, amount_fen, open_count=await _open_count(tx, shop.id))
    row = WithdrawalRow(
        id=tx.new_id(),
        shop_id=shop.id,
        amount_fen=amount_fen,
        fee_fen=book.trade.withdrawals.fee_fen,
        state=WithdrawalState.REQUESTED,
        rulebook=book.ref,
        payout_account_id=account.id,
        bank=account.bank,
        number_masked=account.number_masked,
        number_sealed=account.number_sealed,
        holder_sealed=tx.vault.seal(account.holder_name),
        requested_by=tx.actor.account_id,
        requested_at=tx.now,
        reason="",
    )
    await ledger.transfer(
        tx,
        debit=accounts.available(shop.id),
        credit=accounts.withdrawing(shop.id),
        amount_fen=amount_fen,
        event=f"withdrawal:{row.id}",
        kind="E15",
        shop_id=shop.id,
        rulebook=book.ref,
    )
    tx.session.add(row)
    await tx.session.flush()
    await _record(tx, row, "requested")
    await tx.emit(WithdrawalRequested(row.id, shop.id, amount_fen))
    if needs_review(book, amount_fen).value:
        _step(row, WithdrawalEvent.ASK_REVIEW)
        await _ask_review(tx, row, shop)
    else:
        await _send(tx, row)
    return row


async def pass_withdrawal(tx: Tx, withdrawal_id: int) -> WithdrawalRow:
    """Pass a withdrawal on to an administrator, as the finance operator who looked at it.

    Refuses ``WITHDRAWAL_NOT_FOUND``, ``ROLE_REQUIRED``, ``OWN_REQUEST`` and
    ``ILLEGAL_TRANSITION``.
    """
    row = await _locked(tx, withdrawal_id)
    await people.require_role(tx, people.Role.FINANCE)
    await _check_not_own(tx, row, tx.actor.account_id)
    _step(row, WithdrawalEvent.PASS_ON)
    row.passed_by, row.passed_at = tx.actor.account_id, tx.now
    await tx.session.flush()
    await desk.close_item(tx, kind=REVIEW_ITEM, subject_id=row.id, outcome="passed_on")
    shop = await merchants.get_shop(tx, row.shop_id)
    await desk.request_approval(
        tx,
        kind=PURPOSE,
        subject=PURPOSE,
        subject_id=row.id,
        shop_id=row.shop_id,
        title="“{shop_name}”提现 {amount_fen} 至 {bank} {number}",
        facts=_facts(row, shop),
        role=people.Role.ADMINISTRATOR,
    )
    await _record(tx, row, "passed_on")
    return row


async def approve_withdrawal(tx: Tx, withdrawal_id: int, *, by: int) -> None:
    """Send a withdrawal out, because a second operator agreed; the rules are asked once more.

    Refuses ``OWN_REQUEST`` to whoever asked for the money or passed it on, and the denials of
    ``withdrawal_objections`` when the shop was restricted meanwhile.
    """
    row = await _locked(tx, withdrawal_id)
    await _check_not_own(tx, row, by)
    shop = await merchants.get_shop(tx, row.shop_id)
    account = await merchants.get_payout_account(tx, row.shop_id)
    _check(tx, shop, account, row.amount_fen)
    row.approved_by = by
    await _send(tx, row)


async def reject_withdrawal(tx: Tx, withdrawal_id: int, *, reason: str) -> WithdrawalRow:
    """Say no to a withdrawal under review, as a finance operator; the money is available again.

    Refuses ``WITHDRAWAL_NOT_FOUND``, ``ROLE_REQUIRED``, ``REASON_MISSING``, ``ILLEGAL_TRANSITION``.
    """
    row = await _locked(tx, withdrawal_id)
    await people.require_role(tx, people.Role.FINANCE)
    given = check_reason(reason)
    WITHDRAWAL.after(WithdrawalState(row.state), WithdrawalEvent.REJECT)
    await desk.withdraw_approval(tx, kind=PURPOSE, subject=PURPOSE, subject_id=row.id)
    await refuse_withdrawal(tx, row, given)
    return row


async def refuse_withdrawal(tx: Tx, row: WithdrawalRow, reason: str) -> None:
    """End a withdrawal that was not sent; the money is available again, debt first."""
    if row.state == WithdrawalState.REJECTED:
        return
    _step(row, WithdrawalEvent.REJECT)
    await _give_back(tx, row, reason, rejected=True)
    await desk.close_item(tx, kind=REVIEW_ITEM, subject_id=row.id, outcome="rejected")


async def refuse_confirming(tx: Tx, withdrawal_id: int, *, reason: str) -> None:
    """End a withdrawal that the second operator refused."""
    await refuse_withdrawal(tx, await _locked(tx, withdrawal_id), reason)


async def refuse_waiting(tx: Tx, shop_id: int, *, reason: str) -> None:
    """End the withdrawals of a shop that wait for staff: its account is no longer the one seen."""
    waiting = await tx.session.scalars(
        select(WithdrawalRow)
        .where(
            WithdrawalRow.shop_id == shop_id,
            WithdrawalRow.state.in_([WithdrawalState.REVIEW, WithdrawalState.CONFIRM]),
        )
        .order_by(WithdrawalRow.id)
        .with_for_update()
    )
    for row in waiting.all():
        await desk.withdraw_approval(tx, kind=PURPOSE, subject=PURPOSE, subject_id=row.id)
        await refuse_withdrawal(tx, row, reason)


async def end_withdrawal(tx: Tx, withdrawal_id: int) -> None:
    """Book that the money has left (E15)."""
    row = await _locked(tx, withdrawal_id)
    if row.state == WithdrawalState.PAID:
        return
    _step(row, WithdrawalEvent.DONE)
    row.ended_at = tx.now
    await ledger.post(
        tx,
        event=f"withdrawal_paid:{row.id}",
        kind="E15",
        legs=[
            Leg(accounts.withdrawing(row.shop_id), accounts.pool(), row.amount_fen - row.fee_fen),
            Leg(accounts.withdrawing(row.shop_id), accounts.fee_handling(), row.fee_fen),
        ],
        shop_id=row.shop_id,
        rulebook=row.rulebook,
    )
    await tx.session.flush()
    await _record(tx, row, "paid")
    await _tell(tx, row, "提现 {amount_fen} 已打款至 {bank} {number}，预计 {arrives_on} 到账")
    await tx.emit(WithdrawalPaid(row.id, row.shop_id, row.amount_fen))


async def fail_withdrawal(tx: Tx, withdrawal_id: int, *, reason: str) -> None:
    """Book that the money did not leave; it is available again, debt first (E15)."""
    row = await _locked(tx, withdrawal_id)
    if row.state == WithdrawalState.FAILED:
        return
    _step(row, WithdrawalEvent.FAIL)
    await _give_back(tx, row, reason or "付款渠道未受理", rejected=False)


async def _give_back(tx: Tx, row: WithdrawalRow, reason: str, *, rejected: bool) -> None:
    row.ended_at, row.reason = tx.now, reason[:_REASON_MAX]
    await tx.session.flush()
    await credit_available(
        tx,
        [
            Credit(
                shop_id=row.shop_id,
                debit=accounts.withdrawing(row.shop_id),
                amount_fen=row.amount_fen,
                event=f"withdrawal_returned:{row.id}",
                kind="E15",
                rulebook=row.rulebook,
            )
        ],
    )
    await _record(tx, row, "rejected" if rejected else "failed")
    await _tell(tx, row, "提现 {amount_fen} 未成功，款项已退回可提现余额：{reason}")
    await tx.emit(
        WithdrawalFailed(row.id, row.shop_id, row.amount_fen, row.reason, rejected=rejected)
    )


def _check(
    tx: Tx, shop: ShopView, account: PayoutAccount, amount_fen: int, *, open_count: int = 0
) -> None:
    objections = objections_now(shop, account, amount_fen, tx.now, open_count=open_count)
    if objections:
        raise rulebooks.Denied(objections)


async def _send(tx: Tx, row: WithdrawalRow) -> None:
    _step(row, WithdrawalEvent.SEND)
    row.sent_at = tx.now
    row.arrives_on = arrives_on(rulebooks.version(row.rulebook), tx.now).value
    await tx.session.flush()
    await payments.pay_out(
        tx,
        purpose=PURPOSE,
        reference=row.id,
        amount_fen=row.amount_fen - row.fee_fen,
        holder_name=tx.vault.open(row.holder_sealed),
        account_sealed=row.number_sealed,
        description="货款提现",
    )


async def _ask_review(tx: Tx, row: WithdrawalRow, shop: ShopView) -> None:
    await tx.session.flush()
    await desk.open_item(
        tx,
        kind=REVIEW_ITEM,
        subject=PURPOSE,
        subject_id=row.id,
        shop_id=row.shop_id,
        title="“{shop_name}”提现 {amount_fen} 至 {bank} {number}",
        facts=_facts(row, shop),
        role=people.Role.FINANCE,
        url=f"/operator/withdrawals/{row.id}",
    )


def _facts(row: WithdrawalRow, shop: ShopView) -> Mapping[str, object]:
    return {
        "shop_name": shop.name,
        "amount_fen": row.amount_fen,
        "bank": row.bank,
        "number": row.number_masked,
    }


async def _check_not_own(tx: Tx, row: WithdrawalRow, account_id: int | None) -> None:
    assert account_id is not None, "an operator has an account"
    for other in (row.requested_by, row.passed_by):
        if other is not None and await people.same_person(tx, other, account_id):
            raise OwnRequest


def check_reason(reason: str) -> str:
    """Answer a reason on one line; refuses ``REASON_MISSING``."""
    given = " ".join(reason.split())
    if not 0 < len(given) <= _REASON_MAX:
        raise ReasonMissing(limit=_REASON_MAX)
    return given


async def _open_count(tx: Tx, shop_id: int) -> int:
    found = await tx.session.scalar(
        select(func.count())
        .select_from(WithdrawalRow)
        .where(WithdrawalRow.shop_id == shop_id, WithdrawalRow.state.in_(sorted(OPEN)))
    )
    return found or 0


async def _locked(tx: Tx, withdrawal_id: int) -> WithdrawalRow:
    row = await tx.session.get(
        WithdrawalRow, withdrawal_id, with_for_update=True, populate_existing=True
    )
    if row is None:
        raise WithdrawalNotFound
    return row


def _step(row: WithdrawalRow, event: WithdrawalEvent) -> None:
    row.state = WITHDRAWAL.after(WithdrawalState(row.state), event)


async def _record(tx: Tx, row: WithdrawalRow, act: str) -> None:
    await audit.record(
        tx,
        f"withdrawal.{act}",
        subject="withdrawal",
        subject_id=row.id,
        after={
            "state": row.state,
            "amount_fen": row.amount_fen,
            "number": row.number_masked,
            "reason": row.reason,
        },
    )


async def _tell(tx: Tx, row: WithdrawalRow, sentence: str) -> None:
    shop = await merchants.get_shop(tx, row.shop_id)
    for account_id in sorted({shop.owner_id, row.requested_by or shop.owner_id}):
        await notices.tell(
            tx,
            account_id,
            kind=f"funds.withdrawal_{row.state.lower()}",
            sentence=sentence,
            facts={
                **_facts(row, shop),
                "arrives_on": None if row.arrives_on is None else row.arrives_on.isoformat(),
                "reason": row.reason,
            },
            subject="withdrawal",
            subject_id=row.id,
            url=f"/merchant/shops/{row.shop_id}/funds",
        )
