"""Jobs: slow, outside or optional work, written into the caller's transaction.

A job's row stands in the same transaction as what caused it (procrastinate on our own
connection). Jobs take ids, open their own transactions, and may run more than once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import procrastinate
import structlog
from procrastinate import PsycopgConnector, RetryStrategy

from xiaodian.infra.db.actor import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from xiaodian.infra.db import Database
    from xiaodian.settings import Settings

__all__ = ["Job", "Queue", "Runtime", "rescue", "run_waiting", "worker_app"]

T = TypeVar("T")
_ATTEMPTS_MAX = 12
_CONCURRENCY = 4
_SILENT_S = 30.0
_log = structlog.get_logger()


Job: TypeAlias = "Callable[..., Awaitable[None]]"
"""A job: the runtime first, then by name the ids it was deferred with."""


class Runtime:
    """What an edge or a job works with: the database, the settings, the ways outside."""

    def __init__(self, db: Database, settings: Settings, gateways: Mapping[type, object]) -> None:
        self.db = db
        self.settings = settings
        self._gateways = dict(gateways)

    def gateway(self, kind: type[T]) -> T:
        """Answer the configured implementation of a gateway Protocol."""
        return self._gateways[kind]  # pyright: ignore[reportReturnType] - keyed by its Protocol


class Queue:
    """Writes jobs through whatever connection a transaction has."""

    def __init__(self) -> None:
        self._app = procrastinate.App(connector=PsycopgConnector())

    async def defer(self, connection: object, job: str, arguments: Mapping[str, int | str]) -> None:
        """Insert one job on the given psycopg connection."""
        configured = self._app.configure_task(name=job, allow_unknown=True, connection=connection)
        await configured.defer_async(**dict(arguments))


def worker_app(runtime: Runtime, jobs: Mapping[str, Job]) -> procrastinate.App:
    """Make the app whose worker runs the jobs; twelve tries, each later than the one before."""
    app = procrastinate.App(
        connector=PsycopgConnector(conninfo=runtime.db.url, min_size=1, max_size=_CONCURRENCY + 2)
    )
    for name, job in jobs.items():
        app.task(
            name=name,
            retry=RetryStrategy(max_attempts=_ATTEMPTS_MAX, exponential_wait=2),
        )(_bound(runtime, job))
    return app


async def run_waiting(runtime: Runtime, jobs: Mapping[str, Job]) -> None:
    """Run the jobs that wait now, and those they make, until none is left."""
    async with runtime.db.reading(actor=SYSTEM) as tx:
        (row,) = await tx.rows(
            "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'todo') AS waiting"
        )
    if not row["waiting"]:
        return
    app = worker_app(runtime, jobs)
    async with app.open_async():
        await app.run_worker_async(
            wait=False, listen_notify=False, install_signal_handlers=False, concurrency=1
        )


async def rescue(runtime: Runtime, *, silent_s: float = _SILENT_S) -> None:
    """Let jobs run again whose worker was killed: one that gave no sign of life for so long.

    Nobody else would take them up, and jobs may run more than once.
    """
    app = worker_app(runtime, {})
    async with app.open_async():
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_s):
            _log.warning("a job was left by its worker", job=job.task_name)
            await app.job_manager.retry_job(job)


def _bound(runtime: Runtime, job: Job) -> Callable[..., Awaitable[None]]:
    async def run(**arguments: Any) -> None:  # noqa: ANN401 - what the row holds
        await job(runtime, **arguments)

    return run
