"""A decision that can explain itself (design, rule 8)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from string import Formatter
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

from typing_extensions import override

from xiaodian.kernel.clock import SHANGHAI
from xiaodian.kernel.money import yuan
from xiaodian.rulebooks.names import name_of
from xiaodian.rulebooks.schema.leaf import Origin

if TYPE_CHECKING:
    from xiaodian.rulebooks.schema.rulebook import Rulebook

__all__ = ["Input", "Permission", "Verdict", "fill", "percentage"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Input: TypeAlias = str | int | bool | date | datetime | tuple[str, ...] | None
"""What a decision was made of; stored as JSON with instants in ISO form."""


class _Sentence(Formatter):
    """Fills placeholders; ``{missing:document}`` shows the names of codes."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    @override
    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> object:
        value: object = super().get_value(key, args, kwargs)
        plain = isinstance(value, str | tuple)
        return cast("object", value) if plain else _shown(str(key), value)

    @override
    def format_field(self, value: object, format_spec: str) -> str:
        codes: Sequence[object] = (
            cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
        )
        texts = [
            name_of(format_spec, str(code), self._language) if format_spec else str(code)
            for code in codes
        ]
        return (", " if self._language.startswith("en") else "、").join(texts)


def fill(sentence: str, inputs: Mapping[str, Input], *, language: str = "zh") -> str:
    """Put inputs into a sentence as people read them.

    ``_fen`` is shown as yuan, ``_bps`` as a percentage, an instant in Shanghai time; a placeholder
    like ``{missing:document}`` shows the names of the codes it holds.
    """
    return _Sentence(language).vformat(sentence, (), inputs)


def _shown(name: str, value: object) -> str:
    """Write one input that is neither a text nor a list."""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
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

    def text(self, translate: Callable[[str], str] = str, *, language: str = "zh") -> str:
        """Answer the filled sentence, in the language that ``translate`` speaks."""
        return fill(translate(self.sentence), self.inputs, language=language)


Permission: TypeAlias = Verdict[str | None]
"""A decision whose value is the code of the denial, None when nothing stands against it."""
