"""Serves the twins: granian inside this event loop, until somebody says stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from typing import TYPE_CHECKING

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from xiaodian.sandbox.twins.app import twins_app

if TYPE_CHECKING:
    from collections.abc import Generator

    from starlette.applications import Starlette

    from xiaodian.sandbox.twins.config import TwinsConfig

__all__ = ["PortTaken", "run_twins", "serve_twins"]

_POLL_S = 0.01
_START_S = 10.0
_STOP_S = 5.0
_log = structlog.get_logger(__name__)


class PortTaken(RuntimeError):  # noqa: N818 - named after what is the matter
    """Somebody else listens on the twins' port."""


class _ToStructlog(logging.Handler):
    """Lets the server speak in the same structured lines as everything else."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a line on."""
        _log.log(record.levelno, "server.said", text=record.getMessage())


async def serve_twins(
    config: TwinsConfig, *, ready: asyncio.Event | None = None, stop: asyncio.Event | None = None
) -> None:
    """Serve until ``stop`` is set, or, without one, until SIGTERM or SIGINT.

    ``ready`` is set when the twins answer. Raises ``PortTaken``, and ``JournalBusy`` or
    ``JournalBroken`` when a twin cannot take up what it knew.
    """
    # The server would share a taken port with its holder (SO_REUSEPORT), and each get some calls.
    _refuse_taken(config.host, config.port)
    over = stop or asyncio.Event()
    app = twins_app(config)
    # The lifespan is run here rather than by the server, which would hide why a twin cannot start.
    async with app.router.lifespan_context(app):
        await _serve(app, config, ready, over, by_signal=stop is None)


def run_twins(config: TwinsConfig) -> None:
    """Serve in a process of their own: the target of a child process, or of a command."""
    asyncio.run(serve_twins(config))


async def _serve(
    app: Starlette,
    config: TwinsConfig,
    ready: asyncio.Event | None,
    over: asyncio.Event,
    *,
    by_signal: bool,
) -> None:
    server = Server(
        app,
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig={
            "handlers": {"console": {"()": _ToStructlog}, "access": {"()": _ToStructlog}},
            "formatters": {},
        },
    )
    with _signals(over) if by_signal else contextlib.nullcontext():
        serving = asyncio.create_task(server.serve())
        stopping = asyncio.create_task(over.wait())
        try:
            await _answering(config, serving)
            _log.info("twins.started", address=config.address, smtp_port=config.smtp_port)
            if ready is not None:
                ready.set()
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
                msg = "the twins' server ended by itself"
                raise RuntimeError(msg)
        finally:
            stopping.cancel()
            server.stop()
            await asyncio.wait({serving}, timeout=_STOP_S)
            _log.info("twins.stopped")


async def _answering(config: TwinsConfig, serving: asyncio.Task[None]) -> None:
    async with asyncio.timeout(_START_S):
        while True:
            if serving.done():
                await serving
                msg = "the twins could not start"
                raise RuntimeError(msg)
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(config.host, config.port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(_POLL_S)


def _refuse_taken(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            msg = f"{host}:{port} is taken"
            raise PortTaken(msg) from error


@contextlib.contextmanager
def _signals(over: asyncio.Event) -> Generator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
