"""Pure decisions about settlement: facts and a rulebook in, verdict out."""

from xiaodian.settlement.rules.dates import (
    Due,
    SettleFacts,
    d0_allowed,
    direct_allowed,
    due,
    held,
    is_novice,
    pay_later_offered,
    reserve_released_on,
    triggered_at,
)
from xiaodian.settlement.rules.fees import (
    FeeCharge,
    Giveback,
    Remaining,
    Split,
    fees,
    giveback,
    share_capped,
    split,
)

__all__ = [
    "Due",
    "FeeCharge",
    "Giveback",
    "Remaining",
    "SettleFacts",
    "Split",
    "d0_allowed",
    "direct_allowed",
    "due",
    "fees",
    "giveback",
    "held",
    "is_novice",
    "pay_later_offered",
    "reserve_released_on",
    "share_capped",
    "split",
    "triggered_at",
]
