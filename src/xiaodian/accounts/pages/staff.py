"""How merchant staff and operators sign in: password, then the authenticator."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.accounts import service
from xiaodian.accounts.errors import StepExpired
from xiaodian.accounts.pages.buyer import draw_code_form, send_code
from xiaodian.accounts.pages.drawing import (
    HOMES,
    agent_of,
    audience_of,
    enter,
    form_of,
    sandbox_facts,
    settled,
    status_of,
    text,
)
from xiaodian.accounts.rules import PASSWORD_MIN, own_path
from xiaodian.accounts.service import NextStep, throttle
from xiaodian.infra import http
from xiaodian.kernel.errors import Refusal

__all__ = ["router"]

router = APIRouter()


@router.get("/merchant/sign-in")
@router.get("/operator/sign-in")
async def sign_in_form(request: Request) -> Response:
    """Ask staff for name and password."""
    return await _draw_sign_in(request, None)


@router.post("/merchant/sign-in")
@router.post("/operator/sign-in")
async def sign_in(request: Request) -> Response:
    """Sign staff in, or ask for the second step."""
    form = await http.form(request)
    audience, address = audience_of(request), http.client_address(request)
    db, login = http.runtime(request).db, text(form, "login")
    try:
        await throttle.allow_sign_in(db, audience, login, address=address)
        async with db.transaction(actor=http.optional_actor(request, audience)) as tx:
            outcome = await service.sign_in_with_password(
                tx,
                audience,
                login=login,
                password=text(form, "password"),
                agent=agent_of(request),
            )
    except Refusal as refusal:
        return await _draw_sign_in(request, refusal)
    await throttle.forgive_sign_in(db, audience, login, address=address)
    if isinstance(outcome, NextStep):
        return await _draw_step(request, outcome, None)
    return enter(request, outcome, text(form, "next"))


@router.post("/merchant/sign-in/second-step")
@router.post("/operator/sign-in/second-step")
async def finish_sign_in(request: Request) -> Response:
    """Take the authenticator's code; after an enrolment show the recovery codes once."""
    form = await http.form(request)
    audience, token = audience_of(request), text(form, "token")
    db, actor = http.runtime(request).db, http.optional_actor(request, audience)
    try:
        async with db.transaction(actor=actor) as tx:
            outcome = await service.finish_sign_in(
                tx, token=token, code=text(form, "code"), agent=agent_of(request)
            )
        signed = settled(outcome)
    except StepExpired as refusal:
        return await _draw_sign_in(request, refusal)
    except Refusal as refusal:
        async with db.transaction(actor=actor) as tx:
            step = await service.next_step(tx, token)
        return await _draw_step(request, step, refusal)
    if not signed.recovery_codes:
        return enter(request, signed, text(form, "next"))
    response = await http.page(
        request,
        "accounts/recovery_codes.html",
        codes=signed.recovery_codes,
        next=own_path(text(form, "next"), HOMES[audience]),
    )
    return http.set_session(response, request, signed.account.audience, signed.token)


@router.get("/merchant/register")
@router.get("/merchant/forgot")
async def phone_form(request: Request) -> Response:
    """Ask a merchant for the phone, to register or to set a forgotten password anew."""
    return await http.page(
        request,
        _template(request),
        sent=False,
        form=None,
        next=own_path(request.query_params.get("next", ""), ""),
        **sandbox_facts(request),
    )


@router.post("/merchant/register/code")
@router.post("/merchant/forgot/code")
async def ask_code(request: Request) -> Response:
    """Send a code to the phone, and ask for it with the rest of the form."""
    return await send_code(request, _template(request))


@router.post("/merchant/register")
async def register(request: Request) -> Response:
    """Make a merchant account and sign it in; the code is the form's key."""
    form = await http.form(request)
    actor = http.optional_actor(request, "merchant")
    try:
        async with http.runtime(request).db.transaction(actor=actor) as tx:
            outcome = await service.register_merchant(
                tx,
                phone=text(form, "phone"),
                code=text(form, "code"),
                name=text(form, "name"),
                password=text(form, "password"),
                email=text(form, "email").strip(),
                consent=text(form, "consent") == "yes",
                agent=agent_of(request),
            )
        signed = settled(outcome)
    except Refusal as refusal:
        return await draw_code_form(request, _template(request), refusal)
    return enter(request, signed, text(form, "next"))


@router.post("/merchant/forgot")
async def reset_password(request: Request) -> Response:
    """Set a merchant's forgotten password anew; they then sign in with it."""
    form = await http.form(request)
    db, actor = http.runtime(request).db, http.optional_actor(request, "merchant")
    try:
        async with db.transaction(actor=actor) as tx:
            outcome = await service.reset_password(
                tx,
                phone=text(form, "phone"),
                code=text(form, "code"),
                password=text(form, "password"),
            )
        account = settled(outcome)
    except Refusal as refusal:
        return await draw_code_form(request, _template(request), refusal)
    http.forget_sessions(request, account.id)
    return await _draw_sign_in(request, None, done=True)


@router.get("/operator/set-password")
async def set_password_form(request: Request) -> Response:
    """Ask an operator who came by a link for a password."""
    return await http.page(
        request,
        "accounts/set_password.html",
        token=request.query_params.get("token", ""),
        least=PASSWORD_MIN,
        form=None,
    )


@router.post("/operator/set-password")
async def set_password(request: Request) -> Response:
    """Set an operator's password by a link, which is used up; the link is the form's key."""
    form = await http.form(request)
    db, actor = http.runtime(request).db, http.optional_actor(request, "operator")
    try:
        async with db.transaction(actor=actor) as tx:
            account = await service.set_password_by_link(
                tx, text(form, "token"), text(form, "password")
            )
    except Refusal as refusal:
        return await http.page(
            request,
            "accounts/set_password.html",
            status=status_of(refusal),
            token=text(form, "token"),
            least=PASSWORD_MIN,
            form=form_of(request, form, refusal),
        )
    http.forget_sessions(request, account.id)
    return await _draw_sign_in(request, None, done=True)


def _template(request: Request) -> str:
    registers = request.url.path.startswith("/merchant/register")
    return "accounts/register.html" if registers else "accounts/forgot.html"


async def _draw_sign_in(
    request: Request, refusal: Refusal | None, *, done: bool = False
) -> Response:
    form = await http.form(request) if request.method == "POST" else None
    wished = request.query_params.get("next", "") if form is None else text(form, "next")
    return await http.page(
        request,
        "accounts/staff_sign_in.html",
        status=status_of(refusal),
        console=audience_of(request),
        form=None if form is None else form_of(request, form, refusal),
        next=own_path(wished, ""),
        done=done,
    )


async def _draw_step(request: Request, step: NextStep, refusal: Refusal | None) -> Response:
    form = await http.form(request)
    return await http.page(
        request,
        "accounts/second_step.html",
        status=status_of(refusal),
        console=audience_of(request),
        step=step,
        form=form_of(request, form, refusal),
        next=own_path(text(form, "next"), ""),
    )
