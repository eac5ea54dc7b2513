"""Work for staff: one list with deadlines, and acts that need a second pair of eyes."""

from xiaodian.desk.queries import (
    ApprovalView,
    ItemView,
    WorkFilter,
    approval_of,
    assignee_of,
    find_item,
    list_items,
    open_count,
)
from xiaodian.desk.service import (
    assign_item,
    close_item,
    open_item,
    request_approval,
    take_item,
    withdraw_approval,
)

__all__ = [
    "ApprovalView",
    "ItemView",
    "WorkFilter",
    "approval_of",
    "assign_item",
    "assignee_of",
    "close_item",
    "find_item",
    "list_items",
    "open_count",
    "open_item",
    "request_approval",
    "take_item",
    "withdraw_approval",
]
