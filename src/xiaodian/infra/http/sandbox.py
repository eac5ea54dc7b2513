"""The sandbox's own doors in the product: one-click sign-ins, the clock, codes on screen."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from xiaodian.infra.addresses import is_loopback
from xiaodian.kernel.errors import Kind, Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

    from xiaodian.infra.jobs import Runtime

__all__ = ["SandboxClosed", "SandboxKeyRequired", "admit_to_sandbox"]

_HEADER = "x-xiaodian-sandbox-key"
_NAME = "sandbox_key"


class SandboxClosed(Refusal):
    """There is no sandbox here, or not from where the request comes."""

    code: ClassVar[str] = "SANDBOX_CLOSED"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    sentence: ClassVar[str] = "这里没有开放沙盒"


class SandboxKeyRequired(Refusal):
    """The sandbox asks for its key at every door."""

    code: ClassVar[str] = "SANDBOX_KEY_REQUIRED"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    sentence: ClassVar[str] = "请先提供沙盒口令"


def admit_to_sandbox(request: Request, *, typed: str = "") -> None:
    """Let a request pass a sandbox door, or refuse ``SANDBOX_CLOSED``, ``SANDBOX_KEY_REQUIRED``.

    Where a key is set it is asked for, as header ``X-Xiaodian-Sandbox-Key``, in the query or in
    the cookie ``sandbox_key``, or ``typed`` into a form. Where none is set, the caller must be on
    this machine and name it as the host.
    """
    runtime: Runtime = request.app.state.runtime
    settings = runtime.settings
    if not settings.sandbox:
        raise SandboxClosed
    if not settings.sandbox_key:
        host = request.url.hostname or ""
        ours = is_loopback(host) or host == urlsplit(settings.public_url).hostname
        if not (ours and is_loopback(request.client.host if request.client else "")):
            raise SandboxClosed
        return
    given = (
        typed,
        request.headers.get(_HEADER, ""),
        request.query_params.get(_NAME, ""),
        request.cookies.get(_NAME, ""),
    )
    key = settings.sandbox_key.encode()
    if not any(hmac.compare_digest(one.encode(), key) for one in given):
        raise SandboxKeyRequired
