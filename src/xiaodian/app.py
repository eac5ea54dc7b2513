"""The web application: every router, one edge around them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from xiaodian.infra import problem
from xiaodian.infra.http import Edge
from xiaodian.infra.sessions import Sessions

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from xiaodian.infra.jobs import Runtime

__all__ = ["ROUTERS", "create_app"]

ROUTERS: tuple[APIRouter, ...] = ()
"""Every room's doors, in the order addresses are tried."""


def create_app(runtime: Runtime) -> ASGIApp:
    """Put the application together around a runtime; nothing is opened here."""
    app = FastAPI(title="xiaodian", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.runtime = runtime
    problem.install(app)
    for router in ROUTERS:
        app.include_router(router)
    static = Path(__file__).parent / "static"
    if static.exists():
        app.mount("/static", StaticFiles(directory=static), name="static")
    return Edge(app, Sessions(runtime.db))
