"""A decision that can explain itself (design, rule 8)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from xiaodian.kernel.clock import SHANGHAI
from xiaodian.kernel.money import yuan
from xiaodian.rulebooks.schema.leaf import Origin

if TYPE_CHECKING:
    from xiaodian.rulebooks.schema.rulebook import Rulebook

__all__ = ["Input", "Verdict", "fill"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Input: TypeAlias = str | int | bool | date | datetime | tuple[str, ...] | None
"""What a decision was made of; stored as JSON with instants in ISO form."""


def fill(sentence: str, inputs: Mapping[str, Input]) -> str:
    """Put inputs into a sentence as people read them.

    ``_fen`` as yuan, ``_bps`` as a percentage, instants in Shanghai time.
    """
    return sentence.format_map({name: _shown(name, value) for name, value in inputs.items()})


def _shown(name: str, value: Input) -> str:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, tuple):
        return "、".join(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if name.endswith("_fen"):
            return f"¥{yuan(value)}"
        if name.endswith("_bps"):
            return percentage(value)
    return "" if value is None else str(value)


def percentage(bps: int) -> str:
    """Write basis points as people read them: 60 is ``0.6%``."""
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Generic[T_co]):
    """What was decided, by which rule of which rulebook, from what, and in which words.

    ``sentence`` is Chinese with ``{placeholders}`` named like the inputs; translate it first, then
    ``text()`` fills it.
    """

    value: T_co
    rule: str
    rulebook: str
    origin: Origin
    sentence: str
    inputs: Mapping[str, Input] = field(default_factory=dict[str, Input])

    @staticmethod
    def of(
        book: "Rulebook",
        value: T,
        *leaves: str,
        sentence: str,
        rule: str | None = None,
        **inputs: Input,
    ) -> "Verdict[T]":
        """Make a verdict of the leaves it rests on.

        The first one gives the rule, the weakest gives the origin.
        """
        assert leaves, "a decision rests on a leaf"
        return Verdict(
            value=value,
            rule=rule or book.leaf(leaves[0]).rules[0],
            rulebook=book.ref,
            origin=book.origin_of(leaves),
            sentence=sentence,
            inputs=inputs,
        )

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Answer the filled sentence, in the language that ``translate`` speaks."""
        return fill(translate(self.sentence), self.inputs)
