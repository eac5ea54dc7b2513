"""Sales as their shop and staff see them, each with why it settles when and costs what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import merchants, rulebooks
from xiaodian.kernel.paging import Page, PageRequest, cut
from xiaodian.merchants import Right
from xiaodian.merchants.errors import ShopNotFound
from xiaodian.settlement import rules
from xiaodian.settlement.errors import SaleNotFound
from xiaodian.settlement.models import D0Row, SaleFeeRow, SaleHoldRow, SaleRefundRow, SaleRow
from xiaodian.settlement.rules import FeeFacts, Remaining
from xiaodian.settlement.states import D0_WORDS, SALE_WORDS, WAITING, D0State, SaleState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from xiaodian.infra.db import Tx
    from xiaodian.rulebooks import Verdict

__all__ = [
    "D0View",
    "FeeView",
    "HoldView",
    "PendingView",
    "RefundView",
    "SaleView",
    "d0_of",
    "get_sale",
    "holds_of",
    "list_sales",
    "pending_of",
    "refunds_of",
    "visible_sale",
]


@dataclass(frozen=True, slots=True)
class FeeView:
    """A fee line; before settlement it is what would be charged now."""

    line: str
    payee: str
    bps: int
    base_fen: int
    fee_fen: int
    why: Verdict[int]


@dataclass(frozen=True, slots=True)
class HoldView:
    """Why a sale waits, or waited."""

    reason: str
    reference: int
    held_at: datetime
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund of a sale."""

    amount_fen: int
    subsidy_fen: int
    after_settlement: bool
    refunded_at: datetime
    parts: dict[str, int]


@dataclass(frozen=True, slots=True)
class SaleView:
    """The money of one order. Before settlement ``fees`` and ``net_fen`` are what they would be."""

    order_id: int
    shop_id: int
    market: str
    rulebook: str
    category: str
    channel: str
    state: SaleState
    paid_fen: int
    subsidy_fen: int
    refunded_fen: int
    refunded_subsidy_fen: int
    taken_fen: int
    pending_fen: int
    reserve_fen: int
    reserved_fen: int
    fee_fen: int
    net_fen: int
    paid_at: datetime
    confirmed_at: datetime | None
    settle_on: date | None
    settled_at: datetime | None
    release_on: date | None
    released_at: datetime | None
    fees: tuple[FeeView, ...]
    why_then: Verdict[object]
    why_split: Verdict[object]

    @property
    def word(self) -> str:
        """Answer the state in Chinese."""
        return SALE_WORDS[self.state]

    @property
    def gross_fen(self) -> int:
        """Answer what is left of the sale after refunds."""
        return self.paid_fen + self.subsidy_fen - self.refunded_fen - self.refunded_subsidy_fen

    @property
    def explain(self) -> list[Verdict[object]]:
        """Answer why it settles on its day, why it is split so, and why each fee is what it is."""
        return [self.why_then, self.why_split, *(fee.why for fee in self.fees)]


@dataclass(frozen=True, slots=True)
class PendingView:
    """What a shop has in its sales: pending, held back, and how many sales wait."""

    pending_fen: int
    reserve_fen: int
    waiting_count: int


@dataclass(frozen=True, slots=True)
class D0View:
    """Whether a shop has D+0, and whether it may ask for it."""

    state: D0State | None
    reason: str
    allowed: Verdict[str | None]

    @property
    def word(self) -> str:
        """Answer the state in Chinese."""
        return "未申请" if self.state is None else D0_WORDS[self.state]


async def get_sale(tx: Tx, order_id: int) -> SaleView:
    """Answer the sale of an order, whoever asks; refuses ``SALE_NOT_FOUND``."""
    # Runs write set by set, past what a transaction has already read.
    row = await tx.session.get(SaleRow, order_id, populate_existing=True)
    if row is None:
        raise SaleNotFound
    return (await _views(tx, [row]))[0]


async def visible_sale(tx: Tx, order_id: int) -> SaleView:
    """Answer a sale to its shop (right ``funds``) and to staff; ``SALE_NOT_FOUND`` to others."""
    sale = await get_sale(tx, order_id)
    try:
        await merchants.visible_shop(tx, sale.shop_id, Right.FUNDS)
    except ShopNotFound as stranger:
        raise SaleNotFound from stranger
    return sale


async def list_sales(tx: Tx, shop_id: int, page: PageRequest, *, state: str = "") -> Page[SaleView]:
    """Answer a page of a shop's sales, newest order first; needs the right ``funds``."""
    shop = await merchants.visible_shop(tx, shop_id, Right.FUNDS)
    wanted = (
        select(SaleRow)
        .where(SaleRow.shop_id == shop.id)
        .order_by(SaleRow.order_id.desc())
        .limit(page.size + 1)
    )
    if page.after is not None:
        wanted = wanted.where(SaleRow.order_id < page.after)
    if state:
        wanted = wanted.where(SaleRow.state == state)
    rows = (await tx.session.scalars(wanted)).all()
    return cut(await _views(tx, rows), page, lambda view: view.order_id)


async def holds_of(tx: Tx, order_id: int) -> Sequence[HoldView]:
    """Answer why a sale waits and waited, newest first."""
    rows = await tx.session.scalars(
        select(SaleHoldRow)
        .where(SaleHoldRow.order_id == order_id)
        .order_by(SaleHoldRow.id.desc())
        .limit(100)
    )
    return [HoldView(row.reason, row.reference, row.held_at, row.released_at) for row in rows]


async def refunds_of(tx: Tx, order_id: int) -> Sequence[RefundView]:
    """Answer the refunds of a sale, newest first."""
    rows = await tx.session.scalars(
        select(SaleRefundRow)
        .where(SaleRefundRow.order_id == order_id)
        .order_by(SaleRefundRow.id.desc())
        .limit(100)
    )
    return [
        RefundView(
            row.amount_fen, row.subsidy_fen, row.after_settlement, row.refunded_at, row.parts
        )
        for row in rows
    ]


async def pending_of(tx: Tx, shop_id: int) -> PendingView:
    """Answer what a shop has in its sales; needs the right ``funds``."""
    shop = await merchants.visible_shop(tx, shop_id, Right.FUNDS)
    (row,) = await tx.rows(
        "SELECT CAST(coalesce(sum(pending_fen), 0) AS bigint) AS pending_fen,"
        " CAST(coalesce(sum(reserve_fen), 0) AS bigint) AS reserve_fen,"
        " count(*) FILTER (WHERE state = ANY(:waiting)) AS waiting_count"
        " FROM sales WHERE shop_id = :shop_id AND (state = ANY(:waiting) OR reserve_fen > 0)",
        shop_id=shop.id,
        waiting=sorted(WAITING),
    )
    return PendingView(**row)


async def d0_of(tx: Tx, shop_id: int) -> D0View:
    """Answer whether a shop has D+0 or may ask for it; needs the right ``funds``."""
    shop = await merchants.visible_shop(tx, shop_id, Right.FUNDS)
    row = await tx.session.get(D0Row, shop.id)
    allowed = rules.d0_allowed(
        rulebooks.version(shop.rulebook), rulebooks.Subject(shop.subject), shop.flags
    )
    state = None if row is None else D0State(row.state)
    return D0View(state, "" if row is None else row.reason, allowed)


async def _views(tx: Tx, rows: Sequence[SaleRow]) -> list[SaleView]:
    kept: defaultdict[int, dict[str, SaleFeeRow]] = defaultdict(dict)
    for line in await tx.session.scalars(
        select(SaleFeeRow).where(SaleFeeRow.order_id.in_([row.order_id for row in rows]))
    ):
        kept[line.order_id][line.line] = line
    return [_view(row, kept[row.order_id]) for row in rows]


def _view(row: SaleRow, kept: dict[str, SaleFeeRow]) -> SaleView:
    book, categories = rulebooks.version(row.rulebook), rulebooks.categories()
    left = Remaining(
        paid_fen=row.paid_fen - row.refunded_fen,
        subsidy_fen=row.subsidy_fen - row.refunded_subsidy_fen,
    )
    split = rules.split(book, left, row.category, categories, taken_fen=row.taken_fen)
    fees: list[FeeView] = []
    for charge in split.value.charges:
        line = kept.get(charge.line)
        facts = FeeFacts(
            charge.line,
            line.bps if line else charge.bps,
            line.base_fen if line else charge.base_fen,
            line.fee_fen if line else charge.fen,
        )
        why = rules.why_fee(book, facts, row.category, categories)
        fees.append(FeeView(charge.line, charge.payee, facts.bps, facts.base_fen, facts.fen, why))
    settled = row.settled_at is not None
    return SaleView(
        order_id=row.order_id,
        shop_id=row.shop_id,
        market=row.market,
        rulebook=row.rulebook,
        category=row.category,
        channel=row.channel,
        state=SaleState(row.state),
        paid_fen=row.paid_fen,
        subsidy_fen=row.subsidy_fen,
        refunded_fen=row.refunded_fen,
        refunded_subsidy_fen=row.refunded_subsidy_fen,
        taken_fen=row.taken_fen,
        pending_fen=row.pending_fen,
        reserve_fen=row.reserve_fen,
        reserved_fen=row.reserved_fen if settled else split.value.reserve_fen,
        fee_fen=row.fee_fen if settled else split.value.fee_fen,
        net_fen=row.net_fen if settled else split.value.net_fen,
        paid_at=row.paid_at,
        confirmed_at=row.confirmed_at,
        settle_on=row.settle_on,
        settled_at=row.settled_at,
        release_on=row.release_on,
        released_at=row.released_at,
        fees=tuple(fees),
        why_then=rules.why_then(
            book,
            confirmed_at=row.confirmed_at,
            shop_opened_at=row.shop_opened_at,
            cases_ended_at=row.cases_ended_at,
            d0=row.d0,
        ),
        why_split=split,
    )
