"""Yuan as people type them into cells, turned into fen exactly or not at all."""

from __future__ import annotations

import re
import unicodedata

from xiaodian.infra.sheets.errors import AmountUnreadable

__all__ = ["fen_of"]

_YUAN = re.compile(
    r"[¥]?\s*(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,13})(?:\.(?P<part>[0-9]{1,2}))?\s*(?:元)?"
)
_WHOLE_MAX_DIGITS = 13
_SHOWN_CHARS = 40


def fen_of(text: str) -> int:
    """Read an exact amount of yuan as fen: ``"3,000.00"`` is 300000, ``"￥９９"`` is 9900.

    Full-width digits and signs are read as their narrow forms. Refuses ``AMOUNT_UNREADABLE`` for
    whatever is not exactly an amount: a third decimal, an exponent, a sign, a misplaced comma, NaN,
    an empty text, more than thirteen digits of yuan. Zero is an amount; whether it makes a price
    is the caller's question.
    """
    match = _YUAN.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        raise AmountUnreadable(text=text[:_SHOWN_CHARS])
    whole = match["whole"].replace(",", "")
    if len(whole) > _WHOLE_MAX_DIGITS:
        raise AmountUnreadable(text=text[:_SHOWN_CHARS])
    return int(whole) * 100 + int((match["part"] or "").ljust(2, "0"))
