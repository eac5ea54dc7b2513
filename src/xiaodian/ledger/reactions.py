"""What the ledger does when time comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.ledger import service

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["own_funding"]


async def own_funding(tx: Tx, _subject_id: int) -> None:
    """Cover the costs of the day with own funds (timer ``ledger.own_funding``)."""
    await service.fund_costs(tx)
