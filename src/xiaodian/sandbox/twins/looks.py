"""The twins' few pages: templates, one style sheet, and headers that let in nothing else."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from xiaodian.kernel.clock import SHANGHAI
from xiaodian.kernel.money import yuan

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request

__all__ = ["page", "style"]

_templates = Environment(
    loader=PackageLoader("xiaodian.sandbox.twins"), autoescape=True, undefined=StrictUndefined
)
_templates.filters["yuan"] = yuan
_style = files("xiaodian.sandbox.twins").joinpath("templates/style.css").read_text("utf-8")


def _when(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S")


_templates.filters["when"] = _when


def page(template: str, *, status: int = 200, returns_to: str = "", **words: object) -> Response:
    """Draw a page. ``returns_to`` is the origin that a form of the page may end at."""
    # Chromium applies form-action to the redirect that answers a form, too.
    forms = f"'self' {returns_to}".strip()
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {forms}"
    )
    return HTMLResponse(
        _templates.get_template(template).render(**words),
        status_code=status,
        headers={
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def style(request: Request) -> Response:
    """Answer the style sheet."""
    del request
    return Response(_style, media_type="text/css", headers={"Cache-Control": "max-age=3600"})
