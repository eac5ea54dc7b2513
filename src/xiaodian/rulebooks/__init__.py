"""The rules of every market as data, checked when they are read, with the origin of each figure."""

from datetime import datetime

from xiaodian.rulebooks import schema
from xiaodian.rulebooks.calendar import shipped_calendar
from xiaodian.rulebooks.categories import Categories, Category, Name
from xiaodian.rulebooks.denial import Denied
from xiaodian.rulebooks.errors import RulebookError
from xiaodian.rulebooks.loader import Library, load_all, shipped
from xiaodian.rulebooks.names import name_of
from xiaodian.rulebooks.queries import (
    Claim,
    Difference,
    Phrase,
    Requirement,
    claims_in,
    diff,
    phrases,
    requirements,
    unclaimed,
    unquoted,
)
from xiaodian.rulebooks.rules import rate_of
from xiaodian.rulebooks.schema.leaf import Confidence, Leaf, Origin, Reading, weakest
from xiaodian.rulebooks.schema.rulebook import Rulebook
from xiaodian.rulebooks.schema.terms import Severity, Subject
from xiaodian.rulebooks.schema.verdict import Permission, Verdict
from xiaodian.rulebooks.timers import TimerRule, timers_of

__all__ = [
    "Categories",
    "Category",
    "Claim",
    "Confidence",
    "Denied",
    "Difference",
    "Leaf",
    "Library",
    "Name",
    "Origin",
    "Permission",
    "Phrase",
    "Reading",
    "Requirement",
    "Rulebook",
    "RulebookError",
    "Severity",
    "Subject",
    "TimerRule",
    "Verdict",
    "at",
    "categories",
    "claims_in",
    "diff",
    "load_all",
    "market",
    "name_of",
    "phrases",
    "rate_of",
    "requirements",
    "schema",
    "shipped",
    "shipped_calendar",
    "timers_of",
    "unclaimed",
    "unquoted",
    "version",
    "weakest",
]


def version(ref: str) -> Rulebook:
    """Answer the shipped version that something began with, by its ref ``wechat@1.0.0``.

    KeyError when there is no such version.
    """
    return shipped().version(ref)


def market(code: str) -> Rulebook:
    """Answer the newest shipped version of a market; KeyError when there is no such market."""
    return shipped().market(code)


def at(code: str, instant: datetime) -> Rulebook:
    """Answer the version of a market in force at an instant; KeyError without such a market."""
    return shipped().at(code, instant)


def categories() -> Categories:
    """Answer the neutral category list."""
    return shipped().categories
