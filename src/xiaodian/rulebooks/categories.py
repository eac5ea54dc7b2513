"""The neutral category list: leaves, the groups above them, and the traits that rules ask for."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from xiaodian.rulebooks.errors import RulebookError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Categories", "Category", "Name"]

_CODE = re.compile(r"^[a-z][a-z0-9_]{0,40}$")
_KEYS = frozenset({"parent", "zh", "en", "flags", "not_applicable", "words"})
ROOT = "general"
"""The group above all others; its rules hold where nothing more special is said."""


@dataclass(frozen=True, slots=True)
class Name:
    """What people call something, in both languages."""

    zh: str
    en: str

    def in_(self, language: str) -> str:
        """Answer the name in a language, Chinese unless English is asked for."""
        return self.en if language.startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf or group. ``flags`` and ``not_applicable`` include what is inherited from above.

    ``not_applicable`` names the attributes that may hold ``NOT_APPLICABLE`` here (AMB-17).
    """

    code: str
    name: Name
    parent: str | None
    flags: frozenset[str]
    not_applicable: frozenset[str]
    words: tuple[str, ...]
    leaf: bool


@dataclass(frozen=True)
class Categories:
    """Every category by its code, in the order of the file."""

    by_code: Mapping[str, Category]
    flag_names: Mapping[str, Name]

    @classmethod
    def of(cls, document: Mapping[str, object], *, file: str) -> Categories:
        """Read the list.

        Raises ``RulebookError`` for a broken entry, an unknown parent or a circle.
        """
        flags = {
            code: _name(entry, file, f"flags.{code}")
            for code, entry in _table(document.get("flags"), file, "flags").items()
        }
        entries = {
            code: _entry(raw, code, flags, file)
            for code, raw in _table(document.get("categories"), file, "categories").items()
        }
        if ROOT not in entries:
            raise RulebookError(file, f"categories.{ROOT}", "missing")
        parents = {entry.parent for entry in entries.values()}
        found: dict[str, Category] = {}
        for code, entry in entries.items():
            if (entry.parent is None) != (code == ROOT):
                raise RulebookError(file, f"categories.{code}.parent", f"only {ROOT} has no parent")
            # A parent stands above its children in the file, so circles cannot be written.
            above = found.get(entry.parent) if entry.parent is not None else None
            if entry.parent is not None and above is None:
                raise RulebookError(
                    file, f"categories.{code}.parent", f"{entry.parent!r} is not above"
                )
            found[code] = Category(
                code=code,
                name=entry.name,
                parent=entry.parent,
                flags=entry.flags | (above.flags if above else frozenset[str]()),
                not_applicable=entry.not_applicable
                if entry.not_applicable is not None
                else (above.not_applicable if above else frozenset[str]()),
                words=entry.words,
                leaf=code not in parents,
            )
        return cls(found, flags)

    @cached_property
    def codes(self) -> frozenset[str]:
        """Every code, leaf or group."""
        return frozenset(self.by_code)

    @cached_property
    def flags(self) -> frozenset[str]:
        """Every trait."""
        return frozenset(self.flag_names)

    @cached_property
    def leaves(self) -> tuple[Category, ...]:
        """The categories that products are listed in."""
        return tuple(entry for entry in self.by_code.values() if entry.leaf)

    def get(self, code: str) -> Category:
        """Answer a category; KeyError when there is none."""
        return self.by_code[code]

    def chain(self, code: str) -> tuple[str, ...]:
        """Answer the category and everything above it, nearest first.

        The last one is ``general``.
        """
        steps = [code]
        while (parent := self.by_code[steps[-1]].parent) is not None:
            steps.append(parent)
        return tuple(steps)

    def nearest(self, code: str, table: Container[str]) -> str | None:
        """Answer the nearest of the category and its parents that a table has an entry for."""
        return next((step for step in self.chain(code) if step in table), None)

    def has(self, code: str, flag: str) -> bool:
        """Tell whether a category has a trait."""
        return flag in self.by_code[code].flags


@dataclass(frozen=True, slots=True)
class _Entry:
    name: Name
    parent: str | None
    flags: frozenset[str]
    not_applicable: frozenset[str] | None
    words: tuple[str, ...]


def _entry(raw: object, code: str, flags: Mapping[str, Name], file: str) -> _Entry:
    key = f"categories.{code}"
    if not _CODE.match(code):
        raise RulebookError(file, key, "is not a category code")
    table = _table(raw, file, key)
    for name in table:
        if name not in _KEYS:
            raise RulebookError(file, f"{key}.{name}", "unknown key of a category")
    parent = table.get("parent")
    if parent is not None and not isinstance(parent, str):
        raise RulebookError(file, f"{key}.parent", "is a category code")
    own = frozenset(_texts(table.get("flags", []), file, f"{key}.flags"))
    if unknown := own - frozenset(flags):
        raise RulebookError(file, f"{key}.flags", f"unknown flag {min(unknown)!r}")
    lacking = table.get("not_applicable")
    return _Entry(
        name=_name({"zh": table.get("zh"), "en": table.get("en")}, file, key),
        parent=parent,
        flags=own,
        not_applicable=None
        if lacking is None
        else frozenset(_texts(lacking, file, f"{key}.not_applicable")),
        words=tuple(_texts(table.get("words", []), file, f"{key}.words")),
    )


def _name(raw: object, file: str, key: str) -> Name:
    table = _table(raw, file, key)
    zh, en = table.get("zh"), table.get("en")
    if not (isinstance(zh, str) and zh and isinstance(en, str) and en):
        raise RulebookError(file, key, "has a name zh and a name en")
    return Name(zh, en)


def _table(raw: object, file: str, key: str) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise RulebookError(file, key, "is a table")
    return cast("Mapping[str, object]", raw)


def _texts(raw: object, file: str, key: str) -> Iterable[str]:
    if not isinstance(raw, list):
        raise RulebookError(file, key, "is a list of texts")
    for item in cast("list[object]", raw):
        if not isinstance(item, str) or not item:
            raise RulebookError(file, key, "is a list of texts")
        yield item
