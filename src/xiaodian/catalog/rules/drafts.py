"""A draft as the rules see it, and how a sheet's row becomes one without a guess."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xiaodian.catalog.rules.attributes import plain_value
from xiaodian.catalog.rules.mapping import DROP, Words, leaf_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.catalog.rules.attributes import AttributeLibrary
    from xiaodian.catalog.rules.importing import ProductRow
    from xiaodian.rulebooks import Categories, Rulebook

__all__ = ["Draft", "SkuDraft", "Sorted", "drafted", "sort_attributes", "spec_text"]


@dataclass(frozen=True, slots=True)
class SkuDraft:
    """One SKU of a draft; price in fen."""

    number: str
    spec: Mapping[str, str]
    price_fen: int


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything a review judges by.

    ``category`` is None while the sheet's name for it (``source``) has no leaf. ``attributes`` are
    by library key; ``extra`` keeps names the library does not know, ``ambiguous`` keys for which
    the sheet offers several values, ``unread`` texts that say nothing usable, by field
    (``attributes``, or ``stock:<SKU number>``). ``documents`` are the codes of papers attached.
    """

    title: str
    category: str | None
    market_price_fen: int
    sale_price_fen: int
    source: str = ""
    brand: str = ""
    selling_point: str = ""
    unit: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    unread: Mapping[str, str] = field(default_factory=dict[str, str])
    documents: frozenset[str] = frozenset()
    skus: tuple[SkuDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class Sorted:
    """Attributes by library key, those without one, and those with several values."""

    attributes: Mapping[str, str]
    extra: Mapping[str, str]
    ambiguous: Mapping[str, tuple[str, ...]]


def drafted(
    row: ProductRow,
    words: Words,
    *,
    book: Rulebook,
    categories: Categories,
    library: AttributeLibrary,
) -> Draft:
    """Make a draft of a sheet's row; what has no exact meaning stays open."""
    found = sort_attributes(row.attributes, words, library)
    return Draft(
        title=row.title,
        category=leaf_of(row.source, words, book, categories),
        source=row.source,
        brand=row.brand,
        selling_point=row.selling_point,
        unit=row.unit,
        market_price_fen=row.market_price_fen,
        sale_price_fen=row.sale_price_fen,
        attributes=found.attributes,
        extra=found.extra,
        ambiguous=found.ambiguous,
        unread=dict(row.unread),
    )


def sort_attributes(raw: Mapping[str, str], words: Words, library: AttributeLibrary) -> Sorted:
    """Bring a sheet's attribute names to library keys, by the merchant's words before our own.

    Two names that mean the same key with different values leave the key open, with both offered.
    """
    offered: dict[str, dict[str, None]] = {}
    extra: dict[str, str] = {}
    for name, value in raw.items():
        key = words.attributes.get(name) or library.by_name.get(name)
        if key is None:
            extra[name] = value
        elif key != DROP:
            offered.setdefault(key, {})[plain_value(value)] = None
    return Sorted(
        attributes={key: next(iter(values)) for key, values in offered.items() if len(values) == 1},
        extra=extra,
        ambiguous={key: tuple(values) for key, values in offered.items() if len(values) > 1},
    )


def spec_text(spec: Mapping[str, str]) -> str:
    """Write a SKU's specification as people read it."""
    return "；".join(f"{name}：{value}" for name, value in spec.items())
