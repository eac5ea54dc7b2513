"""A durable house of real processes that a test may kill, and start again, as it likes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import httpx
import psycopg
from tests.world.goods import online_product
from tests.world.ports import free_port

from xiaodian import accounts, catalog, merchants, orders, wiring, worker
from xiaodian.infra import clock
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.db.migrate import migrate
from xiaodian.infra.db.server import EmbeddedServer, create_database
from xiaodian.infra.sessions import open_session
from xiaodian.sandbox.acts import Town
from xiaodian.sandbox.keys import SandboxKeys
from xiaodian.sandbox.twins import TwinsConfig, serve_twins
from xiaodian.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from xiaodian.catalog import SaleSku
    from xiaodian.infra.jobs import Runtime

_READY_S = 120.0
_DELAYS_S = (0.0, 0.2, 0.4, 0.8, 1.0, 1.0, 2.0, 2.0, 4.0, 4.0, 8.0, 8.0)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A signed-in buyer with an address."""

    id: int
    token: str
    address_id: int


def _asker() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=5, limits=httpx.Limits(max_keepalive_connections=0))


@dataclass(slots=True)
class Siege:
    """A database server, twins in this process, and the house's own processes beside it."""

    folder: Path
    url: str
    settings: Settings
    twins: TwinsConfig
    _stop: asyncio.Event
    _serving: asyncio.Task[None]
    asker: httpx.AsyncClient = field(default_factory=_asker)
    """For whoever asks the twins, or whether the house is there."""
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @classmethod
    async def lay(cls, folder: Path, starts_at: datetime) -> Self:
        """Make a durable server with a migrated database, and start the twins."""
        home = folder / "home"
        home.mkdir()
        main = await asyncio.to_thread(EmbeddedServer(folder / "pg").start, durable=True)
        url = await asyncio.to_thread(create_database, main, "besieged")
        await asyncio.to_thread(migrate, url)
        port, twins_port, smtp_port = free_port(), free_port(), free_port()
        settings = wiring.complete(
            Settings(
                home=home,
                database_url=url,
                sandbox=True,
                port=port,
                public_url=f"http://127.0.0.1:{port}",
                twins_url=f"http://127.0.0.1:{twins_port}",
                smtp_host="127.0.0.1",
                smtp_port=smtp_port,
                pool_size=6,
            )
        )
        twins = TwinsConfig(
            folder=home / "twins",
            keys=SandboxKeys.load_or_make(home / "sandbox-keys"),
            product_url=settings.public_url,
            port=twins_port,
            smtp_port=smtp_port,
            notify_delays_s=_DELAYS_S,
            settle_s=0.2,
        )
        ready, stop = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(serve_twins(twins, ready=ready, stop=stop))
        await asyncio.wait_for(ready.wait(), _READY_S)
        siege = cls(folder, url, settings, twins, stop, serving)
        runtime = await siege.runtime()
        await clock.set_clock(runtime.db, starts_at=starts_at, stands=False)
        await wiring.close_runtime(runtime)
        return siege

    async def runtime(self) -> Runtime:
        """A runtime in this process, on the same database and beside the same twins."""
        return await wiring.open_runtime(self.settings, self.url)

    @staticmethod
    async def stock_up(runtime: Runtime, name: str, stocks: Sequence[int]) -> list[SaleSku]:
        """Open a shop whose goods have so many pieces each; the SKUs in the order of ``stocks``."""
        town = Town(runtime, lambda: worker.run_waiting_jobs(runtime))
        cast = await town.cast()
        shop_id = await town.open_shop(
            cast, market="wechat", subject="ENTERPRISE", categories=["general"], shop_name=name
        )
        async with runtime.db.transaction(actor=SYSTEM) as tx:
            shop = await merchants.get_shop(tx, shop_id)
            skus = [
                catalog.SkuInput(f"1001-{place}", f"颜色:{place}", 80_000 + 100 * place, stock)
                for place, stock in enumerate(stocks)
            ]
            reviewer = cast.reviewer.account_id or 0
            product_id = await online_product(tx, shop, reviewer, skus=skus)
            offer = await catalog.get_offer(tx, product_id)
            found = await catalog.get_sale_skus(tx, [sku.id for sku in offer.skus])
        return sorted(found.values(), key=lambda sku: sku.price_fen)

    @staticmethod
    async def let_in(runtime: Runtime, count: int) -> list[Buyer]:
        """Sign buyers in."""
        let: list[Buyer] = []
        for number in range(count):
            async with runtime.db.transaction(actor=SYSTEM) as tx:
                view = await accounts.create_buyer(tx, phone=f"1390013{number:04d}")
                token = await open_session(tx, view.id, "buyer", address="127.0.0.1", agent="test")
                address = await orders.add_address(
                    tx, view.id, orders.Receiver("演示买家", "13900139000", "上海市", "演示路 1 号")
                )
            let.append(Buyer(view.id, token, address.id))
        return let

    def begin(self, name: str) -> None:
        """Start a process of the house: ``serve`` or ``work``."""
        settings = self.settings
        environment = {
            "XIAODIAN_HOME": str(settings.home),
            "XIAODIAN_DATABASE_URL": self.url,
            "XIAODIAN_SANDBOX": "1",
            "XIAODIAN_PORT": str(settings.port),
            "XIAODIAN_PUBLIC_URL": settings.public_url,
            "XIAODIAN_TWINS_URL": settings.twins_url,
            "XIAODIAN_SMTP_HOST": settings.smtp_host,
            "XIAODIAN_SMTP_PORT": str(settings.smtp_port),
            "XIAODIAN_LOG_LEVEL": "info",
        }
        with self._log(name).open("wb") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "xiaodian", name],
                env={**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": ""},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    async def kill(self, name: str) -> None:
        """Kill one part at once: ``serve``, ``work`` or ``database``."""
        if name == "database":
            pid = int((self.folder / "pg" / "postmaster.pid").read_text("utf-8").split("\n", 1)[0])
            os.kill(pid, signal.SIGKILL)
            return
        process = self._processes[name]
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait)

    async def raise_again(self, name: str) -> None:
        """Start a part as often as it takes, until it works."""
        async with asyncio.timeout(_READY_S):
            if name == "database":
                await self._raise_database()
                return
            self.begin(name)
            while not await self.is_up(name):
                if self._processes[name].poll() is not None:
                    self.begin(name)  # it found no database, and ended, as it should
                await asyncio.sleep(0.1)

    async def _raise_database(self) -> None:
        while True:
            # The killed server's own children may hold its memory for a moment longer.
            with contextlib.suppress(subprocess.SubprocessError, psycopg.OperationalError):
                await asyncio.to_thread(EmbeddedServer(self.folder / "pg").start, durable=True)
                async with await psycopg.AsyncConnection.connect(self.url):
                    return
            await asyncio.sleep(0.2)

    async def is_up(self, name: str) -> bool:
        """Tell whether a part of the house does its work."""
        if name == "work":
            return b"worker.started" in self._log(name).read_bytes()  # it answers nobody
        with contextlib.suppress(httpx.HTTPError):
            return (await self.asker.get(f"{self.settings.public_url}/healthz")).is_success
        return False

    async def stop(self) -> None:
        """End everything that runs."""
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in self._processes.values():
            try:
                await asyncio.to_thread(process.wait, 15)
            except subprocess.TimeoutExpired:
                process.kill()
        self._processes.clear()

    async def lift(self) -> None:
        """Take everything down."""
        await self.stop()
        await self.asker.aclose()
        self._stop.set()
        await self._serving
        await asyncio.to_thread(EmbeddedServer(self.folder / "pg").stop)
