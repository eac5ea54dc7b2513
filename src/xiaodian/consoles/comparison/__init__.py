"""The markets side by side: what each asks, what it costs, and whom it suits."""

from xiaodian.consoles.comparison.cells import Cell
from xiaodian.consoles.comparison.offers import Advice, Offer, Question, advise
from xiaodian.consoles.comparison.rows import Comparison, Line, Part, compare, moving

__all__ = [
    "Advice",
    "Cell",
    "Comparison",
    "Line",
    "Offer",
    "Part",
    "Question",
    "advise",
    "compare",
    "moving",
]
