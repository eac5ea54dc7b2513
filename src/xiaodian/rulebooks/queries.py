"""What can be asked of the rulebooks as a whole: differences, the source text, the requirements."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from xiaodian.rulebooks.errors import RulebookError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from xiaodian.rulebooks.loader.library import Library
    from xiaodian.rulebooks.schema.leaf import Leaf
    from xiaodian.rulebooks.schema.rulebook import Rulebook

__all__ = [
    "Claim",
    "Difference",
    "Phrase",
    "Requirement",
    "claims_in",
    "diff",
    "phrases",
    "requirements",
    "unclaimed",
    "unquoted",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """One parameter that two rulebooks see differently; None where one does not have it."""

    path: str
    before: Leaf | None
    after: Leaf | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """A rule that the product must keep, and the markets that it holds for."""

    id: str
    dimension: str
    markets: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of the source text, its lines there, and the requirements that it makes."""

    lines: tuple[int, ...]
    text: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A requirement in one market."""

    id: str
    market: str


def diff(before: Rulebook, after: Rulebook) -> list[Difference]:
    """List the parameters whose values differ, in the order of the books.

    What a market is called, and what it calls its categories, is no rule and is left out.
    """
    paths = dict.fromkeys([*before.leaves, *after.leaves])
    found: list[Difference] = []
    for path in paths:
        one, other = before.leaves.get(path), after.leaves.get(path)
        if path.startswith(("platform.", "categories.tree.")):
            continue
        if (None if one is None else one.value) != (None if other is None else other.value):
            found.append(Difference(path, one, other))
    return found


@cache
def requirements() -> dict[str, Requirement]:
    """Answer every requirement by its ID; raises ``RulebookError``."""
    found: dict[str, Requirement] = {}
    for id_, raw in _table("requirements.toml").items():
        try:
            found[id_] = Requirement(id_, raw["dimension"], tuple(raw["markets"]), raw["title"])
        except (KeyError, TypeError) as error:
            reason = "has dimension, markets and title"
            raise RulebookError("requirements.toml", id_, reason) from error
    return found


@cache
def phrases() -> tuple[Phrase, ...]:
    """Answer the source text, phrase by phrase; raises ``RulebookError``."""
    try:
        return tuple(
            Phrase(tuple(raw["lines"]), raw["text"], tuple(raw["rules"]))
            for raw in _table("seed.toml")["phrases"]
        )
    except (KeyError, TypeError) as error:
        raise RulebookError("seed.toml", "phrases", "have lines, text and rules") from error


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("xiaodian.rulebooks") / "data" / name).read_text(encoding="utf-8"))


def unquoted(library: Library) -> list[tuple[Phrase, str]]:
    """List the phrases, each with a requirement, that no leaf of its markets quotes."""
    known = requirements()
    quoted = {
        (text, rule, book.market)
        for books in library.markets.values()
        for book in books
        for leaf in book.leaves.values()
        for text in leaf.quotes
        for rule in leaf.rules
    }
    return [
        (phrase, rule)
        for phrase in phrases()
        for rule in phrase.rules
        if not any((phrase.text, rule, market) in quoted for market in known[rule].markets)
    ]


def claims_in(tests: Path) -> set[Claim]:
    """Read from test files which requirements they claim, as in ``req("A-DEP-02", market="…")``.

    A mark of a requirement with one market names it by its ID alone. What is not written out as
    plain text cannot be read and claims nothing.
    """
    found: set[Claim] = set()
    for file in sorted(tests.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
            if isinstance(node, ast.Call) and _is_mark(node.func):
                found.update(_claimed(node))
    return found


def _is_mark(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "req"
        and isinstance(function.value, ast.Attribute)
        and function.value.attr == "mark"
    )


def _claimed(call: ast.Call) -> Iterator[Claim]:
    known = requirements()
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    market = named.get("market")
    for argument in call.args:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            continue
        requirement = known.get(argument.value)
        if requirement is None:
            continue
        if isinstance(market, ast.Constant) and market.value in requirement.markets:
            yield Claim(requirement.id, str(market.value))
        elif market is None and len(requirement.markets) == 1:
            yield Claim(requirement.id, requirement.markets[0])


def unclaimed(claims: Iterable[Claim]) -> Sequence[Claim]:
    """List the requirements, in each of their markets, that nobody claims."""
    taken = set(claims)
    return [
        claim
        for requirement in requirements().values()
        for market in requirement.markets
        if (claim := Claim(requirement.id, market)) not in taken
    ]
