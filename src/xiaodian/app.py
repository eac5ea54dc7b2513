"""The web application: every router, one edge around them, and the server that serves it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from fastapi import APIRouter, FastAPI
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from xiaodian import wiring
from xiaodian.accounts import api as accounts_api
from xiaodian.accounts import pages as accounts_pages
from xiaodian.catalog import api as catalog_api
from xiaodian.catalog import pages as catalog_pages
from xiaodian.consoles import pages as consoles_pages
from xiaodian.consoles.frames import frame_of
from xiaodian.deposits import api as deposits_api
from xiaodian.deposits import pages as deposits_pages
from xiaodian.desk import api as desk_api
from xiaodian.desk import pages as desk_pages
from xiaodian.discovery import pages as discovery_pages
from xiaodian.funds import api as funds_api
from xiaodian.funds import pages as funds_pages
from xiaodian.infra import problem, timers
from xiaodian.infra.db import renew_slot
from xiaodian.infra.http import Edge, health
from xiaodian.infra.jobs import run_waiting
from xiaodian.infra.sessions import Sessions
from xiaodian.logistics import api as logistics_api
from xiaodian.logistics import pages as logistics_pages
from xiaodian.merchants import api as merchants_api
from xiaodian.merchants import pages as merchants_pages
from xiaodian.notices import api as notices_api
from xiaodian.notices import pages as notices_pages
from xiaodian.orders import api as orders_api
from xiaodian.orders import pages as orders_pages
from xiaodian.payments import api as payments_api
from xiaodian.settlement import api as settlement_api
from xiaodian.settlement import pages as settlement_pages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from xiaodian.infra.jobs import Runtime
    from xiaodian.settings import Settings

__all__ = ["HOT_DOORS", "MACHINE_DOORS", "ROUTERS", "create_app", "serve_app"]

_RENEW_S = 600.0
_log = structlog.get_logger()

ROUTERS: tuple[APIRouter, ...] = (
    accounts_api.router,
    accounts_pages.router,
    notices_api.router,
    notices_pages.router,
    desk_api.router,
    desk_pages.router,
    merchants_api.router,
    merchants_pages.router,
    deposits_api.router,
    deposits_pages.router,
    funds_api.router,
    funds_pages.router,
    settlement_api.router,
    settlement_pages.router,
    logistics_api.router,
    logistics_pages.router,
    catalog_api.router,
    catalog_pages.router,
    orders_api.router,
    orders_pages.router,
    discovery_pages.router,
    consoles_pages.router,
)
"""Every room's doors, in the order addresses are tried."""

HOT_DOORS: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
    ("POST", "/api/v1/orders"): orders_api.place,
    ("POST", "/notify/wxpay"): payments_api.notify,
}
"""Doors that are called in crowds: bare endpoints, with nothing between them and the edge."""

MACHINE_DOORS: tuple[Route, ...] = (
    Route("/notify/carriers/{code}", logistics_api.notify, methods=["POST"]),
    Route("/healthz", health.healthz),
    Route("/readyz", health.readyz),
    Route("/metrics", health.metrics),
)
"""Bare endpoints for machines."""


class Doors:
    """Sends a request through its hot door, if it has one, else into the application."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._hot = Starlette(
            routes=[
                Route(path, door, methods=[method]) for (method, path), door in HOT_DOORS.items()
            ]
        )
        self._hot.state = app.state
        problem.install(self._hot)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        hot = scope["type"] == "http" and (scope["method"], scope["path"]) in HOT_DOORS
        await (self._hot if hot else self._app)(scope, receive, send)


def create_app(runtime: Runtime) -> ASGIApp:
    """Put the application together around a runtime; nothing is opened here."""
    app = FastAPI(
        title="xiaodian",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        routes=[*MACHINE_DOORS],
        redirect_slashes=False,
    )
    app.state.runtime = runtime
    sessions = Sessions(runtime.db)
    app.state.sessions = sessions
    app.state.frame_of = frame_of
    app.state.advance = partial(_advance, runtime)
    problem.install(app)
    for router in ROUTERS:
        app.include_router(router)
    static = Path(__file__).parent / "static"
    if static.exists():
        app.mount("/static", StaticFiles(directory=static), name="static")
    return Edge(Doors(app), sessions)


async def _advance(runtime: Runtime, to: datetime) -> int:
    """Move business time forward; the jobs of each instant run before time goes on."""
    return await timers.advance(
        runtime.db, wiring.TIMERS, to=to, settle=lambda: run_waiting(runtime, wiring.JOBS)
    )


async def serve_app(settings: Settings, url: str, *, stop: asyncio.Event | None = None) -> None:
    """Serve until ``stop`` is set, or, without one, until SIGTERM or SIGINT.

    Several such processes may share one port.
    """
    runtime = await wiring.open_runtime(settings, url)
    over = stop or asyncio.Event()
    if stop is None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, over.set)
    server = Server(
        create_app(runtime),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=1024,
        http1_settings=HTTP1Settings(pipeline_flush=True),
        log_level=LogLevels.error,
        log_dictconfig=_QUIET,
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(over.wait())
    renewing = asyncio.create_task(_renew(runtime))
    _log.info("server.started", port=settings.port)
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
    finally:
        renewing.cancel()
        stopping.cancel()
        server.stop()
        await asyncio.wait({serving}, timeout=5)
        await wiring.close_runtime(runtime)
        _log.info("server.stopped")


class _ToStructlog(logging.Handler):
    """Lets the server speak in the same structured lines as everything else."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a line on."""
        _log.log(record.levelno, "server.said", text=record.getMessage())


_QUIET = {
    "handlers": {"console": {"()": _ToStructlog}, "access": {"()": _ToStructlog}},
    "formatters": {},
}


async def _renew(runtime: Runtime) -> None:
    """Keep the process's id slot."""
    while True:
        await asyncio.sleep(_RENEW_S)
        with contextlib.suppress(Exception):
            await renew_slot(runtime.db.url, runtime.db.ids.slot)
