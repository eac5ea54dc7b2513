"""What an endpoint says to the request: who are you, what is your key, here is the answer."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar, TypeVar

import msgspec
from pydantic import BaseModel
from starlette.responses import HTMLResponse, Response

from xiaodian.infra.db import ANONYMOUS, Actor, Answered, Key, keep
from xiaodian.infra.sessions import LIFETIMES
from xiaodian.infra.templates import render
from xiaodian.kernel.errors import Kind, Refusal

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

    from xiaodian.infra.db import Tx
    from xiaodian.infra.jobs import Runtime
    from xiaodian.infra.sessions import Audience, Sessions

__all__ = [
    "FORM_KEY",
    "KeyRequired",
    "MalformedBody",
    "SignInRequired",
    "actor",
    "answer",
    "client_address",
    "forget_sessions",
    "form",
    "json_answer",
    "key",
    "optional_actor",
    "page",
    "read_json",
    "redirect",
    "runtime",
    "set_session",
]

T = TypeVar("T")
FORM_KEY = "_key"
_KEY_MAX = 128
_FIELDS_MAX = 2_000
_FILES_MAX = 20


class SignInRequired(Refusal):
    """Nobody is signed in for this part of the house."""

    code: ClassVar[str] = "SIGN_IN_REQUIRED"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED
    sentence: ClassVar[str] = "请先登录"


class KeyRequired(Refusal):
    """A write names itself: header ``Idempotency-Key``, or the form's hidden field."""

    code: ClassVar[str] = "IDEMPOTENCY_KEY_REQUIRED"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "写入请求需要 1 到 128 个字符的 Idempotency-Key"


class MalformedBody(Refusal):
    """The body is not the JSON that was expected; ``reason`` names the place."""

    code: ClassVar[str] = "INVALID_REQUEST"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请求内容不符合要求：{reason}"


def runtime(request: Request) -> Runtime:
    """Answer the runtime of the application that serves this request."""
    return request.app.state.runtime


def client_address(request: Request) -> str:
    """Answer the address of the client's end of the connection."""
    return request.client.host if request.client else ""


def optional_actor(request: Request, audience: Audience) -> Actor:
    """Answer who is signed in for this audience, or an anonymous actor at their address."""
    found: dict[str, Actor] = request.state.actors
    return found.get(audience) or Actor(ANONYMOUS.kind, address=client_address(request))


def actor(request: Request, audience: Audience) -> Actor:
    """Answer who is signed in for this audience; refuses ``SIGN_IN_REQUIRED``."""
    found = optional_actor(request, audience)
    if found.account_id is None:
        raise SignInRequired
    return found


async def key(request: Request) -> Key:
    """Read the idempotency key of a write and fingerprint all it asks.

    Refuses ``IDEMPOTENCY_KEY_REQUIRED``. A form carries its key in a hidden field, made when the
    page was drawn, so that a double click or a reload writes once.
    """
    body = await request.body()
    name = request.headers.get("idempotency-key", "")
    if not name and _is_form(request):
        given = (await form(request)).get(FORM_KEY)
        name = given if isinstance(given, str) else ""
    if not 0 < len(name) <= _KEY_MAX or not name.isprintable():
        raise KeyRequired
    seen = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    seen.update(body)
    # Keyed, because a form may hold a password, which a plain digest would help to guess.
    vault = runtime(request).db.vault
    return Key(name, vault.blind(seen.hexdigest(), purpose="idempotency"))


async def form(request: Request) -> FormData:
    """Read a posted form, with limits on fields and files; the body was limited before."""
    await request.body()
    given = await request.form(max_files=_FILES_MAX, max_fields=_FIELDS_MAX)
    # The edge closes what was uploaded once the answer is sent.
    request.state.forms.append(given)
    return given


async def read_json(request: Request, kind: type[T]) -> T:
    """Read a JSON body straight into a msgspec struct (hot doors); refuses ``INVALID_REQUEST``."""
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBody(reason=str(error)[:200]) from error


async def answer(tx: Tx, view: BaseModel | msgspec.Struct, *, status: int = 200) -> Response:
    """Answer a view as JSON, keeping it under the transaction's key.

    Called inside the transaction; the response is sent after its commit.
    """
    response = json_answer(view, status=status)
    await keep(tx, Answered(status, "application/json", "", bytes(response.body)))
    return response


def json_answer(view: BaseModel | msgspec.Struct, *, status: int = 200) -> Response:
    """Answer a view as JSON where the room itself keeps what it answered under a key."""
    body = (
        view.model_dump_json().encode()
        if isinstance(view, BaseModel)
        else msgspec.json.encode(view)
    )
    return Response(body, status, media_type="application/json")


async def redirect(tx: Tx, url: str) -> Response:
    """Send a browser on after a form's write, keeping the place under the transaction's key."""
    assert url.startswith("/"), "only to our own pages"
    await keep(tx, Answered(303, "", url))
    return Response(status_code=303, headers={"Location": url})


async def page(
    request: Request,
    name: str,
    *,
    audience: Audience | None = None,
    status: int = 200,
    **context: object,
) -> Response:
    """Draw a page in the reader's language; the frame's own facts come from the consoles."""
    frame: dict[str, object] = {"sandbox": runtime(request).settings.sandbox}
    frame_of = getattr(request.app.state, "frame_of", None)
    if audience is not None and frame_of is not None:
        frame |= await frame_of(request, audience)
    body = render(name, lang=request.state.lang, request=request, frame=frame, **context)
    return HTMLResponse(body, status)


def set_session(response: Response, request: Request, audience: Audience, token: str) -> Response:
    """Hand a session's token to the browser in a cookie that scripts cannot read."""
    response.set_cookie(
        f"xd_{audience}",
        token,
        max_age=int(LIFETIMES[audience].total_seconds()) if token else 0,
        httponly=True,
        # Behind a proxy that ends TLS the scheme here is http, but not where browsers are.
        secure=runtime(request).settings.public_url.startswith("https:"),
        samesite="lax",
        path="/",
    )
    return response


def forget_sessions(request: Request, account_id: int) -> None:
    """Let sessions that were just ended end at once in this process, not after its memory's time.

    Called after the commit.
    """
    remembered: Sessions = request.state.sessions
    remembered.forget(account_id)


def _is_form(request: Request) -> bool:
    content_type = request.headers.get("content-type", "")
    return content_type.startswith(("application/x-www-form-urlencoded", "multipart/form-data"))
