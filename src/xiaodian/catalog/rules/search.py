"""By which words a product is found: those of its title, and how they are typed without Chinese."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import rjieba
from pypinyin import Style, lazy_pinyin

__all__ = ["TOKENS_MAX", "SearchTokens", "search_tokens", "tokens_of"]

TOKENS_MAX = 300
"""A product is found by at most so many words."""
_QUERY_TOKENS_MAX = 24
_TOKEN_CHARS_MAX = 40
_RUN_CHARS_MAX = 12
_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class SearchTokens:
    """What a search asks for: all of ``required``; the more of ``preferred``, the better."""

    required: list[str]
    preferred: list[str]


def tokens_of(*texts: str) -> list[str]:
    """Answer what products with these texts are found by, most telling text first.

    Chinese words come with their characters, with pinyin in full and by initials: 四件套 is also
    found by ``sijiantao``, ``sjt`` and 套.
    """
    found: dict[str, None] = {}
    for text in texts:
        plain = _plain(text)
        for word in _words(plain):
            found[word] = None
            if _CHINESE.fullmatch(word):
                found.update(dict.fromkeys([*_spelt(word), *word]))
        for run in _CHINESE.findall(plain):
            if len(run) <= _RUN_CHARS_MAX:
                found.update(dict.fromkeys(_spelt(run)))
    return list(found)[:TOKENS_MAX]


def search_tokens(text: str) -> SearchTokens:
    """Take a search apart: every character of its Chinese, every other word whole."""
    plain = _plain(text)
    required: dict[str, None] = {}
    for word in _WORD.findall(plain):
        parts = list(word) if _CHINESE.fullmatch(word) else [word[:_TOKEN_CHARS_MAX]]
        required.update(dict.fromkeys(parts))
    return SearchTokens(
        list(required)[:_QUERY_TOKENS_MAX],
        list(dict.fromkeys(_words(plain)))[:_QUERY_TOKENS_MAX],
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _words(plain: str) -> list[str]:
    parts = rjieba.cut_for_search(plain)
    return [word[:_TOKEN_CHARS_MAX] for part in parts for word in _WORD.findall(part)]


def _spelt(word: str) -> list[str]:
    spelt = "".join(lazy_pinyin(word))[:_TOKEN_CHARS_MAX]
    return [spelt, "".join(lazy_pinyin(word, style=Style.FIRST_LETTER))]
