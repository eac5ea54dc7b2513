"""Faults on order: a plan of what shall go wrong next, and where. In memory, and inert by itself.

The sandbox's twins ask the plan at each of their doors; nothing in the product does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DELAY_MAX_S", "ORDERS_MAX", "Fault", "FaultOrder", "FaultPlan", "Impossible"]

ORDERS_MAX = 200
DELAY_MAX_S = 600.0
_TIMES_MAX = 10_000


class Fault(StrEnum):
    """What can go wrong."""

    DECLINE = "decline"
    """The outside says no."""
    OUTAGE = "outage"
    """A server error; nothing was done."""
    TIMEOUT = "timeout"
    """It was done, but the answer comes too late to be heard."""
    HANG = "hang"
    """Nothing was done, and no answer comes in time."""
    LOSE = "lose"
    """Accepted, then it never arrives."""
    LATE = "late"
    """It arrives after ``delay_s``."""
    DUPLICATE = "duplicate"
    """It arrives twice."""
    FORGE = "forge"
    """Signed with a key that is not the sender's."""
    ALTER = "alter"
    """Changed after it was signed."""
    REPLAY = "replay"
    """Signed six minutes ago."""
    SERIAL = "serial"
    """Names a key that nobody knows."""
    GARBLE = "garble"
    """Encrypted with a key that is not the receiver's."""


class Impossible(ValueError):  # noqa: N818 - named after the answer it is
    """Such a fault cannot happen at such a door."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultOrder:
    """One order: this fault, at this door, so many times, after so many uses that go well.

    ``subject`` narrows it to one number (an order, a phone, a waybill); empty means any.
    """

    twin: str
    door: str
    fault: Fault
    times: int = 1
    after: int = 0
    delay_s: float = 5.0
    subject: str = ""


@dataclass(slots=True)
class FaultPlan:
    """What is ordered and not yet used up.

    ``doors`` says which faults can happen where: twin, door, faults. Orders are used in the order
    in which they were given; at one use of a door at most one fault happens.
    """

    doors: Mapping[str, Mapping[str, frozenset[Fault]]]
    _orders: list[FaultOrder] = field(default_factory=list[FaultOrder])

    def order(self, order: FaultOrder) -> None:
        """Add an order; raises ``Impossible`` for what cannot go wrong there, or without end."""
        at_twin = self.doors.get(order.twin)
        if at_twin is None:
            msg = f"there is no twin {order.twin!r}; there are {', '.join(sorted(self.doors))}"
            raise Impossible(msg)
        possible = at_twin.get(order.door)
        if possible is None:
            msg = f"{order.twin} has no door {order.door!r}; it has {', '.join(sorted(at_twin))}"
            raise Impossible(msg)
        if order.fault not in possible:
            choice = ", ".join(sorted(possible))
            msg = f"{order.fault} cannot happen at {order.twin}/{order.door}; possible: {choice}"
            raise Impossible(msg)
        if not (1 <= order.times <= _TIMES_MAX and 0 <= order.after <= _TIMES_MAX):
            msg = f"times is 1 to {_TIMES_MAX}, after 0 to {_TIMES_MAX}"
            raise Impossible(msg)
        if not 0 <= order.delay_s <= DELAY_MAX_S:
            msg = f"delay_s is 0 to {DELAY_MAX_S:g}"
            raise Impossible(msg)
        if len(self._orders) >= ORDERS_MAX:
            msg = f"at most {ORDERS_MAX} orders may wait"
            raise Impossible(msg)
        self._orders.append(order)

    def take(self, twin: str, door: str, *, subject: str = "") -> FaultOrder | None:
        """Use a door once: answer the fault that shall happen now, None when all goes well."""
        for at, order in enumerate(self._orders):
            if (order.twin, order.door) != (twin, door) or order.subject not in ("", subject):
                continue
            if order.after:
                self._orders[at] = replace(order, after=order.after - 1)
            elif order.times == 1:
                del self._orders[at]
                return order
            else:
                self._orders[at] = replace(order, times=order.times - 1)
                return order
        return None

    def waiting(self) -> tuple[FaultOrder, ...]:
        """Answer what is ordered and has not happened yet."""
        return tuple(self._orders)

    def clear(self, twin: str | None = None) -> int:
        """Take back the orders of one twin, or all; answer how many."""
        kept = [] if twin is None else [order for order in self._orders if order.twin != twin]
        gone = len(self._orders) - len(kept)
        self._orders[:] = kept
        return gone
