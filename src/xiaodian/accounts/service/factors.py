"""The second factor: an authenticator (TOTP) and the recovery codes that stand in for it."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyotp import random_base32
from pyotp.totp import TOTP
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from xiaodian.accounts.errors import FactorCodeWrong, FactorExists, FactorMissing
from xiaodian.accounts.models import AccountRow, FactorRow, RecoveryCodeRow
from xiaodian.accounts.queries import get_row, require_role
from xiaodian.accounts.rules import RECOVERY_CODES, recovery_word, totp_step
from xiaodian.accounts.service.passwords import prove_password
from xiaodian.accounts.states import Role
from xiaodian.infra import audit, sessions
from xiaodian.infra.clock import wall_now

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = [
    "Enrolment",
    "begin_enrolment",
    "check_factor",
    "confirm_enrolment",
    "enrolment_of",
    "has_factor",
    "remove_factor",
    "reset_factor",
]

_ISSUER = "xiaodian"
_RECOVERY_BYTES = 5


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: the secret as text, and the address for a QR code."""

    secret: str
    address: str


async def begin_enrolment(tx: Tx, account_id: int) -> Enrolment:
    """Make a secret for an account, to be confirmed by a first code; refuses ``FACTOR_EXISTS``."""
    row = await get_row(tx, account_id)
    secret = random_base32()
    values = {"secret_sealed": tx.vault.seal(secret), "last_step": 0, "made_at": wall_now()}
    made = await tx.session.execute(
        insert(FactorRow)
        .values(account_id=account_id, **values)
        .on_conflict_do_update(
            index_elements=["account_id"], set_=values, where=FactorRow.confirmed_at.is_(None)
        )
        .returning(FactorRow.account_id)
    )
    if made.one_or_none() is None:
        raise FactorExists
    return _enrolment(row, secret)


async def enrolment_of(tx: Tx, account_id: int) -> Enrolment:
    """Answer an enrolment that waits for its first code; refuses ``FACTOR_MISSING``."""
    row = await tx.session.get(FactorRow, account_id, populate_existing=True)
    if row is None or row.confirmed_at is not None:
        raise FactorMissing
    return _enrolment(await get_row(tx, account_id), tx.vault.open(row.secret_sealed))


async def confirm_enrolment(tx: Tx, account_id: int, code: str) -> list[str]:
    """Bind the authenticator by its first code and answer the recovery codes, shown once.

    Refuses ``FACTOR_MISSING``, ``FACTOR_EXISTS`` and ``FACTOR_CODE_WRONG``.
    """
    factor = await _locked(tx, account_id)
    if factor is None:
        raise FactorMissing
    if factor.confirmed_at is not None:
        raise FactorExists
    if not _accept(tx, factor, code):
        raise FactorCodeWrong
    factor.confirmed_at = wall_now()
    codes = [
        base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
        for _ in range(RECOVERY_CODES)
    ]
    await tx.session.execute(
        delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id)
    )
    tx.session.add_all(
        RecoveryCodeRow(account_id=account_id, code_blind=_blind(tx, code)) for code in codes
    )
    await audit.record(tx, "account.factor_bound", subject="account", subject_id=account_id)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


async def has_factor(tx: Tx, account_id: int) -> bool:
    """Tell whether a second step is asked for when this account signs in."""
    row = await tx.session.get(FactorRow, account_id)
    return row is not None and row.confirmed_at is not None


async def check_factor(tx: Tx, account_id: int, code: str) -> bool:
    """Tell whether the code is the authenticator's or a recovery code, and use it up."""
    factor = await _locked(tx, account_id)
    if factor is None or factor.confirmed_at is None:
        return False
    if _accept(tx, factor, code):
        return True
    spent = await tx.session.execute(
        delete(RecoveryCodeRow)
        .where(
            RecoveryCodeRow.account_id == account_id,
            RecoveryCodeRow.code_blind == _blind(tx, recovery_word(code)),
        )
        .returning(RecoveryCodeRow.account_id)
    )
    if spent.one_or_none() is None:
        return False
    await audit.record(tx, "account.recovery_code_used", subject="account", subject_id=account_id)
    return True


async def remove_factor(tx: Tx, *, password: str) -> None:
    """Unbind the actor's authenticator after their password; other sessions end.

    An operator is asked to bind a new one at the next sign-in. Refuses ``CREDENTIALS_WRONG``.
    """
    assert tx.actor.account_id is not None, "the edge asked who it is"
    row = await get_row(tx, tx.actor.account_id, lock=True)
    await prove_password(row, password)
    await _remove(tx, row.id)
    await sessions.revoke_all(tx, row.id, but=tx.actor.session_id)


async def reset_factor(tx: Tx, account_id: int) -> None:
    """Unbind somebody's lost authenticator; for administrators. All sessions of the account end."""
    if tx.actor.kind != "system":
        await require_role(tx, Role.ADMINISTRATOR)
    await get_row(tx, account_id, lock=True)
    await _remove(tx, account_id)
    await sessions.revoke_all(tx, account_id)


async def _remove(tx: Tx, account_id: int) -> None:
    for table in (FactorRow, RecoveryCodeRow):
        await tx.session.execute(delete(table).where(table.account_id == account_id))
    await audit.record(tx, "account.factor_removed", subject="account", subject_id=account_id)


async def _locked(tx: Tx, account_id: int) -> FactorRow | None:
    return await tx.session.scalar(
        select(FactorRow)
        .where(FactorRow.account_id == account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _accept(tx: Tx, factor: FactorRow, code: str) -> bool:
    secret = tx.vault.open(factor.secret_sealed)
    step = totp_step(secret, code.strip(), wall_now(), after_step=factor.last_step)
    if step is None:
        return False
    factor.last_step = step
    return True


def _enrolment(row: AccountRow, secret: str) -> Enrolment:
    return Enrolment(secret, TOTP(secret, name=row.name, issuer=_ISSUER).provisioning_uri())


def _blind(tx: Tx, code: str) -> bytes:
    return tx.vault.blind(code, purpose="recovery")
