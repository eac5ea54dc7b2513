"""Tables in and out: what people upload is read under limits, what they download never runs."""

from xiaodian.infra.sheets.errors import AmountUnreadable, NotASheet, SheetTooLarge, SheetUnreadable
from xiaodian.infra.sheets.money import fen_of
from xiaodian.infra.sheets.reading import read_workbook
from xiaodian.infra.sheets.workbook import (
    LIMITS,
    Cell,
    Limits,
    Problem,
    Row,
    Sheet,
    Workbook,
    column_letters,
)
from xiaodian.infra.sheets.writing import Exported, defused, write_csv, write_xlsx

__all__ = [
    "LIMITS",
    "AmountUnreadable",
    "Cell",
    "Exported",
    "Limits",
    "NotASheet",
    "Problem",
    "Row",
    "Sheet",
    "SheetTooLarge",
    "SheetUnreadable",
    "Workbook",
    "column_letters",
    "defused",
    "fen_of",
    "read_workbook",
    "write_csv",
    "write_xlsx",
]
