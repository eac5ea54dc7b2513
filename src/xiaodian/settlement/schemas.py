"""What the JSON doors of settlement take and answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from xiaodian.infra.i18n import sentence
from xiaodian.kernel.paging import Page
from xiaodian.rulebooks import Verdict
from xiaodian.settlement.queries import D0View, PendingView, SaleView

__all__ = [
    "D0Answer",
    "D0Body",
    "PendingAnswer",
    "SaleAnswer",
    "SaleListAnswer",
    "WhyAnswer",
]


class D0Body(BaseModel):
    """Grant or reject D+0."""

    model_config = ConfigDict(extra="forbid", strict=True)

    grant: bool
    reason: Annotated[str, Field(max_length=200)] = ""


class WhyAnswer(BaseModel):
    """Why something was decided: the sentence, the rule, its rulebook and origin."""

    text: str
    rule: str
    rulebook: str
    origin: str

    @classmethod
    def of(cls, verdict: Verdict[object], lang: str) -> WhyAnswer:
        """Make the answer of a verdict, in the reader's language."""
        return cls(
            text=sentence(verdict.sentence, verdict.inputs, lang),
            rule=verdict.rule,
            rulebook=verdict.rulebook,
            origin=verdict.origin,
        )


class FeeAnswer(BaseModel):
    """A fee line."""

    line: str
    payee: str
    bps: int
    base_fen: int
    fee_fen: int
    why: WhyAnswer


class SaleAnswer(BaseModel):
    """The money of one order; before settlement fees and net are what they would be."""

    order_id: str
    shop_id: str
    state: str
    rulebook: str
    paid_fen: int
    subsidy_fen: int
    refunded_fen: int
    taken_fen: int
    pending_fen: int
    fee_fen: int
    reserve_fen: int
    net_fen: int
    paid_at: datetime
    confirmed_at: datetime | None
    settle_on: date | None
    settled_at: datetime | None
    release_on: date | None
    fees: list[FeeAnswer]
    why_then: WhyAnswer
    why_split: WhyAnswer

    @classmethod
    def of(cls, sale: SaleView, lang: str) -> SaleAnswer:
        """Make the answer of a view."""
        return cls(
            order_id=str(sale.order_id),
            shop_id=str(sale.shop_id),
            state=sale.state,
            rulebook=sale.rulebook,
            paid_fen=sale.paid_fen,
            subsidy_fen=sale.subsidy_fen,
            refunded_fen=sale.refunded_fen,
            taken_fen=sale.taken_fen,
            pending_fen=sale.pending_fen,
            fee_fen=sale.fee_fen,
            reserve_fen=sale.reserve_fen,
            net_fen=sale.net_fen,
            paid_at=sale.paid_at,
            confirmed_at=sale.confirmed_at,
            settle_on=sale.settle_on,
            settled_at=sale.settled_at,
            release_on=sale.release_on,
            fees=[
                FeeAnswer(
                    line=fee.line,
                    payee=fee.payee,
                    bps=fee.bps,
                    base_fen=fee.base_fen,
                    fee_fen=fee.fee_fen,
                    why=WhyAnswer.of(fee.why, lang),
                )
                for fee in sale.fees
            ],
            why_then=WhyAnswer.of(sale.why_then, lang),
            why_split=WhyAnswer.of(sale.why_split, lang),
        )


class SaleListAnswer(BaseModel):
    """A page of sales."""

    items: list[SaleAnswer]
    next: str | None

    @classmethod
    def of(cls, page: Page[SaleView], lang: str) -> SaleListAnswer:
        """Make the answer of a page."""
        return cls(items=[SaleAnswer.of(sale, lang) for sale in page.items], next=page.next)


class PendingAnswer(BaseModel):
    """What a shop has in its sales."""

    pending_fen: int
    reserve_fen: int
    waiting_count: int

    @classmethod
    def of(cls, view: PendingView) -> PendingAnswer:
        """Make the answer of a view."""
        return cls(
            pending_fen=view.pending_fen,
            reserve_fen=view.reserve_fen,
            waiting_count=view.waiting_count,
        )


class D0Answer(BaseModel):
    """Whether a shop has D+0, and why it may or may not ask for it."""

    state: str | None
    reason: str
    denial: str | None
    why: WhyAnswer

    @classmethod
    def of(cls, view: D0View, lang: str) -> D0Answer:
        """Make the answer of a view."""
        return cls(
            state=view.state,
            reason=view.reason,
            denial=view.allowed.value,
            why=WhyAnswer.of(view.allowed, lang),
        )
