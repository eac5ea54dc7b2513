"""How what was found is ordered and cut into pages. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from xiaodian.kernel.paging import Page, cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.kernel.paging import PageRequest
    from xiaodian.rulebooks import Categories

__all__ = ["SORTS", "Shelf", "ranked_page", "shelves"]

SORTS: tuple[str, ...] = ("", "price", "-price", "new")
"""By match, cheapest first, dearest first, newest first."""


class Found(Protocol):
    """What a search finds, as far as its order is concerned."""

    @property
    def id(self) -> int:
        """Ids grow with time."""
        ...

    @property
    def price_fen(self) -> int:
        """The price by which it is listed."""
        ...


T = TypeVar("T", bound=Found)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A group of categories, and the leaves below it that the market trades in.

    ``count`` says how many products are on sale in all of them.
    """

    code: str
    leaves: tuple[tuple[str, int], ...]

    @property
    def count(self) -> int:
        """How many products are on the whole shelf."""
        return sum(count for _, count in self.leaves)


def shelves(
    traded: Sequence[str], counts: Mapping[str, int], categories: Categories
) -> list[Shelf]:
    """Put a market's leaves on the shelves of the neutral tree, fullest shelves first."""
    grouped: dict[str, list[tuple[str, int]]] = {}
    for leaf in traded:
        chain = categories.chain(leaf)
        group = chain[-2] if len(chain) > 1 else leaf
        grouped.setdefault(group, []).append((leaf, counts.get(leaf, 0)))
    made = [
        Shelf(code, tuple(sorted(leaves, key=lambda leaf: -leaf[1])))
        for code, leaves in grouped.items()
    ]
    return sorted(made, key=lambda shelf: -shelf.count)


def ranked_page(found: Sequence[T], request: PageRequest, sort: str) -> Page[T]:
    """Answer one page of a ranked list; the cursor names the last one shown, not a position.

    When that one has gone meanwhile the list begins again, since nobody can tell what was seen.
    """
    ordered = list(found)
    if sort == "new":
        ordered.sort(key=lambda one: -one.id)
    elif sort in {"price", "-price"}:
        ordered.sort(key=lambda one: one.price_fen, reverse=sort == "-price")
    places = {one.id: place for place, one in enumerate(ordered)}
    start = places[request.after] + 1 if request.after in places else 0
    return cut(ordered[start : start + request.size + 1], request, lambda one: one.id)
