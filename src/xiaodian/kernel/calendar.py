"""Working days, with public holidays and make-up days as given data (C-7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from xiaodian.kernel.clock import day_of, end_of_day

__all__ = ["Deadline", "WorkingCalendar"]

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of the n-th working day; provisional while a year on the way has no holiday data."""

    at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked: weekends off, save what holidays and make-up days change.

    ``years`` names the years whose data is loaded. Other years count weekends only, and what is
    computed through them is provisional.
    """

    holidays: frozenset[date] = field(default_factory=frozenset[date])
    make_up_days: frozenset[date] = field(default_factory=frozenset[date])
    years: frozenset[int] = field(default_factory=frozenset[int])

    def is_working(self, day: date) -> bool:
        """Tell whether people work on this day."""
        if day in self.make_up_days:
            return True
        return day not in self.holidays and day.weekday() < _SATURDAY

    def deadline(self, anchor: datetime, working_days: int) -> Deadline:
        """Answer the end of the n-th working day after the anchor's day, which is day 0."""
        assert working_days >= 1, "a working-day deadline is at least one day away"
        day = day_of(anchor)
        provisional = day.year not in self.years
        left = working_days
        while left:
            day += timedelta(days=1)
            provisional = provisional or day.year not in self.years
            left -= self.is_working(day)
        return Deadline(end_of_day(day), provisional)
