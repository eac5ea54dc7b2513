"""All markets with all their versions."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import cast

from xiaodian.kernel.calendar import WorkingCalendar
from xiaodian.rulebooks.calendar import shipped_calendar
from xiaodian.rulebooks.categories import Categories
from xiaodian.rulebooks.errors import RulebookError
from xiaodian.rulebooks.loader.reading import Shelf, parse_rulebook
from xiaodian.rulebooks.loader.separation import Table, as_table
from xiaodian.rulebooks.schema.leaf import Reading
from xiaodian.rulebooks.schema.rulebook import Rulebook

__all__ = ["Library", "load_all", "shipped"]

_FILE = re.compile(r"^\d+\.\d+\.\d+\.toml$")


@dataclass(frozen=True, slots=True)
class Library:
    """Every version of every market, with the calendar and the categories they are judged by.

    ``markets`` maps a market's code to its versions, oldest first. A version without an end ends
    when the next begins.
    """

    markets: Mapping[str, Sequence[Rulebook]]
    shelf: Shelf
    calendar: WorkingCalendar

    @property
    def categories(self) -> Categories:
        """Answer the neutral category list."""
        return self.shelf.categories

    def codes(self) -> list[str]:
        """List the markets."""
        return list(self.markets)

    def compared(self) -> list[Rulebook]:
        """List the newest book of each market that the comparison shows, in its order."""
        books = (self.market(code) for code in self.markets)
        placed = [(book.platform.compare_position, book) for book in books]
        return [
            book
            for _, book in sorted(
                ((place, book) for place, book in placed if place is not None),
                key=lambda pair: (pair[0], pair[1].market),
            )
        ]

    def market(self, market: str) -> Rulebook:
        """Answer the newest version of a market; KeyError when there is no such market."""
        return self.markets[market][-1]

    def at(self, market: str, instant: datetime) -> Rulebook:
        """Answer the version in force at an instant; before the first one, the first (C-11).

        KeyError when there is no such market.
        """
        begun = [book for book in self.markets[market] if book.effective_from <= instant]
        return begun[-1] if begun else self.markets[market][0]

    def version(self, market: str, version: str | None = None) -> Rulebook:
        """Answer one version, by market and number or by a ref like ``wechat@1.0.0``.

        KeyError when unknown.
        """
        if version is None:
            market, _, version = market.partition("@")
        for book in self.markets[market]:
            if book.version == version:
                return book
        raise KeyError(f"{market}@{version}")

    def parse(self, text: str, *, file: str) -> Rulebook:
        """Read a proposed version against this library; raises ``RulebookError``."""
        return parse_rulebook(_toml(text, file), file=file, shelf=self.shelf)

    def including(self, book: Rulebook, *, file: str) -> "Library":
        """Answer this library with one more version.

        Raises ``RulebookError`` when periods overlap.
        """
        versions = _ordered([*self.markets.get(book.market, ()), book], {book.ref: file})
        return replace(self, markets={**self.markets, book.market: versions})


def load_all(folder: Traversable | None = None) -> Library:
    """Read every rulebook of a data folder, by default the shipped one.

    Raises ``RulebookError``.
    """
    root = files("xiaodian.rulebooks") / "data" if folder is None else folder
    documents: dict[str, tuple[str, Table]] = {}
    for market in sorted(
        (entry for entry in root.iterdir() if entry.is_dir()), key=lambda entry: entry.name
    ):
        for file in sorted(
            (entry for entry in market.iterdir() if _FILE.match(entry.name)),
            key=lambda entry: entry.name,
        ):
            name = f"{market.name}/{file.name}"
            document = _toml(_read(file, name), name)
            if document.get("market") != market.name:
                raise RulebookError(name, "market", f"is the name of the folder, {market.name!r}")
            if f"{document.get('version')}.toml" != file.name:
                raise RulebookError(name, "version", f"is the name of the file, {file.name!r}")
            documents[f"{market.name}@{document['version']}"] = (name, document)
    shelf = Shelf(
        categories=Categories.of(_shared(root, "categories.toml"), file="categories.toml"),
        sources=_sources(_shared(root, "sources.toml"), "sources.toml"),
        readings=_readings(_shared(root, "readings.toml"), "readings.toml"),
        documents={ref: document for ref, (_, document) in documents.items()},
    )
    names = {ref: name for ref, (name, _) in documents.items()}
    markets: dict[str, list[Rulebook]] = {}
    for name, document in documents.values():
        book = parse_rulebook(document, file=name, shelf=shelf)
        markets.setdefault(book.market, []).append(book)
    return Library(
        {market: _ordered(books, names) for market, books in markets.items()},
        shelf,
        shipped_calendar(),
    )


@cache
def shipped() -> Library:
    """Answer the shipped library, read once in the life of the process."""
    return load_all()


def _ordered(books: list[Rulebook], files_of: Mapping[str, str]) -> list[Rulebook]:
    """Put versions in order of time; refuse two that are in force together."""
    ordered = sorted(books, key=lambda book: book.effective_from)
    for earlier, later in pairwise(ordered):
        file = files_of.get(later.ref, f"{later.market}/{later.version}.toml")
        if earlier.effective_from == later.effective_from:
            raise RulebookError(file, "effective_from", f"overlaps {earlier.ref}")
        if earlier.effective_to is not None and earlier.effective_to > later.effective_from:
            raise RulebookError(file, "effective_from", f"overlaps {earlier.ref}, which ends later")
    if len({book.version for book in ordered}) != len(ordered):
        raise RulebookError(
            files_of.get(ordered[-1].ref, ordered[-1].market), "version", "is used twice"
        )
    return ordered


def _shared(root: Traversable, name: str) -> Table:
    """Read a file that all markets share; a folder without it uses the shipped one."""
    file = root / name
    if not file.is_file():
        file = files("xiaodian.rulebooks") / "data" / name
    return _toml(_read(file, name), name)


def _read(file: Traversable, name: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RulebookError(name, "", "is not UTF-8") from error


def _toml(text: str, name: str) -> Table:
    try:
        return cast("Table", tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RulebookError(name, "", f"is not TOML: {error}") from error


def _sources(document: Table, file: str) -> dict[str, str]:
    """Read the addresses of public sources."""
    for key, value in document.items():
        if not isinstance(value, str) or not value.startswith(("https://", "http://")):
            raise RulebookError(file, key, "is an address")
    return {key: str(value) for key, value in document.items()}


def _readings(document: Table, file: str) -> dict[str, Reading]:
    """Read how ambiguous statements are taken."""
    readings: dict[str, Reading] = {}
    for key, value in document.items():
        table = as_table(value) or {}
        chosen, reality, verified = (table.get(name) for name in ("chosen", "reality", "verified"))
        if not (
            isinstance(chosen, str) and isinstance(reality, str) and isinstance(verified, bool)
        ):
            raise RulebookError(file, key, "has chosen, reality and verified")
        readings[key] = Reading(key, chosen, reality, verified)
    return readings
