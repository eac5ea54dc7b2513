"""Reading orders: by their buyer, by their shop, and for the platform's staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian.kernel.paging import Page, PageRequest, cut
from xiaodian.orders.errors import OrderNotFound
from xiaodian.orders.models import OrderEventRow, OrderLineRow, OrderRow
from xiaodian.orders.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Select

    from xiaodian.infra.db import Tx

__all__ = [
    "DaySummary",
    "HistoryLine",
    "LineView",
    "OrderView",
    "checkout_of",
    "count_by_state",
    "get_order",
    "history_of",
    "list_late_orders_of_shop",
    "list_orders_of_buyer",
    "list_orders_of_shop",
    "summary_since",
    "visible_order",
]

_EVENTS_MAX = 200
_LATE_MAX = 50
_CHECKOUT_MAX = 50


@dataclass(frozen=True, slots=True)
class LineView:
    """One line as it was sold."""

    line_no: int
    sku_id: int
    product_id: int
    title: str
    spec: str
    category: str
    price_fen: int
    quantity: int
    shipped_quantity: int


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order, for a page or an answer. Instants are business time."""

    id: int
    shop_id: int
    buyer_id: int
    checkout_id: int
    market: str
    rulebook: str
    state: str
    category: str
    goods_fen: int
    freight_fen: int
    discount_fen: int
    payable_fen: int
    refunded_fen: int
    receiver_label: str
    note: str
    placed_at: datetime
    pay_by: datetime
    paid_at: datetime | None
    ship_by: datetime | None
    shipped_at: datetime | None
    late_ship_at: datetime | None
    signed_at: datetime | None
    confirm_by: datetime | None
    completed_at: datetime | None
    closed_at: datetime | None
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class DaySummary:
    """A market's trade since some instant."""

    market: str
    paid_count: int
    paid_fen: int
    wait_ship_count: int
    late_count: int


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened to an order."""

    event: str
    state: str
    at: datetime
    actor_kind: str
    facts: dict[str, object]


async def get_order(tx: Tx, order_id: int) -> OrderView:
    """Answer an order, whoever asks; refuses ``ORDER_NOT_FOUND``."""
    row = await tx.session.get(OrderRow, order_id)
    if row is None:
        raise OrderNotFound
    return (await _views(tx, [row]))[0]


async def visible_order(
    tx: Tx, order_id: int, *, buyer_id: int | None = None, shop_id: int | None = None
) -> OrderView:
    """Answer an order to its buyer or its shop; to anybody else it does not exist."""
    order = await get_order(tx, order_id)
    if order.buyer_id != buyer_id and order.shop_id != shop_id:
        raise OrderNotFound
    return order


async def checkout_of(tx: Tx, checkout_id: int, *, buyer_id: int) -> Sequence[OrderView]:
    """Answer the orders placed together by this buyer; refuses ``ORDER_NOT_FOUND``."""
    rows = (
        await tx.session.scalars(
            select(OrderRow)
            .where(OrderRow.checkout_id == checkout_id, OrderRow.buyer_id == buyer_id)
            .order_by(OrderRow.id)
            .limit(_CHECKOUT_MAX)
        )
    ).all()
    if not rows:
        raise OrderNotFound
    return await _views(tx, rows)


async def list_orders_of_buyer(
    tx: Tx, buyer_id: int, request: PageRequest, *, state: str = ""
) -> Page[OrderView]:
    """Answer a page of a buyer's orders, newest first; ``state`` may name several with commas."""
    return await _page(tx, select(OrderRow).where(OrderRow.buyer_id == buyer_id), request, state)


async def list_orders_of_shop(
    tx: Tx, shop_id: int, request: PageRequest, *, state: str = ""
) -> Page[OrderView]:
    """Answer a page of a shop's orders, newest first; ``state`` may name several with commas."""
    return await _page(tx, select(OrderRow).where(OrderRow.shop_id == shop_id), request, state)


async def list_late_orders_of_shop(tx: Tx, shop_id: int) -> Sequence[OrderView]:
    """Answer a shop's orders whose time to ship is over, the longest late first, at most fifty."""
    rows = await tx.session.scalars(
        select(OrderRow)
        .where(
            OrderRow.shop_id == shop_id,
            OrderRow.state.in_([State.WAIT_SHIP, State.PART_SHIPPED]),
            OrderRow.ship_by < tx.now,
        )
        .order_by(OrderRow.ship_by, OrderRow.id)
        .limit(_LATE_MAX)
    )
    return await _views(tx, rows.all())


async def count_by_state(tx: Tx, *, shop_id: int) -> dict[str, int]:
    """Answer how many of a shop's orders stand in each state, without those that ended."""
    rows = await tx.rows(
        "SELECT state, count(*) AS n FROM orders WHERE shop_id = :shop_id"
        " AND state IN ('WAIT_PAY', 'WAIT_SHIP', 'PART_SHIPPED', 'SHIPPED', 'RECEIVED')"
        " GROUP BY state",
        shop_id=shop_id,
    )
    return {row["state"]: row["n"] for row in rows}


async def summary_since(tx: Tx, since: datetime) -> list[DaySummary]:
    """Answer, by market, how much was paid since an instant, and how much waits to be shipped."""
    rows = await tx.rows(
        "SELECT market, count(*) FILTER (WHERE paid_at >= :since) AS paid_count,"
        " CAST(coalesce(sum(payable_fen) FILTER (WHERE paid_at >= :since), 0) AS bigint)"
        "  AS paid_fen,"
        " count(*) FILTER (WHERE state = 'WAIT_SHIP') AS wait_ship_count,"
        " count(*) FILTER (WHERE state = 'WAIT_SHIP' AND late_ship_at IS NOT NULL) AS late_count"
        " FROM orders WHERE paid_at >= :since OR state = 'WAIT_SHIP' GROUP BY market"
        " ORDER BY market",
        since=since,
    )
    return [DaySummary(**row) for row in rows]


async def history_of(tx: Tx, order: OrderView) -> Sequence[HistoryLine]:
    """Answer what happened to an order, oldest first, from its placement on."""
    rows = await tx.session.scalars(
        select(OrderEventRow)
        .where(OrderEventRow.order_id == order.id)
        .order_by(OrderEventRow.id)
        .limit(_EVENTS_MAX)
    )
    placed = HistoryLine("placed", State.WAIT_PAY.value, order.placed_at, "buyer", {})
    return [
        placed,
        *(HistoryLine(row.event, row.state, row.at, row.actor_kind, row.facts) for row in rows),
    ]


async def _page(
    tx: Tx, query: Select[OrderRow], request: PageRequest, state: str
) -> Page[OrderView]:
    states = [name for name in state.split(",") if name in State.__members__]
    if states:
        query = query.where(OrderRow.state.in_(states))
    if request.after is not None:
        query = query.where(OrderRow.id < request.after)
    rows = (
        await tx.session.scalars(query.order_by(OrderRow.id.desc()).limit(request.size + 1))
    ).all()
    page = cut(rows, request, lambda row: row.id)
    return Page(await _views(tx, page.items), page.next)


async def _views(tx: Tx, rows: Sequence[OrderRow]) -> list[OrderView]:
    lines: dict[int, list[LineView]] = {row.id: [] for row in rows}
    found = await tx.session.scalars(
        select(OrderLineRow)
        .where(OrderLineRow.order_id.in_(lines))
        .order_by(OrderLineRow.order_id, OrderLineRow.line_no)
    )
    for line in found:
        lines[line.order_id].append(
            LineView(
                line.line_no,
                line.sku_id,
                line.product_id,
                line.title,
                line.spec,
                line.category,
                line.price_fen,
                line.quantity,
                line.shipped_quantity,
            )
        )
    names = [name for name in OrderView.__dataclass_fields__ if name != "lines"]
    return [
        OrderView(**{name: getattr(row, name) for name in names}, lines=tuple(lines[row.id]))
        for row in rows
    ]
