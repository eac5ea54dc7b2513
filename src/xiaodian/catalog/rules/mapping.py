"""What another shop's words mean here: its categories, and its names for attributes."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xiaodian.catalog.rules.attributes import AttributeLibrary
    from xiaodian.rulebooks import Categories, Rulebook

__all__ = ["DROP", "MappingFault", "Words", "leaf_of", "parse_mapping"]

DROP = "DROP"
"""The code of an attribute name that shall not come along."""
_NAME_MAX = 200
_ENTRIES_MAX = 5_000


class MappingFault(Exception):  # noqa: N818 - says what is wrong with a file, no error of the program
    """A mapping file cannot be used; ``reason`` says why, in Chinese, naming the entry."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Words:
    """A crosswalk: category names to leaf codes, attribute names to keys (or ``DROP``)."""

    categories: Mapping[str, str] = field(default_factory=dict[str, str])
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])

    def over(self, other: Words) -> Words:
        """Answer this crosswalk with another one behind it."""
        return Words(
            {**other.categories, **self.categories}, {**other.attributes, **self.attributes}
        )


def leaf_of(source: str, words: Words, book: Rulebook, categories: Categories) -> str | None:
    """Find the leaf a sheet's category means: exactly, or not at all.

    The crosswalk decides first; then a leaf's own code, its neutral name, and the name the
    market's tree gives it, where only one leaf bears it. Whatever else is a question.
    """
    if source in words.categories:
        return words.categories[source]
    found = {
        leaf.code
        for leaf in categories.leaves
        if source in {leaf.code, leaf.name.zh, book.categories.tree.get(leaf.code)}
    }
    return found.pop() if len(found) == 1 and source else None


def parse_mapping(text: str, categories: Categories, library: AttributeLibrary) -> Words:
    """Read a merchant's mapping file, TOML or CSV (``kind,name,code``); raises ``MappingFault``.

    TOML has the tables ``[categories]`` (name = leaf code) and ``[attributes]`` (name = key, or
    ``DROP``). Codes that do not exist are refused: a wrong crosswalk would be a guess.
    """
    pairs = list(_csv_pairs(text) if text.lstrip().startswith("kind,") else _toml_pairs(text))
    if len(pairs) > _ENTRIES_MAX:
        raise MappingFault(f"映射最多 {_ENTRIES_MAX} 条")
    leaves = {leaf.code for leaf in categories.leaves}
    known = {"category": leaves, "attribute": {*library.by_key, DROP}}
    tables = {"category": dict[str, str](), "attribute": dict[str, str]()}
    for kind, name, code in pairs:
        if kind not in tables:
            raise MappingFault(f"不认识的映射种类：{kind[:40]}")
        if not name or len(name) > _NAME_MAX:
            raise MappingFault("映射的名称不能为空，也不能超过 200 个字符")
        if code not in known[kind]:
            what = "类目叶子代码" if kind == "category" else "属性键"
            raise MappingFault(f"“{name[:40]}”对应的 {code[:40]} 不是{what}")
        tables[kind][name] = code
    return Words(tables["category"], tables["attribute"])


def _toml_pairs(text: str) -> Iterable[tuple[str, str, str]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingFault(f"不是正确的 TOML：{error}") from error
    for table, kind in (("categories", "category"), ("attributes", "attribute")):
        raw: object = document.pop(table, {})
        if not isinstance(raw, dict):
            raise MappingFault(f"[{table}] 应为一张表")
        for name, code in cast("dict[str, object]", raw).items():
            if not isinstance(code, str):
                raise MappingFault(f"“{name[:40]}”的代码应为文字")
            yield kind, name, code
    if document:
        raise MappingFault(f"不认识的表：{min(document)}")


def _csv_pairs(text: str) -> Iterable[tuple[str, str, str]]:
    reader = csv.DictReader(io.StringIO(text.lstrip(), newline=""))
    for row in reader:
        yield (
            (row.get("kind") or "").strip(),
            (row.get("name") or "").strip(),
            (row.get("code") or "").strip(),
        )
