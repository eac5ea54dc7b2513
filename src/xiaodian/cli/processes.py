"""Starting things: everything at once, or one process of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import httpx
import typer
import uvloop
from rich.console import Console

from xiaodian import wiring
from xiaodian.app import serve_app
from xiaodian.cli.session import refuse
from xiaodian.infra import checks, log
from xiaodian.infra.addresses import is_loopback
from xiaodian.infra.db.migrate import migrate as migrate_database
from xiaodian.infra.db.server import EmbeddedServer, database_of
from xiaodian.sandbox.demo import demo_twins, seed_demo
from xiaodian.sandbox.twins import run_twins
from xiaodian.settings import Settings
from xiaodian.worker import run_waiting_jobs
from xiaodian.worker import work as work_until_told

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["demo", "doctor", "everything", "migrate", "serve", "twins", "work"]

console = Console()
_STOP_S = 10.0
_READY_S = 60.0


def serve() -> None:
    """Serve the web application until told to stop."""
    settings = _settings()
    _refuse_unfit(settings)
    uvloop.run(serve_app(settings, database_of(settings)))


def work() -> None:
    """Work: jobs and due timers, until told to stop."""
    settings = _settings()
    asyncio.run(work_until_told(settings, database_of(settings)))


def twins() -> None:
    """Serve the sandbox's twins until told to stop."""
    settings = _settings()
    run_twins(demo_twins(settings))


def migrate() -> None:
    """Bring the database to the present schema."""
    migrate_database(database_of(Settings.from_environment()))
    console.print("[green]✓[/] schema is current")


def everything() -> None:
    """Serve, work, and in the sandbox the twins, as child processes of one command."""
    settings = _settings()
    _refuse_unfit(settings)
    url = database_of(settings)
    migrate_database(url)
    _supervise(settings, url)


def demo(
    *,
    port: Annotated[
        int, typer.Option(help="Where the pages are; the next two are taken too")
    ] = 8000,
) -> None:
    """Run everything with a seeded world; Ctrl-C stops all of it."""
    started = time.perf_counter()
    base = Settings.from_environment()
    settings = wiring.complete(
        replace(
            base,
            sandbox=True,
            port=port,
            public_url=f"http://{_shown(base.host)}:{port}",
            twins_url=f"http://127.0.0.1:{port + 1}",
            smtp_host="127.0.0.1",
            smtp_port=port + 2,
            log_level="warning",
            log_json=False,
        )
    )
    _refuse_unfit(settings)
    log.configure(level="warning", as_json=False)
    with console.status("Starting the database…"):
        url = database_of(settings)
        migrate_database(url)
    with console.status("Seeding the world…"):
        asyncio.run(_seed(settings, url))
    _supervise(settings, url, started=started)


async def _seed(settings: Settings, url: str) -> None:
    runtime = await wiring.open_runtime(settings, url)
    try:
        await seed_demo(runtime, lambda: run_waiting_jobs(runtime))
    finally:
        await wiring.close_runtime(runtime)


def doctor() -> None:
    """Say what keeps this deployment from being safe to run; exit 1 when there is something."""
    settings = wiring.complete(Settings.from_environment())
    findings = checks.findings(settings)
    for finding in findings:
        console.print(f"[red]✗[/] [bold]{finding.code}[/] {finding.text}")
    for note in checks.notes(settings):
        console.print(f"[yellow]![/] {note}")
    if findings:
        raise typer.Exit(1)
    console.print("[green]✓[/] nothing stands in the way")


def _settings() -> Settings:
    settings = wiring.complete(Settings.from_environment())
    log.configure(level=settings.log_level, as_json=settings.log_json)
    return settings


def _refuse_unfit(settings: Settings) -> None:
    """Doors stay shut: the sandbox on loopback only, the real thing only with real secrets."""
    findings = checks.findings(settings)
    if findings:
        refuse(findings[0].code, "; ".join(finding.text for finding in findings))


def _supervise(settings: Settings, url: str, *, started: float | None = None) -> None:
    names = ["serve", "work", *(["twins"] if settings.sandbox else [])]
    environment = os.environ | _environment(settings, url)
    children = [
        subprocess.Popen(  # noqa: S603 - our own command, our own settings
            [sys.executable, "-m", "xiaodian", name],
            env=environment,
            start_new_session=True,
        )
        for name in names
    ]
    over = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal over
        over = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        if _wait_ready(settings, children):
            _greet(settings, started)
        while not over and all(child.poll() is None for child in children):
            time.sleep(0.2)
    finally:
        _stop(children)
        if not settings.database_url:
            EmbeddedServer(settings.home / "postgres").stop()
    if not over:
        refuse("PROCESS_ENDED", "a process ended by itself; its last lines are above")


def _environment(settings: Settings, url: str) -> dict[str, str]:
    return {
        "XIAODIAN_HOME": str(settings.home),
        "XIAODIAN_DATABASE_URL": url,
        "XIAODIAN_SANDBOX": "1" if settings.sandbox else "0",
        "XIAODIAN_HOST": settings.host,
        "XIAODIAN_PORT": str(settings.port),
        "XIAODIAN_PUBLIC_URL": settings.public_url,
        "XIAODIAN_TWINS_URL": settings.twins_url,
        "XIAODIAN_SMTP_HOST": settings.smtp_host,
        "XIAODIAN_SMTP_PORT": str(settings.smtp_port),
        "XIAODIAN_LOG_LEVEL": settings.log_level,
        "XIAODIAN_LOG_JSON": "1" if settings.log_json else "0",
    }


def _wait_ready(settings: Settings, children: Sequence[subprocess.Popen[bytes]]) -> bool:
    deadline = time.perf_counter() + _READY_S
    while time.perf_counter() < deadline:
        if any(child.poll() is not None for child in children):
            return False
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{settings.port}/healthz", timeout=2).is_success:
                return True
        time.sleep(0.1)
    return False


def _greet(settings: Settings, started: float | None) -> None:
    url = settings.public_url
    took = "" if started is None else f"  [dim]({time.perf_counter() - started:.1f} s)[/]"
    console.print(f"\n[bold green]小店 is open[/]{took}\n")
    for where, what in (
        ("/", "start here: what it is, one-click sign-ins"),
        ("/s/wechat", "buyer storefront 视频号小店"),
        ("/merchant", "merchant console 商家后台"),
        ("/operator", "operator console 平台后台"),
        ("/compare", "the four platforms side by side 平台对比"),
    ):
        console.print(f"  [link={url}{where}]{url}{where}[/link]  [dim]{what}[/]")
    console.print("\n[dim]Ctrl-C stops everything.[/]")


def _stop(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
    deadline = time.perf_counter() + _STOP_S
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.perf_counter()))
        except subprocess.TimeoutExpired:
            child.kill()


def _shown(host: str) -> str:
    return "127.0.0.1" if is_loopback(host) else host
