"""The whole choreography on one page.

Who reacts to what, which deadline calls whom, which job is whose, which gateway is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.infra.jobs import Job
    from xiaodian.kernel.events import Event

__all__ = ["JOBS", "REACTIONS", "SET_REACTIONS", "TIMERS"]

REACTIONS: dict[type[Event], Sequence[Callable[[Tx, Any], Awaitable[None]]]] = {}
"""Event → what reacts to each of them, in the order they run."""

SET_REACTIONS: dict[type[Event], Sequence[Callable[[Tx, Sequence[Any]], Awaitable[None]]]] = {}
"""Hot event → what reacts to all of a transaction's at once; these run first."""

TIMERS: dict[str, Callable[[Tx, int], Awaitable[None]]] = {}
"""Deadline → what happens when business time reaches it."""

JOBS: dict[str, Job] = {}
"""Job → the work, outside any request."""
