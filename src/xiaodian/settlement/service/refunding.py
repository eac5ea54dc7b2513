"""Money of a sale that goes back: before settlement (E05), and after it (E06)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import funds, ledger, rulebooks
from xiaodian.funds import Credit, DrawResult
from xiaodian.kernel.money import fee
from xiaodian.ledger import Account, Leg, accounts
from xiaodian.settlement import rules
from xiaodian.settlement.errors import RefundExceedsSale
from xiaodian.settlement.events import SaleRefunded
from xiaodian.settlement.models import SaleFeeRow, SaleRefundRow
from xiaodian.settlement.rules import Remaining
from xiaodian.settlement.service.scheduling import locked_sale
from xiaodian.settlement.states import SALE, SaleEvent, SaleState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.settlement.models import SaleRow

__all__ = ["RefundSplit", "Taken", "refund", "take"]

_GIVE_BACK_LEG = 5
_DRAW_LEG = 10
_LEGS_PER_DRAW = 10
_FIXED_LEG = 40
_SURPLUS_LEG = 80
_TAKE_LEG = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSplit:
    """Who bore which part of a refund. The parts add up to what the buyer and the platform get."""

    amount_fen: int
    """What the buyer gets."""
    subsidy_fen: int
    """What the platform gets back of its discount."""
    pending_fen: int = 0
    fee_fen: int = 0
    reserve_fen: int = 0
    available_fen: int = 0
    deposit_fen: int = 0
    debt_fen: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken of a sale's pending money for a breach, and of the shop's other money."""

    pending_fen: int
    drawn: DrawResult


async def refund(
    tx: Tx, order_id: int, *, amount_fen: int, reference: int | None = None
) -> RefundSplit:
    """Book that the buyer gets an amount back, and answer who bears it.

    ``reference`` names the refund: the same one again is booked once and answers the same; without
    it, each call is a refund of its own. Before settlement the pending money pays; after it the
    fee lines and the reserve give back their part and the rulebook's waterfall the rest, so that
    any order of the same refunds ends alike and a full refund returns every fee whole. Refuses
    ``SALE_NOT_FOUND`` and ``REFUND_EXCEEDS_SALE``.
    """
    sale = await locked_sale(tx, order_id)
    named = reference if reference is not None else tx.new_id()
    before = await tx.session.scalar(
        select(SaleRefundRow).where(
            SaleRefundRow.order_id == order_id, SaleRefundRow.reference == named
        )
    )
    if before is not None:
        return RefundSplit(
            amount_fen=before.amount_fen, subsidy_fen=before.subsidy_fen, **before.parts
        )
    if not 0 < amount_fen <= sale.paid_fen - sale.refunded_fen:
        raise RefundExceedsSale(paid_fen=sale.paid_fen, refunded_fen=sale.refunded_fen)
    after_settlement = sale.settled_at is not None
    back = rules.subsidy_back(sale.paid_fen, sale.subsidy_fen, sale.refunded_fen + amount_fen)
    subsidy_fen = back - sale.refunded_subsidy_fen
    event = f"refund:{order_id}:{named}"
    book_it = _refund_after if after_settlement else _refund_before
    split = await book_it(tx, sale, event, amount_fen, subsidy_fen)
    whole = sale.refunded_fen == sale.paid_fen
    step = SaleEvent.REFUND_ALL if whole else SaleEvent.REFUND
    sale.state = SALE.after(SaleState(sale.state), step)
    sale.refund_count += 1
    tx.session.add(
        SaleRefundRow(
            id=tx.new_id(),
            order_id=order_id,
            shop_id=sale.shop_id,
            reference=named,
            amount_fen=amount_fen,
            subsidy_fen=subsidy_fen,
            after_settlement=after_settlement,
            refunded_at=tx.now,
            parts={
                "pending_fen": split.pending_fen,
                "fee_fen": split.fee_fen,
                "reserve_fen": split.reserve_fen,
                "available_fen": split.available_fen,
                "deposit_fen": split.deposit_fen,
                "debt_fen": split.debt_fen,
            },
        )
    )
    await tx.session.flush()
    await tx.emit(SaleRefunded(order_id, sale.shop_id, amount_fen, subsidy_fen, after_settlement))
    return split


def _targets(sale: SaleRow, amount_fen: int, subsidy_fen: int) -> list[tuple[Account, int]]:
    """Answer where a refund goes: to the buyer, out of whoever holds the money, and to us."""
    paid_out = sale.channel_settled_at is not None
    holder = accounts.pool() if paid_out else accounts.clearing(sale.channel)
    return [(holder, amount_fen), (accounts.subsidy(), subsidy_fen)]


async def _refund_before(
    tx: Tx, sale: SaleRow, event: str, amount_fen: int, subsidy_fen: int
) -> RefundSplit:
    pending = accounts.pending(sale.shop_id, sale.order_id)
    given = min(sale.pending_fen, amount_fen + subsidy_fen)
    legs, _, short = rules.spread([(pending, given)], _targets(sale, amount_fen, subsidy_fen))
    await _post(tx, sale, event, "E05", legs, first_leg=1)
    sale.pending_fen -= given
    sale.covered_fen += sum(fen for _, fen in short)
    _count(sale, amount_fen, subsidy_fen)
    await _channel_gives_back(tx, sale, event, "E05")
    drawn = await _draw(tx, sale, event, "E05", short)
    return RefundSplit(
        amount_fen=amount_fen,
        subsidy_fen=subsidy_fen,
        pending_fen=given,
        available_fen=drawn.available_fen,
        deposit_fen=drawn.deposit_fen,
        debt_fen=drawn.debt_fen,
    )


async def _refund_after(
    tx: Tx, sale: SaleRow, event: str, amount_fen: int, subsidy_fen: int
) -> RefundSplit:
    book, before = rulebooks.version(sale.rulebook), _remaining(sale)
    after = Remaining(
        paid_fen=before.paid_fen - amount_fen, subsidy_fen=before.subsidy_fen - subsidy_fen
    )
    back = rules.giveback(
        book, before, after, sale.category, rulebooks.categories(), taken_fen=sale.taken_fen
    ).value
    lines = await _fee_lines(tx, sale)
    charges = rules.fees(book, after, sale.category, rulebooks.categories())
    given = dict(back.fees)
    sources = [
        (rules.fee_account(line.line, line.payee, sale.channel), given[line.line])
        for line in lines.values()
    ]
    # Rounding may also let the reserve grow by a fen; once released it is the shop's other money.
    reserve = accounts.reserve(sale.shop_id, sale.order_id)
    moved = 0 if sale.released_at is not None else min(back.reserve_fen, sale.reserve_fen)
    targets = _targets(sale, amount_fen, subsidy_fen)
    legs, surplus, short = rules.spread(
        [*sources, (reserve, max(moved, 0))], [*targets, (reserve, max(-moved, 0))]
    )
    await _post(tx, sale, event, "E06", legs, first_leg=_FIXED_LEG)
    # No statement may come between these: the row's constraints hold for all of them together.
    for charge in charges:
        lines[charge.line].fee_fen -= given[charge.line]
        lines[charge.line].base_fen = charge.base_fen
    sale.fee_fen -= sum(given.values())
    sale.reserve_fen -= moved
    sale.reserved_fen -= back.reserve_fen
    sale.net_fen -= back.net_fen
    _count(sale, amount_fen, subsidy_fen)
    await _credit_surplus(tx, sale, event, surplus)
    await _channel_gives_back(tx, sale, event, "E06")
    drawn = await _draw(tx, sale, event, "E06", short)
    return RefundSplit(
        amount_fen=amount_fen,
        subsidy_fen=subsidy_fen,
        fee_fen=sum(given.values()),
        reserve_fen=moved,
        available_fen=drawn.available_fen - sum(fen for _, fen in surplus),
        deposit_fen=drawn.deposit_fen,
        debt_fen=drawn.debt_fen,
    )


def _remaining(sale: SaleRow) -> Remaining:
    return Remaining(
        paid_fen=sale.paid_fen - sale.refunded_fen,
        subsidy_fen=sale.subsidy_fen - sale.refunded_subsidy_fen,
    )


def _count(sale: SaleRow, amount_fen: int, subsidy_fen: int) -> None:
    sale.refunded_fen += amount_fen
    sale.refunded_subsidy_fen += subsidy_fen


async def _fee_lines(tx: Tx, sale: SaleRow) -> dict[str, SaleFeeRow]:
    rows = await tx.session.scalars(
        select(SaleFeeRow).where(SaleFeeRow.order_id == sale.order_id).order_by(SaleFeeRow.line)
    )
    return {row.line: row for row in rows}


async def _channel_gives_back(tx: Tx, sale: SaleRow, event: str, kind: str) -> None:
    """Book the channel's own fee that comes back, once the channel has kept it."""
    if sale.channel_settled_at is None:
        return
    book = rulebooks.version(sale.rulebook)
    kept = fee(sale.paid_fen - sale.refunded_fen, book.trade.fees.channel_cost_bps)
    back = sale.channel_fee_fen - kept
    sale.channel_fee_fen = kept
    leg = Leg(accounts.pool(), rules.channel_cost_account(book, sale.channel), back)
    await _post(tx, sale, event, kind, [leg], first_leg=_GIVE_BACK_LEG)


async def _credit_surplus(
    tx: Tx, sale: SaleRow, event: str, surplus: Sequence[tuple[Account, int]]
) -> None:
    """Give the shop what lines that round together give back beyond the refund."""
    await funds.credit_available(
        tx,
        [
            Credit(
                shop_id=sale.shop_id,
                debit=account,
                amount_fen=fen,
                event=event,
                kind="E06",
                leg=_SURPLUS_LEG + place,
                order_id=sale.order_id,
                rulebook=sale.rulebook,
            )
            for place, (account, fen) in enumerate(surplus)
        ],
    )


async def _draw(
    tx: Tx, sale: SaleRow, event: str, kind: str, wanted: Sequence[tuple[Account, int]]
) -> DrawResult:
    order = rulebooks.version(sale.rulebook).trade.waterfalls.refund_after_settlement
    drawn = DrawResult()
    for place, (account, fen) in enumerate(wanted):
        one = await funds.draw(
            tx,
            sale.shop_id,
            amount_fen=fen,
            order=order,
            to=account,
            event=event,
            kind=kind,
            first_leg=_DRAW_LEG + place * _LEGS_PER_DRAW,
            order_id=sale.order_id,
            rulebook=sale.rulebook,
        )
        assert not one.short_fen, "a refund's waterfall ends in debt"
        drawn = DrawResult(
            drawn.available_fen + one.available_fen,
            drawn.deposit_fen + one.deposit_fen,
            drawn.cover_fen + one.cover_fen,
            drawn.debt_fen + one.debt_fen,
        )
    return drawn


async def _post(
    tx: Tx, sale: SaleRow, event: str, kind: str, legs: Sequence[Leg], *, first_leg: int
) -> None:
    await ledger.post(
        tx,
        event=event,
        kind=kind,
        legs=legs,
        shop_id=sale.shop_id,
        order_id=sale.order_id,
        rulebook=sale.rulebook,
        first_leg=first_leg,
    )


async def take(
    tx: Tx,
    order_id: int,
    *,
    amount_fen: int,
    order: Sequence[str],
    to: Account,
    event: str,
    kind: str,
) -> Taken:
    """Take money for a breach by a waterfall that may begin with the order's own (E13, E14).

    ``ORDER_PENDING`` gives while the sale is not settled; ``funds.draw`` takes the rest. Twice is
    once. Refuses ``SALE_NOT_FOUND``.
    """
    sale = await locked_sale(tx, order_id)
    before = {one.leg: one.amount_fen for one in await ledger.list_of_event(tx, event)}
    if before:
        pending_fen = before.get(_TAKE_LEG, 0)
    else:
        pending_fen = min(sale.pending_fen, amount_fen) if "ORDER_PENDING" in order else 0
        leg = Leg(accounts.pending(sale.shop_id, order_id), to, pending_fen)
        await _post(tx, sale, event, kind, [leg], first_leg=_TAKE_LEG)
        sale.pending_fen -= pending_fen
        sale.taken_fen += pending_fen
        await tx.session.flush()
    drawn = await funds.draw(
        tx,
        sale.shop_id,
        amount_fen=amount_fen - pending_fen,
        order=order,
        to=to,
        event=event,
        kind=kind,
        order_id=order_id,
        rulebook=sale.rulebook,
    )
    return Taken(pending_fen, drawn)
