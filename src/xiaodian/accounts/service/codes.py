"""One-time codes: six digits to a phone, five tries, five minutes of wall time."""

from __future__ import annotations

import secrets
from datetime import datetime  # noqa: TC003 - dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from xiaodian.accounts.errors import CodeExpired, CodeWrong
from xiaodian.accounts.models import OneTimeCodeRow
from xiaodian.accounts.rules import (
    CODE_DIGITS,
    CODE_LIFETIME,
    CODE_TRIES,
    CodeVerdict,
    IssuedCode,
    judge_code,
    normal_phone,
)
from xiaodian.infra.clock import wall_now

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.infra.sessions import Audience
    from xiaodian.kernel.errors import Refusal

__all__ = ["prove_code", "send_code", "spend_code"]


async def send_code(tx: Tx, audience: Audience, *, phone: str) -> datetime:
    """Make a code for a phone, have it sent, and answer when it ends (wall time).

    A code that was sent before stops working. Nothing here depends on whether the phone has an
    account. Refuses ``PHONE_INVALID``; how often is ``throttle.allow_code``.
    """
    normal = normal_phone(phone)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    now = wall_now()
    code_id = tx.new_id()
    values = {
        "id": code_id,
        "phone_sealed": tx.vault.seal(normal),
        "code_blind": _fingerprint(tx, code_id, code),
        "code_sealed": tx.vault.seal(code),
        "tries": 0,
        "made_at": now,
        "expires_at": now + CODE_LIFETIME,
        "used_at": None,
    }
    await tx.session.execute(
        insert(OneTimeCodeRow)
        .values(audience=audience, phone_blind=tx.vault.blind(normal, purpose="phone"), **values)
        .on_conflict_do_update(index_elements=["audience", "phone_blind"], set_=values)
    )
    await tx.defer("accounts.send_code", code_id=code_id)
    return now + CODE_LIFETIME


async def prove_code(
    tx: Tx, audience: Audience, *, phone: str, code: str
) -> OneTimeCodeRow | Refusal:
    """Judge a typed code; the row is locked until the end, ``spend_code`` uses it up.

    A wrong or dead code is answered as a value and not raised: the transaction must commit, or
    the try would not be counted. Refuses ``PHONE_INVALID``.
    """
    row = await tx.session.scalar(
        select(OneTimeCodeRow)
        .where(
            OneTimeCodeRow.audience == audience,
            OneTimeCodeRow.phone_blind == tx.vault.blind(normal_phone(phone), purpose="phone"),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return CodeExpired()
    issued = IssuedCode(row.code_blind, row.expires_at, row.tries, row.used_at is not None)
    match judge_code(issued, _fingerprint(tx, row.id, code.strip()), wall_now()):
        case CodeVerdict.RIGHT:
            return row
        case CodeVerdict.WRONG:
            row.tries += 1
            left = CODE_TRIES - row.tries
            return CodeWrong(left=left) if left else CodeExpired()
        case CodeVerdict.EXPIRED:
            return CodeExpired()


async def spend_code(tx: Tx, row: OneTimeCodeRow) -> None:
    """Use a proved code up."""
    row.used_at = wall_now()
    row.code_sealed = None
    await tx.session.flush()


def _fingerprint(tx: Tx, code_id: int, code: str) -> bytes:
    return tx.vault.blind(f"{code_id}\0{code}", purpose="code")
