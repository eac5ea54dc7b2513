"""What happens to deposits, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass

from xiaodian.kernel.events import Event

__all__ = ["DepositCured", "DepositFellShort", "DepositOverdue", "DepositRequirementChanged"]


@dataclass(frozen=True, slots=True)
class DepositRequirementChanged(Event):
    """A shop must lodge another amount than before."""

    shop_id: int
    before_fen: int
    required_fen: int


@dataclass(frozen=True, slots=True)
class DepositFellShort(Event):
    """A deposit that was enough is not any more; the grace period runs."""

    shop_id: int
    short_fen: int


@dataclass(frozen=True, slots=True)
class DepositOverdue(Event):
    """The grace period ended with the deposit still short: products go down (A-DEP-02)."""

    shop_id: int
    short_fen: int


@dataclass(frozen=True, slots=True)
class DepositCured(Event):
    """A deposit that was short is enough again; ``was_overdue`` says that products were down."""

    shop_id: int
    was_overdue: bool
