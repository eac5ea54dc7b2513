"""The working days of China as shipped data (C-7)."""

from functools import cache

import chinese_calendar

from xiaodian.kernel.calendar import WorkingCalendar

__all__ = ["shipped_calendar"]


@cache
def shipped_calendar() -> WorkingCalendar:
    """Answer the calendar of the years for which holidays have been published.

    A later year counts weekends only, and what is computed through it is provisional, until its
    data is loaded.
    """
    return WorkingCalendar(
        holidays=frozenset(chinese_calendar.holidays),
        make_up_days=frozenset(chinese_calendar.workdays),
        years=frozenset(day.year for day in chinese_calendar.holidays),
    )
