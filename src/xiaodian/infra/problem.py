"""The only place that knows which HTTP status a refusal has (RFC 9457, design rule 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec
import structlog
from fastapi.exceptions import RequestValidationError
from psycopg.errors import DataError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from xiaodian.infra.db import Replayed
from xiaodian.infra.i18n import sentence, translate
from xiaodian.infra.templates import render
from xiaodian.kernel.errors import Kind, Outage, Refusal

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request

__all__ = ["STATUS", "install", "outage", "problem", "refused", "wants_page"]

STATUS: dict[Kind, int] = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.TOO_MANY: 429,
    Kind.UNSUPPORTED: 415,
}
_RETRY_AFTER_S = "2"
_NAMES = {400: "MALFORMED", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE"}
_SENTENCES = {
    "MALFORMED": "请求无法读取",
    "NOT_FOUND": "没有这个页面",
    "METHOD_NOT_ALLOWED": "这个地址不支持该操作",
    "BODY_TOO_LARGE": "请求内容太大",
    "INVALID_REQUEST": "请求中有不合要求的字段",
    "INTERNAL": "系统出错了，我们已经记录下来",
}
_log = structlog.get_logger()


def wants_page(request: Request) -> bool:
    """Tell whether a person in a browser waits for the answer."""
    if request.url.path.startswith(("/api/", "/notify/")):
        return False
    return "text/html" in request.headers.get("accept", "")


def problem(
    request: Request, status: int, code: str, detail: str, facts: dict[str, object] | None = None
) -> Response:
    """Say no: a page to a person, problem details to a program."""
    if wants_page(request):
        body = render(
            "consoles/error.html",
            lang=request.state.lang,
            request=request,
            status=status,
            code=code,
            sentence=detail,
            facts=facts or {},
        )
        return Response(body, status, media_type="text/html")
    content = {
        "type": f"urn:xiaodian:problem:{code}",
        "title": code,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": request.url.path,
        "request_id": getattr(request.state, "request_id", ""),
        **(facts or {}),
    }
    headers = {"Retry-After": _RETRY_AFTER_S} if status == 503 else {}  # noqa: PLR2004 - as the RFC names it
    return Response(
        msgspec.json.encode(content), status, headers, media_type="application/problem+json"
    )


async def refused(request: Request, error: Exception) -> Response:
    """Answer a refusal; a person who is not signed in is shown the way."""
    assert isinstance(error, Refusal), "registered for refusals"
    if error.kind is Kind.UNAUTHENTICATED and wants_page(request) and request.method == "GET":
        return RedirectResponse(_sign_in_of(request), 303)
    _log.info("refused", refusal_code=error.code, path=request.url.path)
    detail = sentence(error.sentence, error.facts, request.state.lang)
    facts: dict[str, object] = {"facts": error.facts} if error.facts else {}
    return problem(request, STATUS[error.kind], error.code, detail, facts)


async def outage(request: Request, error: Exception) -> Response:
    """Answer that something did not answer."""
    assert isinstance(error, Outage), "registered for outages"
    _log.warning("outage", service=error.service, path=request.url.path)
    return problem(request, 503, error.code, translate(error.sentence, request.state.lang))


async def replayed(_request: Request, error: Exception) -> Response:
    """Answer what was answered before."""
    assert isinstance(error, Replayed), "registered for replays"
    answered = error.answered
    headers = {"Idempotent-Replayed": "true"}
    if answered.location:
        headers["Location"] = answered.location
    return Response(
        answered.body, answered.status, headers, media_type=answered.content_type or None
    )


async def invalid(request: Request, error: Exception) -> Response:
    """Name each field that is not as the schema says."""
    assert isinstance(error, RequestValidationError), "registered for these"
    errors = [
        {"field": ".".join(str(part) for part in item["loc"]), "reason": item["type"]}
        for item in error.errors()[:20]
    ]
    malformed = any(item["reason"] == "json_invalid" for item in errors)
    code, status = ("MALFORMED", 400) if malformed else ("INVALID_REQUEST", 422)
    return _named(request, status, code, {"errors": errors})


async def http_error(request: Request, error: Exception) -> Response:
    """Name what the framework itself refuses."""
    assert isinstance(error, HTTPException), "registered for these"
    return _named(request, error.status_code, _NAMES.get(error.status_code, "MALFORMED"))


async def unstorable(request: Request, error: Exception) -> Response:
    """Refuse text that no database column can hold (a NUL byte); anything else is a bug."""
    assert isinstance(error, DBAPIError), "registered for these"
    if isinstance(error.orig, DataError):
        return _named(request, 422, "INVALID_REQUEST")
    raise error


async def bug(request: Request, error: Exception) -> Response:
    """Own up to a bug without telling its insides."""
    _log.exception("bug", path=request.url.path, exc_info=error)
    return _named(request, 500, "INTERNAL")


def install(app: Starlette) -> None:
    """Hang the table into an application."""
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(Outage, outage)
    app.add_exception_handler(Replayed, replayed)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(DBAPIError, unstorable)
    app.add_exception_handler(Exception, bug)


def _named(
    request: Request, status: int, code: str, facts: dict[str, object] | None = None
) -> Response:
    return problem(request, status, code, translate(_SENTENCES[code], request.state.lang), facts)


def _sign_in_of(request: Request) -> str:
    path = request.url.path
    wanted = urlencode({"next": f"{path}?{request.url.query}" if request.url.query else path})
    for console in ("merchant", "operator"):
        if path == f"/{console}" or path.startswith(f"/{console}/"):
            return f"/{console}/sign-in?{wanted}"
    return f"/sign-in?{wanted}"
