"""A buyer's account and data; the notices everybody may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xiaodian.accounts import queries, service
from xiaodian.accounts.errors import SessionNotFound
from xiaodian.accounts.pages.drawing import form_of, status_of, text
from xiaodian.accounts.rules import PRIVACY_VERSION, TERMS_VERSION, device_of
from xiaodian.infra import http, sessions
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xiaodian.infra.db import Tx

__all__ = ["router"]

router = APIRouter()


@router.get("/privacy")
async def privacy_notice(request: Request) -> Response:
    """Show the privacy notice in force."""
    return await http.page(request, "accounts/privacy_notice.html", version=PRIVACY_VERSION)


@router.get("/terms")
async def terms(request: Request) -> Response:
    """Show the terms of use in force."""
    return await http.page(request, "accounts/terms.html", version=TERMS_VERSION)


@router.get("/me/privacy")
async def own_data(request: Request) -> Response:
    """Show a buyer their account, sessions and consents, and what they may do with their data."""
    return await _draw(request, None)


@router.post("/me/privacy/name")
async def rename(request: Request) -> Response:
    """Change the name."""
    name = text(await http.form(request), "name")

    async def act(tx: Tx) -> None:
        await service.rename(tx, name)

    return await _write(request, act)


@router.post("/me/privacy/sessions/others/end")
async def end_others(request: Request) -> Response:
    """End all other sessions."""
    return await _write(request, service.end_other_sessions)


@router.post("/me/privacy/sessions/{session_id}/end")
async def end_session(request: Request, session_id: str) -> Response:
    """End one of one's own sessions."""
    number = parse_id(session_id)
    if number is None:
        raise SessionNotFound

    async def act(tx: Tx) -> None:
        await service.end_session(tx, number)

    return await _write(request, act)


@router.post("/me/privacy/export")
async def export(request: Request) -> Response:
    """Hand a buyer all their data as a file; it is made anew each time and kept nowhere."""
    actor = http.actor(request, "buyer")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        data = await service.export_data(tx)
    return Response(
        msgspec.json.format(msgspec.json.encode(data), indent=2),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="xiaodian-my-data.json"'},
    )


@router.post("/me/privacy/delete")
async def delete(request: Request) -> Response:
    """Delete a buyer's account and sign it out everywhere.

    Has no idempotency key: it happens once, and there is nobody left to answer twice.
    """
    form = await http.form(request)
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "an actor has an account"
    try:
        async with http.runtime(request).db.transaction(actor=actor) as tx:
            await service.delete_account(tx, confirmed=text(form, "confirm") == "yes")
    except Refusal as refusal:
        return await _draw(request, refusal)
    http.forget_sessions(request, actor.account_id)
    return http.set_session(RedirectResponse("/", 303), request, "buyer", "")


async def _write(request: Request, act: Callable[[Tx], Awaitable[object]]) -> Response:
    actor, key = http.actor(request, "buyer"), await http.key(request)
    try:
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            await act(tx)
            response = await http.redirect(tx, "/me/privacy")
    except Refusal as refusal:
        return await _draw(request, refusal)
    assert actor.account_id is not None, "an actor has an account"
    http.forget_sessions(request, actor.account_id)
    return response


async def _draw(request: Request, refusal: Refusal | None) -> Response:
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "an actor has an account"
    form = await http.form(request) if request.method == "POST" else None
    async with http.runtime(request).db.reading(actor=actor) as tx:
        view = await queries.get_account(tx, actor.account_id)
        consents = await queries.consents_of(tx, actor.account_id)
        opened = await sessions.list_sessions(tx, actor.account_id)
    return await http.page(
        request,
        "accounts/privacy.html",
        audience="buyer",
        status=status_of(refusal),
        present=actor.session_id,
        form=None if form is None else form_of(request, form, refusal),
        device_of=device_of,
        account=view,
        consents=consents,
        sessions=opened,
    )
