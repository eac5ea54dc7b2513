"""What can be done with deposits; the only writer of their tables."""

from xiaodian.deposits.service.calendar import next_month_roll
from xiaodian.deposits.service.paying import (
    PURPOSE,
    add_surcharge,
    book_top_ups,
    deduct,
    revoke_surcharge,
    start_top_up,
)
from xiaodian.deposits.service.reviewing import end_grace, open_account, review
from xiaodian.deposits.service.selling import Sale, record_sales, roll_up, turn_month

__all__ = [
    "PURPOSE",
    "Sale",
    "add_surcharge",
    "book_top_ups",
    "deduct",
    "end_grace",
    "next_month_roll",
    "open_account",
    "record_sales",
    "review",
    "revoke_surcharge",
    "roll_up",
    "start_top_up",
    "turn_month",
]
