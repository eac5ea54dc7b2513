"""Settling (E03) and releasing reserves (E04), set by set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from xiaodian import funds, ledger, rulebooks
from xiaodian.funds import Credit
from xiaodian.infra import timers
from xiaodian.kernel.clock import day_of, start_of_day
from xiaodian.ledger import Account, Leg, Posting, accounts
from xiaodian.settlement import rules
from xiaodian.settlement.events import SaleSettled
from xiaodian.settlement.models import SaleFeeRow, SaleRow
from xiaodian.settlement.rules import Remaining, Split
from xiaodian.settlement.service.opening import BATCH, day_number
from xiaodian.settlement.states import SaleState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import RowMapping

    from xiaodian.infra.db import Tx

__all__ = ["RELEASE_TIMER", "release_reserves", "run", "settle_one"]

RELEASE_TIMER = "settlement.release"
_RELEASE_AT = timedelta(minutes=40)
_FIRST_FEE_LEG = 2
_SHORT_LEG = 20
_LEGS_PER_DRAW = 10


@dataclass(frozen=True, slots=True)
class _Settled:
    """A sale, how it splits, and the transfers that say so."""

    row: RowMapping
    split: Split
    legs: tuple[tuple[int, Leg], ...]
    short: tuple[tuple[Account, int], ...]
    """Fees for which too little was left in the pending money."""
    net_fen: int
    """What becomes available."""
    release_on: date | None


async def run(tx: Tx, day: date, *, batch: int = BATCH) -> bool:
    """Settle the sales that are due by a day; answers whether there may be more.

    Restartable: what was settled is no longer scheduled.
    """
    rows = await tx.rows(
        "SELECT * FROM sales WHERE state = 'SCHEDULED' AND settle_on <= :day"
        " ORDER BY settle_on, order_id LIMIT :batch FOR UPDATE",
        day=day,
        batch=batch,
    )
    await _settle(tx, rows)
    return len(rows) == batch


async def settle_one(tx: Tx, sale: SaleRow) -> None:
    """Settle one locked sale at this instant (D+0)."""
    await _settle(
        tx,
        await tx.rows("SELECT * FROM sales WHERE order_id = :order_id", order_id=sale.order_id),
    )
    await tx.session.refresh(sale)


async def _settle(tx: Tx, rows: Sequence[RowMapping]) -> None:
    if not rows:
        return
    settled = [_judge(row, day_of(tx.now)) for row in rows]
    await _keep(tx, settled)
    await ledger.post_set(
        tx,
        kind="E03",
        rows=[
            Posting(
                _event(one.row), number, leg.debit, leg.credit, leg.amount_fen,
                one.row["shop_id"], one.row["order_id"], one.row["rulebook"],
            )
            for one in settled
            for number, leg in one.legs
        ],
    )  # fmt: skip
    await funds.credit_available(
        tx,
        [
            Credit(
                shop_id=one.row["shop_id"],
                debit=accounts.pending(one.row["shop_id"], one.row["order_id"]),
                amount_fen=one.net_fen,
                event=_event(one.row),
                kind="E03",
                order_id=one.row["order_id"],
                rulebook=one.row["rulebook"],
            )
            for one in settled
        ],
    )
    for one in settled:
        await _draw_short(tx, one)
    for on in sorted({one.release_on for one in settled if one.release_on is not None}):
        await _set_release_timer(tx, on)
    await tx.emit_all(
        [
            SaleSettled(
                one.row["order_id"],
                one.row["shop_id"],
                one.split.fee_fen,
                one.split.net_fen,
                one.split.reserve_fen,
                tx.now,
            )
            for one in settled
        ]
    )


def _event(row: RowMapping) -> str:
    return f"settled:{row['order_id']}"


def _judge(row: RowMapping, today: date) -> _Settled:
    book = rulebooks.version(row["rulebook"])
    split = rules.split(
        book,
        Remaining(
            paid_fen=row["paid_fen"] - row["refunded_fen"],
            subsidy_fen=row["subsidy_fen"] - row["refunded_subsidy_fen"],
        ),
        row["category"],
        rulebooks.categories(),
        taken_fen=row["taken_fen"],
    ).value
    shop_id, order_id = row["shop_id"], row["order_id"]
    pending = accounts.pending(shop_id, order_id)
    targets = [
        (rules.fee_account(charge.line, charge.payee, row["channel"]), charge.fen)
        for charge in split.charges
    ]
    targets.append((accounts.reserve(shop_id, order_id), split.reserve_fen))
    legs, left, short = rules.spread([(pending, row["pending_fen"])], targets)
    release = rules.reserve_released_on(book, today) if split.reserve_fen else None
    return _Settled(
        row=row,
        split=split,
        legs=tuple(enumerate(legs, _FIRST_FEE_LEG)),
        short=tuple(short),
        net_fen=sum(fen for _, fen in left),
        release_on=None if release is None else release.value,
    )


async def _keep(tx: Tx, settled: Sequence[_Settled]) -> None:
    await tx.run(
        "UPDATE sales s SET state = :state, settled_at = :at, pending_fen = 0,"
        " fee_fen = n.fee_fen, net_fen = n.net_fen, reserve_fen = n.reserve_fen,"
        " reserved_fen = n.reserve_fen, release_on = n.release_on"
        " FROM unnest(CAST(:orders AS bigint[]), CAST(:fees AS bigint[]), CAST(:nets AS bigint[]),"
        " CAST(:reserves AS bigint[]), CAST(:release_on AS date[]))"
        " AS n(order_id, fee_fen, net_fen, reserve_fen, release_on)"
        " WHERE s.order_id = n.order_id",
        state=SaleState.SETTLED,
        at=tx.now,
        orders=[one.row["order_id"] for one in settled],
        fees=[one.split.fee_fen for one in settled],
        nets=[one.split.net_fen for one in settled],
        reserves=[one.split.reserve_fen for one in settled],
        release_on=[one.release_on for one in settled],
    )
    lines = [(one.row, charge) for one in settled for charge in one.split.charges]
    await tx.run(
        f"INSERT INTO {SaleFeeRow.__tablename__}"  # noqa: S608 - our own name
        " (order_id, line, shop_id, payee, bps, base_fen, fee_fen, charged_fen)"
        " SELECT n.order_id, n.line, n.shop_id, n.payee, n.bps, n.base_fen, n.fee_fen, n.fee_fen"
        " FROM unnest(CAST(:orders AS bigint[]), CAST(:lines AS text[]), CAST(:shops AS bigint[]),"
        " CAST(:payees AS text[]), CAST(:bps AS int[]), CAST(:bases AS bigint[]),"
        " CAST(:fees AS bigint[])) AS n(order_id, line, shop_id, payee, bps, base_fen, fee_fen)",
        orders=[row["order_id"] for row, _ in lines],
        lines=[charge.line for _, charge in lines],
        shops=[row["shop_id"] for row, _ in lines],
        payees=[charge.payee for _, charge in lines],
        bps=[charge.bps for _, charge in lines],
        bases=[charge.base_fen for _, charge in lines],
        fees=[charge.fen for _, charge in lines],
    )


async def _draw_short(tx: Tx, one: _Settled) -> None:
    """Take the rest of the fees of the shop's other money, where a breach left too little."""
    order = rulebooks.version(one.row["rulebook"]).trade.waterfalls.refund_after_settlement
    for place, (account, fen) in enumerate(one.short):
        await funds.draw(
            tx,
            one.row["shop_id"],
            amount_fen=fen,
            order=order,
            to=account,
            event=_event(one.row),
            kind="E03",
            first_leg=_SHORT_LEG + place * _LEGS_PER_DRAW,
            order_id=one.row["order_id"],
            rulebook=one.row["rulebook"],
        )


async def _set_release_timer(tx: Tx, day: date) -> None:
    due_at = start_of_day(day) + _RELEASE_AT
    await timers.ensure(tx, RELEASE_TIMER, day_number(day), due_at=due_at)


async def release_reserves(tx: Tx, day: date, *, batch: int = BATCH) -> bool:
    """Release the reserves that are due by a day (E04); answers whether there may be more."""
    rows = await tx.rows(
        "SELECT order_id, shop_id, rulebook, reserve_fen FROM sales"
        " WHERE reserve_fen > 0 AND release_on <= :day"
        " ORDER BY release_on, order_id LIMIT :batch FOR UPDATE",
        day=day,
        batch=batch,
    )
    await tx.run(
        "UPDATE sales SET reserve_fen = 0, released_at = :at"
        " WHERE order_id = ANY(CAST(:orders AS bigint[]))",
        at=tx.now,
        orders=[row["order_id"] for row in rows],
    )
    await funds.credit_available(
        tx,
        [
            Credit(
                shop_id=row["shop_id"],
                debit=accounts.reserve(row["shop_id"], row["order_id"]),
                amount_fen=row["reserve_fen"],
                event=f"reserve_released:{row['order_id']}",
                kind="E04",
                order_id=row["order_id"],
                rulebook=row["rulebook"],
            )
            for row in rows
        ],
    )
    return len(rows) == batch
