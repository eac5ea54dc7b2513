"""A decision that can explain itself (design, rule 8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from xiaodian.infra.i18n import SOURCE, sentence
from xiaodian.rulebooks.schema.leaf import Origin

if TYPE_CHECKING:
    from xiaodian.rulebooks.schema.rulebook import Rulebook

__all__ = ["Input", "Permission", "Verdict"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Input: TypeAlias = str | int | bool | date | datetime | tuple[str, ...] | None
"""What a decision was made of; stored as JSON with instants in ISO form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Generic[T_co]):
    """What was decided, by which rule of which rulebook, from what, and in which words.

    ``sentence`` is Chinese, with places named like the inputs; ``{missing:document}`` shows codes
    by their names.
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

    def text(self, lang: str = SOURCE) -> str:
        """Answer the sentence in a language, with its inputs filled in."""
        return sentence(self.sentence, self.inputs, lang)


Permission: TypeAlias = Verdict[str | None]
"""A decision whose value is the code of the denial, None when nothing stands against it."""
