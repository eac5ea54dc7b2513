"""Orders: carts, the intake every order comes through, and an order's life until it is settled."""

from xiaodian.orders.queries import (
    DaySummary,
    HistoryLine,
    LineView,
    OrderView,
    checkout_of,
    count_by_state,
    get_order,
    history_of,
    list_orders_of_buyer,
    list_orders_of_shop,
    summary_since,
    visible_order,
)
from xiaodian.orders.service.addresses import Receiver, add_address, list_addresses
from xiaodian.orders.service.carts import CartView, cart_count, get_cart, put_in_cart
from xiaodian.orders.service.intake import Intake
from xiaodian.orders.service.lifecycle import CHECKOUT, cancel, confirm, ship, start_payment
from xiaodian.orders.service.placing import Placed, Placement, Wanted, judge

__all__ = [
    "CHECKOUT",
    "CartView",
    "DaySummary",
    "HistoryLine",
    "Intake",
    "LineView",
    "OrderView",
    "Placed",
    "Placement",
    "Receiver",
    "Wanted",
    "add_address",
    "cancel",
    "cart_count",
    "checkout_of",
    "confirm",
    "count_by_state",
    "get_cart",
    "get_order",
    "history_of",
    "judge",
    "list_addresses",
    "list_orders_of_buyer",
    "list_orders_of_shop",
    "put_in_cart",
    "ship",
    "start_payment",
    "summary_since",
    "visible_order",
]
