"""Doors for whoever watches over the processes: health, readiness, metrics."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse, Response

from xiaodian.infra.addresses import is_loopback
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.errors import Outage

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["healthz", "metrics", "readyz"]


async def healthz(_request: Request) -> Response:
    """Answer that the process runs."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """Answer whether requests can be served: the database answers. 503 when it does not."""
    try:
        async with request.app.state.runtime.db.reading(actor=SYSTEM):
            return PlainTextResponse("ready")
    except Outage:
        return PlainTextResponse("not ready", 503)


async def metrics(request: Request) -> Response:
    """Answer the process's metrics to who has ``XIAODIAN_OPS_KEY``; to others there is nothing.

    A sandbox on this machine answers without a key.
    """
    settings = request.app.state.runtime.settings
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    client = request.client.host if request.client else ""
    known = bool(settings.ops_key) and hmac.compare_digest(
        given.encode(), settings.ops_key.encode()
    )
    here = settings.sandbox and not settings.sandbox_key and is_loopback(client)
    if not (known or here):
        return PlainTextResponse("not found", 404)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
