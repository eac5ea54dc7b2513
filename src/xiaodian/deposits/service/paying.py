"""Money into and out of deposits: top-ups, penalties, and violations that ask for more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import funds, ledger, payments, rulebooks
from xiaodian.deposits.errors import DepositEnded, TopUpAmount
from xiaodian.deposits.models import DepositRow, SurchargeRow, TopUpRow
from xiaodian.deposits.service.calendar import plan_lapse
from xiaodian.deposits.service.reviewing import lock_deposit, review
from xiaodian.deposits.states import DEDUCTIBLE, ENDED, DepositEvent, DepositState
from xiaodian.infra import audit
from xiaodian.kernel.money import fee
from xiaodian.kernel.states import IllegalTransition
from xiaodian.ledger import Leg, accounts
from xiaodian.rulebooks import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from xiaodian.funds import DrawResult
    from xiaodian.infra.db import Tx
    from xiaodian.ledger import Account
    from xiaodian.merchants import ShopView
    from xiaodian.payments import PaymentView
    from xiaodian.payments.events import PaymentCaptured

__all__ = ["PURPOSE", "add_surcharge", "book_top_ups", "deduct", "revoke_surcharge", "start_top_up"]

PURPOSE = "deposit_top_up"
TOP_UP_MAX_FEN = 100_000_000
_EXPIRES = timedelta(hours=2)
_WHY_MAX = 500


async def start_top_up(
    tx: Tx, shop: ShopView, *, amount_fen: int, method: str | None = None
) -> PaymentView:
    """Begin to pay into a shop's deposit; the payment's reference is the top-up's id.

    The caller asked for the right (``merchants.visible_shop(…, "funds")``). ``method`` defaults to
    the first that the market offers. Refuses ``TOP_UP_AMOUNT``, ``DEPOSIT_NOT_FOUND``,
    ``DEPOSIT_ENDED`` and ``METHOD_NOT_OFFERED``.
    """
    if not 0 < amount_fen <= TOP_UP_MAX_FEN:
        raise TopUpAmount(limit_fen=TOP_UP_MAX_FEN)
    row = await lock_deposit(tx, shop.id)
    if row.state in ENDED:
        raise DepositEnded
    assert tx.actor.account_id is not None, "somebody pays"
    methods = rulebooks.at(shop.market, tx.now).trade.payment.methods
    top_up_id = tx.new_id()
    payment = await payments.start(
        tx,
        purpose=PURPOSE,
        reference=top_up_id,
        shop_id=shop.id,
        market=shop.market,
        amount_fen=amount_fen,
        payer_id=tx.actor.account_id,
        method=method or next(iter(methods)),
        description=f"{shop.name} 保证金",
        expires_at=tx.now + _EXPIRES,
    )
    tx.session.add(
        TopUpRow(
            id=top_up_id,
            shop_id=shop.id,
            amount_fen=amount_fen,
            payment_id=payment.id,
            asked_by=tx.actor.account_id,
            asked_at=tx.now,
        )
    )
    await tx.session.flush()
    return payment


async def book_top_ups(tx: Tx, captured: Sequence[PaymentCaptured]) -> None:
    """Book paid top-ups (E07) and judge each deposit again; paid twice is once.

    The channel's fee of a top-up is the platform's cost.
    """
    for event in sorted(captured, key=lambda event: event.shop_id or 0):
        if event.purpose != PURPOSE:
            continue
        row = await tx.session.get(TopUpRow, event.reference, populate_existing=True)
        assert row is not None, "a top-up is written before its payment"
        deposit = await tx.session.get_one(DepositRow, row.shop_id)
        cost_bps = rulebooks.version(deposit.rulebook).trade.fees.channel_cost_bps
        new = await ledger.post(
            tx,
            event=f"deposit_top_up:{row.id}",
            kind="E07",
            legs=[
                Leg(accounts.deposit_bank(), accounts.deposit(row.shop_id), event.amount_fen),
                Leg(accounts.channel_cost(), accounts.own_funds(), fee(event.amount_fen, cost_bps)),
            ],
            shop_id=row.shop_id,
            rulebook=deposit.rulebook,
        )
        if new:
            row.paid_at = event.paid_at
            await tx.session.flush()
            await review(tx, row.shop_id)


async def deduct(
    tx: Tx,
    shop_id: int,
    *,
    amount_fen: int,
    to: Account,
    event: str,
    kind: str = "E08",
    order_id: int | None = None,
) -> DrawResult:
    """Take a penalty or compensation from a shop, its deposit first (5.3); twice is once.

    What the deposit lacks comes from the cover, then the shop's available money, then is its debt;
    cash never turns negative (A-DEP-03). The shop must then top up. Refuses ``DEPOSIT_NOT_FOUND``,
    and ``ILLEGAL_TRANSITION`` before the deposit was lodged and once it is paid back.
    """
    row = await tx.session.get(DepositRow, shop_id, populate_existing=True)
    if row is None:
        row = await lock_deposit(tx, shop_id)
    if row.state not in DEDUCTIBLE:
        raise IllegalTransition(state=row.state, event=DepositEvent.DEDUCT.value)
    return await funds.draw(
        tx,
        shop_id,
        amount_fen=amount_fen,
        order=rulebooks.version(row.rulebook).trade.waterfalls.deposit_penalty or (),
        to=to,
        event=event,
        kind=kind,
        order_id=order_id,
        rulebook=row.rulebook,
    )


async def add_surcharge(
    tx: Tx,
    shop_id: int,
    *,
    violation_id: int,
    severity: Severity | str,
    happened_at: datetime,
    why: str,
) -> DepositState:
    """Count a confirmed violation against a shop's deposit; twice is once (D-DEP-05).

    Whether it adds anything is the market's rule. Refuses ``DEPOSIT_NOT_FOUND``.
    """
    row = await lock_deposit(tx, shop_id)
    if await tx.session.get(SurchargeRow, violation_id) is None:
        tx.session.add(
            SurchargeRow(
                violation_id=violation_id,
                shop_id=shop_id,
                severity=Severity(severity),
                happened_at=happened_at,
                why=why[:_WHY_MAX],
            )
        )
        await tx.session.flush()
        await plan_lapse(tx, row, happened_at)
    return await review(tx, shop_id)


async def revoke_surcharge(tx: Tx, *, violation_id: int) -> None:
    """Take a violation back after an upheld appeal; one that was never counted is passed over."""
    row = await tx.session.scalar(
        select(SurchargeRow).where(
            SurchargeRow.violation_id == violation_id, SurchargeRow.revoked_at.is_(None)
        )
    )
    if row is None:
        return
    row.revoked_at = tx.now
    await tx.session.flush()
    await audit.record(
        tx,
        "deposit.surcharge_revoked",
        subject="deposit",
        subject_id=row.shop_id,
        before={"violation": str(violation_id), "severity": row.severity},
    )
    await review(tx, row.shop_id)
