"""How buyers sign in: phone, code, agreed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xiaodian.accounts import service
from xiaodian.accounts.gateway import CodeScreen
from xiaodian.accounts.pages.drawing import (
    agent_of,
    audience_of,
    enter,
    form_of,
    sandbox_facts,
    settled,
    sign_in_page,
    status_of,
    text,
)
from xiaodian.accounts.rules import normal_phone, own_path
from xiaodian.accounts.service import throttle
from xiaodian.infra import http
from xiaodian.infra.templates import render
from xiaodian.kernel.errors import Refusal

__all__ = ["draw_code_form", "router", "send_code"]

router = APIRouter()
_LOOKS_MAX = 20


@router.get("/sign-in")
async def sign_in_form(request: Request) -> Response:
    """Ask a buyer for their phone."""
    wished = own_path(request.query_params.get("next", ""), "")
    return await http.page(
        request,
        "accounts/sign_in.html",
        sent=False,
        form=None,
        next=wished,
        **sandbox_facts(request),
    )


@router.post("/sign-in/code")
async def ask_code(request: Request) -> Response:
    """Send a code, and ask for it."""
    return await send_code(request, "accounts/sign_in.html")


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Sign a buyer in by their code.

    Has no idempotency key: the code is one, and an answer that opens a session is kept nowhere.
    """
    form = await http.form(request)
    actor = http.optional_actor(request, "buyer")
    try:
        async with http.runtime(request).db.transaction(actor=actor) as tx:
            outcome = await service.sign_in_with_code(
                tx,
                phone=text(form, "phone"),
                code=text(form, "code"),
                consent=text(form, "consent") == "yes",
                agent=agent_of(request),
            )
        signed = settled(outcome)
    except Refusal as refusal:
        return await draw_code_form(request, "accounts/sign_in.html", refusal)
    return enter(request, signed, text(form, "next"))


@router.post("/sign-out")
@router.post("/merchant/sign-out")
@router.post("/operator/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session of one console; somebody who has none is sent to the same place."""
    audience = audience_of(request)
    actor = http.optional_actor(request, audience)
    if actor.account_id is not None:
        async with http.runtime(request).db.transaction(actor=actor) as tx:
            await service.sign_out(tx)
        http.forget_sessions(request, actor.account_id)
    response = RedirectResponse(sign_in_page(audience), 303)
    return http.set_session(response, request, audience, "")


@router.post("/sign-in/on-screen")
async def code_on_screen(request: Request) -> Response:
    """Show, in the sandbox, the code that the phone in the form got; a piece of a page."""
    form = await http.form(request)
    http.admit_to_sandbox(request, typed=text(form, "sandbox_key"))
    try:
        phone = normal_phone(text(form, "phone"))
    except Refusal:
        return HTMLResponse("")
    code = await http.runtime(request).gateway(CodeScreen).newest(phone)
    looks = text(form, "looks")
    count = int(looks) + 1 if looks.isdecimal() and len(looks) < 3 else 1  # noqa: PLR2004
    body = render(
        "accounts/on_screen.html",
        lang=request.state.lang,
        request=request,
        code=code,
        looks=count,
        again=code is None and count < _LOOKS_MAX,
    )
    return HTMLResponse(body)


async def send_code(request: Request, template: str) -> Response:
    """Send a code for one of the forms that ask for one, and draw its second step.

    Has no idempotency key: one code a minute goes to a phone, whatever is sent.
    """
    form = await http.form(request)
    audience = audience_of(request)
    runtime, phone = http.runtime(request), text(form, "phone")
    actor = http.optional_actor(request, audience)
    try:
        await throttle.allow_code(runtime.db, audience, phone, address=http.client_address(request))
        async with runtime.db.transaction(actor=actor) as tx:
            await service.send_code(tx, audience, phone=phone)
    except Refusal as refusal:
        return await draw_code_form(request, template, refusal)
    return await draw_code_form(request, template, None)


async def draw_code_form(request: Request, template: str, refusal: Refusal | None) -> Response:
    """Draw a form that works by a code again: its second step once the phone is a phone."""
    form = await http.form(request)
    try:
        normal_phone(text(form, "phone"))
        sent = True
    except Refusal:
        sent = False
    return await http.page(
        request,
        template,
        status=status_of(refusal),
        sent=sent,
        form=form_of(request, form, refusal),
        next=own_path(text(form, "next"), ""),
        **sandbox_facts(request),
    )
