"""A buyer's wallet: compensation and red envelopes, and the way out of it (E33)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian import ledger, payments
from xiaodian.funds.errors import AmountInvalid
from xiaodian.funds.models import BuyerPayoutRow
from xiaodian.funds.states import PayoutState
from xiaodian.infra.crypto import mask_account
from xiaodian.ledger import accounts

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["PURPOSE", "end_payout", "fail_payout", "pay_buyer"]

PURPOSE = "buyer_payout"
_AMOUNT_MAX = 1_000_000_000_000


async def pay_buyer(
    tx: Tx, buyer_id: int, *, amount_fen: int, holder_name: str, account: str
) -> BuyerPayoutRow:
    """Pay money of a buyer's wallet out to an account of theirs.

    Refuses ``AMOUNT_INVALID`` and ``BALANCE_TOO_LOW``. When the payout fails, the money is in the
    wallet again (E35).
    """
    if not 0 < amount_fen <= _AMOUNT_MAX:
        raise AmountInvalid
    row = BuyerPayoutRow(
        id=tx.new_id(),
        buyer_id=buyer_id,
        amount_fen=amount_fen,
        state=PayoutState.PROCESSING,
        number_masked=mask_account(account),
        requested_at=tx.now,
        reason="",
    )
    await ledger.transfer(
        tx,
        debit=accounts.buyer_wallet(buyer_id),
        credit=accounts.pool(),
        amount_fen=amount_fen,
        event=f"buyer_payout:{row.id}",
        kind="E33",
    )
    tx.session.add(row)
    await tx.session.flush()
    await payments.pay_out(
        tx,
        purpose=PURPOSE,
        reference=row.id,
        amount_fen=amount_fen,
        holder_name=holder_name,
        account_sealed=tx.vault.seal(account),
        description="钱包提现",
    )
    return row


async def end_payout(tx: Tx, payout_id: int) -> None:
    """Note that the money reached the buyer."""
    row = await tx.session.get_one(BuyerPayoutRow, payout_id, with_for_update=True)
    row.state, row.ended_at = PayoutState.PAID, tx.now


async def fail_payout(tx: Tx, payout_id: int, *, reason: str) -> None:
    """Put the money back into the wallet."""
    row = await tx.session.get_one(BuyerPayoutRow, payout_id, with_for_update=True)
    if row.state == PayoutState.FAILED:
        return
    row.state, row.ended_at, row.reason = PayoutState.FAILED, tx.now, reason[:200]
    await tx.session.flush()
    await ledger.reverse(tx, f"buyer_payout:{row.id}")
