"""A life cycle as a table: what is not listed cannot happen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from xiaodian.kernel.errors import Kind, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["IllegalTransition", "LifeCycle"]

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class IllegalTransition(Refusal):
    """The life cycle has no such step from here; facts ``state`` and ``event``."""

    code: ClassVar[str] = "ILLEGAL_TRANSITION"
    kind: ClassVar[Kind] = Kind.CONFLICT
    sentence: ClassVar[str] = "当前状态（{state}）不能执行这个操作（{event}）"


@dataclass(frozen=True, slots=True)
class LifeCycle(Generic[S, E]):
    """All steps of one kind of thing: (state, event) → state. Part 4 of the matrix, as data."""

    steps: Mapping[tuple[S, E], S]

    def after(self, state: S, event: E) -> S:
        """Answer where an event leads; refuses ``ILLEGAL_TRANSITION`` for what is not listed."""
        found = self.steps.get((state, event))
        if found is None:
            raise IllegalTransition(state=state.value, event=event.value)
        return found

    def allows(self, state: S, event: E) -> bool:
        """Tell whether the table has such a step."""
        return (state, event) in self.steps
