"""Ids of 63 bits that sort by the time they were made, made without asking anyone.

41 bits of milliseconds since 2024, 10 bits of process slot, 12 bits of counter. A process leases
its slot from the database once (``infra.db``); after that an id costs an addition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EPOCH_MS", "SLOTS", "IdMaker", "milliseconds_of", "parse_id"]

EPOCH_MS = 1_704_038_400_000
"""2024-01-01 00:00 in Shanghai, in milliseconds of Unix time."""
SLOTS = 1024
_SLOT_SHIFT = 12
_TIME_SHIFT = 22
_PER_MS = 1 << _SLOT_SHIFT
_LARGEST = (1 << 63) - 1
_DIGITS_MAX = 19


class IdMaker:
    """Makes the ids of one process.

    When more than 4,096 are asked for within a millisecond the maker runs ahead of the clock
    rather than wait; when the clock steps back it stays where it was. Either way no id repeats.
    """

    def __init__(self, slot: int, wall_ms: Callable[[], int]) -> None:
        assert 0 <= slot < SLOTS, "a slot has ten bits"
        self.slot = slot
        self._slot = slot << _SLOT_SHIFT
        self._wall_ms = wall_ms
        self._tick = 0

    def one(self) -> int:
        """Make one id."""
        return self.block(1)[0]

    def block(self, count: int) -> list[int]:
        """Make many ids, in ascending order."""
        assert count >= 0, "a block is not negative"
        start = max(self._tick + 1, (self._wall_ms() - EPOCH_MS) << _SLOT_SHIFT)
        self._tick = max(self._tick, start + count - 1)
        slot = self._slot
        return [
            ((tick >> _SLOT_SHIFT) << _TIME_SHIFT) | slot | (tick & (_PER_MS - 1))
            for tick in range(start, start + count)
        ]


def milliseconds_of(id_: int) -> int:
    """Answer the Unix milliseconds at which an id was made."""
    return (id_ >> _TIME_SHIFT) + EPOCH_MS


def parse_id(text: str) -> int | None:
    """Read an id from an address or a form; None when it cannot be one."""
    if not text.isascii() or not text.isdecimal() or len(text) > _DIGITS_MAX:
        return None
    number = int(text)
    return number if 0 < number <= _LARGEST else None
