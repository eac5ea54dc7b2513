"""The doors of the twins: who may pass, how large a body may be, how faults are acted out."""

from __future__ import annotations

import asyncio
import functools
import hmac
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import msgspec
from starlette.responses import RedirectResponse, Response

from xiaodian.infra import reading
from xiaodian.infra.addresses import is_loopback
from xiaodian.infra.faults import Fault
from xiaodian.infra.signing import flaw
from xiaodian.sandbox.twins import looks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from xiaodian.infra.faults import FaultOrder, FaultPlan
    from xiaodian.sandbox.twins.config import TwinsConfig

    Endpoint = Callable[[Request], Awaitable[Response]]

__all__ = [
    "BODY_MAX",
    "Guard",
    "Sorry",
    "Weather",
    "demand_signature",
    "json_answer",
    "read_body",
    "read_json",
]

BODY_MAX = 64 * 1024
_KEY_HEADER = "x-xiaodian-sandbox-key"
_KEY_NAME = "sandbox_key"
T = TypeVar("T")


class Sorry(Exception):  # noqa: N818 - an answer, not an error
    """A twin's refusal: a status, a word of the protocol, a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


def json_answer(data: object, status: int = 200) -> Response:
    """Answer JSON."""
    return Response(
        msgspec.json.encode(data), status_code=status, media_type="application/json; charset=utf-8"
    )


def demand_signature(secret: str, request: Request, body: bytes) -> None:
    """Refuse a request that does not carry a sound signature of the shared secret."""
    whole: str = request.scope["path"]
    # Clients sign the path below the twin's own mount, which they know as part of its address.
    path = whole.removeprefix(request.scope.get("root_path", ""))
    wrong = flaw(secret, request.headers, line=f"{request.method} {path}", body=body)
    if wrong is not None:
        raise Sorry(401, wrong.upper(), "签名无效")


async def read_body(request: Request) -> bytes:
    """Read a body within the limit; refuses 413."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_MAX:
            raise Sorry(413, "BODY_TOO_LARGE", f"请求体不得超过 {BODY_MAX} 字节")
        parts.append(part)
    return b"".join(parts)


def read_json(body: bytes, shape: type[T]) -> T:
    """Read a body as a shape; refuses 400 with what is wrong."""
    try:
        return reading.read_json(body, shape)
    except reading.Unreadable as error:
        raise Sorry(400, "PARAM_ERROR", str(error)) from error


class Guard:
    """Keeps the sandbox's own doors shut to strangers.

    On loopback the caller must name this machine as the host (so that no name of somebody else's
    that resolves here passes) and no other site may post. On another address, or where a key is
    set, the key is asked for: as header ``X-Xiaodian-Sandbox-Key``, as ``sandbox_key`` in the
    query, or, for people, through a small form that leaves a cookie.
    """

    def __init__(self, config: TwinsConfig) -> None:
        self._key = config.sandbox_key
        self._hosts = {urlsplit(config.address).hostname}
        self._loopback = is_loopback(config.host)

    def api(self, endpoint: Endpoint) -> Endpoint:
        """Guard a door for programs; refusals are JSON."""

        @functools.wraps(endpoint)
        async def guarded(request: Request) -> Response:
            try:
                self._admit(request)
                return await endpoint(request)
            except Sorry as sorry:
                return json_answer({"code": sorry.code, "message": sorry.message}, sorry.status)

        return guarded

    def page(self, endpoint: Endpoint) -> Endpoint:
        """Guard a door for people; refusals are pages."""

        @functools.wraps(endpoint)
        async def guarded(request: Request) -> Response:
            try:
                self._admit(request)
                return await endpoint(request)
            except Sorry as sorry:
                if sorry.code == "SANDBOX_KEY_REQUIRED" and request.method in ("GET", "HEAD"):
                    return looks.page("key.html", status=401, back=_here(request))
                return looks.page("sorry.html", status=sorry.status, sentence=sorry.message)

        return guarded

    async def sign_in(self, request: Request) -> Response:
        """Take the key from the small form and leave it as a cookie."""
        form = await request.form(max_fields=8, max_files=0)
        given, back = str(form.get("key", "")), str(form.get("back", "/"))
        if not back.startswith("/") or back.startswith(("//", "/\\")):
            back = "/"
        if not self._opens(given):
            return looks.page("key.html", status=401, back=back, wrong=True)
        answer = RedirectResponse(back, status_code=303)
        answer.set_cookie(_KEY_NAME, given, httponly=True, samesite="lax")
        return answer

    def _admit(self, request: Request) -> None:
        host = request.url.hostname or ""
        if self._loopback and not (is_loopback(host) or host in self._hosts):
            raise Sorry(403, "FOREIGN_HOST", "沙盒只在本机开放")
        if request.method not in ("GET", "HEAD") and _from_elsewhere(request):
            raise Sorry(403, "FOREIGN_ORIGIN", "不接受其他网站发来的请求")
        if self._key and not any(
            self._opens(given)
            for given in (
                request.headers.get(_KEY_HEADER, ""),
                request.query_params.get(_KEY_NAME, ""),
                request.cookies.get(_KEY_NAME, ""),
            )
        ):
            raise Sorry(401, "SANDBOX_KEY_REQUIRED", "请提供沙盒口令")

    def _opens(self, given: str) -> bool:
        return bool(self._key) and hmac.compare_digest(given.encode(), self._key.encode())


class Weather:
    """Acts out the faults that can happen at any door that answers."""

    def __init__(self, plan: FaultPlan, twin: str) -> None:
        self._plan = plan
        self._twin = twin
        self._over = asyncio.Event()

    def stop(self) -> None:
        """Let every answer that is held back go, because the twin closes."""
        self._over.set()

    def take(self, door: str, subject: str = "") -> FaultOrder | None:
        """Use a door once; answer what shall go wrong there."""
        return self._plan.take(self._twin, door, subject=subject)

    async def hold(self, seconds: float) -> None:
        """Wait, but not longer than the twin lives."""
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            pass

    async def before(self, order: FaultOrder | None, declined: Sorry) -> None:
        """Fail before anything is done, when that is what was ordered."""
        if order is None:
            return
        if order.fault is Fault.HANG:
            await self.hold(order.delay_s)
        if order.fault in (Fault.HANG, Fault.OUTAGE):
            raise Sorry(500, "SYSTEM_ERROR", "系统异常，请稍后再试")
        if order.fault is Fault.DECLINE:
            raise Sorry(declined.status, declined.code, declined.message)

    async def after(self, order: FaultOrder | None) -> None:
        """Hold back the answer to what was done, when that is what was ordered."""
        if order is not None and order.fault is Fault.TIMEOUT:
            await self.hold(order.delay_s)


def _from_elsewhere(request: Request) -> bool:
    """Tell whether a browser says that another site made it send this."""
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return True
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")


def _here(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return request.url.path + query
