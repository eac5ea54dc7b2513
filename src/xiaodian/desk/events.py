"""What happens on the desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xiaodian.kernel.events import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ApprovalGiven", "ApprovalRefused"]


@dataclass(frozen=True, slots=True)
class ApprovalGiven(Event):
    """A second pair of eyes agreed; the room that asked does the act now, in this transaction.

    ``kind`` names the act as its room named it when it asked; ``payload`` is what it put there.
    """

    approval_id: int
    kind: str
    subject: str
    subject_id: int
    payload: Mapping[str, object]
    asked_by: int
    decided_by: int


@dataclass(frozen=True, slots=True)
class ApprovalRefused(Event):
    """A second pair of eyes said no, with a reason; or (``withdrawn``) it was taken back."""

    approval_id: int
    kind: str
    subject: str
    subject_id: int
    payload: Mapping[str, object]
    asked_by: int
    reason: str
    withdrawn: bool
