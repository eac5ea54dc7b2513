"""Letting go of what has served: answers to old writes, past limits, sessions long ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    from xiaodian.infra.jobs import Runtime

__all__ = ["KEYS_KEPT", "SESSIONS_KEPT", "sweep"]

KEYS_KEPT = timedelta(days=7)
"""How long the same idempotency key answers the same, in wall time."""
SESSIONS_KEPT = timedelta(days=30)
"""How long an ended session is kept, for whoever looks into a break-in."""
_AT_ONCE = 5_000
"""Rows a statement deletes at most, so that nobody waits for a sweep."""


_KEYS = """
DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM idempotency_keys WHERE made_at < :before LIMIT :most))
"""
_LIMITS = """
DELETE FROM limits WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM limits WHERE resets_at < :before LIMIT :most))
"""
_SESSIONS = """
DELETE FROM sessions WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM sessions WHERE least(expires_at, revoked_at) < :before LIMIT :most))
"""


async def sweep(runtime: Runtime) -> None:
    """Delete what is past, a bounded number of rows of each kind."""
    now = wall_now()
    past = {_KEYS: now - KEYS_KEPT, _LIMITS: now, _SESSIONS: now - SESSIONS_KEPT}
    for statement, before in past.items():
        async with runtime.db.transaction(actor=SYSTEM) as tx:
            await tx.run(statement, before=before, most=_AT_ONCE)
