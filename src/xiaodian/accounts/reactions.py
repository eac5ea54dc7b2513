"""Deadlines that reach accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.accounts import service

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["retention_over"]


async def retention_over(tx: Tx, account_id: int) -> None:
    """Three years after a deletion, let go of what was kept (timer ``accounts.retention_over``)."""
    await service.end_retention(tx, account_id)
