"""The whole house in one process, on one fresh database: what a test of a door works with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

import httpx
import msgspec

from xiaodian import wiring, worker
from xiaodian.app import create_app
from xiaodian.infra import timers
from xiaodian.infra.crypto import Vault
from xiaodian.infra.db import SYSTEM
from xiaodian.payments import jobs as payments_jobs
from xiaodian.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from xiaodian.infra.db import Database
    from xiaodian.infra.jobs import Runtime
    from xiaodian.sandbox.twins import TwinsConfig

ORIGIN = "http://127.0.0.1:9"
"""Where nobody listens: requests go into the application directly."""


class World:
    """A running house. Close it when done."""

    def __init__(self, runtime: Runtime, app: ASGIApp) -> None:
        self.runtime = runtime
        self.app = app
        self.calls = 0
        self._clients: list[httpx.AsyncClient] = []

    @classmethod
    async def open(cls, url: str, home: Path, twins: TwinsConfig, **changes: object) -> Self:
        """Open the house on a migrated database, beside twins that bring no notifications.

        What was paid is found by asking (``pay`` does), as after a lost notification.
        """
        keys = home / "sandbox-keys" / "keys.json"
        keys.parent.mkdir(mode=0o700, parents=True)
        keys.write_bytes(msgspec.json.encode(twins.keys))
        changes.setdefault("master_key", Vault.new_key())
        settings = wiring.complete(
            Settings(
                home=home,
                database_url=url,
                sandbox=True,
                public_url=ORIGIN,
                twins_url=twins.address,
                smtp_host="127.0.0.1",
                smtp_port=twins.smtp_port,
                **changes,  # type: ignore[arg-type]
            )
        )
        runtime = await wiring.open_runtime(settings, url)
        return cls(runtime, create_app(runtime))

    async def pay(self, out_trade_no: str) -> None:
        """Pay a charge at the provider, and let the house find out by asking."""
        async with httpx.AsyncClient(base_url=self.runtime.settings.twins_url) as provider:
            answer = await provider.post(f"/pay/sandbox/orders/{out_trade_no}/pay", json={})
            answer.raise_for_status()
        await payments_jobs.sweep(self.runtime, older_than_s=-1)
        await self.run_jobs()

    @property
    def db(self) -> Database:
        """The database, for transactions of the test's own."""
        return self.runtime.db

    def client(self, token: str = "") -> httpx.AsyncClient:
        """A browser or program of its own: own cookies, own session."""

        async def count(_request: httpx.Request) -> None:
            self.calls += 1

        headers = {"authorization": f"Bearer {token}"} if token else {}
        made = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=True),
            base_url=ORIGIN,
            headers=headers,
            event_hooks={"request": [count]},
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
        return await timers.advance(self.db, wiring.TIMERS, to=target, settle=self.run_jobs)

    async def run_jobs(self) -> None:
        """Run the jobs that wait, and those they make, until none is left."""
        await worker.run_waiting_jobs(self.runtime)

    async def close(self) -> None:
        """Close everything that was opened."""
        for client in self._clients:
            await client.aclose()
        await wiring.close_runtime(self.runtime)
