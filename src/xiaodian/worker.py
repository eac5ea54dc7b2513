"""The process that works: jobs, due timers, and what is asked after from time to time."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

import structlog

from xiaodian import wiring
from xiaodian.infra import timers
from xiaodian.infra.db import SYSTEM, renew_slot
from xiaodian.infra.jobs import run_waiting, worker_app
from xiaodian.kernel.errors import Outage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xiaodian.infra.jobs import Runtime
    from xiaodian.settings import Settings

__all__ = ["run_waiting_jobs", "work"]

_PUMP_S = 0.5
_RENEW_S = 600.0
_AGAIN_S = 2.0
_log = structlog.get_logger()


async def work(settings: Settings, url: str) -> None:
    """Work until SIGTERM or SIGINT."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    runtime = await wiring.open_runtime(settings, url)
    tasks = [
        asyncio.create_task(_forever("jobs", lambda: _run_jobs(runtime))),
        asyncio.create_task(_every("timers", _PUMP_S, lambda: _pump(runtime))),
        asyncio.create_task(
            _every("slot", _RENEW_S, lambda: renew_slot(runtime.db.url, runtime.db.ids.slot))
        ),
        *(
            asyncio.create_task(_every(name, seconds, lambda act=act: act(runtime)))
            for name, (seconds, act) in wiring.PERIODIC.items()
        ),
    ]
    _log.info("worker.started")
    await over.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await wiring.close_runtime(runtime)
    _log.info("worker.stopped")


async def run_waiting_jobs(runtime: Runtime) -> None:
    """Run the jobs that wait now, and those they make, until none is left."""
    await run_waiting(runtime, wiring.JOBS)


async def _run_jobs(runtime: Runtime) -> None:
    app = worker_app(runtime, wiring.JOBS)
    async with app.open_async():
        await app.run_worker_async(
            install_signal_handlers=False, concurrency=4, delete_jobs="successful"
        )


async def _pump(runtime: Runtime) -> None:
    async with runtime.db.reading(actor=SYSTEM) as tx:
        now = tx.now
    await timers.fire_due(runtime.db, wiring.TIMERS, until=now)


async def _every(name: str, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    """Act again and again; an outage waits for the next time."""
    while True:
        try:
            await act()
        except Outage as outage:
            _log.warning("outage", part=name, service=outage.service)
        except Exception:  # noqa: BLE001 - said aloud, and tried again next time
            _log.exception("a part of the worker failed", part=name)
        await asyncio.sleep(seconds)


async def _forever(name: str, act: Callable[[], Awaitable[None]]) -> None:
    """Keep something running that should not end, even when the database goes away for a while."""
    while True:
        with contextlib.suppress(Outage):
            try:
                await act()
            except Exception:  # noqa: BLE001 - said aloud, and begun again
                _log.exception("a part of the worker failed", part=name)
        await asyncio.sleep(_AGAIN_S)
