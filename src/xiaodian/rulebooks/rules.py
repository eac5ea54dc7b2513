"""Looking things up in a rulebook where a category decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.rulebooks.schema.trade import FlatRate

if TYPE_CHECKING:
    from xiaodian.rulebooks.categories import Categories
    from xiaodian.rulebooks.schema.trade import FeeLine

__all__ = ["rate_of"]


def rate_of(line: FeeLine, category: str, categories: Categories) -> tuple[int, str]:
    """Answer the rate of a fee line for a category, and the key below the line that gave it."""
    if isinstance(line, FlatRate):
        return line.rate_bps, "rate_bps"
    code = categories.nearest(category, line.rates)
    if code is None:
        return line.default_bps, "default_bps"
    return line.rates[code], f"rates.{code}"
