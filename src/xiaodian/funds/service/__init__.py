"""Use cases of funds; the only writer of its tables."""

from xiaodian.funds.service.adjusting import (
    ADJUSTMENT_KINDS,
    book_adjustment,
    propose_adjustment,
    refuse_adjustment,
)
from xiaodian.funds.service.adjusting import PURPOSE as ADJUSTMENT
from xiaodian.funds.service.crediting import Credit, DrawResult, credit_available, draw
from xiaodian.funds.service.wallets import PURPOSE as BUYER_PAYOUT
from xiaodian.funds.service.wallets import end_payout, fail_payout, pay_buyer
from xiaodian.funds.service.withdrawing import (
    PURPOSE as WITHDRAWAL,
)
from xiaodian.funds.service.withdrawing import (
    approve_withdrawal,
    end_withdrawal,
    fail_withdrawal,
    pass_withdrawal,
    refuse_confirming,
    refuse_waiting,
    reject_withdrawal,
    request_withdrawal,
)

__all__ = [
    "ADJUSTMENT",
    "ADJUSTMENT_KINDS",
    "BUYER_PAYOUT",
    "WITHDRAWAL",
    "Credit",
    "DrawResult",
    "approve_withdrawal",
    "book_adjustment",
    "credit_available",
    "draw",
    "end_payout",
    "end_withdrawal",
    "fail_payout",
    "fail_withdrawal",
    "pass_withdrawal",
    "pay_buyer",
    "propose_adjustment",
    "refuse_adjustment",
    "refuse_confirming",
    "refuse_waiting",
    "reject_withdrawal",
    "request_withdrawal",
]
