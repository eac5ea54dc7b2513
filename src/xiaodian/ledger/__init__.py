"""The books: transfers that are never changed, and balances that cannot be overdrawn."""

from xiaodian.ledger.errors import BalanceTooLow, EventReused, NotReversible, UnknownAccount
from xiaodian.ledger.queries import (
    CHECKS,
    Check,
    DaySum,
    Difference,
    Examiner,
    Finding,
    TransferView,
    TrialBalance,
    TrialLine,
    balance,
    balances,
    day_sums,
    list_of_order,
    statement,
    trial_balance,
    verify,
)
from xiaodian.ledger.rules import accounts
from xiaodian.ledger.rules.accounts import Account
from xiaodian.ledger.rules.chart import CHART, Entry
from xiaodian.ledger.rules.postings import KINDS, EventKind, reference
from xiaodian.ledger.service import (
    Leg,
    Posting,
    lock,
    post,
    post_set,
    reverse,
    roll_up,
    transfer,
)

__all__ = [
    "CHART",
    "CHECKS",
    "KINDS",
    "Account",
    "BalanceTooLow",
    "Check",
    "DaySum",
    "Difference",
    "Entry",
    "EventKind",
    "EventReused",
    "Examiner",
    "Finding",
    "Leg",
    "NotReversible",
    "Posting",
    "TransferView",
    "TrialBalance",
    "TrialLine",
    "UnknownAccount",
    "accounts",
    "balance",
    "balances",
    "day_sums",
    "list_of_order",
    "lock",
    "post",
    "post_set",
    "reference",
    "reverse",
    "roll_up",
    "statement",
    "transfer",
    "trial_balance",
    "verify",
]
