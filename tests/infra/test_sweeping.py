"""What has served is let go, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xiaodian.infra import sessions, sweeping
from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    from tests.world.house import World


async def counts(world: World) -> list[int]:
    async with world.db.reading(actor=SYSTEM) as tx:
        return [
            (await tx.rows(f"SELECT count(*) AS n FROM {table}"))[0]["n"]
            for table in ("idempotency_keys", "limits", "sessions")
        ]


async def test_a_sweep_takes_what_is_past(world: World) -> None:
    now = wall_now()
    async with world.db.transaction(actor=SYSTEM) as tx:
        for n, age in enumerate((timedelta(), sweeping.KEYS_KEPT + timedelta(hours=1))):
            await tx.run(
                "INSERT INTO idempotency_keys VALUES ('s', :key, '', 200, '', '', '', :made_at)",
                key=str(n),
                made_at=now - age,
            )
            await tx.run(
                "INSERT INTO limits VALUES (:bucket, 1, :resets_at)",
                bucket=str(n),
                resets_at=now + timedelta(minutes=5) - age,
            )
            await sessions.open_session(tx, 1, "buyer", address="", agent="")
        first, second = await sessions.list_sessions(tx, 1)
        await sessions.revoke(tx, 1, first.id)
        await tx.run(
            "UPDATE sessions SET expires_at = :past WHERE id = :id",
            past=now - sweeping.SESSIONS_KEPT - timedelta(hours=1),
            id=second.id,
        )
    assert await counts(world) == [2, 2, 2]
    for _ in range(2):
        await sweeping.sweep(world.runtime)
        assert await counts(world) == [1, 1, 1]
