"""Money as whole fen, and the four ways it may be computed (C-1 to C-5, C-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BPS", "allocate", "clamp", "exceeds_bps", "fee", "fee_back", "floor_share", "yuan"]

BPS = 10_000
"""Basis points in one whole."""


def fee(base_fen: int, bps: int) -> int:
    """Take ``bps`` of a non-negative amount, rounded half up, once per order and fee line (C-3)."""
    assert base_fen >= 0, "a fee is taken of money that is there"
    assert bps >= 0, "a rate is never negative"
    return (base_fen * bps + BPS // 2) // BPS


def fee_back(base_before_fen: int, base_after_fen: int, bps: int) -> int:
    """Answer what a fee line gives back when its base falls, by the cumulative rule (C-4)."""
    return fee(base_before_fen, bps) - fee(base_after_fen, bps)


def floor_share(amount: int, numerator: int, denominator: int) -> int:
    """Take a share rounded down, where the matrix asks for floor (E20, E27, scores)."""
    assert denominator > 0, "a share has a positive denominator"
    return amount * numerator // denominator


def exceeds_bps(part: int, whole: int, bps: int) -> bool:
    """Tell whether ``part / whole`` is strictly above ``bps``, without dividing (C-2, C-10)."""
    return part * BPS > bps * whole


def clamp(amount_fen: int, minimum_fen: int, maximum_fen: int | None) -> int:
    """Hold an amount between a floor and, where there is one, a ceiling."""
    raised = max(amount_fen, minimum_fen)
    return raised if maximum_fen is None else min(raised, maximum_fen)


def allocate(total_fen: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weight so that the parts add up exactly (C-5).

    Largest remainder; on a tie the earlier line gets the fen. With all weights zero the
    first line carries everything, since somebody must.
    """
    assert weights, "nothing to allocate to"
    assert total_fen >= 0, "only money that is there can be split"
    assert all(weight >= 0 for weight in weights), "a weight is never negative"
    whole = sum(weights)
    if whole == 0:
        return [total_fen, *[0] * (len(weights) - 1)]
    parts = [total_fen * weight // whole for weight in weights]
    remainders = [total_fen * weight % whole for weight in weights]
    short = total_fen - sum(parts)
    for line in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:short]:
        parts[line] += 1
    return parts


def yuan(amount_fen: int) -> str:
    """Write fen as people read them: ``123456`` is ``1,234.56``."""
    sign = "-" if amount_fen < 0 else ""
    whole, rest = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{rest:02d}"
