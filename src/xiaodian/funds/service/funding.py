"""The platform's own money, which bears what the platform bears (E34)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xiaodian import ledger
from xiaodian.infra import timers
from xiaodian.kernel.clock import day_of, start_of_day
from xiaodian.ledger import CHART, accounts

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["FUNDING_TIMER", "ROLL_UP_TIMER", "fund_costs", "keep_daily_timers"]

FUNDING_TIMER = "funds.own_funding"
ROLL_UP_TIMER = "ledger.roll_up"
_FUNDING_AT = timedelta(minutes=20)
"""After the channel's settlement of the night, whose fees it covers."""
_ROLL_UP_AT = timedelta(minutes=50)


async def fund_costs(tx: Tx) -> int:
    """Put own funds into the pool for all costs that they do not cover yet, and answer how much.

    Costs are subsidies, channel fees that the platform bears, bad debt and compensation. What
    comes back of them is kept for later costs.
    """
    trial = await ledger.trial_balance(tx)
    costs = sum(trial.of(code) for code in CHART if code.startswith("E:"))
    missing = costs + trial.of("Q:OWN_FUNDS")
    if missing <= 0:
        return 0
    await ledger.transfer(
        tx,
        debit=accounts.pool(),
        credit=accounts.own_funds(),
        amount_fen=missing,
        event=f"own_funding:{day_of(tx.now):%Y%m%d}",
        kind="E34",
    )
    return missing


async def keep_daily_timers(tx: Tx) -> None:
    """See that the daily work on the books is due tomorrow, from the first payment on."""
    tomorrow = start_of_day(day_of(tx.now) + timedelta(days=1))
    await timers.ensure(tx, FUNDING_TIMER, 1, due_at=tomorrow + _FUNDING_AT)
    await timers.ensure(tx, ROLL_UP_TIMER, 1, due_at=tomorrow + _ROLL_UP_AT)
