"""What one cell of a product sheet means: a price, a stock, a list of attributes."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING

from xiaodian.catalog.rules.said import Fact, Said
from xiaodian.kernel.errors import Refusal

if TYPE_CHECKING:
    from xiaodian.catalog.rules.importing.table import AmountReader, Cell

__all__ = [
    "NUMBER_MAX",
    "STOCK_MAX",
    "Fault",
    "PriceFault",
    "is_storable",
    "problem_of",
    "read_attributes",
    "read_number",
    "read_price",
    "read_spec",
    "read_stock",
]

NUMBER_MAX = 64
"""A product's or SKU's number has at most so many signs."""
STOCK_MAX = 100_000_000
"""Nobody has more pieces of one SKU."""
_PAIR_SEPARATORS = re.compile(r"[;；\n]+")
_KEY_SEPARATOR = re.compile(r"[:：=＝]")
_NUMBER = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_ATTRIBUTES_MAX = 100
_NAME_MAX = 64

_PROBLEMS = {
    "FORMULA_WITHOUT_VALUE": "公式没有保存计算结果",
    "ERROR_VALUE": "单元格是错误值",
    "NUMBER_IMPRECISE": "数字超过 15 位已失真，请改为文本格式",
}


class Fault(Exception):  # noqa: N818 - what is wrong with a cell, not an error of the program
    """A cell does not say what it should; ``code`` names how, ``said`` tells a person."""

    def __init__(self, code: str, text: str, **facts: Fact) -> None:
        super().__init__(code)
        self.code = code
        self.said = Said(text, facts)


class PriceFault(Fault):
    """The cell holds no positive, exact amount."""


def problem_of(cell: Cell) -> str:
    """Say in Chinese why the text of a cell cannot be trusted; empty when it can."""
    return _PROBLEMS.get(cell.problem, cell.problem) if cell.problem else ""


def is_storable(text: str) -> bool:
    """Tell whether the database can hold a text: no control signs, no half of a surrogate pair."""
    return _UNSTORABLE.search(text) is None


def read_number(cell: Cell | None) -> str:
    """Read a number that can name something: one line, not too long, whole; else empty."""
    if cell is None or cell.problem or len(cell.text) > NUMBER_MAX or not cell.text.isprintable():
        return ""
    return cell.text


def read_price(cell: Cell, fen_of: AmountReader) -> int:
    """Read a positive price in fen; PRICE_UNREADABLE or PRICE_NOT_POSITIVE is a fault."""
    if cell.problem:
        raise PriceFault("PRICE_UNREADABLE", "价格无法识别：{why}", why=problem_of(cell))
    if not cell.text:
        raise PriceFault("PRICE_UNREADABLE", "价格没有填写")
    try:
        price_fen = fen_of(cell.text)
    except Refusal as refusal:
        plain = unicodedata.normalize("NFKC", cell.text).strip()
        if plain.startswith("-") and _NUMBER.fullmatch(plain):
            raise PriceFault(
                "PRICE_NOT_POSITIVE", "价格必须大于 0：{found}", found=cell.text[:40]
            ) from refusal
        raise PriceFault("PRICE_UNREADABLE", "价格无法识别：{why}", why=cell.text[:40]) from refusal
    if price_fen == 0:
        raise PriceFault("PRICE_NOT_POSITIVE", "价格必须大于 0")
    return price_fen


def read_stock(cell: Cell) -> int:
    """Read a whole number of pieces; raises ``Fault`` STOCK_UNREADABLE."""
    text = unicodedata.normalize("NFKC", cell.text).replace(",", "")
    if cell.problem or not (text.isascii() and text.isdecimal()) or len(text) > len(str(STOCK_MAX)):
        raise Fault(
            "STOCK_UNREADABLE",
            "库存无法识别：{found}",
            found=problem_of(cell) or cell.text[:40] or "没有填写",
        )
    if int(text) > STOCK_MAX:
        raise Fault("STOCK_UNREADABLE", "库存超过上限 {limit}", limit=STOCK_MAX)
    return int(text)


def read_attributes(cell: Cell) -> dict[str, str]:
    """Read attributes written as a JSON object of texts or as ``材质:棉; 产地:中国``.

    Raises ``Fault`` ATTRIBUTES_UNREADABLE: whatever is neither is asked about, not interpreted.
    """
    if cell.problem:
        raise _unreadable(problem_of(cell))
    if not cell.text:
        return {}
    pairs = _json_pairs(cell.text) if cell.text.startswith("{") else _text_pairs(cell.text)
    found: dict[str, str] = {}
    for name, value in pairs:
        if not name or len(name) > _NAME_MAX or not is_storable(name + value):
            raise _unreadable("属性名或属性值不合要求")
        if found.setdefault(name, value) != value:
            raise _unreadable(f"属性“{name[:20]}”出现两次且不一致")
    if len(found) > _ATTRIBUTES_MAX:
        raise _unreadable(f"属性超过 {_ATTRIBUTES_MAX} 个")
    return {name: value for name, value in found.items() if value}


def read_spec(text: str) -> dict[str, str]:
    """Read what tells a SKU from its sisters: ``规格:标准; 颜色:白``, or any text as 规格."""
    pairs = [part.strip() for part in _PAIR_SEPARATORS.split(text) if part.strip()]
    spec: dict[str, str] = {}
    for pair in pairs:
        name, value = _split(pair)
        if not name or not value or name in spec:
            return {"规格": text}
        spec[name] = value
    return spec


def _unreadable(why: str) -> Fault:
    return Fault("ATTRIBUTES_UNREADABLE", "属性无法读取：{why}", why=why)


def _json_pairs(text: str) -> list[tuple[str, str]]:
    try:
        found: object = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        raise _unreadable("不是正确的 JSON") from error
    if not isinstance(found, _Pairs):
        raise _unreadable("不是键值对")
    return [(name.strip(), _scalar(value)) for name, value in found]


class _Pairs(list[tuple[str, object]]):
    """The members of a JSON object, in order and with repetitions."""


def _scalar(value: object) -> str:
    match value:
        case str():
            return value.strip()
        case bool():
            return "是" if value else "否"
        case int() | float():
            return str(value)
        case None:
            return ""
        case _:
            raise _unreadable("属性值只能是文字或数字")


def _text_pairs(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for pair in _PAIR_SEPARATORS.split(text):
        if not pair.strip():
            continue
        name, value = _split(pair)
        if not name:
            raise _unreadable(f"“{pair.strip()[:20]}”不是“名称:值”")
        found.append((name, value))
    return found


def _split(pair: str) -> tuple[str, str]:
    """Part a pair at its first colon or equals sign, of whatever width."""
    parts = _KEY_SEPARATOR.split(pair, maxsplit=1)
    return (parts[0].strip(), parts[1].strip()) if len(parts) > 1 else ("", pair.strip())
