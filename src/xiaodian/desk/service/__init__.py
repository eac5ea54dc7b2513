"""The use cases of the desk; the only writer of its tables."""

from xiaodian.desk.service.approvals import (
    approve,
    reject,
    request_approval,
    withdraw_approval,
)
from xiaodian.desk.service.items import (
    assign_item,
    close_item,
    escalate,
    open_item,
    release_item,
    take_item,
)

__all__ = [
    "approve",
    "assign_item",
    "close_item",
    "escalate",
    "open_item",
    "reject",
    "release_item",
    "request_approval",
    "take_item",
    "withdraw_approval",
]
