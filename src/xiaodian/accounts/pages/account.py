"""Staff's own account: name, e-mail, password, authenticator, sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.accounts import queries, service
from xiaodian.accounts.errors import FactorMissing, SessionNotFound
from xiaodian.accounts.pages.drawing import audience_of, form_of, status_of, text
from xiaodian.accounts.rules import PASSWORD_MIN, device_of
from xiaodian.accounts.service import throttle
from xiaodian.accounts.states import ROLE_WORDS
from xiaodian.infra import http, sessions
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xiaodian.infra.db import Tx

__all__ = ["router"]

router = APIRouter()
_PROOFS = {"email": "email_password", "password": "current", "remove": "factor_password"}
"""Where each form of the page asks for the present password."""


@router.get("/merchant/account")
@router.get("/operator/account")
async def account(request: Request) -> Response:
    """Show the account of whoever is signed in."""
    return await _draw(request, None)


@router.post("/merchant/account/name")
@router.post("/operator/account/name")
async def rename(request: Request) -> Response:
    """Change the name."""
    name = text(await http.form(request), "name")

    async def act(tx: Tx) -> None:
        await service.rename(tx, name)

    return await _write(request, act)


@router.post("/merchant/account/email")
@router.post("/operator/account/email")
async def set_email(request: Request) -> Response:
    """Change the e-mail address, which signs in as well; asks for the password."""
    form = await http.form(request)

    async def act(tx: Tx) -> None:
        await service.set_email(tx, text(form, "email"), password=text(form, "email_password"))

    return await _write(request, act, proves=True)


@router.post("/merchant/account/password")
@router.post("/operator/account/password")
async def change_password(request: Request) -> Response:
    """Change the password; all other sessions end."""
    form = await http.form(request)

    async def act(tx: Tx) -> None:
        await service.change_password(tx, current=text(form, "current"), new=text(form, "password"))

    return await _write(request, act, proves=True)


@router.post("/merchant/account/factor")
@router.post("/operator/account/factor")
async def begin_factor(request: Request) -> Response:
    """Begin to bind an authenticator."""

    async def act(tx: Tx) -> None:
        assert tx.actor.account_id is not None, "the edge asked who it is"
        await service.begin_enrolment(tx, tx.actor.account_id)

    return await _write(request, act, to="/factor")


@router.get("/merchant/account/factor")
@router.get("/operator/account/factor")
async def show_factor(request: Request) -> Response:
    """Show the secret of an authenticator that is being bound."""
    return await _draw_factor(request, None)


@router.post("/merchant/account/factor/confirm")
@router.post("/operator/account/factor/confirm")
async def confirm_factor(request: Request) -> Response:
    """Bind the authenticator by its first code and show the recovery codes, once.

    Has no idempotency key: the recovery codes are kept nowhere, and it binds only once.
    """
    form, audience = await http.form(request), audience_of(request)
    actor, db = http.actor(request, audience), http.runtime(request).db
    assert actor.account_id is not None, "an actor has an account"
    try:
        await throttle.allow_proof(db, actor)
        async with db.transaction(actor=actor) as tx:
            codes = await service.confirm_enrolment(tx, actor.account_id, text(form, "code"))
    except Refusal as refusal:
        return await _draw_factor(request, refusal)
    await throttle.forgive_proof(db, actor)
    return await http.page(
        request, "accounts/recovery_codes.html", codes=codes, next=f"/{audience}/account"
    )


@router.post("/merchant/account/factor/remove")
@router.post("/operator/account/factor/remove")
async def remove_factor(request: Request) -> Response:
    """Unbind the authenticator."""
    form = await http.form(request)

    async def act(tx: Tx) -> None:
        await service.remove_factor(tx, password=text(form, "factor_password"))

    return await _write(request, act, proves=True)


@router.post("/merchant/account/sessions/others/end")
@router.post("/operator/account/sessions/others/end")
async def end_others(request: Request) -> Response:
    """End all other sessions."""
    return await _write(request, service.end_other_sessions)


@router.post("/merchant/account/sessions/{session_id}/end")
@router.post("/operator/account/sessions/{session_id}/end")
async def end_session(request: Request, session_id: str) -> Response:
    """End one of one's own sessions."""
    number = parse_id(session_id)
    if number is None:
        raise SessionNotFound

    async def act(tx: Tx) -> None:
        await service.end_session(tx, number)

    return await _write(request, act)


async def _write(
    request: Request,
    act: Callable[[Tx], Awaitable[object]],
    *,
    proves: bool = False,
    to: str = "",
) -> Response:
    """Do one thing to one's own account; ``proves`` counts tries at the password."""
    audience = audience_of(request)
    actor, db = http.actor(request, audience), http.runtime(request).db
    key = await http.key(request)
    try:
        if proves:
            await throttle.allow_proof(db, actor)
        async with db.transaction(actor=actor, key=key) as tx:
            await act(tx)
            response = await http.redirect(tx, f"/{audience}/account{to}")
    except Refusal as refusal:
        return await _draw(request, refusal)
    if proves:
        await throttle.forgive_proof(db, actor)
    assert actor.account_id is not None, "an actor has an account"
    http.forget_sessions(request, actor.account_id)
    return response


async def _draw(request: Request, refusal: Refusal | None) -> Response:
    audience = audience_of(request)
    actor = http.actor(request, audience)
    assert actor.account_id is not None, "an actor has an account"
    form = await http.form(request) if request.method == "POST" else None
    wrong_at = request.url.path.rsplit("/", 1)[-1] if refusal else ""
    async with http.runtime(request).db.reading(actor=actor) as tx:
        roles = sorted(await queries.roles_of(tx, actor.account_id))
        view = await queries.get_account(tx, actor.account_id)
        has_password = await queries.has_password(tx, actor.account_id)
        factor = await queries.factor_of(tx, actor.account_id)
        opened = await sessions.list_sessions(tx, actor.account_id)
    return await http.page(
        request,
        "accounts/account.html",
        audience=audience,
        status=status_of(refusal),
        console=audience,
        present=actor.session_id,
        least=PASSWORD_MIN,
        wrong_at=wrong_at,
        form=None if form is None else form_of(request, form, refusal, _PROOFS.get(wrong_at)),
        device_of=device_of,
        roles=[ROLE_WORDS[role] for role in roles],
        account=view,
        has_password=has_password,
        factor=factor,
        sessions=opened,
    )


async def _draw_factor(request: Request, refusal: Refusal | None) -> Response:
    audience = audience_of(request)
    actor = http.actor(request, audience)
    assert actor.account_id is not None, "an actor has an account"
    form = await http.form(request) if request.method == "POST" else None
    try:
        async with http.runtime(request).db.reading(actor=actor) as tx:
            enrolment = await service.enrolment_of(tx, actor.account_id)
    except FactorMissing as missing:
        return await _draw(request, missing)
    return await http.page(
        request,
        "accounts/factor.html",
        audience=audience,
        status=status_of(refusal),
        console=audience,
        enrolment=enrolment,
        form=None if form is None else form_of(request, form, refusal),
    )
