"""Where a shop's money goes: set, verified by the bank, changed under the owner's eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import accounts, desk, notices
from xiaodian.infra import audit
from xiaodian.infra.crypto import mask_account
from xiaodian.merchants.errors import DocumentNumberInvalid, PayoutAccountNotSet
from xiaodian.merchants.events import PayoutAccountChanged
from xiaodian.merchants.models import CheckRow, PayoutAccountRow, ShopRow
from xiaodian.merchants.queries.shops import PayoutAccount, payout_view, visible_shop
from xiaodian.merchants.rules.papers import Check, NumberForm, normal_number, number_fits, paper
from xiaodian.merchants.service.checking import TRIES_MAX, Question
from xiaodian.merchants.service.organisation import one_line
from xiaodian.merchants.states import CheckOutcome, Right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.merchants.gateway import CheckAnswer
    from xiaodian.merchants.models import DocumentRow

__all__ = [
    "adopt_payout_account",
    "decide_payout_account",
    "finish_payout_check",
    "payout_question",
    "set_payout_account",
]

_ITEM = "payout_account_review"
_WAITING = frozenset({CheckOutcome.PENDING, CheckOutcome.DOWN})


async def set_payout_account(
    tx: Tx, shop_id: int, *, holder_name: str, bank: str, number: str
) -> PayoutAccount:
    """Name the account that a shop's money shall go to, and tell the owner at once.

    It counts from now on, replacing the one before; nothing is paid out until the bank has
    verified it, nor within the time that the rulebook blocks withdrawals after a change
    (A-ORD-08). Needs the right ``funds``: refuses ``SHOP_NOT_FOUND``, ``RIGHT_MISSING``,
    ``FIELD_MISSING``, ``FIELD_TOO_LONG``, ``DOCUMENT_NUMBER_INVALID``.
    """
    shop = await visible_shop(tx, shop_id, Right.FUNDS)
    given = normal_number(number)
    if not number_fits(NumberForm.ACCOUNT, given):
        raise DocumentNumberInvalid(field="银行账号")
    # The shop's row is the lock under which accounts follow each other.
    await tx.session.get_one(ShopRow, shop.id, with_for_update=True)
    old = await _current(tx, shop.id)
    row = PayoutAccountRow(
        id=tx.new_id(),
        shop_id=shop.id,
        holder_name=one_line(holder_name, field="户名", limit=120),
        bank=one_line(bank, field="开户银行", limit=80),
        number_sealed=tx.vault.seal(given),
        number_blind=tx.vault.blind(given, purpose=NumberForm.ACCOUNT.value),
        number_masked=mask_account(given),
        outcome=CheckOutcome.PENDING,
        sentence="",
        tries=0,
        changed_at=tx.now,
        changed_by=tx.actor.account_id,
    )
    await _replace(tx, old, row)
    await desk.close_item(tx, kind=_ITEM, subject_id=shop.id, outcome="replaced")
    await audit.record(
        tx,
        "shop.payout_account_changed",
        subject="shop",
        subject_id=shop.id,
        before={} if old is None else {"number": old.number_masked, "bank": old.bank},
        after={"number": row.number_masked, "bank": row.bank},
    )
    await notices.tell(
        tx,
        shop.owner_id,
        kind="merchants.payout_account_changed",
        sentence="“{shop_name}”的收款账户已改为 {bank} {number}。如非本人操作，请立即联系平台",
        facts={"shop_name": shop.name, "bank": row.bank, "number": row.number_masked},
        subject="shop",
        subject_id=shop.id,
        url=f"/merchant/shops/{shop.id}/settings",
        by=("inbox", "sms", "mail"),
        once=str(row.id),
    )
    await tx.emit(PayoutAccountChanged(shop.id))
    await tx.defer("merchants.check_payout_account", payout_account_id=row.id)
    return payout_view(row)


async def adopt_payout_account(tx: Tx, shop: ShopRow, papers: Sequence[DocumentRow]) -> None:
    """Let a new shop's money go to the account among its approved papers, if there is one."""
    document = next((each for each in papers if paper(each.kind).pays_out), None)
    if document is None or document.number_sealed is None or document.number_blind is None:
        return
    verified = await tx.session.scalar(
        select(CheckRow.item)
        .where(CheckRow.document_id == document.id, CheckRow.outcome == CheckOutcome.APPROVED)
        .limit(1)
    )
    row = PayoutAccountRow(
        id=tx.new_id(),
        shop_id=shop.id,
        holder_name=document.name,
        bank=document.fields.get("bank", ""),
        number_sealed=document.number_sealed,
        number_blind=document.number_blind,
        number_masked=document.number_masked,
        outcome=CheckOutcome.PENDING if verified is None else CheckOutcome.APPROVED,
        sentence="",
        tries=0,
        changed_at=tx.now,
        changed_by=None,
        verified_at=None if verified is None else tx.now,
    )
    await _replace(tx, None, row)
    if verified is None:
        await tx.defer("merchants.check_payout_account", payout_account_id=row.id)


async def payout_question(tx: Tx, payout_account_id: int) -> Question | None:
    """Answer what to ask the bank, None when the account was answered for or replaced."""
    row = await tx.session.get(PayoutAccountRow, payout_account_id)
    if row is None or row.replaced_at is not None or row.outcome not in _WAITING:
        return None
    return Question(
        f"payout:{row.id}",
        Check.BANK,
        name=row.holder_name,
        number=tx.vault.open(row.number_sealed),
        bank=row.bank,
    )


async def finish_payout_check(tx: Tx, payout_account_id: int, answer: CheckAnswer | None) -> bool:
    """Keep the bank's answer; answers whether the check is over.

    Only a clear yes verifies and a clear no refuses. After five silences, or an unclear answer,
    the account stays unverified and finance staff look at it.
    """
    row = await tx.session.get(PayoutAccountRow, payout_account_id, with_for_update=True)
    if row is None or row.replaced_at is not None or row.outcome not in _WAITING:
        return True
    row.tries += 1
    if answer is None and row.tries < TRIES_MAX:
        row.outcome, row.sentence = CheckOutcome.DOWN, "银行没有应答，稍后重试"
        return False
    row.outcome = CheckOutcome.UNCLEAR if answer is None else answer.outcome
    row.sentence = "银行多次没有应答" if answer is None else answer.sentence
    approved = row.outcome == CheckOutcome.APPROVED
    row.verified_at = tx.now if approved else None
    await tx.session.flush()
    if row.outcome == CheckOutcome.UNCLEAR:
        await _ask_staff(tx, row)
    else:
        await _tell_outcome(tx, row, approved=approved)
    return True


async def decide_payout_account(tx: Tx, shop_id: int, *, approved: bool) -> PayoutAccount:
    """Decide by hand on an account that the bank's answer left unclear; for finance staff.

    Refuses ``ROLE_REQUIRED``, ``SHOP_NOT_FOUND``, ``PAYOUT_ACCOUNT_NOT_SET`` where nothing waits
    for a decision.
    """
    await accounts.require_role(tx, "finance")
    await visible_shop(tx, shop_id)
    await tx.session.get_one(ShopRow, shop_id, with_for_update=True)
    row = await _current(tx, shop_id)
    if row is None or row.outcome != CheckOutcome.UNCLEAR:
        raise PayoutAccountNotSet
    row.outcome = CheckOutcome.APPROVED if approved else CheckOutcome.REJECTED
    row.sentence = ""
    row.verified_at = tx.now if approved else None
    await tx.session.flush()
    await _tell_outcome(tx, row, approved=approved)
    await desk.close_item(
        tx, kind=_ITEM, subject_id=shop_id, outcome="approved" if approved else "rejected"
    )
    return payout_view(row)


async def _ask_staff(tx: Tx, row: PayoutAccountRow) -> None:
    shop = await tx.session.get_one(ShopRow, row.shop_id)
    await desk.open_item(
        tx,
        kind=_ITEM,
        subject="shop",
        subject_id=shop.id,
        title="核对收款账户：{shop_name} {number}",
        facts={"shop_name": shop.name, "number": row.number_masked},
        role="finance",
        shop_id=shop.id,
        url=f"/operator/shops/{shop.id}",
    )


async def _tell_outcome(tx: Tx, row: PayoutAccountRow, *, approved: bool) -> None:
    shop = await tx.session.get_one(ShopRow, row.shop_id)
    await audit.record(
        tx,
        "shop.payout_account_verified" if approved else "shop.payout_account_refused",
        subject="shop",
        subject_id=shop.id,
        after={"number": row.number_masked, "outcome": row.outcome},
    )
    await notices.tell(
        tx,
        shop.owner_id,
        kind="merchants.payout_account_checked",
        sentence="“{shop_name}”的收款账户 {number} 已通过银行核验"
        if approved
        else "“{shop_name}”的收款账户 {number} 未通过银行核验，请重新设置",
        facts={"shop_name": shop.name, "number": row.number_masked},
        subject="shop",
        subject_id=shop.id,
        url=f"/merchant/shops/{shop.id}/settings",
        once=str(row.id),
    )


async def _current(tx: Tx, shop_id: int) -> PayoutAccountRow | None:
    return await tx.session.scalar(
        select(PayoutAccountRow).where(
            PayoutAccountRow.shop_id == shop_id, PayoutAccountRow.replaced_at.is_(None)
        )
    )


async def _replace(tx: Tx, old: PayoutAccountRow | None, row: PayoutAccountRow) -> None:
    if old is not None:
        old.replaced_at = tx.now
        await tx.session.flush()
    tx.session.add(row)
    await tx.session.flush()
