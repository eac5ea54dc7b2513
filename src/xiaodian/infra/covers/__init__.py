"""Drawn covers for goods without a picture: the same title, category and seed, the same picture."""

from __future__ import annotations

import functools
import hashlib
import tomllib
from dataclasses import dataclass
from importlib import resources
from urllib.parse import quote
from xml.sax.saxutils import escape

__all__ = ["cover_address", "draw_cover"]

_SIDE = 400
_FONT = (
    "PingFang SC, HarmonyOS Sans SC, MiSans, Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei,"
    " sans-serif"
)
_LINE_EMS = 10.6
_TITLE_LINES = 2
_NARROW_EM = 0.56
_TITLE_MAX = 80


@dataclass(frozen=True, slots=True)
class _Glyphs:
    """The drawings by name, and what stands for which category code and which word of a title."""

    drawings: dict[str, str]
    by_category: dict[str, str]
    by_word: dict[str, str]


@functools.cache
def _glyphs() -> _Glyphs:
    """Read the drawings once."""
    file = resources.files("xiaodian") / "infra" / "covers" / "glyphs.toml"
    read = tomllib.loads(file.read_text("utf-8"))
    return _Glyphs(
        drawings={name: glyph["draw"].strip() for name, glyph in read.items()},
        by_category={code: name for name, glyph in read.items() for code in glyph["categories"]},
        by_word={word: name for name, glyph in read.items() for word in glyph.get("words", ())},
    )


@dataclass(frozen=True, slots=True)
class _Palette:
    """Colours that go together: two grounds, then what glyphs call L, M, D and A, and the title."""

    ground: str
    ground_to: str
    light: str
    middle: str
    deep: str
    accent: str
    title: str


_PALETTES: dict[str, _Palette] = {
    "sand": _Palette("#f8f1e7", "#ecdcc6", "#fffaf2", "#dcb792", "#7d4f33", "#e07a5f", "#5a3822"),
    "sage": _Palette("#eff4ec", "#d3e3cd", "#fafdf8", "#9cbf93", "#365f43", "#e9b44c", "#2b4c36"),
    "sky": _Palette("#eaf2fb", "#cbdef3", "#f8fbff", "#8db4de", "#27527f", "#f2a65a", "#1f4165"),
    "blush": _Palette("#fcefee", "#f3d3d5", "#fffafa", "#e5a3a9", "#8c3747", "#57917d", "#6d2a38"),
    "lilac": _Palette("#f2eefa", "#dbd0ef", "#fbf9ff", "#b3a1db", "#4d3a84", "#f0a04b", "#3d2e69"),
    "lemon": _Palette("#fdf6df", "#f5e5ab", "#fffdf4", "#e3c04f", "#735614", "#d9643a", "#594310"),
    "mint": _Palette("#e6f6f2", "#c2e6dd", "#f7fdfb", "#7cc3b2", "#1a6055", "#f07f5a", "#154c43"),
    "stone": _Palette("#f1f2f4", "#d7dbe1", "#fbfbfc", "#a8b0bc", "#374050", "#d96c4a", "#2c3340"),
    "peach": _Palette("#fef0e6", "#f9d5bd", "#fffaf6", "#f0a780", "#8e4221", "#3f7c8a", "#6e3319"),
    "night": _Palette("#313a4c", "#1d2432", "#eef2f8", "#7f90ad", "#0f1420", "#5bc0de", "#f3f6fb"),
}
_CALM = ("sage", "sky", "stone", "sand", "lilac", "mint")
_MOODS: tuple[tuple[str, str], ...] = (
    ("sand peach lemon blush", "cake snack bowl pot cup wine cooker bone"),
    ("mint sage lemon", "fruit carrot fish tea plant milk bottle tent"),
    ("sky stone night lilac", "phone plug laptop headphones camera watch gamepad signal disc"),
    ("sky stone mint lemon", "washer dryer car pencil book play pill"),
    ("blush lilac peach sand", "jar lipstick perfume dress ring necklace bag onesie"),
)
_PALETTES_OF = {glyph: tuple(names.split()) for names, glyphs in _MOODS for glyph in glyphs.split()}
"""Which grounds suit a thing; every other thing stands on a calm one."""


def cover_address(title: str, category: str = "", seed: int | str = "") -> str:
    """Answer a drawn cover as an address that an ``<img>`` can show."""
    return "data:image/svg+xml," + quote(draw_cover(title, category, seed), safe=" /:=,;()'*!~-._")


def draw_cover(title: str, category: str = "", seed: int | str = "") -> str:
    """Draw a square cover as SVG: a thing for the category, on a ground, above the title.

    ``category`` is a code of the rulebooks' categories; one that is unknown or empty is guessed
    from the title's words. ``seed`` tells goods of one title apart. Uses no outside font or picture
    and no style attribute.
    """
    bits = hashlib.sha256(f"{title}\n{category}\n{seed}".encode("utf-8", "replace")).digest()
    glyph = _glyph(title, category)
    names = _PALETTES_OF.get(glyph, _CALM)
    palette = _PALETTES[names[bits[0] % len(names)]]
    ground = f"g{bits[1:5].hex()}"
    thing = _painted(_glyphs().drawings[glyph], palette)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}">'
        f'<defs><linearGradient id="{ground}" x1="0" y1="0" x2="1" y2="1">'
        f'<stop offset="0" stop-color="{palette.ground}"/>'
        f'<stop offset="1" stop-color="{palette.ground_to}"/></linearGradient></defs>'
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="url(#{ground})"/>'
        f"{_scene(bits, palette)}"
        f'<g transform="translate(92 58) scale(1.08)">{thing}</g>'
        f"{_title(title, palette)}</svg>"
    )


def _glyph(title: str, category: str) -> str:
    glyphs = _glyphs()
    found = glyphs.by_category.get(category)
    if found and category != "general":
        return found
    words = [word for word in glyphs.by_word if word in title]
    return glyphs.by_word[max(words, key=len)] if words else "box"


def _painted(glyph: str, palette: _Palette) -> str:
    colours = {
        "L": palette.light,
        "M": palette.middle,
        "D": palette.deep,
        "A": palette.accent,
        "W": "#ffffff",
    }
    for letter, colour in colours.items():
        glyph = glyph.replace(f'="{letter}"', f'="{colour}"')
    return glyph


def _scene(bits: bytes, palette: _Palette) -> str:
    """Set something quiet behind the thing: a sun, an arch, a hill or a table."""
    shade = f'fill="{palette.light}" fill-opacity=".7"'
    if palette.ground == _PALETTES["night"].ground:
        shade = f'fill="{palette.middle}" fill-opacity=".35"'
    shift = bits[6] % 40 - 20
    hill = f"M0 {214 + shift}C110 {150 + shift} 250 {270 - shift} 400 {190 - shift}"
    turn = f"rotate({shift // 4} 200 168)"
    scenes = (
        f'<circle cx="{200 + shift}" cy="{166 - shift // 4}" r="{122 + bits[7] % 14}" {shade}/>',
        f'<path d="M80 292V164a120 120 0 0 1 240 0v128z" {shade}/>',
        f'<path d="{hill}V292H0z" {shade}/>',
        f'<rect x="70" y="44" width="260" height="248" rx="34" {shade} transform="{turn}"/>',
    )
    dots = "".join(
        f'<circle cx="{20 + bits[8 + 2 * n] * 360 // 255}" cy="{16 + bits[9 + 2 * n] // 4}" '
        f'r="{3 + bits[9 + n] % 4}" fill="{palette.accent}" fill-opacity=".5"/>'
        for n in range(3)
    )
    return scenes[bits[5] % len(scenes)] + dots


def _title(title: str, palette: _Palette) -> str:
    lines = _lines(" ".join(_printable(title[:_TITLE_MAX]).split()))
    top = 352 if len(lines) == 1 else 334
    text = (
        f'text-anchor="middle" font-family="{_FONT}" font-size="30" font-weight="600"'
        f' fill="{palette.title}"'
    )
    return "".join(
        f'<text x="200" y="{top + n * 40}" {text}>{escape(line)}</text>'
        for n, line in enumerate(lines)
    )


def _printable(text: str) -> str:
    """Leave out what XML cannot hold; other white space becomes a space."""
    return "".join(char if char.isprintable() else " " for char in text)


def _ems(text: str) -> float:
    return sum(_NARROW_EM if char.isascii() else 1 for char in text)


def _lines(title: str) -> list[str]:
    """Break a title into at most two lines of like length; what does not fit ends in dots."""
    if _ems(title) <= _LINE_EMS:
        return [title] if title else []
    half = min(_ems(title) / _TITLE_LINES, _LINE_EMS)
    first = ""
    for place, char in enumerate(title):
        full = _ems(first) >= half
        splits_word = char.isascii() and char.isalnum() and title[place - 1 : place].isascii()
        if full and (not splits_word or _ems(first) >= _LINE_EMS):
            break
        first += char
    rest = title[len(first) :].strip()
    if _ems(rest) > _LINE_EMS:
        while _ems(rest) > _LINE_EMS - 1:
            rest = rest[:-1]
        rest = rest.rstrip() + "…"
    return [first.strip(), rest]
