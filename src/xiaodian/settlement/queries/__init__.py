"""Reads of settlement: sales and their reasons, a shop's pending money, the room's checks."""

from xiaodian.settlement.queries.checks import CHECKS
from xiaodian.settlement.queries.sales import (
    D0View,
    FeeView,
    HoldView,
    PendingView,
    RefundView,
    SaleView,
    d0_of,
    get_sale,
    holds_of,
    list_sales,
    pending_of,
    refunds_of,
    visible_sale,
)

__all__ = [
    "CHECKS",
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
