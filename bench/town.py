"""What the benches of the trade stand on: a server, an open shop, products, signed-in buyers."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xiaodian import accounts, wiring, worker
from xiaodian.infra import log
from xiaodian.infra.db import SYSTEM, Actor
from xiaodian.infra.db.migrate import migrate
from xiaodian.infra.db.server import EmbeddedServer, database_of
from xiaodian.infra.sessions import open_session
from xiaodian.sandbox.acts import Town
from xiaodian.sandbox.goods import list_simple
from xiaodian.sandbox.keys import SandboxKeys
from xiaodian.sandbox.twins import TwinsConfig, serve_twins
from xiaodian.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

BUYERS = 128
SKUS = 1_000
STOCK = 50_000_000
PRICE_FEN = 19_900


@dataclass
class Bench:
    """Everything a run needs to know."""

    home: Path
    url: str
    port: int
    environment: dict[str, str]
    shop_id: int = 0
    product_id: int = 0
    buyer_id: int = 0
    buyers: list[tuple[str, str]] = field(default_factory=list)
    """Token and address of each signed-in buyer."""
    skus: list[tuple[str, int]] = field(default_factory=list)
    """Id and price; the first one is the hot one."""
    stock: int = STOCK

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        EmbeddedServer(self.home / "home" / "postgres").stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def made_bench(folder: Path) -> Bench:
    """Open a shop, list what is to be sold, sign buyers in: all through the rooms' doors."""
    log.configure(level="error")
    home = folder / "home"
    home.mkdir()
    port, twins_port, smtp_port = free_port(), free_port(), free_port()
    settings = wiring.complete(
        Settings(
            home=home,
            sandbox=True,
            port=port,
            public_url=f"http://127.0.0.1:{port}",
            twins_url=f"http://127.0.0.1:{twins_port}",
            smtp_host="127.0.0.1",
            smtp_port=smtp_port,
        )
    )
    url = database_of(settings)
    migrate(url)
    bench = Bench(
        home=folder,
        url=url,
        port=port,
        environment={
            "XIAODIAN_HOME": str(home),
            "XIAODIAN_DATABASE_URL": url,
            "XIAODIAN_SANDBOX": "1",
            "XIAODIAN_PORT": str(port),
            "XIAODIAN_PUBLIC_URL": settings.public_url,
            "XIAODIAN_TWINS_URL": settings.twins_url,
            "XIAODIAN_LOG_LEVEL": "error",
            "XIAODIAN_SMTP_HOST": "127.0.0.1",
            "XIAODIAN_SMTP_PORT": str(smtp_port),
        },
    )
    twins = TwinsConfig(
        folder=home / "twins",
        keys=SandboxKeys.load_or_make(home / "sandbox-keys"),
        product_url=settings.public_url,
        port=twins_port,
        smtp_port=smtp_port,
        settle_s=0.0,
        notify_delays_s=(0.0,),
    )
    ready, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(serve_twins(twins, ready=ready, stop=stop))
    await asyncio.wait_for(ready.wait(), 30)
    runtime = await wiring.open_runtime(replace(settings, pool_size=6), url)
    town = Town(runtime, lambda: worker.run_waiting_jobs(runtime))
    cast = await town.cast()
    bench.shop_id = await town.open_shop(
        cast, market="wechat", subject="ENTERPRISE", categories=["leisure"], shop_name="压测店"
    )
    listed = await list_simple(
        town,
        cast,
        bench.shop_id,
        count=SKUS,
        price_fen=PRICE_FEN,
        stock=STOCK,
        category="stationery",
    )
    bench.skus = [(str(sku.id), sku.price_fen) for sku in listed]
    bench.product_id = listed[0].product_id
    for number in range(BUYERS):
        async with runtime.db.transaction(actor=SYSTEM) as tx:
            view = await accounts.create_buyer(tx, phone=f"1390013{number:04d}")
            token = await open_session(tx, view.id, "buyer", address="127.0.0.1", agent="bench")
        address = await town.address_of(Actor("buyer", view.id))
        bench.buyers.append((token, str(address)))
        bench.buyer_id = view.id
    await wiring.close_runtime(runtime)
    stop.set()
    await serving
    return bench
