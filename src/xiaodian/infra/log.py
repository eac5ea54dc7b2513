"""Structured logs: one line an event, with the request's id; tokens and codes never reach one."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["configure"]

_SECRET_WORDS = ("token", "password", "secret", "code", "authorization", "cookie", "phone", "key")


def configure(*, level: str = "info", as_json: bool = True) -> None:
    """Set the process's logging up, once."""
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide_secrets,
            structlog.processors.format_exc_info if as_json else _as_it_is,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        # Made anew for each line: a logger that is kept would hold on to a stream that somebody
        # else has closed since.
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)


def _as_it_is(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return event


def _hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name in event:
        if any(word in name.lower() for word in _SECRET_WORDS) and name not in _HARMLESS:
            event[name] = "***"
    return event


_HARMLESS = frozenset({"refusal_code", "status_code"})
