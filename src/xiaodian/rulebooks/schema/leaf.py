"""One number or word of a rulebook, and where it is from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

__all__ = ["Confidence", "Leaf", "LeafValue", "Origin", "Reading", "weakest"]

LeafValue: TypeAlias = "bool | int | str | Sequence[LeafValue] | Mapping[str, LeafValue] | None"
"""What a leaf holds; None is a rule that the market does not have."""


class Origin(StrEnum):
    """How much a value is worth, strongest first (C-13)."""

    SEED = "seed"
    SOURCED = "sourced"
    BELIEVED = "believed"
    ASSUMED = "assumed"


class Confidence(StrEnum):
    """How sure general knowledge is."""

    HIGH = "H"
    MEDIUM = "M"
    LOW = "L"


_ORDER = tuple(Origin)


def weakest(origins: Iterable[Origin]) -> Origin:
    """Answer the origin of a total: the weakest of its parts; of nothing, ``seed``."""
    return max(origins, key=_ORDER.index, default=Origin.SEED)


@dataclass(frozen=True, slots=True)
class Reading:
    """How an ambiguous statement of the seed is read, and what the real world does instead.

    ``reality`` that is not ``verified`` is a hint, never a fact; it may be empty.
    """

    code: str
    chosen: str
    reality: str
    verified: bool

    @property
    def difference(self) -> str:
        """Answer the real world's way as it may be shown, marked where it is not verified."""
        if not self.reality:
            return ""
        return f"现实：{self.reality}" if self.verified else f"现实（未核实）：{self.reality}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A value with its origin, the words or the address that vouch for it, and the rules it serves.

    ``note`` says in Chinese where the real world differs, ``reading`` why this interpretation was
    chosen.
    """

    path: str
    value: LeafValue
    origin: Origin
    rules: tuple[str, ...]
    quotes: tuple[str, ...] = ()
    address: str = ""
    confidence: Confidence | None = None
    reading: Reading | None = None
    note: str = ""

    @property
    def vouched(self) -> str:
        """Answer what vouches for the value, in one short Chinese phrase."""
        match self.origin:
            case Origin.SEED:
                return "".join(f"「{quote}」" for quote in self.quotes)
            case Origin.SOURCED:
                return self.address
            case Origin.BELIEVED:
                return {
                    "H": "行业常识（把握较大）",
                    "M": "行业常识（把握一般）",
                    "L": "行业常识（把握较小）",
                }[self.confidence or "L"]
            case Origin.ASSUMED:
                return "本模型设定"
