"""What the consoles' own pages refuse."""

from __future__ import annotations

from typing import ClassVar

from xiaodian.kernel.errors import Kind, Refusal

__all__ = ["LanguageUnknown", "MarketUnknown"]


class MarketUnknown(Refusal):
    """No rulebook has this market. Fact: ``market``."""

    code: ClassVar[str] = "MARKET_UNKNOWN"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这个市场：{market}"


class LanguageUnknown(Refusal):
    """The pages are not written in this language. Fact: ``lang``."""

    code: ClassVar[str] = "LANGUAGE_UNKNOWN"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "没有这种语言：{lang}"
