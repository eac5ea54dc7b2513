"""How urgent work is, and who may decide. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.desk.errors import OwnRequest, ReasonMissing

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["PRIORITY_MAX", "REASON_MAX", "check_eyes", "check_reason", "escalated", "is_overdue"]

PRIORITY_MAX = 9
REASON_MAX = 200


def escalated(priority: int) -> int:
    """Answer the priority of an item whose deadline has passed."""
    return min(priority + 1, PRIORITY_MAX)


def is_overdue(due_at: datetime | None, now: datetime) -> bool:
    """Tell whether an item's deadline has passed; the deadline's own instant is in time (C-6)."""
    return due_at is not None and now > due_at


def check_eyes(*, asked_by: int, decides: int, one_person: bool) -> None:
    """Let a second pair of eyes pass; refuses ``OWN_REQUEST`` to the first."""
    if asked_by == decides or one_person:
        raise OwnRequest


def check_reason(reason: str) -> str:
    """Answer a reason as it is kept; refuses ``REASON_MISSING``."""
    given = " ".join(reason.split())
    if not 0 < len(given) <= REASON_MAX or not given.isprintable():
        raise ReasonMissing(limit=REASON_MAX)
    return given
