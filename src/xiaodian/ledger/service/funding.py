"""The platform's own money, which bears what the platform bears (E34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.kernel.clock import day_of
from xiaodian.ledger.queries.balances import trial_balance
from xiaodian.ledger.rules import accounts
from xiaodian.ledger.rules.chart import CHART, Nature
from xiaodian.ledger.service.posting import transfer

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["fund_costs"]


async def fund_costs(tx: Tx) -> int:
    """Put own funds into the pool for all costs that they do not cover yet, and answer how much.

    Costs are subsidies, channel fees that the platform bears, bad debt and compensation. What
    comes back of them stays in the pool for later costs. A timer calls this at twenty past
    midnight after every day that had costs.
    """
    trial = await trial_balance(tx)
    costs = sum(trial.of(entry.code) for entry in CHART.values() if entry.nature is Nature.EXPENSE)
    missing = costs + trial.of(accounts.own_funds().code)
    if missing <= 0:
        return 0
    await transfer(
        tx,
        debit=accounts.pool(),
        credit=accounts.own_funds(),
        amount_fen=missing,
        event=f"own_funding:{day_of(tx.now):%Y%m%d}",
        kind="E34",
    )
    return missing
