"""What a deadline means (C-6, C-8, C-9). Nothing here asks what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = [
    "SHANGHAI",
    "day_of",
    "end_of_day",
    "hours_after",
    "is_late",
    "month_of",
    "right_ends",
    "settle_day",
    "start_of_day",
]

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The zone in which days begin and end for every rule."""

_LAST_INSTANT = time(23, 59, 59, 999_000)


def day_of(at: datetime) -> date:
    """Answer the Shanghai calendar day of an instant."""
    assert at.tzinfo is not None, "an instant knows its zone"
    return at.astimezone(SHANGHAI).date()


def month_of(at: datetime) -> date:
    """Answer the first day of the Shanghai month of an instant."""
    return day_of(at).replace(day=1)


def start_of_day(day: date) -> datetime:
    """Answer the instant at which a Shanghai day begins, in UTC."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """Answer 23:59:59.999 of a Shanghai day, in UTC."""
    return datetime.combine(day, _LAST_INSTANT, SHANGHAI).astimezone(UTC)


def hours_after(anchor: datetime, hours: int) -> datetime:
    """Answer an elapsed-hours deadline (C-6)."""
    return anchor + timedelta(hours=hours)


def is_late(at: datetime, deadline: datetime) -> bool:
    """Tell whether an act came too late; the deadline's own instant is in time (C-6)."""
    return at > deadline


def right_ends(anchor: datetime, days: int) -> datetime:
    """Answer the end of a buyer's right that is counted in days from the day after (C-8)."""
    return end_of_day(day_of(anchor) + timedelta(days=days))


def settle_day(trigger: datetime, days: int) -> date:
    """Answer the natural day T+n on which the settlement run books (C-9)."""
    return day_of(trigger) + timedelta(days=days)
