"""What a table is once it has been read: sheets of rows of cells of text, and where each stood."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LIMITS", "Cell", "Limits", "Problem", "Row", "Sheet", "Workbook", "column_letters"]

_LETTERS = 26


class Problem(StrEnum):
    """Why the text of a cell cannot be trusted. Such a cell has an empty text."""

    FORMULA = "FORMULA_WITHOUT_VALUE"
    """A formula that was saved without its value; formulas are never computed here."""
    ERROR = "ERROR_VALUE"
    """A spreadsheet error such as ``#N/A``."""
    IMPRECISE = "NUMBER_IMPRECISE"
    """A number longer than the fifteen digits a spreadsheet keeps, so its end is already lost."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its trimmed text, its column letter and row number as a spreadsheet shows them."""

    text: str
    column: str
    row: int
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not blank; trailing blank cells are cut off."""

    number: int
    cells: tuple[Cell, ...]

    def at(self, index: int) -> Cell:
        """Answer the cell at a zero-based column, an empty one beyond the row's end."""
        if index < len(self.cells):
            return self.cells[index]
        return Cell("", column_letters(index), self.number)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A named table; the first row that is not blank is its header."""

    name: str
    header: tuple[Cell, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Workbook:
    """All sheets in their order; a CSV file is a workbook of one sheet."""

    format: Literal["xlsx", "csv"]
    sheets: Mapping[str, Sheet]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a table is read at most; beyond any of these it is refused, never cut off."""

    file_bytes: int = 10 * 1024 * 1024
    unpacked_bytes: int = 64 * 1024 * 1024
    """All parts of an XLSX, by the archive's directory, before anything is unpacked."""
    entries: int = 500
    sheets: int = 20
    rows: int = 10_000
    columns: int = 100
    cell_chars: int = 10_000


LIMITS = Limits()
"""The limits of every upload that does not ask for others."""


def column_letters(index: int) -> str:
    """Answer a zero-based column as spreadsheets name it: 0 is A, 26 is AA."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters
