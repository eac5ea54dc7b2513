"""How often somebody may try. Counted in transactions of their own, before the try itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.accounts.rules import (
    ACCOUNT_SIGN_INS,
    ADDRESS_CODES,
    ADDRESS_SIGN_INS,
    LOGIN_SIGN_INS,
    PASSWORD_CHECKS,
    PHONE_CODES_DAY,
    PHONE_CODES_HOUR,
    PHONE_CODES_MINUTE,
    Allowance,
    login_name,
    normal_phone,
)
from xiaodian.infra import limits

if TYPE_CHECKING:
    from xiaodian.infra.db import Actor, Database
    from xiaodian.infra.sessions import Audience

__all__ = ["allow_code", "allow_proof", "allow_sign_in", "forgive_proof", "forgive_sign_in"]


async def allow_code(db: Database, audience: Audience, phone: str, *, address: str) -> None:
    """Count a code that is asked for; refuses ``TOO_OFTEN`` and ``PHONE_INVALID``.

    Whether the phone has an account plays no part.
    """
    name = db.vault.blind(normal_phone(phone), purpose="phone").hex()
    await _take(db, f"code:address:{address}", ADDRESS_CODES)
    for allowance in (PHONE_CODES_MINUTE, PHONE_CODES_HOUR, PHONE_CODES_DAY):
        await _take(db, f"code:{audience}:{name}:{allowance.per_s}", allowance)


async def allow_sign_in(db: Database, audience: Audience, login: str, *, address: str) -> None:
    """Count a try to sign in with a password; refuses ``TOO_OFTEN``."""
    await _take(db, f"sign_in:address:{address}", ADDRESS_SIGN_INS)
    await _take(db, _login_bucket(db, audience, login), ACCOUNT_SIGN_INS)
    await _take(db, _login_bucket(db, audience, login, address), LOGIN_SIGN_INS)


async def forgive_sign_in(db: Database, audience: Audience, login: str, *, address: str) -> None:
    """Forget the failures of a sign-in name at this address, after the right password."""
    await limits.forgive(db, _login_bucket(db, audience, login, address))


async def allow_proof(db: Database, actor: Actor) -> None:
    """Count a signed-in person's try at their own password or authenticator; ``TOO_OFTEN``."""
    await _take(db, f"proof:{actor.account_id}", PASSWORD_CHECKS)


async def forgive_proof(db: Database, actor: Actor) -> None:
    """Forget the failures of a signed-in person, after a success."""
    await limits.forgive(db, f"proof:{actor.account_id}")


def _login_bucket(db: Database, audience: Audience, login: str, address: str = "") -> str:
    name = db.vault.blind(f"{login_name(login)}\0{address}", purpose="limit").hex()
    return f"sign_in:{audience}:{name}"


async def _take(db: Database, bucket: str, allowance: Allowance) -> None:
    await limits.take(db, bucket, at_most=allowance.at_most, per_s=allowance.per_s)
