"""What happens to available money, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass

from xiaodian.kernel.events import Event

__all__ = [
    "DebtArose",
    "DepositDrawn",
    "WithdrawalFailed",
    "WithdrawalPaid",
    "WithdrawalRequested",
]


@dataclass(frozen=True, slots=True)
class DepositDrawn(Event):
    """A waterfall took of a shop's deposit or cover; its deposit is to be looked at again (4.3).

    ``event`` is what it was taken for.
    """

    shop_id: int
    amount_fen: int
    cover_fen: int
    event: str


@dataclass(frozen=True, slots=True)
class DebtArose(Event):
    """A waterfall ran dry: the shop owes the platform more than before."""

    shop_id: int
    amount_fen: int
    event: str


@dataclass(frozen=True, slots=True)
class WithdrawalRequested(Event):
    """A shop asked for its money; it is in transit."""

    withdrawal_id: int
    shop_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class WithdrawalPaid(Event):
    """The money has left for the shop's account."""

    withdrawal_id: int
    shop_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class WithdrawalFailed(Event):
    """The money did not leave, and is available again; ``rejected`` says that staff decided so."""

    withdrawal_id: int
    shop_id: int
    amount_fen: int
    reason: str
    rejected: bool
