"""What comes in and goes out at the doors of deposits. Money is in fen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from xiaodian.infra.i18n import SOURCE, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.deposits.queries import DepositView, TopUpView
    from xiaodian.payments import PaymentView
    from xiaodian.rulebooks import Verdict

__all__ = ["DepositAnswer", "TopUpAnswer", "TopUpBody", "TopUpListAnswer", "VerdictAnswer"]


class TopUpBody(BaseModel):
    """How much shall be paid in."""

    model_config = ConfigDict(extra="forbid", strict=True)

    amount_fen: int


class VerdictAnswer(BaseModel):
    """Why a figure is what it is."""

    rule: str
    rulebook: str
    origin: str
    text: str

    @classmethod
    def of(cls, verdict: Verdict[object], lang: str = SOURCE) -> VerdictAnswer:
        """Write a verdict out, its sentence in a language."""
        inputs: Mapping[str, object] = verdict.inputs
        return cls(
            rule=verdict.rule,
            rulebook=verdict.rulebook,
            origin=verdict.origin.value,
            text=sentence(verdict.sentence, inputs, lang),
        )


class DepositAnswer(BaseModel):
    """A shop's deposit, and why."""

    shop_id: str
    state: str
    required_fen: int
    cash_fen: int
    cover_fen: int
    short_fen: int
    short_since: datetime | None
    grace_ends_at: datetime | None
    why_required: VerdictAnswer
    why_short: VerdictAnswer
    why_standing: VerdictAnswer

    @classmethod
    def of(cls, view: DepositView, lang: str = SOURCE) -> DepositAnswer:
        """Write a view out."""
        return cls(
            shop_id=str(view.shop_id),
            state=view.state,
            required_fen=view.required.value,
            cash_fen=view.cash_fen,
            cover_fen=view.cover_fen,
            short_fen=view.short_fen,
            short_since=view.short_since,
            grace_ends_at=view.grace_ends_at,
            why_required=VerdictAnswer.of(view.required, lang),
            why_short=VerdictAnswer.of(view.shortfall, lang),
            why_standing=VerdictAnswer.of(view.standing, lang),
        )


class TopUpAnswer(BaseModel):
    """A payment into the deposit; the links lead to the provider."""

    id: str
    amount_fen: int
    payment_id: str
    state: str = ""
    link_native: str = ""
    link_h5: str = ""
    paid_at: datetime | None = None

    @classmethod
    def of_payment(cls, payment: PaymentView) -> TopUpAnswer:
        """Write a payment that was started out; its reference is the top-up."""
        return cls(
            id=str(payment.reference),
            amount_fen=payment.amount_fen,
            payment_id=str(payment.id),
            state=payment.state,
            link_native=payment.link_native,
            link_h5=payment.link_h5,
            paid_at=payment.paid_at,
        )

    @classmethod
    def of(cls, view: TopUpView) -> TopUpAnswer:
        """Write a view out."""
        return cls(
            id=str(view.id),
            amount_fen=view.amount_fen,
            payment_id=str(view.payment_id),
            paid_at=view.paid_at,
        )


class TopUpListAnswer(BaseModel):
    """The payments into a deposit, newest first."""

    items: list[TopUpAnswer]
