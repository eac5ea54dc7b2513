"""The rules of every market as data, checked when they are read, with the origin of each figure."""

from xiaodian.rulebooks import schema
from xiaodian.rulebooks.calendar import shipped_calendar
from xiaodian.rulebooks.categories import Categories, Category, Name
from xiaodian.rulebooks.errors import RulebookError
from xiaodian.rulebooks.loader import Library, load_all
from xiaodian.rulebooks.schema.leaf import Confidence, Leaf, Origin, Reading, weakest
from xiaodian.rulebooks.schema.rulebook import Rulebook
from xiaodian.rulebooks.schema.terms import Severity, Subject
from xiaodian.rulebooks.schema.verdict import Verdict

__all__ = [
    "Categories",
    "Category",
    "Confidence",
    "Leaf",
    "Library",
    "Name",
    "Origin",
    "Reading",
    "Rulebook",
    "RulebookError",
    "Severity",
    "Subject",
    "Verdict",
    "load_all",
    "schema",
    "shipped_calendar",
    "weakest",
]
