"""A sentence with its facts still apart from it, so that every reader gets it in their language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xiaodian.kernel.money import yuan

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Fact", "Said"]

Fact = str | int | list[str]
"""What a sentence is filled with; a name that ends in ``_fen`` is money."""
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Said:
    """A Chinese sentence with names in braces, and what stands for them."""

    sentence: str
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact])

    def __str__(self) -> str:
        return _PLACE.sub(
            lambda place: _shown(place[1], self.facts.get(place[1], "—")), self.sentence
        )


def _shown(name: str, value: Fact) -> str:
    if isinstance(value, list):
        return "、".join(value)
    return f"¥{yuan(value)}" if isinstance(value, int) and name.endswith("_fen") else str(value)
