"""Signing in and out: by a code (buyers), by password and authenticator (staff), in the demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, cast

from sqlalchemy import select

from xiaodian.accounts.errors import (
    AccountSuspended,
    AlreadyRegistered,
    ConsentRequired,
    CredentialsWrong,
    DemoAccountNotFound,
    FactorCodeWrong,
    SessionNotFound,
    StepExpired,
)
from xiaodian.accounts.models import AccountRow, SignInStepRow
from xiaodian.accounts.queries import find_demo_account, find_row, get_row, has_consented, view_of
from xiaodian.accounts.rules import FACTOR_FAILURES, STEP_LIFETIME, STEP_TRIES, normal_phone
from xiaodian.accounts.service.codes import prove_code, spend_code
from xiaodian.accounts.service.factors import (
    Enrolment,
    begin_enrolment,
    check_factor,
    confirm_enrolment,
    enrolment_of,
    has_factor,
)
from xiaodian.accounts.service.passwords import matches
from xiaodian.accounts.service.people import create_buyer, create_merchant, give_consent
from xiaodian.accounts.states import AccountState
from xiaodian.infra import audit, sessions
from xiaodian.infra.clock import wall_now
from xiaodian.infra.crypto import digest, new_token
from xiaodian.infra.limits import TooOften
from xiaodian.kernel.errors import Refusal

if TYPE_CHECKING:
    from xiaodian.accounts.queries import AccountView
    from xiaodian.infra.db import Tx
    from xiaodian.infra.sessions import Audience

__all__ = [
    "NextStep",
    "SignedIn",
    "end_other_sessions",
    "end_session",
    "finish_sign_in",
    "next_step",
    "register_merchant",
    "sign_in_demo",
    "sign_in_with_code",
    "sign_in_with_password",
    "sign_out",
]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session was opened. The token is shown once; recovery codes only after an enrolment."""

    account: AccountView
    token: str
    recovery_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NextStep:
    """The password was right; the authenticator's code is waited for under this token.

    ``enrol``: there is no authenticator yet and one must be bound; ``enrolment`` says how.
    """

    audience: Audience
    step: Literal["totp", "enrol"]
    token: str
    enrolment: Enrolment | None


async def sign_in_with_code(
    tx: Tx, *, phone: str, code: str, consent: bool, agent: str
) -> SignedIn | Refusal:
    """Sign a buyer in; who has no account gets one.

    What must not roll back is answered as a value: a wrong try (``CODE_WRONG``, ``CODE_EXPIRED``)
    and a suspended account. Refuses ``CONSENT_REQUIRED`` when the documents in force were not
    agreed to; the code may then be used again.
    """
    proof = await prove_code(tx, "buyer", phone=phone, code=code)
    if isinstance(proof, Refusal):
        return proof
    row = await find_row(tx, "buyer", normal_phone(phone))
    if not consent and (row is None or not await has_consented(tx, row.id)):
        raise ConsentRequired
    await spend_code(tx, proof)
    if row is None:
        account = await create_buyer(tx, phone=phone)
        row = await get_row(tx, account.id)
    if row.state != AccountState.ACTIVE:
        return AccountSuspended()
    if consent:
        await give_consent(tx, row.id)
    return await _open(tx, row, agent)


async def register_merchant(
    tx: Tx,
    *,
    phone: str,
    code: str,
    name: str,
    password: str,
    email: str = "",
    consent: bool,
    agent: str,
) -> SignedIn | Refusal:
    """Make a merchant account for a proved phone and sign it in.

    A wrong code is answered as a value. Refuses ``CONSENT_REQUIRED``, ``ALREADY_REGISTERED``,
    ``EMAIL_TAKEN`` and what names and passwords are refused for.
    """
    if not consent:
        raise ConsentRequired
    proof = await prove_code(tx, "merchant", phone=phone, code=code)
    if isinstance(proof, Refusal):
        return proof
    if await find_row(tx, "merchant", normal_phone(phone)) is not None:
        raise AlreadyRegistered
    account = await create_merchant(tx, name=name, password=password, phone=phone, email=email)
    await spend_code(tx, proof)
    await give_consent(tx, account.id)
    return await _open(tx, await get_row(tx, account.id), agent)


async def sign_in_with_password(
    tx: Tx, audience: Audience, *, login: str, password: str, agent: str
) -> SignedIn | NextStep:
    """Sign staff in, or ask for the second step.

    Operators always have one: who has not bound an authenticator binds it now. Refuses
    ``CREDENTIALS_WRONG`` alike for unknown names and wrong passwords, after the same time; to
    whoever has the right password ``ACCOUNT_SUSPENDED``, and ``TOO_OFTEN`` when second steps of
    the account were failed again and again.
    """
    row = await find_row(tx, audience, login)
    known = None if row is None else row.password_hash
    if not await matches(password, known) or row is None:
        raise CredentialsWrong
    if row.state != AccountState.ACTIVE:
        raise AccountSuspended
    if await has_factor(tx, row.id):
        return await _ask(tx, row, "totp")
    if row.audience == "operator":
        return await _ask(tx, row, "enrol")
    return await _open(tx, row, agent)


async def next_step(tx: Tx, token: str) -> NextStep:
    """Answer a second step that is waited for, to draw its form again; ``STEP_EXPIRED``."""
    waiting = await _waiting(tx, token)
    if waiting is None:
        raise StepExpired
    row = await get_row(tx, waiting.account_id)
    enrolment = await enrolment_of(tx, row.id) if waiting.step == "enrol" else None
    audience = cast("Audience", row.audience)
    return NextStep(audience, cast('Literal["totp", "enrol"]', waiting.step), token, enrolment)


async def finish_sign_in(tx: Tx, *, token: str, code: str, agent: str) -> SignedIn | Refusal:
    """Finish a sign-in by the authenticator's code, a recovery code, or an enrolment's first code.

    A wrong code is answered as a value, because its try must stay counted: ``FACTOR_CODE_WRONG``,
    and ``STEP_EXPIRED`` after the fifth.
    """
    waiting = await _waiting(tx, token)
    if waiting is None:
        return StepExpired()
    row = await get_row(tx, waiting.account_id)
    recovery_codes: list[str] = []
    if waiting.step == "enrol":
        try:
            recovery_codes = await confirm_enrolment(tx, row.id, code)
        except FactorCodeWrong:
            return await _count_try(tx, waiting)
    elif not await check_factor(tx, row.id, code):
        return await _count_try(tx, waiting)
    await tx.session.delete(waiting)
    if row.state != AccountState.ACTIVE:
        return AccountSuspended()
    return await _open(tx, row, agent, tuple(recovery_codes))


async def sign_in_demo(tx: Tx, who: str, *, agent: str) -> SignedIn:
    """Sign a demo account in without any proof; the edge lets nobody here outside the sandbox.

    Refuses ``DEMO_ACCOUNT_NOT_FOUND``.
    """
    account = await find_demo_account(tx, who)
    if account is None:
        raise DemoAccountNotFound
    return await _open(tx, await get_row(tx, account.id), agent)


async def sign_out(tx: Tx) -> None:
    """End the session that asks."""
    assert tx.actor.account_id is not None, "the edge asked who it is"
    if tx.actor.session_id is not None:
        await sessions.revoke(tx, tx.actor.account_id, tx.actor.session_id)


async def end_session(tx: Tx, session_id: int) -> None:
    """End one of the actor's own sessions; refuses ``SESSION_NOT_FOUND``."""
    assert tx.actor.account_id is not None, "the edge asked who it is"
    if not await sessions.revoke(tx, tx.actor.account_id, session_id):
        raise SessionNotFound


async def end_other_sessions(tx: Tx) -> None:
    """End all of the actor's sessions but the one that asks."""
    assert tx.actor.account_id is not None, "the edge asked who it is"
    await sessions.revoke_all(tx, tx.actor.account_id, but=tx.actor.session_id)


async def _ask(tx: Tx, row: AccountRow, step: Literal["totp", "enrol"]) -> NextStep:
    (failed,) = await tx.rows(
        "SELECT count(*) AS n FROM sign_in_steps"
        " WHERE account_id = :account_id AND tries >= :tries AND expires_at > :since",
        account_id=row.id,
        tries=STEP_TRIES,
        since=wall_now() - timedelta(seconds=FACTOR_FAILURES.per_s),
    )
    if failed["n"] >= FACTOR_FAILURES.at_most:
        raise TooOften(retry_s=FACTOR_FAILURES.per_s)
    token = new_token()
    tx.session.add(
        SignInStepRow(
            id=tx.new_id(),
            token_digest=digest(token),
            account_id=row.id,
            step=step,
            tries=0,
            expires_at=wall_now() + STEP_LIFETIME,
        )
    )
    enrolment = await begin_enrolment(tx, row.id) if step == "enrol" else None
    return NextStep(cast("Audience", row.audience), step, token, enrolment)


async def _waiting(tx: Tx, token: str) -> SignInStepRow | None:
    return await tx.session.scalar(
        select(SignInStepRow)
        .where(
            SignInStepRow.token_digest == digest(token),
            SignInStepRow.expires_at >= wall_now(),
            SignInStepRow.tries < STEP_TRIES,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def _count_try(tx: Tx, waiting: SignInStepRow) -> Refusal:
    waiting.tries += 1
    await tx.session.flush()
    return FactorCodeWrong() if waiting.tries < STEP_TRIES else StepExpired()


async def _open(
    tx: Tx, row: AccountRow, agent: str, recovery_codes: tuple[str, ...] = ()
) -> SignedIn:
    audience = cast("Audience", row.audience)
    token = await sessions.open_session(tx, row.id, audience, address=tx.actor.address, agent=agent)
    await audit.record(tx, "account.signed_in", subject="account", subject_id=row.id)
    return SignedIn(view_of(tx, row), token, recovery_codes)
