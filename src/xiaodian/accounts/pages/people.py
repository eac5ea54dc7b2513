"""Operators, as administrators see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.accounts import queries, service
from xiaodian.accounts.errors import AccountNotFound
from xiaodian.accounts.pages.drawing import form_of, status_of, text
from xiaodian.accounts.states import ROLE_WORDS
from xiaodian.infra import http
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.datastructures import FormData

    from xiaodian.infra.db import Tx

__all__ = ["router"]

router = APIRouter()


@router.get("/operator/people")
async def people(request: Request) -> Response:
    """Show the operators to an administrator."""
    return await _draw(request, None)


@router.post("/operator/people")
async def create(request: Request) -> Response:
    """Make an operator and show the link by which they set their password, once.

    Has no idempotency key: the link is kept nowhere, and an e-mail address makes one operator.
    """
    form = await http.form(request)
    actor = http.actor(request, "operator")
    try:
        async with http.runtime(request).db.transaction(actor=actor) as tx:
            made = await service.create_operator(
                tx, name=text(form, "name"), email=text(form, "email"), roles=_roles(form)
            )
            token = await service.offer_password_link(tx, made.id)
    except Refusal as refusal:
        return await _draw(request, refusal)
    return await _draw(request, None, link=_link(request, token), link_for=made.name)


@router.post("/operator/people/{account_id}/link")
async def offer_link(request: Request, account_id: str) -> Response:
    """Make a new link for an operator and show it once; the one before stops working."""
    number = _number(account_id)
    actor = http.actor(request, "operator")
    try:
        async with http.runtime(request).db.transaction(actor=actor) as tx:
            token = await service.offer_password_link(tx, number)
            operator = await queries.get_account(tx, number)
    except Refusal as refusal:
        return await _draw(request, refusal)
    return await _draw(request, None, link=_link(request, token), link_for=operator.name)


@router.post("/operator/people/{account_id}/roles")
async def set_roles(request: Request, account_id: str) -> Response:
    """Change an operator's roles."""
    number, roles = _number(account_id), _roles(await http.form(request))

    async def act(tx: Tx) -> None:
        await service.set_roles(tx, number, roles)

    return await _write(request, act, number)


@router.post("/operator/people/{account_id}/suspend")
async def suspend(request: Request, account_id: str) -> Response:
    """Stop an operator from signing in."""
    number = _number(account_id)

    async def act(tx: Tx) -> None:
        await service.suspend_account(tx, number)

    return await _write(request, act, number)


@router.post("/operator/people/{account_id}/restore")
async def restore(request: Request, account_id: str) -> Response:
    """Let an operator sign in again."""
    number = _number(account_id)

    async def act(tx: Tx) -> None:
        await service.restore_account(tx, number)

    return await _write(request, act, number)


@router.post("/operator/people/{account_id}/reset-factor")
async def reset_factor(request: Request, account_id: str) -> Response:
    """Unbind an operator's lost authenticator."""
    number = _number(account_id)

    async def act(tx: Tx) -> None:
        await service.reset_factor(tx, number)

    return await _write(request, act, number)


def _number(account_id: str) -> int:
    number = parse_id(account_id)
    if number is None:
        raise AccountNotFound
    return number


def _roles(form: FormData) -> list[str]:
    return [value for value in form.getlist("roles") if isinstance(value, str)]


def _link(request: Request, token: str) -> str:
    return f"{http.runtime(request).settings.public_url}/operator/set-password?token={token}"


async def _write(
    request: Request, act: Callable[[Tx], Awaitable[object]], account_id: int
) -> Response:
    actor, key = http.actor(request, "operator"), await http.key(request)
    try:
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            await act(tx)
            response = await http.redirect(tx, "/operator/people")
    except Refusal as refusal:
        return await _draw(request, refusal)
    http.forget_sessions(request, account_id)
    return response


async def _draw(
    request: Request, refusal: Refusal | None, *, link: str = "", link_for: str = ""
) -> Response:
    actor = http.actor(request, "operator")
    form = await http.form(request) if request.method == "POST" else None
    async with http.runtime(request).db.reading(actor=actor) as tx:
        operators = await queries.list_operators(tx)
    return await http.page(
        request,
        "accounts/people.html",
        audience="operator",
        status=status_of(refusal),
        operators=operators,
        role_words=ROLE_WORDS,
        chosen=[] if form is None else _roles(form),
        link=link,
        link_for=link_for,
        form=form_of(request, form, refusal) if form is not None and refusal else None,
    )
