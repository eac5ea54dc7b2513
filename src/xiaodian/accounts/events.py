"""What happens to accounts."""

from __future__ import annotations

from dataclasses import dataclass, field

from xiaodian.kernel.events import Event

__all__ = ["AccountDeleted", "DeletionAsked", "ExportRequested", "RetentionOver"]


@dataclass(frozen=True, slots=True)
class ExportRequested(Event):
    """A person asks for all their data. Rooms above answer by adding their part.

    A part is a list of flat records; it holds what the person gave or caused, never secrets, and
    is bounded (``kernel.paging.PAGE_MAX`` rows or fewer a part, newest first).
    """

    account_id: int
    parts: dict[str, list[dict[str, object]]] = field(
        default_factory=dict[str, list[dict[str, object]]]
    )

    def add(self, name: str, records: list[dict[str, object]]) -> None:
        """Contribute one part, named after the room."""
        self.parts[name] = records


@dataclass(frozen=True, slots=True)
class DeletionAsked(Event):
    """A person wants their account gone. Rooms above name what must end before: open orders, money.

    An obstacle is a Chinese sentence without facts. Any obstacle refuses the deletion.
    """

    account_id: int
    obstacles: list[str] = field(default_factory=list[str])

    def object_to(self, obstacle: str) -> None:
        """Name something that must end first."""
        self.obstacles.append(obstacle)


@dataclass(frozen=True, slots=True)
class AccountDeleted(Event):
    """An account was made anonymous. Rooms above drop what no law makes them keep."""

    account_id: int
    audience: str


@dataclass(frozen=True, slots=True)
class RetentionOver(Event):
    """Three years after a deletion: what was kept because trade records must be kept may go."""

    account_id: int
