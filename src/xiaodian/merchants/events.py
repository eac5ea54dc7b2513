"""What happens to applications and shops, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass

from xiaodian.kernel.events import Event

__all__ = [
    "ApplicationSubmitted",
    "PayoutAccountChanged",
    "ShopApproved",
    "ShopFlagCleared",
    "ShopFlagSet",
    "ShopOpened",
    "ShopStateChanged",
]


@dataclass(frozen=True, slots=True)
class ApplicationSubmitted(Event):
    """An application was handed in, for the first time or again after a supplement."""

    application_id: int
    merchant_id: int
    market: str


@dataclass(frozen=True, slots=True)
class ShopApproved(Event):
    """A shop exists and waits for its deposit; it is governed by ``rulebook`` (market@version)."""

    shop_id: int
    market: str
    rulebook: str


@dataclass(frozen=True, slots=True)
class ShopOpened(Event):
    """A shop's deposit was covered for the first time and it may trade."""

    shop_id: int


@dataclass(frozen=True, slots=True)
class ShopStateChanged(Event):
    """A shop was suspended, banned, or let trade again; states as in 4.2."""

    shop_id: int
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class ShopFlagSet(Event):
    """A restriction began: its first cause arose."""

    shop_id: int
    flag: str
    why: str


@dataclass(frozen=True, slots=True)
class ShopFlagCleared(Event):
    """A restriction ended: its last cause is gone."""

    shop_id: int
    flag: str
    why: str


@dataclass(frozen=True, slots=True)
class PayoutAccountChanged(Event):
    """A shop's money shall go to another account; withdrawals wait (A-ORD-08)."""

    shop_id: int
