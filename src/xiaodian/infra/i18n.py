"""The words of the house: Chinese in the source, other languages from catalogues.

A source text is its own key. English stands in ``locales/en/<room>.po``; all files of the folder
are one catalogue. A text without a translation is shown as it is. Facts stand in braces,
``_("还差 {short_fen}", short_fen=…)``, and are written the way their name ends: ``_fen`` as yuan,
``_bps`` as a percentage, ``_at`` as an instant in Shanghai, ``_on`` as a day.
"""

from __future__ import annotations

import functools
import re
from datetime import date, datetime
from importlib import resources
from typing import TYPE_CHECKING, cast

from babel.core import negotiate_locale
from babel.messages.pofile import read_po

from xiaodian.kernel.clock import SHANGHAI
from xiaodian.kernel.money import yuan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

    from babel.messages.catalog import Message

__all__ = [
    "LANGUAGES",
    "SOURCE",
    "catalogue",
    "catalogue_files",
    "name_codes_with",
    "negotiate",
    "percentage",
    "plural",
    "sentence",
    "shown",
    "translate",
]

SOURCE = "zh-CN"
"""The language of the source texts."""
LANGUAGES: dict[str, str] = {SOURCE: "中文", "en": "English"}
"""The languages a person can choose, each under its own name."""
_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})")
_WEIGHT = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*"
)
_ACCEPTED_MAX = 20
_MISSING = "—"


def negotiate(chosen: str, accepted: str) -> str:
    """Answer the reader's language: what they chose, else what the browser asks for, else Chinese.

    ``chosen`` is the cookie ``lang``, ``accepted`` the header Accept-Language; either may be empty
    or nonsense.
    """
    if chosen in LANGUAGES:
        return chosen
    wished: list[tuple[float, str]] = []
    for part in accepted.split(",")[:_ACCEPTED_MAX]:
        read = _WEIGHT.fullmatch(part)
        if read and read[1] != "*":
            wished.append((float(read[2] or 1), _known(read[1])))
    wished.sort(key=lambda wish: -wish[0])
    tags = [tag for weight, tag in wished if weight > 0]
    found = negotiate_locale(tags, list(LANGUAGES), sep="-")
    return found or SOURCE


def _known(tag: str) -> str:
    """Read every kind of Chinese as ours; there is one written form here."""
    return SOURCE if tag.lower().split("-")[0] == "zh" else tag


def catalogue_files(lang: str) -> Iterator[Traversable]:
    """Name the catalogue files of a language, in the order of their names."""
    folder = resources.files("xiaodian") / "locales" / lang
    if folder.is_dir():
        yield from sorted(
            (item for item in folder.iterdir() if item.name.endswith(".po")), key=lambda it: it.name
        )


@functools.cache
def catalogue(lang: str) -> dict[str, str | tuple[str, ...]]:
    """Read all catalogues of a language once; a plural text has a tuple of forms."""
    texts: dict[str, str | tuple[str, ...]] = {}
    for item in catalogue_files(lang):
        with item.open("rb") as stream:
            for message in read_po(stream, locale=lang.replace("-", "_")):
                _add(texts, message)
    return texts


def _add(texts: dict[str, str | tuple[str, ...]], message: Message) -> None:
    """Take one entry over, unless it says nothing; the first file that has a text keeps it."""
    if message.fuzzy or not message.id:
        return
    if isinstance(message.id, str):
        if isinstance(message.string, str) and message.string:
            texts.setdefault(message.id, message.string)
    elif message.string and all(message.string):
        texts.setdefault(message.id[0], tuple(message.string))


def translate(text: str, lang: str) -> str:
    """Answer a source text in a language; facts stay in braces."""
    if lang == SOURCE:
        return text
    found = catalogue(lang).get(text, text)
    return found if isinstance(found, str) else found[0]


def plural(text: str, count: int, lang: str) -> str:
    """Answer a text that counts something, in the form that the number asks for; fills ``{n}``.

    Chinese has one form, so the text itself is the key and both of its forms.
    """
    chosen: str | tuple[str, ...] = text if lang == SOURCE else catalogue(lang).get(text, text)
    form = chosen if isinstance(chosen, str) else chosen[0 if count == 1 else -1]
    return form.replace("{n}", f"{count:,}")


_namers: list[Callable[[str, str, str], str]] = []


def name_codes_with(name_of: Callable[[str, str, str], str]) -> None:
    """Say who knows what codes are called: kind, code and language in, the name out.

    From then on a sentence may hold ``{missing:document}``, a fact whose codes are shown by name.
    """
    _namers[:] = [name_of]


def sentence(text: str, facts: Mapping[str, object], lang: str) -> str:
    """Translate a sentence and put its facts in.

    Only whole names in braces are filled, so neither text nor facts can reach into anything. A fact
    that is missing is a dash.
    """
    translated = translate(text, lang)
    return _PLACE.sub(lambda place: _filled(place[1], place[2], facts, lang), translated)


def _filled(name: str, kind: str | None, facts: Mapping[str, object], lang: str) -> str:
    value = facts.get(name)
    if kind is None or not _namers:
        return shown(name, value, lang)
    codes = cast("Sequence[object]", value) if isinstance(value, list | tuple) else [value]
    separator = "、" if lang == SOURCE else ", "
    return separator.join(_namers[0](kind, str(code), lang) for code in codes) or _MISSING


def shown(name: str, value: object, lang: str) -> str:
    """Write one fact as people read it, the way its name ends."""
    match value:
        case None | "":
            text = _MISSING
        case bool():
            text = translate("是", lang) if value else translate("否", lang)
        case int():
            text = _number(name, value)
        case datetime():
            text = value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        case date():
            text = value.isoformat()
        case str() if name.endswith("_at") and _ISO.fullmatch(value):
            text = shown(name, datetime.fromisoformat(value), lang)
        case list() | tuple():
            items = cast("Sequence[object]", value)
            separator = "、" if lang == SOURCE else ", "
            text = separator.join(shown(name, item, lang) for item in items) or _MISSING
        case _:
            text = translate(str(value), lang)
    return text


def _number(name: str, value: int) -> str:
    if name.endswith("_fen"):
        return f"¥{yuan(value)}"
    if name.endswith("_bps"):
        return percentage(value)
    return str(value)


def percentage(bps: int) -> str:
    """Write basis points as people read them: 60 is ``0.6%``."""
    sign = "-" if bps < 0 else ""
    whole, rest = divmod(abs(bps), 100)
    return f"{sign}{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"
