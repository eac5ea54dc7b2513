"""Use cases of settlement; the only writer of its tables."""

from xiaodian.settlement.service.d0 import decide_d0, request_d0, revoke_d0
from xiaodian.settlement.service.opening import (
    BATCH,
    CHANNEL_TIMER,
    NewSale,
    number_day,
    open_sales,
    settle_channel,
)
from xiaodian.settlement.service.refunding import RefundSplit, Taken, refund, take
from xiaodian.settlement.service.scheduling import RUN_TIMER, hold, release, schedule
from xiaodian.settlement.service.settling import RELEASE_TIMER, release_reserves, run

__all__ = [
    "BATCH",
    "CHANNEL_TIMER",
    "RELEASE_TIMER",
    "RUN_TIMER",
    "NewSale",
    "RefundSplit",
    "Taken",
    "decide_d0",
    "hold",
    "number_day",
    "open_sales",
    "refund",
    "release",
    "release_reserves",
    "request_d0",
    "revoke_d0",
    "run",
    "schedule",
    "settle_channel",
    "take",
]
