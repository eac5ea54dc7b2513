"""What a sheet that is imported again changes: only what the sheet itself changed.

Answers and edits made since the last import stand; a cell that says the same as last time says
nothing new.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from xiaodian.catalog.rules.drafts import Draft, drafted, sort_attributes
from xiaodian.catalog.rules.mapping import leaf_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.catalog.rules.importing import ProductRow
    from xiaodian.catalog.rules.mapping import Words
    from xiaodian.catalog.rules.questions import Lore

__all__ = ["SheetSaid", "changed_fields", "merged"]

T = TypeVar("T")
_CATEGORY_FIELDS = frozenset({"category", "category_l1", "category_l2"})


@dataclass(frozen=True, slots=True)
class SheetSaid:
    """What the last import read of a product: its cells by field, and its attributes by name."""

    cells: Mapping[str, str]
    attributes: Mapping[str, str]


def changed_fields(before: Mapping[str, str] | None, now: Mapping[str, str]) -> frozenset[str]:
    """Name the fields of a row that say something else than last time; all of a new row.

    A column that is no longer there says nothing, so it changes nothing.
    """
    if before is None:
        return frozenset(now)
    return frozenset(name for name, text in now.items() if before.get(name) != text)


def merged(
    draft: Draft, before: SheetSaid | None, row: ProductRow, words: Words, lore: Lore
) -> Draft:
    """Bring into a draft what a sheet's row says anew."""
    changed = changed_fields(before.cells if before else None, row.cells)
    fresh = drafted(row, words, book=lore.book, categories=lore.categories, library=lore.library)
    simple = {
        "title": fresh.title,
        "brand": fresh.brand,
        "selling_point": fresh.selling_point,
        "unit": fresh.unit,
    }
    after = replace(draft, **{name: text for name, text in simple.items() if name in changed})
    if "market_price" in changed:
        after = replace(after, market_price_fen=fresh.market_price_fen)
    if "sale_price" in changed:
        after = replace(after, sale_price_fen=fresh.sale_price_fen)
    if changed & _CATEGORY_FIELDS:
        leaf = leaf_of(row.source, words, lore.book, lore.categories)
        after = replace(after, source=row.source, category=leaf)
    if any(name == "attributes" or name.startswith("attribute:") for name in changed):
        after = _with_attributes(after, before, fresh, words, lore)
    return after


def _with_attributes(
    draft: Draft, before: SheetSaid | None, fresh: Draft, words: Words, lore: Lore
) -> Draft:
    old = sort_attributes(before.attributes if before else {}, words, lore.library)
    unread = {name: raw for name, raw in draft.unread.items() if name != "attributes"}
    return replace(
        draft,
        attributes=_moved(draft.attributes, old.attributes, fresh.attributes),
        extra=_moved(draft.extra, old.extra, fresh.extra),
        ambiguous=_moved(draft.ambiguous, old.ambiguous, fresh.ambiguous),
        unread={**unread, **fresh.unread},
    )


def _moved(held: Mapping[str, T], old: Mapping[str, T], new: Mapping[str, T]) -> dict[str, T]:
    """Set what the sheet set anew, take away what it took away, leave everything else."""
    gone = {name for name, value in old.items() if name not in new and held.get(name) == value}
    kept = {name: value for name, value in held.items() if name not in gone}
    return {**kept, **{name: value for name, value in new.items() if old.get(name) != value}}
