"""Deadlines that reach the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.desk import service

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["due"]


async def due(tx: Tx, item_id: int) -> None:
    """Escalate an overdue item (timer ``desk.due``)."""
    await service.escalate(tx, item_id)
