"""What the ledger does when time comes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xiaodian.infra import timers
from xiaodian.ledger import service

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["roll_up"]


async def roll_up(tx: Tx, subject_id: int) -> None:
    """Roll transfers up, every day at the same time (timer ``ledger.roll_up``)."""
    await service.roll_up(tx)
    await timers.set(tx, "ledger.roll_up", subject_id, due_at=tx.now + timedelta(days=1))
