"""What the pages of people share: reading their forms, drawing them again, letting people in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, TypeVar, cast

from starlette.responses import RedirectResponse

from xiaodian.accounts.errors import (
    AlreadyRegistered,
    CodeExpired,
    CodeWrong,
    ConsentRequired,
    CredentialsWrong,
    DeletionNotConfirmed,
    EmailInvalid,
    EmailTaken,
    FactorCodeWrong,
    NameInvalid,
    PasswordCommon,
    PasswordTooLong,
    PasswordTooShort,
    PhoneInvalid,
    RoleUnknown,
)
from xiaodian.accounts.rules import own_path
from xiaodian.infra import http
from xiaodian.infra.i18n import sentence
from xiaodian.infra.problem import STATUS
from xiaodian.kernel.errors import Refusal

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from xiaodian.accounts.service import SignedIn
    from xiaodian.infra.sessions import Audience

__all__ = [
    "HOMES",
    "agent_of",
    "audience_of",
    "enter",
    "form_of",
    "sandbox_facts",
    "settled",
    "sign_in_page",
    "status_of",
    "text",
]

T = TypeVar("T")
HOMES: dict[str, str] = {"buyer": "/me", "merchant": "/merchant", "operator": "/operator"}
"""Where each part of the house begins."""
_SIGN_INS: dict[str, str] = {
    "buyer": "/sign-in",
    "merchant": "/merchant/sign-in",
    "operator": "/operator/sign-in",
}
_FIELDS: dict[type[Refusal], str] = {
    PhoneInvalid: "phone",
    AlreadyRegistered: "phone",
    CodeWrong: "code",
    CodeExpired: "code",
    FactorCodeWrong: "code",
    ConsentRequired: "consent",
    CredentialsWrong: "password",
    PasswordTooShort: "password",
    PasswordTooLong: "password",
    PasswordCommon: "password",
    EmailInvalid: "email",
    EmailTaken: "email",
    NameInvalid: "name",
    RoleUnknown: "roles",
    DeletionNotConfirmed: "confirm",
}
_KEPT = ("phone", "login", "name", "email", "consent")
"""What is drawn again after a refusal; secrets are not."""


def audience_of(request: Request) -> Audience:
    """Answer which console an address belongs to, by its first word."""
    first = request.url.path.split("/")[1]
    return cast("Audience", first) if first in {"merchant", "operator"} else "buyer"


def sign_in_page(audience: str) -> str:
    """Answer where an audience signs in."""
    return _SIGN_INS[audience]


def agent_of(request: Request) -> str:
    """Answer what the browser calls itself."""
    return request.headers.get("user-agent", "")


def text(form: FormData, name: str) -> str:
    """Answer a text field; empty when it is missing or a file was sent in its place."""
    given = form.get(name)
    return given if isinstance(given, str) else ""


def settled(outcome: T | Refusal) -> T:
    """Answer an outcome, or raise its refusal; called after the commit that keeps its trace."""
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def form_of(
    request: Request, form: FormData, refusal: Refusal | None, proof: str | None = None
) -> dict[str, object]:
    """Answer a form as the field macros take it: what was typed, and what is wrong with it.

    ``proof`` is the field of the present password, where the form has one beside a new one.
    """
    errors: dict[str, str] = {}
    if refusal is not None:
        said = sentence(refusal.sentence, refusal.facts, request.state.lang)
        wrong = _FIELDS.get(type(refusal), "form")
        errors[proof if proof and isinstance(refusal, CredentialsWrong) else wrong] = said
    return {
        "typed": {name: text(form, name) for name in _KEPT if text(form, name)},
        "errors": errors,
    }


def status_of(refusal: Refusal | None) -> int:
    """Answer the status of a page that shows a refusal."""
    return 200 if refusal is None else STATUS[refusal.kind]


class SandboxFacts(TypedDict):
    """Whether a code may be shown on screen, and where the sandbox's phone can be looked at."""

    sandbox: bool
    twin: str


def sandbox_facts(request: Request) -> SandboxFacts:
    """Answer what a form needs to show a code on screen: nothing outside the sandbox."""
    settings = http.runtime(request).settings
    twin = f"{settings.twins_url}/sms/" if settings.sandbox and settings.twins_url else ""
    return {"sandbox": settings.sandbox, "twin": twin}


def enter(request: Request, signed: SignedIn, wished: str) -> Response:
    """Give a browser its session and send it on, to one of our own pages only."""
    audience = signed.account.audience
    response = RedirectResponse(own_path(wished, HOMES[audience]), 303)
    return http.set_session(response, request, audience, signed.token)
