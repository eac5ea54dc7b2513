"""What deadlines and people's wishes do to merchants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.merchants import queries, service

if TYPE_CHECKING:
    from xiaodian.accounts.events import DeletionAsked, ExportRequested
    from xiaodian.infra.db import Tx

__all__ = ["add_to_export", "object_to_deletion", "supplement_over"]


async def supplement_over(tx: Tx, subject_id: int) -> None:
    """End an application that was not supplemented in time."""
    await service.expire(tx, subject_id)


async def add_to_export(tx: Tx, event: ExportRequested) -> None:
    """Add what the house knows of a person as a merchant."""
    event.add("merchants", await queries.export_of(tx, event.account_id))


async def object_to_deletion(tx: Tx, event: DeletionAsked) -> None:
    """Object to the end of an account that still has a shop."""
    if await queries.has_living_shop(tx, event.account_id):
        event.object_to("名下还有没有关闭的店铺")
