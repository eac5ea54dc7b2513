"""``xiaodian clock``: the sandbox's business time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from xiaodian import wiring, worker
from xiaodian.cli.session import opened, print_json, refuse, run
from xiaodian.infra import timers
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.clock import SHANGHAI

__all__ = ["clock_app"]

clock_app = typer.Typer(help="Show or move business time (sandbox).", no_args_is_help=True)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AMOUNT = re.compile(r"(\d{1,5})([mhdw])")


@clock_app.command("show")
def show(*, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Print business time."""
    now = run(_now())
    _say(now, 0, as_json=as_json)


@clock_app.command("advance")
def advance(
    amount: Annotated[str, typer.Argument(help="30m, 2h, 1d or 1w")],
    *,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Move business time forward; every timer on the way fires at its own time."""
    match = _AMOUNT.fullmatch(amount)
    if match is None:
        refuse("INVALID_AMOUNT", "写成 30m、2h、1d 或 1w")
    by = timedelta(**{_UNITS[match[2]]: int(match[1])})
    now, fired = run(_advance(by, quiet=as_json))
    _say(now, fired, as_json=as_json)


async def _now() -> datetime:
    async with opened() as runtime, runtime.db.reading(actor=SYSTEM) as tx:
        return tx.now


async def _advance(by: timedelta, *, quiet: bool) -> tuple[datetime, int]:
    async with opened() as runtime:
        if not runtime.settings.sandbox:
            refuse("SANDBOX_ONLY", "业务时钟只能在沙箱里拨动")
        async with runtime.db.reading(actor=SYSTEM) as tx:
            to = tx.now + by
        with Progress(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), disable=quiet
        ) as progress:
            task = progress.add_task("…")

            def on_step(at: datetime) -> None:
                text = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
                progress.update(task, description=text)

            fired = await timers.advance(
                runtime.db,
                wiring.TIMERS,
                to=to,
                on_step=on_step,
                settle=lambda: worker.run_waiting_jobs(runtime),
            )
        return to, fired


def _say(now: datetime, fired: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"now": now.isoformat(), "fired": fired})
    else:
        typer.echo(now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") + f"  ({fired})")
