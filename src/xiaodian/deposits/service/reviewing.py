"""Looking at a deposit again: what it must hold, whether it does, and what follows (4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian import merchants, notices, rulebooks
from xiaodian.deposits import rules
from xiaodian.deposits.errors import DepositNotFound
from xiaodian.deposits.events import (
    DepositCured,
    DepositFellShort,
    DepositOverdue,
    DepositRequirementChanged,
)
from xiaodian.deposits.models import DepositRequirementRow, DepositRow
from xiaodian.deposits.queries import facts_of, held, verdict_to_json
from xiaodian.deposits.service.calendar import crossed_at, plan_month_roll
from xiaodian.deposits.states import DEPOSIT, ENDED, DepositEvent, DepositState
from xiaodian.infra import audit, timers

if TYPE_CHECKING:
    from datetime import datetime

    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ShopView
    from xiaodian.rulebooks import Verdict

__all__ = ["end_grace", "lock_deposit", "open_account", "review"]

GRACE_TIMER = "deposits.grace_over"
_NOTICE = "deposits.fell_short"
_CAUSE = "deposit"


async def open_account(tx: Tx, shop_id: int) -> None:
    """Open the deposit account of an approved shop; it opens by itself once it is covered.

    Opening it twice is once.
    """
    if await tx.session.get(DepositRow, shop_id) is not None:
        return
    shop = await merchants.get_shop(tx, shop_id)
    required = await _required(tx, shop, shop.rulebook)
    row = DepositRow(
        shop_id=shop.id,
        rulebook=shop.rulebook,
        state=DepositState.UNPAID,
        required_fen=required.value,
        verdict=verdict_to_json(required),
        opened_at=tx.now,
    )
    tx.session.add(row)
    _keep(tx, shop.id, None, required)
    await tx.session.flush()
    await plan_month_roll(tx, row)
    if rules.can_open(rulebooks.version(row.rulebook), required.value).value is None:
        await merchants.open_shop(tx, shop.id)


async def review(tx: Tx, shop_id: int, *, insured: bool = False) -> DepositState:
    """Judge a deposit by its present facts, and do what follows; answers how it stands.

    Ledger accounts are locked before the deposit's row, so whoever moves its money does so before
    calling this. ``insured`` says that a policy began rather than money came. Refuses
    ``DEPOSIT_NOT_FOUND``.
    """
    row = await lock_deposit(tx, shop_id)
    state = DepositState(row.state)
    if state in ENDED:
        return state
    shop = await merchants.get_shop(tx, shop_id)
    before_fen = row.required_fen
    required = await _required(tx, shop, row.rulebook)
    if required.value != before_fen:
        await _change_requirement(tx, row, required)
    cash_fen, cover_fen = await held(tx, shop_id)
    short_fen = rules.shortfall(required, cash_fen=cash_fen, cover_fen=cover_fen).value
    if short_fen == 0 and state is not DepositState.SUFFICIENT:
        event = DepositEvent.INSURE if insured else DepositEvent.TOP_UP
        if required.value < before_fen:
            event = DepositEvent.REQUIREMENT_DOWN
        await _cover(tx, row, shop, event)
    elif short_fen and state is DepositState.SUFFICIENT:
        rose = required.value > before_fen
        event = DepositEvent.REQUIREMENT_UP if rose else DepositEvent.DEDUCT
        since = await crossed_at(tx, shop_id, required) if rose else tx.now
        await _fall_short(tx, row, shop, event, short_fen, since)
    return DepositState(row.state)


async def end_grace(tx: Tx, shop_id: int) -> None:
    """Restrict a shop whose deposit is still short at the end of the grace period (A-DEP-02)."""
    await review(tx, shop_id)
    row = await lock_deposit(tx, shop_id)
    if row.state != DepositState.SHORT:
        return
    book = rulebooks.version(row.rulebook)
    cash_fen, cover_fen = await held(tx, shop_id)
    short_fen = row.required_fen - cash_fen - cover_fen
    standing = rules.standing(book, short_fen, row.short_since, tx.now)
    if standing.value is not rules.Standing.OVERDUE:
        return
    await _step(tx, row, DepositEvent.GRACE_TIMEOUT)
    for flag in (merchants.Flag.DEPOSIT_SHORT, merchants.Flag.WITHDRAW_BLOCKED):
        await merchants.set_flag(tx, shop_id, flag, why="保证金逾期未补缴", cause=_CAUSE)
    await tx.emit(DepositOverdue(shop_id, short_fen))


async def lock_deposit(tx: Tx, shop_id: int) -> DepositRow:
    """Lock a shop's deposit account; refuses ``DEPOSIT_NOT_FOUND``."""
    row = await tx.session.get(DepositRow, shop_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise DepositNotFound
    return row


async def _required(tx: Tx, shop: ShopView, rulebook: str) -> Verdict[int]:
    facts = await facts_of(tx, shop.id, shop.categories, rulebook)
    return rules.required(rulebooks.version(rulebook), facts, rulebooks.categories())


async def _change_requirement(tx: Tx, row: DepositRow, required: Verdict[int]) -> None:
    before_fen = row.required_fen
    row.required_fen = required.value
    row.verdict = verdict_to_json(required)
    _keep(tx, row.shop_id, before_fen, required)
    await tx.session.flush()
    await tx.emit(DepositRequirementChanged(row.shop_id, before_fen, required.value))


def _keep(tx: Tx, shop_id: int, before_fen: int | None, required: Verdict[int]) -> None:
    tx.session.add(
        DepositRequirementRow(
            id=tx.new_id(),
            shop_id=shop_id,
            at=tx.now,
            before_fen=before_fen,
            required_fen=required.value,
            verdict=verdict_to_json(required),
        )
    )


async def _cover(tx: Tx, row: DepositRow, shop: ShopView, event: DepositEvent) -> None:
    before = DepositState(row.state)
    row.short_since = row.grace_ends_at = None
    await _step(tx, row, event)
    if before is DepositState.UNPAID:
        if shop.state is merchants.ShopState.PENDING_DEPOSIT:
            await merchants.open_shop(tx, shop.id)
        return
    await timers.cancel(tx, GRACE_TIMER, shop.id)
    await notices.lift_deadline(tx, kind=_NOTICE, subject="shop", subject_id=shop.id)
    for flag in (merchants.Flag.DEPOSIT_SHORT, merchants.Flag.WITHDRAW_BLOCKED):
        await merchants.clear_flag(tx, shop.id, flag, why="保证金已足额", cause=_CAUSE)
    await tx.emit(DepositCured(shop.id, was_overdue=before is DepositState.OVERDUE))


async def _fall_short(
    tx: Tx,
    row: DepositRow,
    shop: ShopView,
    event: DepositEvent,
    short_fen: int,
    since: datetime,
) -> None:
    due_at = rules.grace_ends(rulebooks.version(row.rulebook), since)
    row.short_since, row.grace_ends_at = since, due_at
    await _step(tx, row, event)
    await timers.set(tx, GRACE_TIMER, shop.id, due_at=due_at)
    facts = {"shop_name": shop.name, "short_fen": short_fen}
    url = f"/merchant/shops/{shop.id}/deposit"
    await notices.tell(
        tx,
        shop.owner_id,
        kind=_NOTICE,
        sentence="“{shop_name}”的保证金还差 {short_fen}，请在 {due_at} 前补缴，"
        "逾期商品下架、提现受限",
        facts={**facts, "due_at": due_at},
        subject="shop",
        subject_id=shop.id,
        url=url,
        by=("inbox", "sms"),
        once=since.isoformat(),
    )
    await notices.deadline(
        tx,
        shop.owner_id,
        kind=_NOTICE,
        before="“{shop_name}”的保证金补缴将在 {due_at} 截止，逾期商品下架、提现受限",
        after="“{shop_name}”的保证金逾期未补缴，商品已下架、提现受限，补缴后自动恢复",
        due_at=due_at,
        facts=facts,
        subject="shop",
        subject_id=shop.id,
        url=url,
        by=("inbox", "sms"),
    )
    await tx.emit(DepositFellShort(shop.id, short_fen))


async def _step(tx: Tx, row: DepositRow, event: DepositEvent) -> None:
    before = row.state
    row.state = DEPOSIT.after(DepositState(before), event)
    await tx.session.flush()
    await audit.record(
        tx,
        f"deposit.{event}",
        subject="deposit",
        subject_id=row.shop_id,
        before={"state": before},
        after={"state": row.state, "required_fen": row.required_fen, "rulebook": row.rulebook},
    )
