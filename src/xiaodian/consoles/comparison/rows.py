"""The comparison of markets, dimension by dimension, made of the rulebooks alone (G-GEN-08)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from xiaodian.consoles.comparison.cells import Cell
from xiaodian.consoles.comparison.offers import Offer, Question, make_offer
from xiaodian.consoles.comparison.opening_rows import DEPOSIT, PRODUCT, REGISTRATION
from xiaodian.consoles.comparison.serving_rows import LOGISTICS, SERVICE
from xiaodian.consoles.comparison.trading_rows import DATA, PROMOTION, TRADE
from xiaodian.rulebooks import Categories, Origin, weakest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.rulebooks import Library, Rulebook

__all__ = ["Comparison", "Line", "Part", "Row", "compare", "moving"]

Row: TypeAlias = tuple[str, Callable[[Offer, Question, Categories], Cell]]
"""A label in Chinese, and how a market answers it."""

DIMENSIONS: Mapping[str, Sequence[Row]] = {
    "registration": REGISTRATION,
    "deposit": DEPOSIT,
    "product": PRODUCT,
    "trade": TRADE,
    "data": DATA,
    "promotion": PROMOTION,
    "service": SERVICE,
    "logistics": LOGISTICS,
}
"""The eight dimensions, in the order of the seed; their names are of kind ``dimension``."""


@dataclass(frozen=True, slots=True)
class Line:
    """One parameter across the markets, in the order of the offers."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One dimension."""

    dimension: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The markets side by side for one question."""

    question: Question
    offers: tuple[Offer, ...]
    parts: tuple[Part, ...]

    @property
    def origin(self) -> Origin:
        """Answer the weakest origin of all that is shown."""
        cells = (cell for part in self.parts for line in part.lines for cell in line.cells)
        return weakest([cell.origin for cell in cells])

    def as_json(self) -> dict[str, object]:
        """Answer one entry for each market, by its code."""
        return {offer.book.market: offer.as_json() for offer in self.offers}


def compare(library: Library, question: Question) -> Comparison:
    """Put the markets side by side for a merchant's question."""
    return _compare(library.compared(), question, library.categories)


def moving(library: Library, question: Question, before: str, after: str) -> Comparison:
    """Answer what changes for a shop and its products that move to another market (G-GEN-07).

    The comparison has the two markets only, and of its lines those that differ. KeyError when there
    is no such market.
    """
    books = [library.market(before), library.market(after)]
    found = _compare(books, question, library.categories)
    parts = [
        Part(part.dimension, tuple(line for line in part.lines if _differs(line)))
        for part in found.parts
    ]
    return Comparison(question, found.offers, tuple(part for part in parts if part.lines))


def _differs(line: Line) -> bool:
    return len({cell.text() for cell in line.cells}) > 1


def _compare(books: Sequence[Rulebook], question: Question, categories: Categories) -> Comparison:
    offers = tuple(make_offer(book, question, categories) for book in books)
    parts = tuple(
        Part(
            dimension,
            tuple(
                Line(label, tuple(answer(offer, question, categories) for offer in offers))
                for label, answer in rows
            ),
        )
        for dimension, rows in DIMENSIONS.items()
    )
    return Comparison(question, offers, parts)
