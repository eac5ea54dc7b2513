"""``xiaodian story MARKET``: one whole trade, in a database of its own."""

from __future__ import annotations

import asyncio
import secrets
import socket
import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from xiaodian import rulebooks, wiring, worker
from xiaodian.app import serve_app
from xiaodian.cli.session import print_json, refuse, run
from xiaodian.infra import clock, log, timers
from xiaodian.infra.db.migrate import migrate
from xiaodian.infra.db.server import create_database, database_of, drop_database
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.kernel.money import yuan
from xiaodian.sandbox.keys import SandboxKeys
from xiaodian.sandbox.story import Story, play
from xiaodian.sandbox.twins import TwinsConfig, serve_twins
from xiaodian.settings import PaySettings, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from xiaodian.infra.jobs import Runtime
    from xiaodian.sandbox.story import Step

__all__ = ["story"]

_STARTS = datetime.fromisoformat("2025-03-10T10:00:00+08:00")
"""It is the same story whenever it is told."""
_READY_S = 30.0
_WORDS = {
    "apply": "商家提交入驻申请",
    "review": "平台审核通过",
    "deposit": "缴纳保证金，开店",
    "list": "导入商品并通过审核",
    "order": "买家下单",
    "pay": "买家付款",
    "ship": "商家发货",
    "deliver": "快递送达",
    "confirm": "买家确认收货",
    "settle": "货款结算",
    "withdraw": "商家提现",
}


def story(
    market: Annotated[str, typer.Argument(help="wechat")] = "wechat",
    *,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Tell one whole trade: open, review, deposit, list, sell, ship, settle, withdraw."""
    known = rulebooks.shipped().codes()
    if market not in known:
        refuse("MARKET_UNKNOWN", f"没有这个市场，可选：{' '.join(known)}")
    console = Console(stderr=as_json, quiet=as_json)

    def tell(step: Step) -> None:
        at = step.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        console.print(f"[dim]{at}[/]  [bold]{_WORDS[step.name]}[/]  {_facts(step)}")

    told = run(_tell(market, tell))
    if as_json:
        print_json(told.as_json())
        return
    order = told.order
    console.print(
        f"\n[green]✓[/] 实付 ¥{yuan(order['paid_fen'])}，手续费 ¥{yuan(order['fee_fen'])}，"
        f"到账 ¥{yuan(order['net_fen'])}，结算日 {order['settled_on']}；"
        f"试算差额 {told.trial_balance_fen} 分"
    )


async def _tell(market: str, on_step: Callable[[Step], None]) -> Story:
    async with _stage() as runtime:

        async def settle() -> None:
            await worker.run_waiting_jobs(runtime)

        async def advance(to: datetime) -> None:
            await timers.advance(runtime.db, wiring.TIMERS, to=to, settle=settle)

        return await play(runtime, market=market, settle=settle, advance=advance, on_step=on_step)


@asynccontextmanager
async def _stage() -> AsyncGenerator[Runtime]:
    """Set up a database, twins and a server of the story's own, and take them down again."""
    base = Settings.from_environment()
    log.configure(level="error", as_json=False)
    main = await asyncio.to_thread(database_of, base)
    name = f"story_{secrets.token_hex(6)}"
    url = await asyncio.to_thread(create_database, main, name)
    try:
        await asyncio.to_thread(migrate, url)
        with tempfile.TemporaryDirectory(prefix="xiaodian-story-") as folder:
            async with _played_in(Path(folder), url) as runtime:
                yield runtime
    finally:
        await asyncio.to_thread(drop_database, main, name)


@asynccontextmanager
async def _played_in(home: Path, url: str) -> AsyncGenerator[Runtime]:
    ports = [_free_port() for _ in range(3)]
    settings = wiring.complete(
        replace(
            Settings(home=home),
            sandbox=True,
            port=ports[0],
            public_url=f"http://127.0.0.1:{ports[0]}",
            twins_url=f"http://127.0.0.1:{ports[1]}",
            smtp_host="127.0.0.1",
            smtp_port=ports[2],
            pay=PaySettings(),
        )
    )
    twins = TwinsConfig(
        folder=home / "twins",
        keys=SandboxKeys.load_or_make(home / "sandbox-keys"),
        product_url=settings.public_url,
        port=ports[1],
        smtp_port=ports[2],
        settle_s=0.05,
    )
    ready, stop = asyncio.Event(), asyncio.Event()
    serving = [
        asyncio.create_task(serve_twins(twins, ready=ready, stop=stop)),
        asyncio.create_task(serve_app(settings, url, stop=stop)),
    ]
    await asyncio.wait_for(ready.wait(), _READY_S)
    runtime = await wiring.open_runtime(settings, url)
    await clock.set_clock(runtime.db, starts_at=_STARTS, stands=True)
    try:
        yield runtime
    finally:
        await wiring.close_runtime(runtime)
        stop.set()
        await asyncio.gather(*serving, return_exceptions=True)


def _facts(step: Step) -> str:
    said: list[str] = []
    for name, value in step.facts.items():
        if isinstance(value, int) and name.endswith("_fen"):
            said.append(f"{name.removesuffix('_fen')} ¥{yuan(value)}")
        elif value is not None:
            said.append(f"{name} {value}")
    return "  ".join(said)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
