"""Which words the program says, where, and which of them English lacks.

Found without running anything: the first argument of ``_``, ``plural``, ``translate`` and
``sentence`` in templates and code; what is called ``sentence`` (class variables of refusals,
keyword arguments of verdicts); the values of tables whose name is or ends with ``LABELS``,
``WORDS`` or ``SENTENCES``.
"""

from __future__ import annotations

import ast
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

__all__ = ["Finding", "conflicts", "missing", "said", "stale"]

Finding = tuple[str, str]
"""A source text, and where it is said, as ``room/file:line``."""
_CALLS = frozenset({"_", "translate", "plural", "sentence"})
_TABLE = re.compile(r"(^|_)(LABELS|WORDS|SENTENCES)$")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def said() -> list[Finding]:
    """List every text of the installed package, with its place."""
    root = Path(str(resources.files("xiaodian")))
    found: list[Finding] = []
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root)
        if path.suffix == ".py":
            found += [(text, f"{place}:{line}") for text, line in _in_code(path)]
        elif "templates" in place.parts and path.suffix in {".html", ".txt", ".svg"}:
            found += [(text, f"{place}:{line}") for text, line in _in_template(path)]
    for look in (HOUSE, *LOOKS.values()):
        found += [(text, "infra/looks.py") for text in (look.name, look.short, look.letter)]
    return found


def missing(lang: str = "en") -> dict[str, str]:
    """Answer the texts that a language lacks, each with the first place that says it."""
    known = i18n.catalogue(lang)
    lacking: dict[str, str] = {}
    for text, place in said():
        if text not in known and _CHINESE.search(text):
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


def _in_code(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield from _of_name(target.id, node.value)


def _of_call(node: ast.Call) -> Iterator[tuple[str, int]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in _CALLS and node.args:
        yield from _strings(node.args[0])
    for keyword in node.keywords:
        if keyword.arg == "sentence":
            yield from _strings(keyword.value)


def _of_name(name: str, value: ast.expr) -> Iterator[tuple[str, int]]:
    if name == "sentence":
        yield from _strings(value)
    elif _TABLE.search(name) and isinstance(value, ast.Dict):
        for item in value.values:
            yield from _strings(item)


def _strings(value: ast.expr) -> Iterator[tuple[str, int]]:
    """Read the texts a value can be: a plain string, or either side of a choice."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value, value.lineno
    elif isinstance(value, ast.IfExp):
        yield from _strings(value.body)
        yield from _strings(value.orelse)
