"""Undoing what was booked, by transfers the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.ledger.errors import NotReversible
from xiaodian.ledger.queries.statements import list_of_event
from xiaodian.ledger.rules.postings import REVERSAL
from xiaodian.ledger.service.posting import Posting, post_set

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["reverse"]


async def reverse(tx: Tx, event: str) -> bool:
    """Undo an event by transfers the other way round (E35); twice is once.

    Answers whether it was new. Refuses ``NOT_REVERSIBLE`` when the event booked nothing, and
    ``BALANCE_TOO_LOW`` when the money is no longer where it went.
    """
    found = await list_of_event(tx, event)
    if not found or found[0].kind == REVERSAL:
        raise NotReversible(event=event)
    rows = [
        Posting(
            f"reversal:{event}",
            one.leg,
            one.credit,
            one.debit,
            one.amount_fen,
            one.shop_id,
            one.order_id,
            one.rulebook,
            one.currency,
        )
        for one in found
    ]
    return any(await post_set(tx, kind=REVERSAL, rows=rows))
