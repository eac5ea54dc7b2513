"""The attribute library: which keys exist, what they may hold, and what sheets call them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.rulebooks import Categories

__all__ = ["NOT_APPLICABLE", "Attribute", "AttributeLibrary", "parse_library", "plain_value"]

NOT_APPLICABLE = "NOT_APPLICABLE"
"""The value that says that a key has no meaning for this product (AMB-17)."""
_KEYS = frozenset({"zh", "en", "aliases", "values", "only", "claims"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """One key. ``values`` empty means any text; ``only`` empty means every category.

    ``claims`` maps a word of a title to the words of which this attribute must then hold one.
    """

    key: str
    zh: str
    en: str
    aliases: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def fits(self, category: str, categories: Categories) -> bool:
        """Tell whether products of a category may bear this key."""
        return not self.only or not self.only.isdisjoint(categories.chain(category))


@dataclass(frozen=True)
class AttributeLibrary:
    """Every attribute by its key."""

    by_key: Mapping[str, Attribute]

    @cached_property
    def by_name(self) -> Mapping[str, str]:
        """Every name a sheet may use, key, label or alias, to its key."""
        names: dict[str, str] = {}
        for attribute in self.by_key.values():
            for name in (attribute.key, attribute.zh, *attribute.aliases):
                names[name] = attribute.key
        return names

    def label(self, key: str) -> str:
        """Answer what people call a key; the key itself when the library does not know it."""
        found = self.by_key.get(key)
        return found.zh if found else key


def parse_library(text: str) -> AttributeLibrary:
    """Read a library written in TOML; ValueError names what is wrong with it."""
    found: dict[str, Attribute] = {}
    names: dict[str, str] = {}
    for key, raw in tomllib.loads(text).items():
        table = cast("dict[str, object]", raw)
        if unknown := table.keys() - _KEYS:
            raise ValueError(f"{key}.{min(unknown)}: unknown")
        attribute = Attribute(
            key=key,
            zh=str(table["zh"]),
            en=str(table["en"]),
            aliases=_texts(table.get("aliases")),
            values=_texts(table.get("values")),
            only=frozenset(_texts(table.get("only"))),
            claims={
                word: _texts(words)
                for word, words in cast("dict[str, object]", table.get("claims", {})).items()
            },
        )
        for name in (attribute.zh, *attribute.aliases):
            if names.setdefault(name, key) != key:
                raise ValueError(f"{key}: {name} also names {names[name]}")
        found[key] = attribute
    return AttributeLibrary(found)


def plain_value(value: str) -> str:
    """Read the ways in which people write that something does not apply."""
    return NOT_APPLICABLE if value.strip() in {NOT_APPLICABLE, "不适用"} else value.strip()


def _texts(raw: object) -> tuple[str, ...]:
    return tuple(str(text) for text in cast("list[object]", raw or []))
