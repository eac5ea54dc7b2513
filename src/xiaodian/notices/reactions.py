"""What notices do when others act: tell of deadlines, follow people who leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.kernel.paging import PAGE_MAX, PageRequest
from xiaodian.notices import queries, service

if TYPE_CHECKING:
    from xiaodian.accounts.events import AccountDeleted, ExportRequested
    from xiaodian.infra.db import Tx

__all__ = ["after_deadline", "before_deadline", "drop_inbox", "export_inbox"]


async def before_deadline(tx: Tx, deadline_id: int) -> None:
    """Tell of a deadline that comes near (timer ``notices.before``)."""
    await service.remind(tx, deadline_id, ended=False)


async def after_deadline(tx: Tx, deadline_id: int) -> None:
    """Tell of a deadline that has passed (timer ``notices.after``)."""
    await service.remind(tx, deadline_id, ended=True)


async def drop_inbox(tx: Tx, event: AccountDeleted) -> None:
    """Delete the inbox of an account that is gone."""
    await service.drop_inbox(tx, event.account_id)


async def export_inbox(tx: Tx, event: ExportRequested) -> None:
    """Give a person their inbox."""
    page = await queries.list_inbox(tx, event.account_id, PageRequest(PAGE_MAX))
    event.add(
        "notices",
        [
            {"told_at": view.told_at.isoformat(), "text": view.in_words("zh-CN")}
            for view in page.items
        ],
    )
