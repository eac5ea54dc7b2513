"""One cell of the comparison: a sentence out of a rulebook, with its origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xiaodian.infra.i18n import SOURCE, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.rulebooks import Origin, Rulebook, Verdict
    from xiaodian.rulebooks.schema import Input

__all__ = ["Cell", "Phrase", "cell", "cell_of", "cell_with"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence with places, and what fills them."""

    sentence: str
    inputs: Mapping[str, Input]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a market says to one question of the comparison.

    ``notes`` say where the real world differs, ``rules`` which requirements speak here.
    """

    phrases: tuple[Phrase, ...]
    origin: Origin
    rules: tuple[str, ...]
    notes: tuple[str, ...]

    def text(self, lang: str = SOURCE) -> str:
        """Answer the cell's text in a language."""
        separator = "，" if lang == SOURCE else ", "
        return separator.join(
            sentence(phrase.sentence, phrase.inputs, lang) for phrase in self.phrases
        )


def cell(book: Rulebook, text: str, *paths: str, **inputs: Input) -> Cell:
    """Make a cell of a sentence and the leaves it rests on."""
    return cell_with(book, [Phrase(text, inputs)], paths)


def cell_with(book: Rulebook, phrases: Sequence[Phrase], paths: Sequence[str]) -> Cell:
    """Make a cell of several phrases and the leaves they rest on."""
    assert paths, "a cell rests on a leaf"
    leaves = [book.leaf(path) for path in paths]
    return Cell(
        phrases=tuple(phrases),
        origin=book.origin_of(paths),
        rules=tuple(dict.fromkeys(rule for leaf in leaves for rule in leaf.rules)),
        notes=tuple(dict.fromkeys(leaf.note for leaf in leaves if leaf.note)),
    )


def cell_of(verdict: Verdict[object]) -> Cell:
    """Make a cell of a decision."""
    return Cell(
        phrases=(Phrase(verdict.sentence, verdict.inputs),),
        origin=verdict.origin,
        rules=(verdict.rule,),
        notes=(),
    )
