"""Facts in the past tense, which rooms above react to within the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Event"]


@dataclass(frozen=True, slots=True)
class Event:
    """Base of every event. Subclasses are frozen dataclasses in a room's ``events.py``."""
