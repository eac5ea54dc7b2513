"""Reads of funds: what a shop has, its withdrawals, adjustments, wallets, and the room's checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import ledger, merchants, rulebooks
from xiaodian.funds.errors import WithdrawalNotFound
from xiaodian.funds.models import AdjustmentRow, BuyerPayoutRow, WithdrawalRow
from xiaodian.funds.rules import WithdrawalFacts, needs_review, withdrawal_objections
from xiaodian.funds.states import (
    ADJUSTMENT_WORDS,
    OPEN,
    WITHDRAWAL_WORDS,
    AdjustmentState,
    PayoutState,
    WithdrawalState,
)
from xiaodian.kernel.paging import Page, PageRequest, cut
from xiaodian.ledger import Difference, Finding, accounts
from xiaodian.merchants import Flag, Right
from xiaodian.merchants.errors import ShopNotFound

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Select

    from xiaodian.infra.db import Tx
    from xiaodian.ledger import Check
    from xiaodian.merchants import PayoutAccount, ShopView
    from xiaodian.rulebooks import Permission, Verdict

__all__ = [
    "CHECKS",
    "AdjustmentView",
    "FundsView",
    "PayoutView",
    "WithdrawalView",
    "adjustment_of",
    "funds_of",
    "list_adjustments",
    "list_payouts",
    "list_waiting",
    "list_withdrawals",
    "objections_now",
    "payout_of",
    "view_of",
    "visible_withdrawal",
    "wallet_of",
]

_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class FundsView:
    """What a shop has with the platform, save what is pending in its sales."""

    shop_id: int
    available_fen: int
    withdrawing_fen: int
    deposit_fen: int
    debt_fen: int


@dataclass(frozen=True, slots=True)
class WithdrawalView:
    """A withdrawal as its shop and staff see it."""

    id: int
    shop_id: int
    amount_fen: int
    fee_fen: int
    state: WithdrawalState
    bank: str
    number_masked: str
    requested_by: int | None
    requested_at: datetime
    passed_by: int | None
    passed_at: datetime | None
    approved_by: int | None
    sent_at: datetime | None
    arrives_on: date | None
    ended_at: datetime | None
    reason: str
    rulebook: str

    @property
    def word(self) -> str:
        """Answer the state in Chinese."""
        return WITHDRAWAL_WORDS[self.state]

    @property
    def review(self) -> Verdict[bool]:
        """Answer why staff look at it, or why not."""
        return needs_review(rulebooks.version(self.rulebook), self.amount_fen)


@dataclass(frozen=True, slots=True)
class AdjustmentView:
    """A manual adjustment."""

    id: int
    kind: str
    shop_id: int | None
    buyer_id: int | None
    amount_fen: int
    event: str
    reason: str
    state: AdjustmentState
    proposed_by: int
    proposed_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    answer: str

    @property
    def word(self) -> str:
        """Answer the state in Chinese."""
        return ADJUSTMENT_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class PayoutView:
    """A payout of a buyer's wallet."""

    id: int
    amount_fen: int
    state: PayoutState
    number_masked: str
    requested_at: datetime
    ended_at: datetime | None
    reason: str


async def funds_of(tx: Tx, shop_id: int) -> FundsView:
    """Answer a shop's balances; needs the right ``funds``."""
    shop = await merchants.visible_shop(tx, shop_id, Right.FUNDS)
    wanted = (
        accounts.available(shop.id),
        accounts.withdrawing(shop.id),
        accounts.deposit(shop.id),
        accounts.shop_debt(shop.id),
    )
    found = await ledger.balances(tx, wanted)
    return FundsView(shop.id, *(found[account] for account in wanted))


def objections_now(
    shop: ShopView, account: PayoutAccount, amount_fen: int, at: datetime, *, open_count: int = 0
) -> list[Permission]:
    """List what stands against a shop's withdrawal at an instant, save the balance."""
    facts = WithdrawalFacts(
        amount_fen=amount_fen,
        blocked=Flag.WITHDRAW_BLOCKED in shop.flags,
        verified=account.verified_at is not None,
        account_changed_at=account.changed_at,
        at=at,
        open_count=open_count,
    )
    return withdrawal_objections(rulebooks.version(shop.rulebook), facts)


async def list_withdrawals(tx: Tx, shop_id: int, page: PageRequest) -> Page[WithdrawalView]:
    """Answer a page of a shop's withdrawals, newest first; needs the right ``funds``."""
    shop = await merchants.visible_shop(tx, shop_id, Right.FUNDS)
    wanted = select(WithdrawalRow).where(WithdrawalRow.shop_id == shop.id)
    return await _page(tx, wanted, page)


async def list_waiting(
    tx: Tx, page: PageRequest, *, states: frozenset[WithdrawalState] = OPEN
) -> Page[WithdrawalView]:
    """Answer a page of all shops' withdrawals in some states, newest first; for staff."""
    wanted = select(WithdrawalRow).where(WithdrawalRow.state.in_(sorted(states)))
    return await _page(tx, wanted, page)


async def visible_withdrawal(tx: Tx, withdrawal_id: int) -> WithdrawalView:
    """Answer a withdrawal to its shop and to staff; refuses ``WITHDRAWAL_NOT_FOUND`` to others."""
    row = await tx.session.get(WithdrawalRow, withdrawal_id)
    if row is None:
        raise WithdrawalNotFound
    try:
        await merchants.visible_shop(tx, row.shop_id, Right.FUNDS)
    except ShopNotFound as stranger:
        raise WithdrawalNotFound from stranger
    return view_of(row)


async def list_adjustments(tx: Tx, page: PageRequest) -> Page[AdjustmentView]:
    """Answer a page of manual adjustments, newest first; for staff."""
    wanted = select(AdjustmentRow).order_by(AdjustmentRow.id.desc()).limit(page.size + 1)
    if page.after is not None:
        wanted = wanted.where(AdjustmentRow.id < page.after)
    rows = (await tx.session.scalars(wanted)).all()
    views = [adjustment_of(row) for row in rows]
    return cut(views, page, lambda view: view.id)


async def wallet_of(tx: Tx, buyer_id: int) -> int:
    """Answer what is in a buyer's wallet."""
    return await ledger.balance(tx, accounts.buyer_wallet(buyer_id))


async def list_payouts(tx: Tx, buyer_id: int, page: PageRequest) -> Page[PayoutView]:
    """Answer a page of a buyer's payouts, newest first."""
    wanted = (
        select(BuyerPayoutRow)
        .where(BuyerPayoutRow.buyer_id == buyer_id)
        .order_by(BuyerPayoutRow.id.desc())
        .limit(page.size + 1)
    )
    if page.after is not None:
        wanted = wanted.where(BuyerPayoutRow.id < page.after)
    rows = (await tx.session.scalars(wanted)).all()
    views = [payout_of(row) for row in rows]
    return cut(views, page, lambda view: view.id)


def view_of(row: WithdrawalRow) -> WithdrawalView:
    """Turn a row into what others may know."""
    return WithdrawalView(
        row.id,
        row.shop_id,
        row.amount_fen,
        row.fee_fen,
        WithdrawalState(row.state),
        row.bank,
        row.number_masked,
        row.requested_by,
        row.requested_at,
        row.passed_by,
        row.passed_at,
        row.approved_by,
        row.sent_at,
        row.arrives_on,
        row.ended_at,
        row.reason,
        row.rulebook,
    )


def adjustment_of(row: AdjustmentRow) -> AdjustmentView:
    """Turn a row into what staff may know."""
    return AdjustmentView(
        row.id,
        row.kind,
        row.shop_id,
        row.buyer_id,
        row.amount_fen,
        row.event,
        row.reason,
        AdjustmentState(row.state),
        row.proposed_by,
        row.proposed_at,
        row.decided_by,
        row.decided_at,
        row.answer,
    )


def payout_of(row: BuyerPayoutRow) -> PayoutView:
    """Turn a row into what its buyer may know."""
    return PayoutView(
        row.id,
        row.amount_fen,
        PayoutState(row.state),
        row.number_masked,
        row.requested_at,
        row.ended_at,
        row.reason,
    )


async def _page(tx: Tx, wanted: Select[WithdrawalRow], page: PageRequest) -> Page[WithdrawalView]:
    if page.after is not None:
        wanted = wanted.where(WithdrawalRow.id < page.after)
    rows = await tx.session.scalars(wanted.order_by(WithdrawalRow.id.desc()).limit(page.size + 1))
    return cut([view_of(row) for row in rows], page, lambda view: view.id)


async def transit_matches(tx: Tx) -> Finding:
    """Compare each shop's money in transit with its withdrawals on their way."""
    rows = await tx.rows(
        "SELECT coalesce(w.shop_id, b.shop_id) AS shop_id,"
        " CAST(coalesce(w.fen, 0) AS bigint) AS due_fen,"
        " coalesce(b.balance_fen, 0) AS found_fen"
        " FROM (SELECT shop_id, sum(amount_fen) AS fen FROM withdrawals"
        "  WHERE state = ANY(:open) GROUP BY shop_id) w"
        " FULL JOIN (SELECT shop_id, balance_fen FROM balances"
        "  WHERE code = 'L:WITHDRAWING' AND currency = 'CNY') b ON b.shop_id = w.shop_id"
        " WHERE coalesce(w.fen, 0) <> coalesce(b.balance_fen, 0) LIMIT :most",
        open=sorted(OPEN),
        most=_SHOWN_MAX,
    )
    return Finding(
        "withdrawals",
        "E15",
        "提现在途余额等于未完成的提现",
        [
            Difference(f"L:WITHDRAWING:{row['shop_id']}", row["due_fen"], row["found_fen"])
            for row in rows
        ],
    )


async def debt_comes_first(tx: Tx) -> Finding:
    """Look for shops that owe money while they could take money out (5.3)."""
    rows = await tx.rows(
        "SELECT d.shop_id, d.balance_fen AS debt_fen FROM balances d"
        " JOIN balances a ON a.shop_id = d.shop_id AND a.code = 'L:AVAILABLE'"
        " AND a.currency = 'CNY' AND a.balance_fen > 0"
        " WHERE d.code = 'A:SHOP_DEBT' AND d.currency = 'CNY' AND d.balance_fen > 0 LIMIT :most",
        most=_SHOWN_MAX,
    )
    return Finding(
        "debt_first",
        "5.3",
        "欠款未还清的店铺没有可提现余额",
        [Difference(f"A:SHOP_DEBT:{row['shop_id']}", 0, row["debt_fen"]) for row in rows],
    )


CHECKS: tuple[Check, ...] = (transit_matches, debt_comes_first)
"""What funds verify of the books."""
