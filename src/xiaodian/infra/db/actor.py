"""Who acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ANONYMOUS", "SYSTEM", "Actor", "ActorKind"]

ActorKind = Literal["anonymous", "buyer", "merchant", "operator", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in account in one of its parts, nobody in particular, or the platform itself."""

    kind: ActorKind
    account_id: int | None = None
    session_id: int | None = None
    address: str = ""

    @property
    def scope(self) -> str:
        """Name what this actor's idempotency keys and limits count under."""
        return f"{self.kind}:{self.account_id or self.address}"


ANONYMOUS = Actor("anonymous")
SYSTEM = Actor("system")
