"""The JSON doors of people: bearer tokens for programs, one's own account and data.

Doors that open a session take no idempotency key: what proves who somebody is can be used once,
and an answer with a token in it is kept nowhere.
"""

from __future__ import annotations

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.accounts import queries, service
from xiaodian.accounts.errors import SessionNotFound
from xiaodian.accounts.schemas import (
    AccountAnswer,
    CodeBody,
    CodeSentAnswer,
    CodeSignInBody,
    DeletionBody,
    PasswordBody,
    PasswordSignInBody,
    RegistrationBody,
    SecondStepBody,
    SessionAnswer,
    SessionListAnswer,
    SessionOpenedAnswer,
    StepAnswer,
)
from xiaodian.accounts.service import NextStep, SignedIn, throttle
from xiaodian.infra import http, sessions
from xiaodian.infra.db import Actor
from xiaodian.infra.http import SignInRequired
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id

__all__ = ["router"]

router = APIRouter(prefix="/api/v1")


@router.post("/sessions/codes")
async def ask_code(request: Request, body: CodeBody) -> Response:
    """Send a one-time code; the answer is the same whether the phone is known or not."""
    db = http.runtime(request).db
    address = http.client_address(request)
    await throttle.allow_code(db, body.audience, body.phone, address=address)
    async with db.transaction(actor=http.optional_actor(request, body.audience)) as tx:
        ends = await service.send_code(tx, body.audience, phone=body.phone)
    return http.json_answer(CodeSentAnswer(expires_at=ends), status=202)


@router.post("/sessions")
async def sign_in_with_code(request: Request, body: CodeSignInBody) -> Response:
    """Open a buyer's session by a code; who has no account gets one."""
    actor = http.optional_actor(request, "buyer")
    async with http.runtime(request).db.transaction(actor=actor) as tx:
        outcome = await service.sign_in_with_code(
            tx, phone=body.phone, code=body.code, consent=body.consent, agent=_agent(request)
        )
    return _opened(outcome)


@router.post("/sessions/password")
async def sign_in_with_password(request: Request, body: PasswordSignInBody) -> Response:
    """Open a session of staff, or answer 202 with the second step that is waited for."""
    db, address = http.runtime(request).db, http.client_address(request)
    await throttle.allow_sign_in(db, body.audience, body.login, address=address)
    async with db.transaction(actor=http.optional_actor(request, body.audience)) as tx:
        outcome = await service.sign_in_with_password(
            tx,
            body.audience,
            login=body.login,
            password=body.password,
            agent=_agent(request),
        )
    await throttle.forgive_sign_in(db, body.audience, body.login, address=address)
    if isinstance(outcome, NextStep):
        return http.json_answer(StepAnswer.of(outcome), status=202)
    return _opened(outcome)


@router.post("/sessions/second-step")
async def finish_sign_in(request: Request, body: SecondStepBody) -> Response:
    """Open a session by the authenticator's code."""
    actor = http.optional_actor(request, "operator")
    async with http.runtime(request).db.transaction(actor=actor) as tx:
        outcome = await service.finish_sign_in(
            tx, token=body.step_token, code=body.code, agent=_agent(request)
        )
    return _opened(outcome)


@router.post("/merchants/registrations")
async def register_merchant(request: Request, body: RegistrationBody) -> Response:
    """Make a merchant account by a code that was asked for with audience merchant."""
    actor = http.optional_actor(request, "merchant")
    async with http.runtime(request).db.transaction(actor=actor) as tx:
        outcome = await service.register_merchant(
            tx,
            phone=body.phone,
            code=body.code,
            name=body.name,
            password=body.password,
            email=body.email,
            consent=body.consent,
            agent=_agent(request),
        )
    return _opened(outcome)


@router.get("/sessions")
async def list_sessions(request: Request) -> Response:
    """List one's own open sessions."""
    actor = _whoever(request)
    async with http.runtime(request).db.reading(actor=actor) as tx:
        rows = await sessions.list_sessions(tx, actor.account_id or 0)
    items = [SessionAnswer.of(row, actor.session_id) for row in rows]
    return http.json_answer(SessionListAnswer(items=items))


@router.delete("/sessions/current")
async def sign_out(request: Request) -> Response:
    """End the session that asks."""
    actor = _whoever(request)
    async with http.runtime(request).db.transaction(actor=actor) as tx:
        await service.sign_out(tx)
    http.forget_sessions(request, actor.account_id or 0)
    return Response(status_code=204)


@router.delete("/sessions/{session_id}")
async def end_session(request: Request, session_id: str) -> Response:
    """End one of one's own sessions; a second time refuses ``SESSION_NOT_FOUND``."""
    actor, number = _whoever(request), parse_id(session_id)
    if number is None:
        raise SessionNotFound
    async with http.runtime(request).db.transaction(actor=actor) as tx:
        await service.end_session(tx, number)
    http.forget_sessions(request, actor.account_id or 0)
    return Response(status_code=204)


@router.get("/me")
async def me(request: Request) -> Response:
    """Answer one's own account."""
    actor = _whoever(request)
    async with http.runtime(request).db.reading(actor=actor) as tx:
        account = await queries.get_account(tx, actor.account_id or 0)
        roles = sorted(await queries.roles_of(tx, account.id))
    return http.json_answer(AccountAnswer.of(account, [role.value for role in roles]))


@router.post("/me/password")
async def change_password(request: Request, body: PasswordBody) -> Response:
    """Change one's own password; all other sessions end."""
    actor, key = _whoever(request), await http.key(request)
    db = http.runtime(request).db
    await throttle.allow_proof(db, actor)
    async with db.transaction(actor=actor, key=key) as tx:
        await service.change_password(tx, current=body.current, new=body.new)
        account = await queries.get_account(tx, actor.account_id or 0)
        response = await http.answer(tx, AccountAnswer.of(account))
    await throttle.forgive_proof(db, actor)
    http.forget_sessions(request, actor.account_id or 0)
    return response


@router.get("/me/export")
async def export(request: Request) -> Response:
    """Answer everything the house knows about a buyer."""
    actor = http.actor(request, "buyer")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        data = await service.export_data(tx)
    return Response(msgspec.json.encode(data), media_type="application/json")


@router.post("/me/deletion")
async def delete(request: Request, body: DeletionBody) -> Response:
    """Delete a buyer's account and end its sessions; nobody is left to ask a second time."""
    actor = http.actor(request, "buyer")
    async with http.runtime(request).db.transaction(actor=actor) as tx:
        await service.delete_account(tx, confirmed=body.confirm)
    http.forget_sessions(request, actor.account_id or 0)
    return Response(status_code=204)


def _whoever(request: Request) -> Actor:
    """Answer who is signed in, in whatever part; a buyer first where a browser is several."""
    for audience in ("buyer", "merchant", "operator"):
        actor = http.optional_actor(request, audience)
        if actor.account_id is not None:
            return actor
    raise SignInRequired


def _opened(outcome: SignedIn | Refusal) -> Response:
    if isinstance(outcome, Refusal):
        raise outcome
    return http.json_answer(SessionOpenedAnswer.of(outcome), status=201)


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")
