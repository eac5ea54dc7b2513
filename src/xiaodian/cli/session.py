"""What every command needs: settings, a runtime, and a way to say no."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer
from rich.console import Console

from xiaodian import wiring
from xiaodian.infra import log
from xiaodian.infra.db.migrate import migrate
from xiaodian.infra.db.server import database_of
from xiaodian.infra.i18n import sentence
from xiaodian.kernel.errors import Outage, Refusal
from xiaodian.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Mapping

    from xiaodian.infra.jobs import Runtime

__all__ = ["EXIT_OUTAGE", "EXIT_REFUSED", "opened", "print_json", "refuse", "run"]

T = TypeVar("T")
EXIT_REFUSED = 2
EXIT_OUTAGE = 3
err = Console(stderr=True)


def run(work: Coroutine[object, object, T]) -> T:
    """Run a command's work; a refusal or an outage ends the process with its own code."""
    try:
        return asyncio.run(work)
    except Refusal as refusal:
        refuse(refusal.code, sentence(refusal.sentence, refusal.facts, "zh"), refusal.facts)
    except Outage as outage:
        err.print(f"[red]OUTAGE[/] {outage.service}")
        raise typer.Exit(EXIT_OUTAGE) from outage


def refuse(code: str, text: str, facts: Mapping[str, object] | None = None) -> NoReturn:
    """Say no by name on the error output and end with code 2."""
    err.print(f"[red]{code}[/] {text}")
    if facts:
        err.print(json.dumps(dict(facts), ensure_ascii=False))
    raise typer.Exit(EXIT_REFUSED)


def print_json(value: object) -> None:
    """Print one JSON object, and nothing else."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


@asynccontextmanager
async def opened(settings: Settings | None = None) -> AsyncGenerator[Runtime]:
    """Open the deployment the environment describes, migrated to the present schema."""
    given = settings or Settings.from_environment()
    log.configure(level="warning", as_json=given.log_json)
    given = wiring.complete(given)
    url = await asyncio.to_thread(database_of, given)
    await asyncio.to_thread(migrate, url)
    runtime = await wiring.open_runtime(given, url)
    try:
        yield runtime
    finally:
        await wiring.close_runtime(runtime)
