"""When a sale settles: scheduled at receipt, held while something is open, released after it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import merchants, rulebooks
from xiaodian.infra import timers
from xiaodian.kernel.clock import day_of, start_of_day
from xiaodian.settlement import rules
from xiaodian.settlement.errors import SaleNotFound
from xiaodian.settlement.models import D0Row, SaleHoldRow, SaleRow
from xiaodian.settlement.service.opening import day_number
from xiaodian.settlement.service.settling import settle_one
from xiaodian.settlement.states import SALE, WAITING, D0State, SaleEvent, SaleState

if TYPE_CHECKING:
    from datetime import date, datetime

    from xiaodian.infra.db import Tx
    from xiaodian.settlement.rules import Due

__all__ = ["RUN_TIMER", "hold", "locked_sale", "release", "schedule", "set_run_timer"]

RUN_TIMER = "settlement.run"
_RUN_AT = timedelta(minutes=30)
_AFTER_SALE, _DISPUTE = "after_sale", "dispute"


async def schedule(tx: Tx, order_id: int, *, trigger_at: datetime) -> SaleRow:
    """Decide when a sale settles, now that its receipt is confirmed; twice is once.

    Keeps what decided: the instant, when the shop opened, whether it has D+0. A D+0 sale settles at
    once, one that is held waits. Refuses ``SALE_NOT_FOUND``.
    """
    sale = await locked_sale(tx, order_id)
    if sale.state != SaleState.NONE:
        return sale
    shop = await merchants.get_shop(tx, sale.shop_id)
    sale.confirmed_at, sale.shop_opened_at = trigger_at, shop.opened_at
    sale.d0 = await _has_d0(tx, sale.shop_id) and not shop.flags
    when = _due(sale)
    sale.settle_on = when.on
    if await _is_held(tx, sale):
        sale.state = SALE.after(SaleState(sale.state), SaleEvent.CONFIRM_HELD)
        await tx.session.flush()
        return sale
    sale.state = SALE.after(SaleState(sale.state), SaleEvent.CONFIRM)
    await tx.session.flush()
    if when.how == "AT_ONCE":
        await settle_one(tx, sale)
    else:
        await set_run_timer(tx, when.on)
    return sale


async def hold(tx: Tx, order_id: int, reason: str, *, reference: int = 0) -> bool:
    """Keep a sale from settling while a case or a dispute is open (A-ORD-06).

    Each (reason, reference) holds by itself, twice is once. Answers False when the sale is settled
    or closed, so that there is nothing left to hold. Refuses ``SALE_NOT_FOUND``.
    """
    sale = await locked_sale(tx, order_id)
    if SaleState(sale.state) not in WAITING:
        return False
    await tx.run(
        "INSERT INTO sale_holds (id, order_id, shop_id, reason, reference, held_at)"
        " VALUES (:id, :order_id, :shop_id, :reason, :reference, :at) ON CONFLICT DO NOTHING",
        id=tx.new_id(),
        order_id=order_id,
        shop_id=sale.shop_id,
        reason=reason,
        reference=reference,
        at=tx.now,
    )
    if await _is_held(tx, sale):
        sale.state = SALE.after(SaleState(sale.state), SaleEvent.HOLD)
        await tx.session.flush()
    return True


async def release(tx: Tx, order_id: int, reason: str, *, reference: int = 0) -> SaleRow:
    """End one reason to hold a sale; with the last one gone it settles in the next run.

    Where the rulebook counts from the end of all after-sale cases, T itself moves (AMB-26).
    Refuses ``SALE_NOT_FOUND``.
    """
    sale = await locked_sale(tx, order_id)
    ended = await tx.run(
        "UPDATE sale_holds SET released_at = :at WHERE order_id = :order_id AND reason = :reason"
        " AND reference = :reference AND released_at IS NULL",
        at=tx.now,
        order_id=order_id,
        reason=reason,
        reference=reference,
    )
    if not ended or SaleState(sale.state) not in WAITING:
        return sale
    if reason == _AFTER_SALE:
        sale.cases_ended_at = tx.now
    if sale.confirmed_at is not None:
        sale.settle_on = max(_due(sale).on, _next_run(tx.now))
    if sale.state == SaleState.HELD and not await _is_held(tx, sale):
        sale.state = SALE.after(SaleState(sale.state), SaleEvent.RELEASE)
    await tx.session.flush()
    if sale.state == SaleState.SCHEDULED and sale.settle_on is not None:
        await set_run_timer(tx, sale.settle_on)
    return sale


async def locked_sale(tx: Tx, order_id: int) -> SaleRow:
    """Answer a sale, locked until the end of the transaction; refuses ``SALE_NOT_FOUND``."""
    sale = await tx.session.get(SaleRow, order_id, with_for_update=True, populate_existing=True)
    if sale is None:
        raise SaleNotFound
    return sale


async def set_run_timer(tx: Tx, day: date) -> None:
    """See that the run of a day is due at half past midnight."""
    await timers.ensure(tx, RUN_TIMER, day_number(day), due_at=start_of_day(day) + _RUN_AT)


def _due(sale: SaleRow) -> Due:
    assert sale.confirmed_at is not None, "a date is counted from the receipt"
    facts = rules.SettleFacts(
        confirmed_at=sale.confirmed_at,
        shop_opened_at=sale.shop_opened_at,
        cases_ended_at=sale.cases_ended_at,
        d0=sale.d0,
    )
    return rules.due(rulebooks.version(sale.rulebook), facts).value


def _next_run(now: datetime) -> date:
    """Answer the day of the first run after an instant."""
    today = day_of(now)
    return today if now < start_of_day(today) + _RUN_AT else today + timedelta(days=1)


async def _is_held(tx: Tx, sale: SaleRow) -> bool:
    standing = (
        await tx.session.scalars(
            select(SaleHoldRow.reason).where(
                SaleHoldRow.order_id == sale.order_id, SaleHoldRow.released_at.is_(None)
            )
        )
    ).all()
    verdict = rules.held(
        rulebooks.version(sale.rulebook),
        open_cases=standing.count(_AFTER_SALE),
        open_disputes=standing.count(_DISPUTE),
    )
    return verdict.value is not None or bool(set(standing) - {_AFTER_SALE, _DISPUTE})


async def _has_d0(tx: Tx, shop_id: int) -> bool:
    found = await tx.session.get(D0Row, shop_id)
    return found is not None and found.state == D0State.GRANTED
