"""Pure decisions about deposits: facts and a rulebook in, verdict out."""

from xiaodian.deposits.rules.cover import (
    Standing,
    can_open,
    capital_freed,
    grace_ends,
    insurance_allowed,
    penalty,
    premium,
    refundable_from,
    risk_required,
    shortfall,
    standing,
)
from xiaodian.deposits.rules.requirement import DepositFacts, live_surcharges, required

__all__ = [
    "DepositFacts",
    "Standing",
    "can_open",
    "capital_freed",
    "grace_ends",
    "insurance_allowed",
    "live_surcharges",
    "penalty",
    "premium",
    "refundable_from",
    "required",
    "risk_required",
    "shortfall",
    "standing",
]
