"""Deposits: what a shop must lodge, what is short, and what is taken from it."""

from xiaodian.deposits.queries import (
    DepositView,
    Month,
    TopUpView,
    find_deposit,
    get_deposit,
    list_requirements,
    list_surcharges,
    list_top_ups,
    months_of_shops,
    top_up_of,
)
from xiaodian.deposits.service import (
    PURPOSE,
    Sale,
    add_surcharge,
    deduct,
    record_sales,
    review,
    revoke_surcharge,
    start_top_up,
)
from xiaodian.deposits.states import DEPOSIT_WORDS, DepositState

__all__ = [
    "DEPOSIT_WORDS",
    "PURPOSE",
    "DepositState",
    "DepositView",
    "Month",
    "Sale",
    "TopUpView",
    "add_surcharge",
    "deduct",
    "find_deposit",
    "get_deposit",
    "list_requirements",
    "list_surcharges",
    "list_top_ups",
    "months_of_shops",
    "record_sales",
    "review",
    "revoke_surcharge",
    "start_top_up",
    "top_up_of",
]
