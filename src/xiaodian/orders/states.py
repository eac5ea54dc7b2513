"""The life of an order as a table (rulebook 4.5). What is not listed is refused."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["OPEN_STATES", "TRANSITIONS", "Event", "State", "after"]


class State(StrEnum):
    """Where an order stands."""

    WAIT_PAY = "WAIT_PAY"
    CUSTOMS = "CUSTOMS"
    WAIT_SHIP = "WAIT_SHIP"
    PART_SHIPPED = "PART_SHIPPED"
    SHIPPED = "SHIPPED"
    RECEIVED = "RECEIVED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    CLOSED_REFUNDED = "CLOSED_REFUNDED"


class Event(StrEnum):
    """What may happen to an order."""

    PAID = "paid"
    UNPAID_TIMEOUT = "unpaid_timeout"
    BUYER_CANCEL = "buyer_cancel"
    SHIP_PART = "ship_part"
    SHIP_ALL = "ship_all"
    SIGNED = "signed"
    CONFIRM = "confirm"
    AUTO_CONFIRM = "auto_confirm"
    ALL_REFUNDED = "all_refunded"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.WAIT_PAY, Event.PAID): State.WAIT_SHIP,
    (State.WAIT_PAY, Event.UNPAID_TIMEOUT): State.CANCELLED,
    (State.WAIT_PAY, Event.BUYER_CANCEL): State.CANCELLED,
    (State.WAIT_SHIP, Event.SHIP_PART): State.PART_SHIPPED,
    (State.WAIT_SHIP, Event.SHIP_ALL): State.SHIPPED,
    (State.PART_SHIPPED, Event.SHIP_PART): State.PART_SHIPPED,
    (State.PART_SHIPPED, Event.SHIP_ALL): State.SHIPPED,
    (State.SHIPPED, Event.SIGNED): State.SHIPPED,
    (State.SHIPPED, Event.CONFIRM): State.COMPLETED,
    (State.SHIPPED, Event.AUTO_CONFIRM): State.COMPLETED,
    (State.RECEIVED, Event.CONFIRM): State.COMPLETED,
    (State.RECEIVED, Event.AUTO_CONFIRM): State.COMPLETED,
    (State.WAIT_SHIP, Event.ALL_REFUNDED): State.CLOSED_REFUNDED,
    (State.PART_SHIPPED, Event.ALL_REFUNDED): State.CLOSED_REFUNDED,
    (State.SHIPPED, Event.ALL_REFUNDED): State.CLOSED_REFUNDED,
    (State.RECEIVED, Event.ALL_REFUNDED): State.CLOSED_REFUNDED,
    (State.COMPLETED, Event.ALL_REFUNDED): State.CLOSED_REFUNDED,
}

OPEN_STATES = frozenset(
    {
        State.WAIT_PAY,
        State.CUSTOMS,
        State.WAIT_SHIP,
        State.PART_SHIPPED,
        State.SHIPPED,
        State.RECEIVED,
    }
)
"""States in which something still has to happen."""


def after(state: State, event: Event) -> State | None:
    """Answer the state an event leads to, or None where it is not allowed."""
    return TRANSITIONS.get((state, event))
