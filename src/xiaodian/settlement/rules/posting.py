"""Which account each part of a sale goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.ledger import Account, Leg, accounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.rulebooks import Rulebook

__all__ = ["channel_cost_account", "fee_account", "spread", "subsidy_back"]

_INCOME = {"handling": "FEE_HANDLING", "tech": "FEE_TECH", "commission": "COMMISSION"}
"""Fee line → the platform's income; lines of other names are commission."""


def fee_account(line: str, payee: str, channel: str) -> Account:
    """Answer where a fee line goes: passed through to the channel, or the platform's income."""
    if payee == "CHANNEL":
        return accounts.channel_fee(channel)
    return accounts.fee_income(_INCOME.get(line, "COMMISSION"))


def channel_cost_account(book: Rulebook, channel: str) -> Account:
    """Answer who bears what the channel keeps: a fee line for it, else the platform (E02)."""
    passed_on = any(line.payee == "CHANNEL" for line in book.trade.fees.lines.values())
    return accounts.channel_fee(channel) if passed_on else accounts.channel_cost()


def subsidy_back(paid_fen: int, subsidy_fen: int, refunded_fen: int) -> int:
    """Answer how much of the platform's discount has come back after so many refunds.

    In proportion, rounded half up, and whole with the last fen; so any order of the same refunds
    ends alike.
    """
    if refunded_fen >= paid_fen:
        return subsidy_fen
    return (2 * subsidy_fen * refunded_fen + paid_fen) // (2 * paid_fen)


def spread(
    sources: Sequence[tuple[Account, int]], targets: Sequence[tuple[Account, int]]
) -> tuple[list[Leg], list[tuple[Account, int]], list[tuple[Account, int]]]:
    """Pair sources with targets in their order.

    Answers the transfers, and what is left of the sources and of the targets: at most one of the
    two is not empty.
    """
    legs: list[Leg] = []
    left = [(account, fen) for account, fen in sources if fen]
    short = [(account, fen) for account, fen in targets if fen]
    while left and short:
        (source, given), (target, taken) = left[0], short[0]
        fen = min(given, taken)
        legs.append(Leg(source, target, fen))
        left[:1] = [(source, given - fen)] if given > fen else []
        short[:1] = [(target, taken - fen)] if taken > fen else []
    return legs, left, short
