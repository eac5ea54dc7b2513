"""One layer around the application: request id, limits, origin, language, sessions, headers."""

from __future__ import annotations

import re
import time
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from xiaodian.infra.crypto import new_token
from xiaodian.infra.i18n import negotiate
from xiaodian.infra.problem import outage, problem, refused
from xiaodian.kernel.errors import Kind, Outage, Refusal

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from xiaodian.infra.db import Actor
    from xiaodian.infra.sessions import Audience, Sessions

__all__ = ["BODY_MAX", "Edge"]

BODY_MAX = 12 * 1024 * 1024
"""No request body is longer."""
_AUDIENCES: tuple[Audience, ...] = ("buyer", "merchant", "operator")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self';"
        " font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self' http: https:;"
        " frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_requests = Counter("xiaodian_requests", "Requests answered", ["method", "status"])
_seconds = Histogram("xiaodian_request_seconds", "Time to answer", ["method"])
_log = structlog.get_logger()


class BodyTooLarge(Refusal):
    """The body grew past the limit while it was read."""

    code: ClassVar[str] = "BODY_TOO_LARGE"
    kind: ClassVar[Kind] = Kind.TOO_LARGE
    sentence: ClassVar[str] = "请求内容太大"


class Edge:
    """The ASGI layer every request passes through."""

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self.app = app
        self.sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        cookies = _cookies(headers.get("cookie", ""))
        given_id = headers.get("x-request-id", "")
        state["request_id"] = given_id if _REQUEST_ID.fullmatch(given_id) else new_token()[:16]
        state["lang"] = negotiate(cookies.get("lang", ""), headers.get("accept-language", ""))
        state["actors"] = {}
        state["sessions"] = self.sessions
        state["forms"] = []
        structlog.contextvars.bind_contextvars(request_id=state["request_id"])
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, state["request_id"], scope["path"])
            await send(message)

        try:
            refusal = await self._refuse(scope, headers)
            if refusal is None:
                refusal = await self._recognise(scope, headers, cookies)
            if refusal is None:
                await self._serve(scope, receive, send_with_headers)
            else:
                await refusal(scope, receive, send_with_headers)
        finally:
            for form in state["forms"]:
                await form.close()
            _requests.labels(scope["method"], str(status)).inc()
            _seconds.labels(scope["method"]).observe(time.perf_counter() - started)
            structlog.contextvars.unbind_contextvars("request_id")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken = 0

        async def receive_limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_MAX:
                raise BodyTooLarge
            return message

        async def send_unless_refused(message: Message) -> None:
            # The framework would answer for a body it could not read: what is wrong is its size.
            if taken <= BODY_MAX:
                await send(message)

        await self.app(scope, receive_limited, send_unless_refused)
        if taken > BODY_MAX:
            response = await refused(Request(scope), BodyTooLarge())
            await response(scope, receive, send)

    async def _refuse(self, scope: Scope, headers: Headers) -> Response | None:
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY_MAX:
            return await refused(Request(scope), BodyTooLarge())
        if scope["method"] not in _SAFE_METHODS and not _own_origin(headers):
            return problem(Request(scope), 403, "FOREIGN_ORIGIN", "这个请求来自别的网站，已拒绝")
        return None

    async def _recognise(
        self, scope: Scope, headers: Headers, cookies: dict[str, str]
    ) -> Response | None:
        try:
            scope["state"]["actors"] = await self._actors(scope, headers, cookies)
        except Outage as error:
            return await outage(Request(scope), error)
        return None

    async def _actors(
        self, scope: Scope, headers: Headers, cookies: dict[str, str]
    ) -> dict[str, Actor]:
        if scope["path"].startswith("/static/"):
            return {}
        address = scope["client"][0] if scope.get("client") else ""
        bearer = headers.get("authorization", "")
        found: dict[str, Actor] = {}
        for audience in _AUDIENCES:
            token = cookies.get(f"xd_{audience}", "")
            if bearer.startswith("Bearer "):
                token = bearer.removeprefix("Bearer ").strip()
            if not token:
                continue
            actor = await self.sessions.resolve(token, audience, address=address)
            if actor is not None:
                found[audience] = actor
        return found


def _own_origin(headers: Headers) -> bool:
    """Tell whether a write comes from our own pages, or from no browser at all."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def _add_headers(message: Message, request_id: str, path: str) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    headers["x-request-id"] = request_id
    if not path.startswith("/static/"):
        headers.setdefault("cache-control", "no-store")
