"""Which words the program says, where, and which of them English lacks.

Found without running anything: the first argument of ``_``, ``plural``, ``translate`` and
``sentence``, in templates and code, and every other string in code that has Chinese in it, since
what is Chinese there is said to a person. Not counted are docstrings, patterns, pieces of formatted
strings, and the modules of `NOT_SAID`, which speak for themselves.
"""

from __future__ import annotations

import ast
import functools
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from xiaodian.infra import i18n
from xiaodian.infra.looks import HOUSE, LOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NOT_SAID", "Finding", "conflicts", "missing", "said", "said_in", "stale"]

Finding = tuple[str, str]
"""A source text, and where it is said, as ``room/file:line``."""
_CALLS = frozenset({"_", "translate", "plural", "sentence"})
NOT_SAID = ("cli/", "sandbox/", "payments/gateway/", "catalog/rules/importing/columns.py")
"""Commands and twins speak to other people than our pages do; column names are read, not said."""
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_FACT = re.compile(r"\{[^{}]*\}")
_LATIN_PER_CHINESE = 6


@functools.cache
def said() -> tuple[Finding, ...]:
    """List every text of the installed package, with its place; looked up once a process."""
    root = Path(str(resources.files("xiaodian")))
    found: list[Finding] = []
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root)
        if path.suffix == ".py":
            literals = not str(place).startswith(NOT_SAID)
            found += [(text, f"{place}:{line}") for text, line in _in_code(path, literals=literals)]
        elif "templates" in place.parts and path.suffix in {".html", ".txt", ".svg"}:
            found += [(text, f"{place}:{line}") for text, line in _in_template(path)]
    for look in (HOUSE, *LOOKS.values()):
        found += [(text, "infra/looks.py") for text in (look.name, look.short, look.letter)]
    return tuple(found)


def missing(lang: str = "en") -> dict[str, str]:
    """Answer the texts that a language lacks, each with the first place that says it."""
    known = i18n.catalogue(lang)
    lacking: dict[str, str] = {}
    for text, place in said():
        if text not in known and _is_chinese(text):
            lacking.setdefault(text, place)
    return lacking


def stale(lang: str = "en", *, file: str) -> list[str]:
    """Answer the texts of one catalogue file that nothing says any more."""
    spoken = {text for text, _ in said()}
    return sorted(text for text, _ in _entries(lang, file) if text not in spoken)


def conflicts(lang: str = "en") -> dict[str, list[str]]:
    """Answer the texts that two catalogue files translate in different words."""
    forms: dict[str, set[str]] = {}
    for item in i18n.catalogue_files(lang):
        for text, translation in _entries(lang, item.name):
            forms.setdefault(text, set()).add(translation)
    return {text: sorted(words) for text, words in forms.items() if len(words) > 1}


def said_in(lang: str, file: str) -> list[str]:
    """Answer the texts that one catalogue file translates."""
    return [text for text, _ in _entries(lang, file)]


def _entries(lang: str, file: str) -> Iterator[tuple[str, str]]:
    for item in i18n.catalogue_files(lang):
        if item.name != file:
            continue
        with item.open("rb") as stream:
            for message in read_po(stream, locale=lang.replace("-", "_")):
                text = message.id if isinstance(message.id, str) else message.id[0]
                if text:
                    yield text, str(message.string)


def _in_template(path: Path) -> Iterator[tuple[str, int]]:
    environment = Environment(
        autoescape=True, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"]
    )
    for call in environment.parse(path.read_text("utf-8")).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in _CALLS and call.args:
            yield from _constants(call.args[0])


def _constants(value: nodes.Node) -> Iterator[tuple[str, int]]:
    """Read the texts a template's argument can be: a plain string, or either side of a choice."""
    if isinstance(value, nodes.Const) and isinstance(value.value, str):
        yield value.value, value.lineno
    elif isinstance(value, nodes.CondExpr):
        yield from _constants(value.expr1)
        if value.expr2 is not None:
            yield from _constants(value.expr2)


def _in_code(path: Path, *, literals: bool) -> Iterator[tuple[str, int]]:
    tree = ast.parse(path.read_text("utf-8"))
    silent = {id(part) for node in ast.walk(tree) for part in _silent(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif literals and isinstance(node, ast.Constant) and id(node) not in silent:
            text = node.value
            if isinstance(text, str) and _is_chinese(text) and "(?" not in text:
                yield text, node.lineno


def _is_chinese(text: str) -> bool:
    """Tell whether a text is Chinese, not English that quotes a Chinese word."""
    latin = len(_LATIN.findall(_FACT.sub("", text)))
    return latin < _LATIN_PER_CHINESE * len(_CHINESE.findall(text))


def _silent(node: ast.AST) -> Iterator[ast.AST]:
    """Name the strings that stand alone as documentation, and the pieces of formatted ones."""
    if isinstance(node, ast.Expr):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from node.values


def _of_call(node: ast.Call) -> Iterator[tuple[str, int]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in _CALLS and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value, first.lineno
