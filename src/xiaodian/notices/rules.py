"""When people are told of a deadline, and what their letters say. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["LEAD", "SMS_MAX", "UNREAD_MAX", "before_at", "letter_of", "text_of"]

LEAD = timedelta(hours=24)
"""How long before a deadline a person is told, unless the caller says otherwise."""
UNREAD_MAX = 99
"""The counter stops here; more is "99+"."""
SMS_MAX = 300
_SUBJECT_MAX = 60


def before_at(now: datetime, due_at: datetime, lead: timedelta) -> datetime | None:
    """Answer when to tell of a deadline in advance; None when it has already passed.

    A deadline nearer than the lead is told of at once.
    """
    return None if due_at <= now else max(now, due_at - lead)


def text_of(sentence: str) -> str:
    """Answer a text message, shortened where it must be."""
    whole = f"【小店】{sentence}"
    return whole if len(whole) <= SMS_MAX else f"{whole[: SMS_MAX - 1]}…"


def letter_of(sentence: str, url: str) -> tuple[str, str]:
    """Answer subject and text of a letter; ``url`` is the whole address or empty."""
    subject = " ".join(sentence.split())
    short = subject if len(subject) <= _SUBJECT_MAX else f"{subject[: _SUBJECT_MAX - 1]}…"
    return short, "\n\n".join(part for part in (sentence, url) if part) + "\n"
