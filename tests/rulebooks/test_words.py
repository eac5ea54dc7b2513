"""Everything the rulebooks say is said in English too."""

import ast
import re
from pathlib import Path

import pytest

from xiaodian import rulebooks
from xiaodian.infra import i18n

SOURCE = Path(__file__).parents[2] / "src" / "xiaodian"
SPEAKERS = [
    "merchants/rules/opening.py",
    "deposits/rules/requirement.py",
    "deposits/rules/cover.py",
    "settlement/rules/fees.py",
    "settlement/rules/dates.py",
    "logistics/rules.py",
    "consoles/guide.py",
    *sorted(
        str(file.relative_to(SOURCE)) for file in (SOURCE / "consoles/comparison").glob("*.py")
    ),
]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACES = re.compile(r"\{[^}]*\}")


def texts(file):
    """List the Chinese texts of a file, without its docstrings."""
    tree = ast.parse((SOURCE / file).read_text(encoding="utf-8"))
    described = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree)
        if isinstance(node, described)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CHINESE.search(node.value)
        and node.value not in docstrings
    }


@pytest.mark.parametrize("file", SPEAKERS)
def test_sentences_are_translated_with_all_their_places(file):
    english = i18n.catalogue("en")
    for text in texts(file):
        assert text in english, text
        assert set(PLACES.findall(text)) == set(PLACES.findall(english[text])), text
        assert not CHINESE.search(english[text]), text


@pytest.mark.parametrize("market", sorted(rulebooks.shipped().codes()))
def test_notes_are_translated(market):
    english = i18n.catalogue("en")
    for leaf in rulebooks.market(market).leaves.values():
        assert not leaf.note or leaf.note in english, leaf.path
        assert leaf.reading is None or leaf.reading.chosen in english, leaf.path
