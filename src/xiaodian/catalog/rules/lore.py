"""The data this room ships: the attribute library and the crosswalk of other shops' words."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from xiaodian import rulebooks
from xiaodian.catalog.rules.attributes import AttributeLibrary, parse_library
from xiaodian.catalog.rules.mapping import Words, parse_mapping
from xiaodian.catalog.rules.questions import Lore

__all__ = ["crosswalk", "library", "lore_of"]


@cache
def library() -> AttributeLibrary:
    """Answer the attribute library, read once."""
    return parse_library(_text("attributes.toml"))


@cache
def crosswalk() -> Words:
    """Answer the default crosswalk, read once; a code that does not exist stops the boot."""
    return parse_mapping(_text("crosswalk.toml"), rulebooks.categories(), library())


def lore_of(rulebook: str) -> Lore:
    """Answer what drafts are judged by under a rulebook, by its ref."""
    return Lore(rulebooks.version(rulebook), rulebooks.categories(), library())


def _text(name: str) -> str:
    return (files("xiaodian.catalog") / "data" / name).read_text("utf-8")
