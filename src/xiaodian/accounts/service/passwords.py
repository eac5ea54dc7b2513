"""Passwords: hashed with argon2id, changed, set anew by a code or by an administrator's link."""

from __future__ import annotations

import asyncio
import functools
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from xiaodian.accounts.errors import AccountNotFound, CredentialsWrong, LinkExpired
from xiaodian.accounts.models import AccountRow, PasswordLinkRow
from xiaodian.accounts.queries import find_row, get_row, require_role, view_of
from xiaodian.accounts.rules import LINK_LIFETIME, check_password
from xiaodian.accounts.service.codes import prove_code, spend_code
from xiaodian.accounts.states import AccountState, Role
from xiaodian.infra import audit, sessions
from xiaodian.infra.clock import wall_now
from xiaodian.infra.crypto import digest, new_token
from xiaodian.kernel.errors import Refusal

if TYPE_CHECKING:
    from xiaodian.accounts.queries import AccountView
    from xiaodian.infra.db import Tx

__all__ = [
    "change_password",
    "hashed",
    "matches",
    "offer_password_link",
    "prove_password",
    "reset_password",
    "set_password_by_link",
]

_HASHER = PasswordHash((Argon2Hasher(),))
# A hash takes 64 MB and a tenth of a second: two at a time, beside the event loop.
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="argon2")


async def hashed(password: str) -> str:
    """Answer the argon2id hash of a password."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, password)


async def matches(password: str, known: str | None) -> bool:
    """Tell whether a password has this hash. Takes as long when there is no hash to compare."""
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(
        _THREADS, _HASHER.verify, password, known or await _hash_of_nobody()
    )
    return right and known is not None


async def prove_password(row: AccountRow, password: str) -> None:
    """Let the owner of an account pass; refuses ``CREDENTIALS_WRONG``."""
    if not await matches(password, row.password_hash):
        raise CredentialsWrong


async def change_password(tx: Tx, *, current: str, new: str) -> None:
    """Change the actor's password and end all their other sessions.

    Refuses ``CREDENTIALS_WRONG`` and what ``check_password`` refuses.
    """
    assert tx.actor.account_id is not None, "the edge asked who it is"
    row = await get_row(tx, tx.actor.account_id, lock=True)
    await prove_password(row, current)
    await _set(tx, row, new)
    await sessions.revoke_all(tx, row.id, but=tx.actor.session_id)


async def reset_password(tx: Tx, *, phone: str, code: str, password: str) -> AccountView | Refusal:
    """Set a merchant's forgotten password anew by a code to their phone; all sessions end.

    A wrong code is answered as a value, because its try must stay counted. Refuses
    ``ACCOUNT_NOT_FOUND`` to a holder of the phone who has no account.
    """
    proof = await prove_code(tx, "merchant", phone=phone, code=code)
    if isinstance(proof, Refusal):
        return proof
    found = await find_row(tx, "merchant", phone)
    if found is None or found.state != AccountState.ACTIVE:
        raise AccountNotFound
    row = await get_row(tx, found.id, lock=True)
    await _set(tx, row, password)
    await spend_code(tx, proof)
    await sessions.revoke_all(tx, row.id)
    return view_of(tx, row)


async def offer_password_link(tx: Tx, account_id: int) -> str:
    """Make the token of a link by which an operator sets their password; for administrators.

    A new link ends the one before. The token is shown once and stored nowhere.
    """
    if tx.actor.kind != "system":
        await require_role(tx, Role.ADMINISTRATOR)
    row = await get_row(tx, account_id, lock=True)
    if row.audience != "operator" or row.state != AccountState.ACTIVE:
        raise AccountNotFound
    token = new_token()
    values = {"token_digest": digest(token), "expires_at": wall_now() + LINK_LIFETIME}
    await tx.session.execute(
        insert(PasswordLinkRow)
        .values(account_id=account_id, **values)
        .on_conflict_do_update(index_elements=["account_id"], set_=values)
    )
    await audit.record(tx, "account.link_offered", subject="account", subject_id=account_id)
    return token


async def set_password_by_link(tx: Tx, token: str, password: str) -> AccountView:
    """Set an operator's password by a link, which is used up; all sessions end.

    Refuses ``LINK_EXPIRED``. An authenticator that is bound stays bound.
    """
    spent = await tx.session.execute(
        delete(PasswordLinkRow)
        .where(PasswordLinkRow.token_digest == digest(token))
        .returning(PasswordLinkRow.account_id, PasswordLinkRow.expires_at)
    )
    link = spent.one_or_none()
    if link is None or link.expires_at < wall_now():
        raise LinkExpired
    row = await get_row(tx, link.account_id, lock=True)
    if row.state != AccountState.ACTIVE:
        raise LinkExpired
    await _set(tx, row, password)
    await sessions.revoke_all(tx, row.id)
    return view_of(tx, row)


async def _set(tx: Tx, row: AccountRow, password: str) -> None:
    check_password(password, about=facts_of(tx, row))
    row.password_hash = await hashed(password)
    await audit.record(tx, "account.password_changed", subject="account", subject_id=row.id)


def facts_of(tx: Tx, row: AccountRow) -> list[str]:
    """Answer what a guesser would know about the owner."""
    sealed = (row.phone_sealed, row.email_sealed)
    return [row.name, *(tx.vault.open(value) for value in sealed if value is not None)]


@functools.cache
def _made_up() -> str:
    return _HASHER.hash(secrets.token_urlsafe())


async def _hash_of_nobody() -> str:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _made_up)
