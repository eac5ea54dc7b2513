"""Use cases of the ledger, the only writer of its tables."""

from xiaodian.ledger.service.funding import fund_costs
from xiaodian.ledger.service.posting import (
    Leg,
    Posting,
    lock,
    post,
    post_set,
    transfer,
)
from xiaodian.ledger.service.reversing import reverse
from xiaodian.ledger.service.rolling import roll_up

__all__ = [
    "Leg",
    "Posting",
    "fund_costs",
    "lock",
    "post",
    "post_set",
    "reverse",
    "roll_up",
    "transfer",
]
