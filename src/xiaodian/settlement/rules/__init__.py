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
from xiaodian.settlement.rules.explaining import FeeFacts, why_fee, why_then
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
from xiaodian.settlement.rules.posting import (
    channel_cost_account,
    fee_account,
    spread,
    subsidy_back,
)

__all__ = [
    "Due",
    "FeeCharge",
    "FeeFacts",
    "Giveback",
    "Remaining",
    "SettleFacts",
    "Split",
    "channel_cost_account",
    "d0_allowed",
    "direct_allowed",
    "due",
    "fee_account",
    "fees",
    "giveback",
    "held",
    "is_novice",
    "pay_later_offered",
    "reserve_released_on",
    "share_capped",
    "split",
    "spread",
    "subsidy_back",
    "triggered_at",
    "why_fee",
    "why_then",
]
