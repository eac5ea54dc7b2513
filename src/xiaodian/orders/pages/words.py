"""What buyers and merchants call the states of an order and the things that happen to it."""

from __future__ import annotations

from xiaodian.orders.states import State

__all__ = ["BUYER_TABS", "EVENTS", "PARCELS", "SHOP_TABS", "STATES", "state_word"]

STATES: dict[str, tuple[str, str]] = {
    State.WAIT_PAY: ("待付款", "wait"),
    State.CUSTOMS: ("清关中", "busy"),
    State.WAIT_SHIP: ("待发货", "wait"),
    State.PART_SHIPPED: ("部分发货", "busy"),
    State.SHIPPED: ("待收货", "busy"),
    State.RECEIVED: ("已签收", "busy"),
    State.COMPLETED: ("交易完成", "ok"),
    State.CANCELLED: ("已取消", "off"),
    State.CLOSED_REFUNDED: ("已退款关闭", "off"),
}
"""State → its word, and the tone in which it is shown."""
EVENTS: dict[str, tuple[str, str]] = {
    "placed": ("买家下单", ""),
    "paid": ("付款成功", "ok"),
    "unpaid_timeout": ("超时未付款，订单自动关闭", "off"),
    "buyer_cancel": ("买家取消订单", "off"),
    "ship_part": ("商家发出部分商品", "busy"),
    "ship_all": ("商家已发货", "busy"),
    "signed": ("快件已签收", "ok"),
    "confirm": ("买家确认收货", "ok"),
    "auto_confirm": ("系统自动确认收货", "ok"),
    "all_refunded": ("全额退款，订单关闭", "off"),
    "late_ship": ("超过发货时限", "bad"),
    "late_payment_refunded": ("订单关闭后收到付款，已原路退回", "wait"),
}
"""What happened → its words and tone in a timeline."""
PARCELS: dict[str, tuple[str, str]] = {
    "CREATED": ("待发货", "off"),
    "DECLARED": ("已发货，等待揽收", "wait"),
    "PICKED_UP": ("已揽收", "busy"),
    "IN_TRANSIT": ("运输中", "busy"),
    "DELIVERING": ("派送中", "busy"),
    "SIGNED": ("已签收", "ok"),
    "PICKUP_OVERDUE": ("揽收超时", "bad"),
    "FAKE_SUSPECTED": ("疑似虚假发货", "bad"),
    "FAKE_CONFIRMED": ("虚假发货", "bad"),
    "LOST": ("疑似丢件", "bad"),
    "REFUSED": ("买家拒收", "off"),
}
"""State of a parcel → its words and tone."""
BUYER_TABS: tuple[tuple[str, str], ...] = (
    ("", "全部"),
    ("WAIT_PAY", "待付款"),
    ("WAIT_SHIP,CUSTOMS", "待发货"),
    ("PART_SHIPPED,SHIPPED,RECEIVED", "待收货"),
    ("COMPLETED", "已完成"),
)
SHOP_TABS: tuple[tuple[str, str], ...] = (
    ("WAIT_SHIP,PART_SHIPPED", "待发货"),
    ("SHIPPED,RECEIVED", "已发货"),
    ("WAIT_PAY", "待付款"),
    ("COMPLETED", "已完成"),
    ("CANCELLED,CLOSED_REFUNDED", "已关闭"),
    ("", "全部"),
)


def state_word(state: str) -> str:
    """Answer what people call a state."""
    return STATES[state][0] if state in STATES else state
