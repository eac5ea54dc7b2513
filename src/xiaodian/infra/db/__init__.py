"""PostgreSQL: one transaction a request, one commit in the house."""

from xiaodian.infra.db.actor import ANONYMOUS, SYSTEM, Actor, ActorKind
from xiaodian.infra.db.database import Database
from xiaodian.infra.db.gather import Gather
from xiaodian.infra.db.keys import Answered, Key, KeyReused, Replayed, keep
from xiaodian.infra.db.model import Base, Instant
from xiaodian.infra.db.slots import renew_slot
from xiaodian.infra.db.tx import Reactions, Tx

__all__ = [
    "ANONYMOUS",
    "SYSTEM",
    "Actor",
    "ActorKind",
    "Answered",
    "Base",
    "Database",
    "Gather",
    "Instant",
    "Key",
    "KeyReused",
    "Reactions",
    "Replayed",
    "Tx",
    "keep",
    "renew_slot",
]
