"""Reads of the ledger: balances, statements, and whether it all adds up."""

from xiaodian.ledger.queries.balances import (
    TrialBalance,
    TrialLine,
    balance,
    balances,
    trial_balance,
)
from xiaodian.ledger.queries.checks import (
    CHECKS,
    Books,
    Check,
    Difference,
    Finding,
    verify,
)
from xiaodian.ledger.queries.statements import (
    DaySum,
    TransferView,
    day_sums,
    list_of_event,
    list_of_order,
    statement,
)

__all__ = [
    "CHECKS",
    "Books",
    "Check",
    "DaySum",
    "Difference",
    "Finding",
    "TransferView",
    "TrialBalance",
    "TrialLine",
    "balance",
    "balances",
    "day_sums",
    "list_of_event",
    "list_of_order",
    "statement",
    "trial_balance",
    "verify",
]
