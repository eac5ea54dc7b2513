"""The life of a delivery by mail or text message, as a table."""

from __future__ import annotations

from enum import StrEnum

from xiaodian.kernel.states import LifeCycle

__all__ = ["DELIVERY", "DeliveryEvent", "DeliveryState", "Way"]


class Way(StrEnum):
    """How a notice reaches a person; the inbox it reaches in any case."""

    INBOX = "inbox"
    SMS = "sms"
    MAIL = "mail"


class DeliveryState(StrEnum):
    """How far a delivery got."""

    WAITING = "waiting"
    SENT = "sent"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"


class DeliveryEvent(StrEnum):
    """What can happen to a delivery."""

    TAKEN = "taken"
    REFUSED = "refused"
    NO_ADDRESS = "no_address"


_S, _E = DeliveryState, DeliveryEvent

DELIVERY = LifeCycle(
    {
        (_S.WAITING, _E.TAKEN): _S.SENT,
        (_S.WAITING, _E.REFUSED): _S.DECLINED,
        (_S.WAITING, _E.NO_ADDRESS): _S.UNREACHABLE,
    }
)
"""An outage changes nothing: the job is run again."""
