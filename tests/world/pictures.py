"""The pictures of the documentation, made of what pages really look like."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

IMAGES = Path(__file__).parents[2] / "docs" / "images"
_GROUND = ("#eef3ff", "#f3fbf6")
_RADIUS = 18
_COLOURS = 256
_OVERVIEW = (1800, 1040)
_DESKTOP_WIDTH = 1000
_PHONE_WIDTH = 330


def keep(name: str, shot: bytes, *, at_most: int, width: int) -> None:
    """Write one page's picture, small enough for a page of documentation."""
    _write(name, _narrowed(_opened(shot), width), at_most)


def compose_overview(phone: bytes, front: bytes, back: bytes, *, at_most: int) -> None:
    """Lay a phone and two screens out as one picture."""
    ground = Image.linear_gradient("L").resize(_OVERVIEW).rotate(180)
    canvas = Image.composite(
        Image.new("RGB", _OVERVIEW, _GROUND[0]), Image.new("RGB", _OVERVIEW, _GROUND[1]), ground
    )
    _lay(canvas, _narrowed(_opened(back), _DESKTOP_WIDTH), (740, 60))
    _lay(canvas, _narrowed(_opened(front), _DESKTOP_WIDTH), (370, 300))
    _lay(canvas, _narrowed(_opened(phone), _PHONE_WIDTH), (90, 200))
    _write("overview", canvas, at_most)


def _opened(shot: bytes) -> Image.Image:
    return Image.open(io.BytesIO(shot)).convert("RGB")


def _narrowed(picture: Image.Image, width: int) -> Image.Image:
    height = picture.height * width // picture.width
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _lay(canvas: Image.Image, picture: Image.Image, at: tuple[int, int]) -> None:
    """Lay a picture with round corners and a soft shadow."""
    mask = Image.new("L", picture.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *picture.size), radius=_RADIUS, fill=255)
    shade = Image.new("L", canvas.size, 0)
    shade.paste(mask.point(lambda value: value * 2 // 5), (at[0], at[1] + 14))
    canvas.paste("#24324a", (0, 0), shade.filter(ImageFilter.GaussianBlur(22)))
    canvas.paste(picture, at, mask)


def _write(name: str, picture: Image.Image, at_most: int) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / f"{name}.png"
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    assert size < at_most, f"{path.name} has {size} bytes, at most {at_most} are kept"
