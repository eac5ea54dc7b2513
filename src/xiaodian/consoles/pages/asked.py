"""What a visitor of the public pages asks: read from the address, named where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xiaodian import rulebooks
from xiaodian.consoles.comparison import Question
from xiaodian.infra.i18n import SOURCE, translate
from xiaodian.infra.sheets import AmountUnreadable, fen_of
from xiaodian.rulebooks import Subject

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

__all__ = ["Asked", "category_options", "read_question", "subject_options"]

_ORDER_FEN = 19_900
_TYPED = {"subject": str(Subject.ENTERPRISE), "category": "apparel", "order": "199.00"}
"""What stands in the fields at first."""
_FIELDS = ("subject", "category", "order", "monthly", "orders", "agency", "content", "followers")
_AMOUNT_MAX_FEN = 100_000_000_000
_COUNT_MAX_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what was typed for it, and what of that could not be used."""

    question: Question
    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict[str, str])


class _Reading:
    """Reads fields one by one; what is wrong is named, and a default stands in for it."""

    def __init__(self, given: Mapping[str, str], lang: str) -> None:
        self.lang = lang
        self.typed = {**_TYPED, **{name: given[name].strip() for name in _FIELDS if name in given}}
        self.errors: dict[str, str] = {}

    def chosen(self, name: str, known: Container[str], complaint: str) -> str:
        """Read one of several codes."""
        code = self.typed[name]
        if code in known:
            return code
        self.errors[name] = complaint
        return _TYPED[name]

    def amount(self, name: str, default: int, *, at_least: int = 0) -> int:
        """Read yuan as fen."""
        text = self.typed.get(name, "")
        if not text:
            return default
        try:
            fen = fen_of(text)
        except AmountUnreadable:
            fen = -1
        if at_least <= fen <= _AMOUNT_MAX_FEN:
            return fen
        self.errors[name] = translate("请填 0.01 元到 10 亿元之间的金额，例如 199.00", self.lang)
        return default

    def count(self, name: str) -> int | None:
        """Read a whole number; None where nothing is typed."""
        text = self.typed.get(name, "")
        if not text:
            return None
        if text.isascii() and text.isdecimal() and len(text) <= _COUNT_MAX_DIGITS:
            return int(text)
        self.errors[name] = translate("请填整数", self.lang)
        return None


def read_question(given: Mapping[str, str], lang: str = SOURCE) -> Asked:
    """Read the calculator's fields; what is empty or wrong is as on a first visit."""
    read = _Reading(given, lang)
    known = rulebooks.categories().codes
    question = Question(
        subject=Subject(read.chosen("subject", set(Subject), translate("没有这种主体类型", lang))),
        category=read.chosen("category", known, translate("没有这个类目", lang)),
        order_fen=read.amount("order", _ORDER_FEN, at_least=1),
        monthly_gmv_fen=read.amount("monthly", 0),
        monthly_orders=read.count("orders"),
        self_operated=not read.typed.get("agency"),
        content_skill=bool(read.typed.get("content")),
        private_followers=read.count("followers") or 0,
    )
    return Asked(question, read.typed, read.errors)


def subject_options(lang: str) -> list[tuple[str, str]]:
    """List the kinds of applicant with their names."""
    return [(str(one), rulebooks.name_of("subject", one, lang)) for one in Subject]


def category_options(lang: str) -> list[tuple[str, object]]:
    """List the categories: the groups below ``general``, each with everything under it."""
    known = rulebooks.categories()
    groups: dict[str, list[tuple[str, str]]] = {}
    options: list[tuple[str, object]] = []
    for code, entry in known.by_code.items():
        name = entry.name.in_(lang)
        if entry.parent is None:
            options.append((code, name))
            continue
        chain = known.chain(code)
        top = chain[-2]
        groups.setdefault(top, []).append((code, name))
    options += [(known.get(top).name.in_(lang), members) for top, members in groups.items()]
    return options
