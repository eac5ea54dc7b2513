"""Putting money right by hand: an operator proposes, an administrator agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian import accounts as people
from xiaodian import desk, ledger, merchants
from xiaodian.funds.errors import AdjustmentInvalid, AdjustmentNotFound, AmountInvalid
from xiaodian.funds.models import AdjustmentRow
from xiaodian.funds.service.crediting import Credit, credit_available, draw
from xiaodian.funds.service.withdrawing import check_reason
from xiaodian.funds.states import ADJUSTMENT, AdjustmentEvent, AdjustmentState
from xiaodian.infra import audit
from xiaodian.ledger import Keeping, NotReversible, accounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.infra.db import Tx

__all__ = [
    "ADJUSTMENT_KINDS",
    "PURPOSE",
    "book_adjustment",
    "propose_adjustment",
    "refuse_adjustment",
]

PURPOSE = "adjustment"
_KIND = "E90"
_AMOUNT_MAX = 1_000_000_000_000
ADJUSTMENT_KINDS: dict[str, str] = {
    "SHOP_CREDIT": "补给商家",
    "SHOP_DEBIT": "向商家扣回",
    "BUYER_CREDIT": "补给买家",
    "DEBT_WRITE_OFF": "核销欠款",
    "REVERSAL": "冲正分录",
}
"""What may be put right by hand, and what it is called."""
_REVERSIBLE = frozenset({"E08", "E12", "E13", "E14", "E29", "E30", _KIND})
"""Events whose money lies where it was put. Others belong to a sale, a withdrawal or a payment,
which the ledger alone cannot take back."""


async def propose_adjustment(
    tx: Tx,
    *,
    kind: str,
    reason: str,
    amount_fen: int = 0,
    shop_id: int | None = None,
    buyer_id: int | None = None,
    event: str = "",
) -> AdjustmentRow:
    """Write an adjustment down for an administrator to agree to; nothing is booked yet.

    For finance operators (``ROLE_REQUIRED``). Refuses ``ADJUSTMENT_INVALID``, ``AMOUNT_INVALID``,
    ``REASON_MISSING``, ``SHOP_NOT_FOUND``, ``ACCOUNT_NOT_FOUND``, ``NOT_REVERSIBLE``.
    """
    await people.require_role(tx, people.Role.FINANCE)
    given = check_reason(reason)
    if kind not in ADJUSTMENT_KINDS:
        raise AdjustmentInvalid(missing="调账类型")
    amount = await _checked_amount(tx, kind, amount_fen, event)
    await _check_subject(tx, kind, shop_id, buyer_id)
    assert tx.actor.account_id is not None, "an operator has an account"
    row = AdjustmentRow(
        id=tx.new_id(),
        kind=kind,
        shop_id=shop_id,
        buyer_id=buyer_id,
        amount_fen=amount,
        event=event if kind == "REVERSAL" else "",
        reason=given,
        state=AdjustmentState.PROPOSED,
        proposed_by=tx.actor.account_id,
        proposed_at=tx.now,
        answer="",
    )
    tx.session.add(row)
    await tx.session.flush()
    await desk.request_approval(
        tx,
        kind=PURPOSE,
        subject=PURPOSE,
        subject_id=row.id,
        shop_id=shop_id,
        title="人工调账：{what} {amount_fen}（{reason}）",
        facts={"what": ADJUSTMENT_KINDS[kind], **_facts(row)},
        role=people.Role.ADMINISTRATOR,
    )
    await _record(tx, row, "proposed")
    return row


async def _checked_amount(tx: Tx, kind: str, amount_fen: int, event: str) -> int:
    if kind != "REVERSAL":
        if not 0 < amount_fen <= _AMOUNT_MAX:
            raise AmountInvalid
        return amount_fen
    legs = await ledger.list_of_event(tx, event)
    own = any(
        account.entry.keeping is Keeping.SALE for leg in legs for account in (leg.debit, leg.credit)
    )
    undone = await ledger.list_of_event(tx, f"reversal:{event}")
    if not legs or legs[0].kind not in _REVERSIBLE or own or undone:
        raise NotReversible(event=event[:80])
    return sum(leg.amount_fen for leg in legs)


async def _check_subject(tx: Tx, kind: str, shop_id: int | None, buyer_id: int | None) -> None:
    if kind in {"SHOP_CREDIT", "SHOP_DEBIT", "DEBT_WRITE_OFF"}:
        if shop_id is None:
            raise AdjustmentInvalid(missing="店铺")
        await merchants.get_shop(tx, shop_id)
    if kind == "BUYER_CREDIT":
        if buyer_id is None:
            raise AdjustmentInvalid(missing="买家")
        account = await people.get_account(tx, buyer_id)
        if account.audience != "buyer":
            raise AdjustmentInvalid(missing="买家")


async def book_adjustment(tx: Tx, adjustment_id: int, *, by: int) -> None:
    """Book an adjustment, because an administrator agreed (E90, or E35 for a reversal)."""
    row = await _locked(tx, adjustment_id)
    row.state = ADJUSTMENT.after(AdjustmentState(row.state), AdjustmentEvent.APPROVE)
    row.decided_by, row.decided_at = by, tx.now
    await tx.session.flush()
    event = f"adjustment:{row.id}"
    if row.kind == "REVERSAL":
        await ledger.reverse(tx, row.event)
    elif row.kind == "SHOP_CREDIT":
        await _credit_shop(tx, row, event)
    elif row.kind == "SHOP_DEBIT":
        assert row.shop_id is not None, "checked when it was proposed"
        await draw(
            tx,
            row.shop_id,
            amount_fen=row.amount_fen,
            order=("AVAILABLE", "SHOP_DEBT"),
            to=accounts.compensation(),
            event=event,
            kind=_KIND,
        )
    else:
        await _transfer(tx, row, event)
    await _record(tx, row, "booked")


async def _credit_shop(tx: Tx, row: AdjustmentRow, event: str) -> None:
    assert row.shop_id is not None, "checked when it was proposed"
    credit = Credit(
        shop_id=row.shop_id,
        debit=accounts.compensation(),
        amount_fen=row.amount_fen,
        event=event,
        kind=_KIND,
    )
    await credit_available(tx, [credit])


async def _transfer(tx: Tx, row: AdjustmentRow, event: str) -> None:
    if row.kind == "BUYER_CREDIT":
        assert row.buyer_id is not None, "checked when it was proposed"
        debit, credit = accounts.compensation(), accounts.buyer_wallet(row.buyer_id)
    else:
        assert row.shop_id is not None, "checked when it was proposed"
        debit, credit = accounts.bad_debt(), accounts.shop_debt(row.shop_id)
    await ledger.transfer(
        tx,
        debit=debit,
        credit=credit,
        amount_fen=row.amount_fen,
        event=event,
        kind=_KIND,
        shop_id=row.shop_id or 0,
    )


async def refuse_adjustment(tx: Tx, adjustment_id: int, *, reason: str) -> None:
    """End an adjustment that an administrator refused."""
    row = await _locked(tx, adjustment_id)
    row.state = ADJUSTMENT.after(AdjustmentState(row.state), AdjustmentEvent.REJECT)
    row.decided_at, row.answer = tx.now, reason[:200]
    await _record(tx, row, "rejected")


async def _locked(tx: Tx, adjustment_id: int) -> AdjustmentRow:
    row = await tx.session.get(
        AdjustmentRow, adjustment_id, with_for_update=True, populate_existing=True
    )
    if row is None:
        raise AdjustmentNotFound
    return row


def _facts(row: AdjustmentRow) -> Mapping[str, object]:
    return {
        "amount_fen": row.amount_fen,
        "reason": row.reason,
        "shop_id": None if row.shop_id is None else str(row.shop_id),
        "buyer_id": None if row.buyer_id is None else str(row.buyer_id),
        "event": row.event,
    }


async def _record(tx: Tx, row: AdjustmentRow, act: str) -> None:
    await audit.record(
        tx,
        f"adjustment.{act}",
        subject="adjustment",
        subject_id=row.id,
        after={"kind": row.kind, "state": row.state, **_facts(row)},
    )
