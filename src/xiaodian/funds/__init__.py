"""Available money: credited debt first, drawn by waterfalls, withdrawn; buyers' wallets."""

from xiaodian.funds.queries import (
    CHECKS,
    AdjustmentView,
    FundsView,
    PayoutView,
    WithdrawalView,
    funds_of,
    list_adjustments,
    list_payouts,
    list_waiting,
    list_withdrawals,
    visible_withdrawal,
    wallet_of,
)
from xiaodian.funds.rules import arrives_on, needs_review
from xiaodian.funds.service import (
    ADJUSTMENT_KINDS,
    Credit,
    DrawResult,
    credit_available,
    draw,
    pass_withdrawal,
    pay_buyer,
    propose_adjustment,
    reject_withdrawal,
    request_withdrawal,
)
from xiaodian.funds.states import OPEN, WithdrawalState

__all__ = [
    "ADJUSTMENT_KINDS",
    "CHECKS",
    "OPEN",
    "AdjustmentView",
    "Credit",
    "DrawResult",
    "FundsView",
    "PayoutView",
    "WithdrawalState",
    "WithdrawalView",
    "arrives_on",
    "credit_available",
    "draw",
    "funds_of",
    "list_adjustments",
    "list_payouts",
    "list_waiting",
    "list_withdrawals",
    "needs_review",
    "pass_withdrawal",
    "pay_buyer",
    "propose_adjustment",
    "reject_withdrawal",
    "request_withdrawal",
    "visible_withdrawal",
    "wallet_of",
]
