"""Tells the values of a rulebook from what vouches for them.

In the file every leaf is ``{ value = 200_000, origin = "seed", quote = "…", rule = "W-DEP-02" }``.
What comes out is the
same tree with bare values, and one ``Leaf`` for each path.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from xiaodian.rulebooks.errors import RulebookError
from xiaodian.rulebooks.schema.leaf import Confidence, Leaf, LeafValue, Origin, Reading

__all__ = ["Separated", "Table", "as_table", "is_leaf", "separate"]

Table: TypeAlias = Mapping[str, object]

_DEFAULTS = "*"
_KEYS = frozenset(
    {"value", "none", "origin", "quote", "rule", "source", "confidence", "reading", "note"}
)
_RULE = re.compile(r"^[A-Z]{1,3}-[A-Z]{3}-\d{2}$")
_ADDRESS = re.compile(r"^https?://\S+$")
_DEPTH_MAX = 12


@dataclass(slots=True)
class Separated:
    """The bare values of a file, and its leaves by dotted path in the order of the file."""

    values: dict[str, object] = field(default_factory=dict[str, object])
    leaves: dict[str, Leaf] = field(default_factory=dict[str, Leaf])


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one file; knows the addresses of sources and the texts of readings."""

    file: str
    sources: Mapping[str, str]
    readings: Mapping[str, Reading]
    leaves: dict[str, Leaf]

    def section(self, table: Table, path: str, depth: int = 0) -> dict[str, object]:
        """Read a part of the book."""
        if depth > _DEPTH_MAX:
            raise self.fault(path, "nested too deeply")
        found = table.get(_DEFAULTS)
        defaults = self.table(found, f"{path}.*") if found is not None else None
        values: dict[str, object] = {}
        for key, raw in table.items():
            if key != _DEFAULTS:
                below = f"{path}.{key}" if path else key
                values[key] = self.member(raw, below, defaults, depth)
        return values

    def member(self, raw: object, path: str, defaults: Table | None, depth: int) -> object:
        """Read what stands under one key.

        A leaf, a bare value under defaults, or a part of its own. A leaf that says its own origin
        takes nothing from the defaults.
        """
        inner = as_table(raw)
        if inner is not None and is_leaf(inner):
            inherited = {} if "origin" in inner else defaults or {}
            return self.leaf({**inherited, **inner}, path)
        if inner is not None:
            return self.section(inner, path, depth + 1)
        if defaults is None:
            raise self.fault(path, "a value must be a leaf that says its origin")
        return self.leaf({**defaults, "value": raw}, path)

    def leaf(self, raw: Table, path: str) -> LeafValue:
        """Read one leaf, note what vouches for it, and answer its bare value."""
        for key in raw:
            if key not in _KEYS:
                raise self.fault(f"{path}.{key}", "unknown key of a leaf")
        value = self.value_of(raw, path)
        origin = self.origin_of(raw, path)
        reading = self.text(raw, "reading", path)
        if reading and reading not in self.readings:
            raise self.fault(f"{path}.reading", f"unknown reading {reading!r}")
        rules = self.texts(raw, "rule", path)
        for rule in rules:
            if not _RULE.match(rule):
                raise self.fault(f"{path}.rule", f"{rule!r} is not a rule ID")
        if not rules:
            raise self.fault(f"{path}.rule", "a leaf names the rule it serves")
        quotes = self.texts(raw, "quote", path)
        self.demand(path, "quote", needed=origin is Origin.SEED, there=bool(quotes))
        source = self.text(raw, "source", path)
        self.demand(path, "source", needed=origin is Origin.SOURCED, there=bool(source))
        self.demand(path, "confidence", needed=origin is Origin.BELIEVED, there="confidence" in raw)
        self.leaves[path] = Leaf(
            path=path,
            value=value,
            origin=origin,
            rules=rules,
            quotes=quotes,
            address=self.address(source, path) if source else "",
            confidence=self.confidence(raw, path),
            reading=self.readings.get(reading),
            note=self.text(raw, "note", path)
            or (self.readings[reading].difference if reading else ""),
        )
        return value

    def value_of(self, raw: Table, path: str) -> LeafValue:
        """Answer the value, None where ``none = true`` says that the market has no such rule."""
        if "none" in raw:
            if raw["none"] is not True or "value" in raw:
                raise self.fault(f"{path}.none", "is true, and then there is no value")
            return None
        if "value" not in raw:
            raise self.fault(f"{path}.value", "missing")
        return self.plain(raw["value"], path)

    def plain(self, raw: object, path: str, depth: int = 0) -> LeafValue:
        """Answer a value made of whole numbers, words and lists of them; nothing else is a rule."""
        if depth > _DEPTH_MAX:
            raise self.fault(path, "nested too deeply")
        if isinstance(raw, bool | int | str):
            return raw
        if isinstance(raw, list):
            return [self.plain(item, path, depth + 1) for item in cast("list[object]", raw)]
        table = as_table(raw)
        if table is not None:
            return {
                key: self.plain(item, f"{path}.{key}", depth + 1) for key, item in table.items()
            }
        raise self.fault(path, f"a {type(raw).__name__} is no value of a rule")

    def origin_of(self, raw: Table, path: str) -> Origin:
        """Answer the origin."""
        try:
            return Origin(self.text(raw, "origin", path))
        except ValueError as error:
            raise self.fault(
                f"{path}.origin", "is one of seed, sourced, believed, assumed"
            ) from error

    def confidence(self, raw: Table, path: str) -> Confidence | None:
        """Answer how sure general knowledge is."""
        if "confidence" not in raw:
            return None
        try:
            return Confidence(self.text(raw, "confidence", path))
        except ValueError as error:
            raise self.fault(f"{path}.confidence", "is one of H, M, L") from error

    def address(self, source: str, path: str) -> str:
        """Answer the address of a source, given by its number in sources.toml or in full."""
        if source in self.sources:
            return self.sources[source]
        if _ADDRESS.match(source):
            return source
        raise self.fault(f"{path}.source", f"unknown source {source!r}")

    def demand(self, path: str, key: str, *, needed: bool, there: bool) -> None:
        """Refuse a leaf whose origin and voucher do not go together."""
        if needed and not there:
            raise self.fault(f"{path}.{key}", "missing for this origin")
        if there and not needed:
            raise self.fault(f"{path}.{key}", "does not belong to this origin")

    def text(self, raw: Table, key: str, path: str) -> str:
        """Answer a word beside the value, empty when there is none."""
        found = raw.get(key, "")
        if not isinstance(found, str):
            raise self.fault(f"{path}.{key}", "is a text")
        return found

    def texts(self, raw: Table, key: str, path: str) -> tuple[str, ...]:
        """Answer one text or a list of them."""
        found = raw.get(key, ())
        listed: object = (found,) if isinstance(found, str) else found
        if not isinstance(listed, list | tuple):
            raise self.fault(f"{path}.{key}", "is a text or a list of texts")
        texts: list[str] = []
        for item in cast("tuple[object, ...]", listed):
            if not isinstance(item, str) or not item:
                raise self.fault(f"{path}.{key}", "is a text or a list of texts")
            texts.append(item)
        return tuple(texts)

    def table(self, raw: object, path: str) -> Table:
        """Answer a table, or refuse."""
        found = as_table(raw)
        if found is None:
            raise self.fault(path, "is a table")
        return found

    def fault(self, path: str, reason: str) -> RulebookError:
        """Make the error that names this file."""
        return RulebookError(self.file, path, reason)


def as_table(raw: object) -> Table | None:
    """Answer a TOML table, or None when it is something else."""
    return cast("Table", raw) if isinstance(raw, Mapping) else None


def is_leaf(table: Table) -> bool:
    """Tell a leaf from a part of the book, which may have a member called ``origin`` of its own."""
    return "value" in table or "none" in table or isinstance(table.get("origin"), str)


def separate(
    document: Table, *, file: str, sources: Mapping[str, str], readings: Mapping[str, Reading]
) -> Separated:
    """Separate the body of a rulebook (without its header) into values and leaves.

    Raises ``RulebookError``.
    """
    found = Separated()
    reader = _Reader(file, sources, readings, found.leaves)
    found.values = reader.section(document, "")
    return found
