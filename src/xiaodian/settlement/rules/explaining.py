"""Why a sale settles when it does and costs what it does, recomputed from what was kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xiaodian.rulebooks import Verdict, rate_of
from xiaodian.settlement.rules.dates import SettleFacts, due

if TYPE_CHECKING:
    from datetime import datetime

    from xiaodian.rulebooks import Categories, Rulebook

__all__ = ["FeeFacts", "why_fee", "why_then"]

_BASES = {
    "BUYER_PAID": "买家实付",
    "SETTLE_GROSS": "实付与平台优惠之和",
    "GOODS_PAID": "商品实付",
}


@dataclass(frozen=True, slots=True)
class FeeFacts:
    """A fee line as it stands: its base after refunds and what is charged of it."""

    line: str
    bps: int
    base_fen: int
    fen: int


def why_then(
    book: Rulebook,
    *,
    confirmed_at: datetime | None,
    shop_opened_at: datetime | None,
    cases_ended_at: datetime | None,
    d0: bool,
) -> Verdict[object]:
    """Answer why a sale settles on its day; before receipt, what it waits for."""
    if confirmed_at is None:
        rules = book.trade.settlement
        return Verdict.of(
            book,
            None,
            "trade.settlement.days",
            "trade.settlement.trigger",
            sentence="买家确认收货后按 T+{days} 结算",
            days=rules.days,
        )
    return due(
        book,
        SettleFacts(
            confirmed_at=confirmed_at,
            shop_opened_at=shop_opened_at,
            cases_ended_at=cases_ended_at,
            d0=d0,
        ),
    )


def why_fee(book: Rulebook, fee: FeeFacts, category: str, categories: Categories) -> Verdict[int]:
    """Answer why a fee line is what it is."""
    line = book.trade.fees.lines[fee.line]
    _, key = rate_of(line, category, categories)
    return Verdict.of(
        book,
        fee.fen,
        f"trade.fees.lines.{fee.line}.{key}",
        f"trade.fees.lines.{fee.line}.base",
        sentence="{base} {base_fen} × {rate_bps}，四舍五入为 {fee_fen}",
        base=_BASES[line.base],
        base_fen=fee.base_fen,
        rate_bps=fee.bps,
        fee_fen=fee.fen,
    )
