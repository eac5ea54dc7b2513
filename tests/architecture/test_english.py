"""Whoever reads English reads all of the house in English, each text in one wording."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xiaodian.infra import i18n, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOTE = re.compile("现实(?:（未核实）)?：")
"""Put by the loader before what a rulebook says of reality."""
FILES = sorted(item.name for item in i18n.catalogue_files("en"))
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_PLACE = re.compile(r"\{\w+(?::\w+)?\}")
_NAMES_ITSELF = {"中文"}
"""A language is named in itself."""


@pytest.fixture(scope="module")
def heard() -> str:
    """What the house repeats but does not say itself: the rulebooks' data, and the twins' words."""
    root = Path(str(resources.files("xiaodian")))
    spoken = [path.read_text("utf-8") for path in (root / "sandbox" / "twins").rglob("*.py")]
    for path in root.rglob("*.toml"):
        spoken += _strings(tomllib.loads(path.read_text("utf-8")))
    return "\n".join(spoken)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(_strings, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_strings, value))


def test_nothing_said_lacks_english():
    assert texts.missing() == {}


def test_no_text_has_two_wordings():
    assert texts.conflicts() == {}


@pytest.mark.parametrize("file", FILES)
def test_no_catalogue_keeps_texts_that_nothing_says(file, heard):
    stale = texts.stale(file=file)
    assert [text for text in stale if _NOTE.sub("", text, count=1) not in heard] == []


def test_translations_are_english_and_keep_every_fact():
    wrong = [
        (text, english)
        for text, english in i18n.catalogue("en").items()
        if isinstance(english, str)
        and text not in _NAMES_ITSELF
        and (_CHINESE.search(english) or set(_PLACE.findall(text)) != set(_PLACE.findall(english)))
    ]
    assert wrong == []
