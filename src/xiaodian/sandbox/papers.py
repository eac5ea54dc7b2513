"""Papers for the sandbox: numbers with right check digits, pictures that say what they are.

Nobody real is meant: names are of the demonstration, numbers are made.
"""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw
from stdnum import luhn
from stdnum.cn import ric, uscc

if TYPE_CHECKING:
    from collections.abc import Callable

    from xiaodian.merchants.rules.papers import Paper

__all__ = ["VALID_TO", "files_of", "values_of"]

VALID_TO = date(2045, 12, 31)
_BANK = "演示银行示例支行"


def values_of(paper: Paper, number: int, *, company: str, person: str) -> dict[str, str]:
    """Answer what is filled in beside a paper; ``number`` tells one applicant from another."""
    values = {field.name: _text(field.name) for field in paper.fields}
    if paper.holder is not None:
        values["name"] = person if paper.purpose == "identity" else company
    if paper.number is not None and paper.form is not None:
        values["number"] = _NUMBERS[paper.form.value](number)
    return values


def files_of(paper: Paper) -> dict[str, bytes]:
    """Draw the pictures a paper asks for."""
    return {side.name: _picture(paper.kind, side.name) for side in paper.sides}


def _text(field: str) -> str:
    return {"bank": _BANK, "issuer": "演示认证中心", "brand": "演示品牌"}.get(
        field, "示例市演示路 1 号"
    )


def _identity(number: int) -> str:
    first = f"11010119900307{number % 900:03d}"
    return first + ric.calc_check_digit(first + "0")


def _credit_code(number: int) -> str:
    first = f"91110108{number % 900:09d}"
    return first + uscc.calc_check_digit(first)


def _card(number: int) -> str:
    first = f"622202020000{number % 900:06d}"
    return first + luhn.calc_check_digit(first)


_NUMBERS: dict[str, Callable[[int], str]] = {
    "identity": _identity,
    "credit_code": _credit_code,
    "card": _card,
    "account": lambda number: f"1109{number % 900:09d}00",
    "serial": lambda number: f"CA{number % 900:010d}00",
}


def _picture(kind: str, side: str) -> bytes:
    """Draw a card with the paper's code on it; the reviewer of a demonstration sees what it is."""
    picture = Image.new("RGB", (860, 540), "#f4f6f8")
    draw = ImageDraw.Draw(picture)
    card = (20, 20, 840, 520)
    draw.rounded_rectangle(card, radius=28, fill="#ffffff", outline="#c9cdd4", width=4)
    draw.rectangle((20, 90, 840, 130), fill="#e8f3ff")
    draw.text((50, 45), "SAMPLE", fill="#8a919f", font_size=34)
    draw.text((50, 200), kind.replace("_", " "), fill="#1f2329", font_size=48)
    draw.text((50, 280), side, fill="#8a919f", font_size=36)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
