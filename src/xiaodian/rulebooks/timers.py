"""The deadlines of a market as one list, each from the leaf that sets it (4.15)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from xiaodian.rulebooks.errors import RulebookError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.rulebooks.schema.leaf import Leaf
    from xiaodian.rulebooks.schema.rulebook import Rulebook

__all__ = ["TimerRule", "Unit", "timers_of"]

_FILE = "timers.toml"
Unit: TypeAlias = Literal[
    "minutes", "hours", "days", "working_days", "right_days", "settle_days", "clock"
]
"""``days`` are elapsed, ``right_days`` a buyer's right (C-8), ``settle_days`` T+n (C-9)."""


@dataclass(frozen=True, slots=True)
class TimerRule:
    """A deadline: what starts it, how long it runs, and what happens when it is over.

    ``amount`` counts ``unit``; of the unit ``clock`` it is a time of day in Shanghai.
    """

    name: str
    anchor: str
    amount: int | str
    unit: Unit
    on_expiry: str
    leaf: Leaf


@dataclass(frozen=True, slots=True)
class _Entry:
    anchor: str
    after: str
    unit: Unit
    on_expiry: str


def timers_of(book: Rulebook) -> dict[str, TimerRule]:
    """Answer the deadlines of a market by name; what the market does not have is not there."""
    found: dict[str, TimerRule] = {}
    for name, entry in _entries().items():
        leaf = book.leaves.get(entry.after)
        if leaf is not None and isinstance(leaf.value, int | str):
            found[name] = TimerRule(
                name, entry.anchor, leaf.value, entry.unit, entry.on_expiry, leaf
            )
    return found


@cache
def _entries() -> Mapping[str, _Entry]:
    """Read the table once; raises ``RulebookError``."""
    text = (files("xiaodian.rulebooks") / "data" / _FILE).read_text(encoding="utf-8")
    found: dict[str, _Entry] = {}
    for name, raw in cast("dict[str, dict[str, str]]", tomllib.loads(text)).items():
        if set(raw) != {"anchor", "after", "unit", "on_expiry"}:
            raise RulebookError(_FILE, name, "has anchor, after, unit and on_expiry")
        if raw["unit"] not in get_args(Unit):
            raise RulebookError(_FILE, f"{name}.unit", "is not a unit of time")
        found[name] = _Entry(
            raw["anchor"], raw["after"], cast("Unit", raw["unit"]), raw["on_expiry"]
        )
    return found
