"""What a table must offer to be judged; ``infra.sheets`` reads files into such tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AmountReader", "Cell", "Row", "Sheet"]


class AmountReader(Protocol):
    """Reads yuan as fen, exactly; a ``Refusal`` is raised for what is no amount."""

    def __call__(self, text: str, /) -> int:
        """Answer the amount in fen."""
        ...


class Cell(Protocol):
    """One cell: its text, where it stands, and why its text cannot be trusted, if it cannot."""

    @property
    def text(self) -> str:
        """The trimmed text."""
        ...

    @property
    def column(self) -> str:
        """The letter of its column."""
        ...

    @property
    def problem(self) -> str | None:
        """The name of what is wrong with it."""
        ...


class Row(Protocol):
    """One row that is not blank."""

    @property
    def number(self) -> int:
        """Its number as a spreadsheet shows it."""
        ...

    def at(self, index: int) -> Cell:
        """Answer the cell at a zero-based column, an empty one beyond the row's end."""
        ...


class Sheet(Protocol):
    """A named table with a header."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def header(self) -> Sequence[Cell]:
        """The first row that is not blank."""
        ...

    @property
    def rows(self) -> Sequence[Row]:
        """The rows below the header."""
        ...
