"""The whole house in one process, on one fresh database: what a test of a door works with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

import httpx

from xiaodian import wiring
from xiaodian.app import create_app
from xiaodian.infra import timers
from xiaodian.infra.crypto import Vault
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.jobs import worker_app
from xiaodian.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from xiaodian.infra.db import Database
    from xiaodian.infra.jobs import Runtime

ORIGIN = "http://testserver"


class World:
    """A running house. Close it when done."""

    def __init__(self, runtime: Runtime, app: ASGIApp) -> None:
        self.runtime = runtime
        self.app = app
        self._clients: list[httpx.AsyncClient] = []

    @classmethod
    async def open(cls, url: str, home: Path, **changes: object) -> Self:
        """Open the house on a migrated database."""
        settings = Settings(
            home=home,
            database_url=url,
            sandbox=True,
            master_key=Vault.new_key(),
            public_url=ORIGIN,
            **changes,  # type: ignore[arg-type]
        )
        runtime = await wiring.open_runtime(settings, url)
        return cls(runtime, create_app(runtime))

    @property
    def db(self) -> Database:
        """The database, for transactions of the test's own."""
        return self.runtime.db

    def client(self, token: str = "") -> httpx.AsyncClient:
        """A browser or program of its own: own cookies, own session."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        made = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=True),
            base_url=ORIGIN,
            headers=headers,
        )
        self._clients.append(made)
        return made

    async def now(self) -> datetime:
        """Business time."""
        async with self.db.reading(actor=SYSTEM) as tx:
            return tx.now

    async def advance(self, *, to: datetime | None = None, **by: float) -> int:
        """Move business time, firing what falls due on the way, then run the jobs that arose."""
        target = to or await self.now() + timedelta(**by)
        fired = await timers.advance(self.db, wiring.TIMERS, to=target)
        await self.run_jobs()
        return fired

    async def run_jobs(self) -> None:
        """Run the jobs that wait, and those they make, until none is left."""
        app = worker_app(self.runtime, wiring.JOBS)
        async with app.open_async():
            await app.run_worker_async(
                wait=False, listen_notify=False, install_signal_handlers=False, concurrency=1
            )

    async def close(self) -> None:
        """Close everything that was opened."""
        for client in self._clients:
            await client.aclose()
        await wiring.close_runtime(self.runtime)
