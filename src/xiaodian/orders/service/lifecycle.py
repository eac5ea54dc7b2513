"""What happens to an order after it was placed: paid, closed, shipped, received."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from xiaodian import catalog, deposits, logistics, notices, payments, rulebooks, settlement
from xiaodian.infra import timers
from xiaodian.kernel.clock import hours_after
from xiaodian.orders.errors import IllegalTransition, OrderNotFound
from xiaodian.orders.events import OrderCancelled, OrderCompleted, OrderPaid, OrderShipped
from xiaodian.orders.models import OrderEventRow, OrderLineRow, OrderRow
from xiaodian.orders.states import Event, State, after

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.payments.events import PaymentCaptured

__all__ = [
    "CHECKOUT",
    "auto_confirm",
    "cancel",
    "close_unpaid",
    "confirm",
    "mark_late",
    "mark_paid",
    "mark_signed",
    "ship",
    "start_payment",
]

CHECKOUT = "checkout"
"""The purpose under which carts are paid."""


async def mark_paid(tx: Tx, captures: Sequence[PaymentCaptured]) -> None:
    """Book the payments of carts: orders wait to be shipped, their money is pending.

    A cart that was closed before its money came is refunded in full (4.6).
    """
    by_checkout = {one.reference: one for one in captures if one.purpose == CHECKOUT}
    if not by_checkout:
        return
    orders = await _lock(
        tx,
        "SELECT id FROM orders WHERE checkout_id = ANY(CAST(:ids AS bigint[]))"
        " ORDER BY id FOR UPDATE",
        ids=list(by_checkout),
    )
    paid: list[OrderRow] = []
    late: list[OrderRow] = []
    for order in orders:
        capture = by_checkout[order.checkout_id]
        order.paid_at = capture.paid_at
        order.payment_id = capture.payment_id
        if order.state == State.CANCELLED:
            late.append(order)
            continue
        _step(tx, order, Event.PAID, {"amount_fen": order.payable_fen})
        ship = rulebooks.version(order.rulebook).logistics.ship
        ship_by = hours_after(capture.paid_at, ship.spot_hours)
        order.ship_by = ship_by
        await timers.set(tx, "orders.ship_late", order.id, due_at=ship_by)
        paid.append(order)
    for checkout_id in by_checkout:
        await timers.cancel(tx, "orders.unpaid_close", checkout_id)
    await tx.session.flush()
    await _open_sales(tx, [*paid, *late], by_checkout)
    for order in late:
        await _refund_all(tx, order, "订单已关闭，款项自动退回")
        _note(tx, order, "late_payment_refunded", {"amount_fen": order.payable_fen})
    if paid:
        await _tell_paid(tx, paid, by_checkout)


async def _open_sales(
    tx: Tx, orders: Sequence[OrderRow], by_checkout: dict[int, PaymentCaptured]
) -> None:
    """Book the money of orders as pending (E01)."""
    if not orders:
        return
    await settlement.open_sales(
        tx,
        [
            settlement.NewSale(
                order_id=order.id,
                shop_id=order.shop_id,
                market=order.market,
                rulebook=order.rulebook,
                category=order.category,
                paid_fen=order.payable_fen,
                subsidy_fen=order.subsidy_fen,
                channel=by_checkout[order.checkout_id].channel,
                paid_at=by_checkout[order.checkout_id].paid_at,
            )
            for order in orders
        ],
    )


async def _refund_all(tx: Tx, order: OrderRow, why: str) -> None:
    """Give the whole of an order's money back, in the books and outside."""
    assert order.payment_id is not None, "only what was paid is refunded"
    order.refunded_fen = order.payable_fen
    await tx.session.flush()
    await settlement.refund(tx, order.id, amount_fen=order.payable_fen)
    await payments.refund(
        tx, order.payment_id, amount_fen=order.payable_fen, reason=why, reference=order.id
    )


async def _tell_paid(
    tx: Tx, paid: Sequence[OrderRow], by_checkout: dict[int, PaymentCaptured]
) -> None:
    """Tell the rooms below what was sold, and say it aloud."""
    await deposits.record_sales(
        tx,
        [
            deposits.Sale(
                shop_id=order.shop_id,
                order_id=order.id,
                category=order.category,
                amount_fen=order.payable_fen,
                paid_at=by_checkout[order.checkout_id].paid_at,
            )
            for order in paid
        ],
    )
    await tx.emit_all(
        [
            OrderPaid(
                order.id,
                order.shop_id,
                order.buyer_id,
                order.payable_fen,
                by_checkout[order.checkout_id].paid_at,
            )
            for order in paid
        ]
    )


async def start_payment(
    tx: Tx, checkout_id: int, *, buyer_id: int | None, method: str = "WECHAT_PAY"
) -> payments.PaymentView:
    """Start, or find again, the one payment of a cart; refuses what is no longer to be paid."""
    orders = await _lock(
        tx,
        "SELECT id FROM orders WHERE checkout_id = :checkout_id AND buyer_id = :buyer_id"
        " ORDER BY id FOR UPDATE",
        checkout_id=checkout_id,
        buyer_id=buyer_id,
    )
    if not orders or buyer_id is None:
        raise OrderNotFound
    for order in orders:
        if order.state != State.WAIT_PAY:
            raise IllegalTransition(state=order.state, event="pay")
    return await payments.start(
        tx,
        purpose=CHECKOUT,
        reference=checkout_id,
        shop_id=orders[0].shop_id if len(orders) == 1 else None,
        market=orders[0].market,
        amount_fen=sum(order.payable_fen for order in orders),
        payer_id=buyer_id,
        method=method,
        description="购物订单",
        expires_at=orders[0].pay_by,
    )


async def close_unpaid(tx: Tx, checkout_id: int) -> None:
    """Close a cart that was not paid in time; its stock returns (A-ORD-01)."""
    await _close_checkout(tx, checkout_id, Event.UNPAID_TIMEOUT, "超时未支付，订单已自动关闭")


async def cancel(tx: Tx, order_id: int, *, buyer_id: int) -> None:
    """Cancel an order by its buyer.

    Unpaid, the whole cart closes. Paid and not shipped, the money goes back at once where the
    market's rulebook says so (A-ORD-03). Refuses ``ORDER_NOT_FOUND``, ``ILLEGAL_TRANSITION``.
    """
    order = await _one(tx, order_id)
    if order.buyer_id != buyer_id:
        raise OrderNotFound
    if order.state == State.WAIT_PAY:
        await _close_checkout(tx, order.checkout_id, Event.BUYER_CANCEL, "买家取消")
        return
    auto = rulebooks.version(order.rulebook).trade.orders.unshipped_auto_refund
    if order.state != State.WAIT_SHIP or not auto or order.payment_id is None:
        raise IllegalTransition(state=order.state, event="buyer_cancel")
    _step(tx, order, Event.ALL_REFUNDED, {"rule": "A-ORD-03", "amount_fen": order.payable_fen})
    order.closed_at = tx.now
    await timers.cancel(tx, "orders.ship_late", order.id)
    await _refund_all(tx, order, "发货前取消")
    await _return_stock(tx, [order.id])
    await tx.emit(OrderCancelled(order.id, order.shop_id, "buyer_cancel"))


async def ship(
    tx: Tx, order_id: int, *, shop_id: int, carrier: str, waybill: str
) -> logistics.ParcelView:
    """Hand all of an order to a carrier (A-LOG-01).

    The shop was found visible before. Refuses ``ORDER_NOT_FOUND``, ``ILLEGAL_TRANSITION`` and what
    ``logistics.ship`` refuses (carrier, waybill, return address).
    """
    order = await _one(tx, order_id)
    if order.shop_id != shop_id:
        raise OrderNotFound
    if after(State(order.state), Event.SHIP_ALL) is None:
        raise IllegalTransition(state=order.state, event="ship")
    lines = await _lines(tx, [order.id])
    parcel = await logistics.ship(
        tx,
        shop_id=shop_id,
        order_id=order.id,
        carrier=carrier,
        waybill=waybill,
        lines=[(line.line_no, line.quantity - line.shipped_quantity) for line in lines],
        receiver_sealed=order.receiver_sealed,
        rulebook=order.rulebook,
    )
    for line in lines:
        line.shipped_quantity = line.quantity
    _step(tx, order, Event.SHIP_ALL, {"carrier": carrier, "parcel_id": str(parcel.id)})
    order.shipped_at = tx.now
    days = rulebooks.version(order.rulebook).trade.orders.auto_confirm_express_days
    confirm_by = tx.now + timedelta(days=days)
    order.confirm_by = confirm_by
    await timers.cancel(tx, "orders.ship_late", order.id)
    await timers.set(tx, "orders.auto_confirm", order.id, due_at=confirm_by)
    await notices.tell(
        tx,
        order.buyer_id,
        kind="orders.shipped",
        sentence="您的订单已发货，请留意收货",
        facts={},
        subject="order",
        subject_id=order.id,
        url=f"/orders/{order.id}",
    )
    await tx.emit(OrderShipped(order.id, order.shop_id))
    return parcel


async def mark_late(tx: Tx, order_id: int) -> None:
    """Record that shipping is late (W-LOG-06); the order stays as it is."""
    order = await _one(tx, order_id)
    if order.state not in {State.WAIT_SHIP, State.PART_SHIPPED}:
        return
    order.late_ship_at = tx.now
    _note(tx, order, "late_ship", {"ship_by": _iso(order), "rule": "LATE_SHIP"})


async def mark_signed(tx: Tx, order_id: int) -> None:
    """Note that the carrier delivered."""
    order = await _one(tx, order_id)
    if order.state == State.SHIPPED and order.signed_at is None:
        order.signed_at = tx.now
        _step(tx, order, Event.SIGNED, {})


async def confirm(tx: Tx, order_id: int, *, buyer_id: int) -> None:
    """Confirm receipt by the buyer; refuses ``ORDER_NOT_FOUND``, ``ILLEGAL_TRANSITION``."""
    order = await _one(tx, order_id)
    if order.buyer_id != buyer_id:
        raise OrderNotFound
    await _complete(tx, order, Event.CONFIRM)


async def auto_confirm(tx: Tx, order_id: int) -> None:
    """Confirm receipt by time (A-ORD-02)."""
    order = await _one(tx, order_id)
    if after(State(order.state), Event.AUTO_CONFIRM) is not None:
        await _complete(tx, order, Event.AUTO_CONFIRM)


async def _complete(tx: Tx, order: OrderRow, event: Event) -> None:
    _step(tx, order, event, {})
    order.completed_at = tx.now
    await timers.cancel(tx, "orders.auto_confirm", order.id)
    await tx.session.flush()
    await settlement.schedule(tx, order.id, trigger_at=tx.now)
    await tx.emit(OrderCompleted(order.id, order.shop_id, tx.now))


async def _close_checkout(tx: Tx, checkout_id: int, event: Event, why: str) -> None:
    orders = await _lock(
        tx,
        "SELECT id FROM orders WHERE checkout_id = :checkout_id ORDER BY id FOR UPDATE",
        checkout_id=checkout_id,
    )
    waiting = [order for order in orders if order.state == State.WAIT_PAY]
    for order in waiting:
        _step(tx, order, event, {"why": why})
        order.closed_at = tx.now
    await timers.cancel(tx, "orders.unpaid_close", checkout_id)
    await tx.session.flush()
    await _return_stock(tx, [order.id for order in waiting])
    await payments.close_for(tx, purpose=CHECKOUT, reference=checkout_id)
    await tx.emit_all([OrderCancelled(order.id, order.shop_id, event.value) for order in waiting])


async def _return_stock(tx: Tx, order_ids: Sequence[int]) -> None:
    lines = await _lines(tx, order_ids)
    await catalog.return_stock(
        tx,
        [
            catalog.StockWant(group=line.order_id, sku_id=line.sku_id, quantity=line.quantity)
            for line in lines
        ],
    )


async def _one(tx: Tx, order_id: int) -> OrderRow:
    order = await tx.session.get(OrderRow, order_id, with_for_update=True, populate_existing=True)
    if order is None:
        raise OrderNotFound
    return order


async def _lock(tx: Tx, sql: str, **params: object) -> Sequence[OrderRow]:
    ids = (await tx.session.execute(text(sql), params)).scalars().all()
    found = await tx.session.scalars(
        select(OrderRow)
        .where(OrderRow.id.in_(ids))
        .order_by(OrderRow.id)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def _lines(tx: Tx, order_ids: Sequence[int]) -> Sequence[OrderLineRow]:
    found = await tx.session.scalars(
        select(OrderLineRow)
        .where(OrderLineRow.order_id.in_(order_ids))
        .order_by(OrderLineRow.order_id, OrderLineRow.line_no)
    )
    return found.all()


def _step(tx: Tx, order: OrderRow, event: Event, facts: dict[str, object]) -> None:
    to = after(State(order.state), event)
    if to is None:
        raise IllegalTransition(state=order.state, event=event.value)
    order.state = to.value
    _note(tx, order, event.value, facts)


def _note(tx: Tx, order: OrderRow, event: str, facts: dict[str, object]) -> None:
    tx.session.add(
        OrderEventRow(
            id=tx.new_id(),
            order_id=order.id,
            shop_id=order.shop_id,
            event=event,
            state=order.state,
            at=tx.now,
            actor_kind=tx.actor.kind,
            account_id=tx.actor.account_id,
            facts=facts,
        )
    )


def _iso(order: OrderRow) -> str:
    return order.ship_by.isoformat() if order.ship_by else ""
