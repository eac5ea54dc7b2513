"""Reads one rulebook: header, leaves, schema, and the checks that span several values."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from xiaodian.kernel.clock import start_of_day
from xiaodian.rulebooks.categories import Categories
from xiaodian.rulebooks.errors import RulebookError
from xiaodian.rulebooks.loader.checks import check
from xiaodian.rulebooks.loader.separation import Table, as_table, is_leaf, separate
from xiaodian.rulebooks.schema.leaf import Leaf, Reading
from xiaodian.rulebooks.schema.rulebook import Rulebook, Rules

__all__ = ["Shelf", "parse_rulebook"]

_HEADER = frozenset({"market", "version", "effective_from", "effective_to", "source", "extends"})
_MARKET = re.compile(r"^[a-z][a-z0-9-]{1,31}$")
_VERSION = re.compile(r"^(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})$")
_SHAPE = TypeAdapter(Rules)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What rulebooks refer to.

    Categories, addresses of sources, texts of readings, the documents they extend.
    """

    categories: Categories
    sources: Mapping[str, str]
    readings: Mapping[str, Reading]
    documents: Mapping[str, Table]


def parse_rulebook(document: Table, *, file: str, shelf: Shelf) -> Rulebook:
    """Turn a TOML document into a rulebook.

    Raises ``RulebookError`` naming file, key and reason.
    """
    market = _text(document, "market", file, _MARKET)
    version = _text(document, "version", file, _VERSION)
    begins = _day(document, "effective_from", file)
    ends = _day(document, "effective_to", file) if "effective_to" in document else None
    if begins is None:
        raise RulebookError(file, "effective_from", "missing")
    if ends is not None and ends <= begins:
        raise RulebookError(file, "effective_to", "lies after effective_from")
    source = _text(document, "source", file, None)
    body = _body(document, file, shelf)
    separated = separate(body, file=file, sources=shelf.sources, readings=shelf.readings)
    rules = _shaped(separated.values, separated.leaves, file, shelf.categories)
    book = Rulebook(
        **{part.name: getattr(rules, part.name) for part in fields(Rules)},
        market=market,
        version=version,
        effective_from=begins,
        effective_to=ends,
        source=source,
        leaves=separated.leaves,
    )
    check(book, file=file, categories=shelf.categories)
    return book


def _body(document: Table, file: str, shelf: Shelf) -> dict[str, object]:
    """Answer the parts of the book, laid over those of the version it extends."""
    body = {key: value for key, value in document.items() if key not in _HEADER}
    if "extends" not in document:
        return body
    ref = document["extends"]
    base = shelf.documents.get(ref) if isinstance(ref, str) else None
    if base is None:
        raise RulebookError(file, "extends", f"unknown rulebook {ref!r}")
    if "extends" in base:
        raise RulebookError(file, "extends", "a rulebook extends a complete one")
    return _overlaid({key: value for key, value in base.items() if key not in _HEADER}, body)


def _overlaid(below: Table, above: Table) -> dict[str, object]:
    """Lay one tree over another; a leaf replaces the whole leaf below it."""
    merged = dict(below)
    for key, value in above.items():
        upper, lower = as_table(value), as_table(below.get(key))
        if upper is None or lower is None or is_leaf(upper) or is_leaf(lower):
            merged[key] = value
        else:
            merged[key] = _overlaid(lower, upper)
    return merged


def _shaped(values: Table, leaves: Mapping[str, Leaf], file: str, categories: Categories) -> Rules:
    """Fit bare values to the schema; the first misfit is reported by its dotted key."""
    context = {"categories": categories.codes, "flags": categories.flags}
    try:
        return _SHAPE.validate_json(json.dumps(values), strict=True, context=context)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RulebookError(file, _dotted(first["loc"], values, leaves), _reason(first)) from error


def _dotted(location: tuple[int | str, ...], values: Table, leaves: Mapping[str, Leaf]) -> str:
    """Write where a misfit is as a key of the file.

    Tags of unions are not keys, indices follow a leaf.
    """
    path: list[str] = []
    here: Table | None = values
    last = len(location) - 1
    for position, step in enumerate(location):
        if step == "[key]":
            break
        if here is not None and step in here:
            path.append(str(step))
            here = as_table(here[str(step)])
        elif isinstance(step, int) or position == last or ".".join(path) in leaves:
            path.append(str(step))
    return ".".join(path)


def _reason(error: Mapping[str, Any]) -> str:
    """Answer why, without the library's prefix."""
    return str(error["msg"]).removeprefix("Value error, ")


def _text(document: Table, key: str, file: str, pattern: re.Pattern[str] | None) -> str:
    """Read a text of the header."""
    found = document.get(key)
    if not isinstance(found, str) or not found.strip():
        raise RulebookError(file, key, "is a text" if key in document else "missing")
    if pattern is not None and not pattern.match(found):
        raise RulebookError(file, key, f"{found!r} is not well formed")
    return found


def _day(document: Table, key: str, file: str) -> datetime | None:
    """Read a day of the header as the instant at which it begins in Shanghai."""
    found = document.get(key)
    if isinstance(found, datetime) or not isinstance(found, date):
        raise RulebookError(
            file, key, "is a date such as 2024-01-01" if key in document else "missing"
        )
    try:
        return start_of_day(found)
    except OverflowError as error:
        raise RulebookError(file, key, "is out of range") from error
