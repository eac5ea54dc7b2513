"""What the JSON doors of funds take and answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from xiaodian.funds.queries import AdjustmentView, FundsView, PayoutView, WithdrawalView
from xiaodian.kernel.paging import Page
from xiaodian.ledger import Finding, TransferView, TrialBalance

__all__ = [
    "AdjustmentAnswer",
    "AdjustmentBody",
    "AdjustmentListAnswer",
    "AmountBody",
    "FindingsAnswer",
    "FundsAnswer",
    "PayoutAnswer",
    "PayoutBody",
    "RejectBody",
    "StatementAnswer",
    "TrialBalanceAnswer",
    "WalletAnswer",
    "WithdrawalAnswer",
    "WithdrawalListAnswer",
]

_FEN = Field(gt=0, le=1_000_000_000_000, strict=True)
Reason = Annotated[str, Field(max_length=1_000)]
Id = Annotated[str, Field(max_length=19)]


class AmountBody(BaseModel):
    """An amount in fen."""

    model_config = ConfigDict(extra="forbid")

    amount_fen: Annotated[int, _FEN]


class RejectBody(BaseModel):
    """Say no, and why."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class AdjustmentBody(BaseModel):
    """A manual adjustment; ``event`` is for reversals, the amount for all others."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=16)]
    reason: Reason
    amount_fen: Annotated[int, Field(ge=0, le=1_000_000_000_000, strict=True)] = 0
    shop_id: Id | None = None
    buyer_id: Id | None = None
    event: Annotated[str, Field(max_length=80)] = ""


class PayoutBody(BaseModel):
    """Pay a wallet out to an account of the buyer."""

    model_config = ConfigDict(extra="forbid")

    amount_fen: Annotated[int, _FEN]
    holder_name: Annotated[str, Field(min_length=1, max_length=60)]
    account: Annotated[str, Field(pattern=r"^[0-9]{8,24}$")]


class FundsAnswer(BaseModel):
    """A shop's balances, in fen."""

    shop_id: str
    available_fen: int
    withdrawing_fen: int
    deposit_fen: int
    debt_fen: int

    @classmethod
    def of(cls, view: FundsView) -> FundsAnswer:
        """Make the answer of a view."""
        return cls(
            shop_id=str(view.shop_id),
            available_fen=view.available_fen,
            withdrawing_fen=view.withdrawing_fen,
            deposit_fen=view.deposit_fen,
            debt_fen=view.debt_fen,
        )


class WithdrawalAnswer(BaseModel):
    """A withdrawal; the account by its last digits."""

    id: str
    shop_id: str
    amount_fen: int
    fee_fen: int
    state: str
    bank: str
    number: str
    requested_at: datetime
    sent_at: datetime | None
    arrives_on: date | None
    ended_at: datetime | None
    reason: str
    rulebook: str

    @classmethod
    def of(cls, view: WithdrawalView) -> WithdrawalAnswer:
        """Make the answer of a view."""
        return cls(
            id=str(view.id),
            shop_id=str(view.shop_id),
            amount_fen=view.amount_fen,
            fee_fen=view.fee_fen,
            state=view.state,
            bank=view.bank,
            number=view.number_masked,
            requested_at=view.requested_at,
            sent_at=view.sent_at,
            arrives_on=view.arrives_on,
            ended_at=view.ended_at,
            reason=view.reason,
            rulebook=view.rulebook,
        )


class WithdrawalListAnswer(BaseModel):
    """A page of withdrawals."""

    items: list[WithdrawalAnswer]
    next: str | None

    @classmethod
    def of(cls, page: Page[WithdrawalView]) -> WithdrawalListAnswer:
        """Make the answer of a page."""
        return cls(items=[WithdrawalAnswer.of(view) for view in page.items], next=page.next)


class LineAnswer(BaseModel):
    """One line of a statement; ``after_fen`` is what then stood there, where that is known."""

    id: str
    at: datetime
    kind: str
    event: str
    order_id: str | None
    change_fen: int
    after_fen: int | None


class StatementAnswer(BaseModel):
    """A page of an account's transfers, newest first."""

    account: str
    items: list[LineAnswer]
    next: str | None

    @classmethod
    def of(cls, account: str, page: Page[TransferView]) -> StatementAnswer:
        """Make the answer of a page."""
        return cls(
            account=account,
            items=[
                LineAnswer(
                    id=str(line.id),
                    at=line.at,
                    kind=line.kind,
                    event=line.event,
                    order_id=None if line.order_id is None else str(line.order_id),
                    change_fen=line.change_fen,
                    after_fen=line.after_fen,
                )
                for line in page.items
            ],
            next=page.next,
        )


class AdjustmentAnswer(BaseModel):
    """A manual adjustment."""

    id: str
    kind: str
    shop_id: str | None
    buyer_id: str | None
    amount_fen: int
    event: str
    reason: str
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    answer: str

    @classmethod
    def of(cls, view: AdjustmentView) -> AdjustmentAnswer:
        """Make the answer of a view."""
        return cls(
            id=str(view.id),
            kind=view.kind,
            shop_id=_text(view.shop_id),
            buyer_id=_text(view.buyer_id),
            amount_fen=view.amount_fen,
            event=view.event,
            reason=view.reason,
            state=view.state,
            proposed_by=str(view.proposed_by),
            proposed_at=view.proposed_at,
            decided_by=_text(view.decided_by),
            decided_at=view.decided_at,
            answer=view.answer,
        )


class AdjustmentListAnswer(BaseModel):
    """A page of manual adjustments."""

    items: list[AdjustmentAnswer]
    next: str | None

    @classmethod
    def of(cls, page: Page[AdjustmentView]) -> AdjustmentListAnswer:
        """Make the answer of a page."""
        return cls(items=[AdjustmentAnswer.of(view) for view in page.items], next=page.next)


class TrialLineAnswer(BaseModel):
    """One account of the trial balance; ``balance_fen`` is debit less credit."""

    account: str
    name: str
    currency: str
    debit_fen: int
    credit_fen: int
    balance_fen: int


class TrialBalanceAnswer(BaseModel):
    """Every account that has moved, and what all balances add up to: zero."""

    trial_balance_fen: int
    accounts: list[TrialLineAnswer]

    @classmethod
    def of(cls, trial: TrialBalance, lang: str) -> TrialBalanceAnswer:
        """Make the answer of a trial balance, names in the reader's language."""
        return cls(
            trial_balance_fen=trial.off_fen,
            accounts=[
                TrialLineAnswer(
                    account=line.code,
                    name=line.entry.title(lang),
                    currency=line.currency,
                    debit_fen=line.debit_fen,
                    credit_fen=line.credit_fen,
                    balance_fen=line.balance_fen,
                )
                for line in trial.lines
            ],
        )


class DifferenceAnswer(BaseModel):
    """Where something is not what it must be."""

    subject: str
    expected_fen: int
    found_fen: int


class FindingAnswer(BaseModel):
    """What one check found."""

    name: str
    rule: str
    holds: bool
    differences: list[DifferenceAnswer]


class FindingsAnswer(BaseModel):
    """What all checks of the house found."""

    sound: bool
    checks: list[FindingAnswer]

    @classmethod
    def of(cls, findings: list[Finding]) -> FindingsAnswer:
        """Make the answer of findings."""
        return cls(
            sound=all(finding.holds for finding in findings),
            checks=[
                FindingAnswer(
                    name=finding.name,
                    rule=finding.rule,
                    holds=finding.holds,
                    differences=[
                        DifferenceAnswer(
                            subject=one.subject,
                            expected_fen=one.expected_fen,
                            found_fen=one.found_fen,
                        )
                        for one in finding.differences
                    ],
                )
                for finding in findings
            ],
        )


class PayoutAnswer(BaseModel):
    """A payout of a buyer's wallet."""

    id: str
    amount_fen: int
    state: str
    number: str
    requested_at: datetime
    ended_at: datetime | None
    reason: str

    @classmethod
    def of(cls, view: PayoutView) -> PayoutAnswer:
        """Make the answer of a view."""
        return cls(
            id=str(view.id),
            amount_fen=view.amount_fen,
            state=view.state,
            number=view.number_masked,
            requested_at=view.requested_at,
            ended_at=view.ended_at,
            reason=view.reason,
        )


class WalletAnswer(BaseModel):
    """A buyer's wallet with its payouts."""

    balance_fen: int
    payouts: list[PayoutAnswer]
    next: str | None

    @classmethod
    def of(cls, balance_fen: int, page: Page[PayoutView]) -> WalletAnswer:
        """Make the answer of a balance and a page."""
        return cls(
            balance_fen=balance_fen,
            payouts=[PayoutAnswer.of(view) for view in page.items],
            next=page.next,
        )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
