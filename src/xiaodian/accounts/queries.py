"""Reads of accounts: who somebody is, what they may do, how to reach them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy import select

from xiaodian.accounts.errors import AccountNotFound, EmailInvalid, PhoneInvalid, RoleRequired
from xiaodian.accounts.models import (
    AccountRow,
    ConsentRow,
    FactorRow,
    OperatorRoleRow,
)
from xiaodian.accounts.rules import (
    PRIVACY_VERSION,
    TERMS_VERSION,
    mask_email,
    national,
    normal_email,
    normal_phone,
)
from xiaodian.accounts.states import ROLE_WORDS, AccountState, Role
from xiaodian.infra.crypto import mask_phone
from xiaodian.kernel.paging import PAGE_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from xiaodian.infra.db import Tx
    from xiaodian.infra.sessions import Audience

__all__ = [
    "DOCUMENTS",
    "AccountView",
    "ConsentView",
    "FactorView",
    "OperatorView",
    "consents_of",
    "email_of",
    "factor_of",
    "find_account",
    "find_demo_account",
    "find_row",
    "get_account",
    "get_accounts",
    "get_row",
    "has_consented",
    "has_password",
    "list_operators",
    "operators_with",
    "phone_of",
    "require_role",
    "roles_of",
    "same_person",
]

DOCUMENTS: dict[str, str] = {"terms": TERMS_VERSION, "privacy": PRIVACY_VERSION}
"""What is agreed to, and the version in force."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as it may be shown: phone and e-mail masked, empty where there is none."""

    id: int
    audience: Audience
    name: str
    phone_masked: str
    email_masked: str
    state: AccountState
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OperatorView:
    """An operator with their roles."""

    account: AccountView
    roles: tuple[Role, ...]
    has_password: bool
    has_factor: bool


@dataclass(frozen=True, slots=True)
class ConsentView:
    """A consent that was given."""

    document: str
    version: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class FactorView:
    """Whether an authenticator is bound, since when (wall time), and the recovery codes left."""

    bound_at: datetime | None
    recovery_left: int


def view_of(tx: Tx, row: AccountRow) -> AccountView:
    """Turn a row into what may be shown."""
    phone = "" if row.phone_sealed is None else national(tx.vault.open(row.phone_sealed))
    email = "" if row.email_sealed is None else tx.vault.open(row.email_sealed)
    return AccountView(
        id=row.id,
        audience=cast("Audience", row.audience),
        name=row.name,
        phone_masked=mask_phone(phone) if phone else "",
        email_masked=mask_email(email) if email else "",
        state=AccountState(row.state),
        created_at=row.created_at,
    )


async def get_row(tx: Tx, account_id: int, *, lock: bool = False) -> AccountRow:
    """Answer an account's row, locked until the end where asked; refuses ``ACCOUNT_NOT_FOUND``."""
    row = await tx.session.get(
        AccountRow, account_id, with_for_update=lock or None, populate_existing=lock
    )
    if row is None:
        raise AccountNotFound
    return row


async def get_account(tx: Tx, account_id: int) -> AccountView:
    """Answer an account; refuses ``ACCOUNT_NOT_FOUND``."""
    return view_of(tx, await get_row(tx, account_id))


async def get_accounts(tx: Tx, account_ids: Sequence[int]) -> dict[int, AccountView]:
    """Answer the accounts among these ids that exist; at most two hundred are looked up."""
    found = await tx.session.scalars(
        select(AccountRow).where(AccountRow.id.in_(list(account_ids)[:PAGE_MAX]))
    )
    return {row.id: view_of(tx, row) for row in found}


async def find_row(tx: Tx, audience: Audience, login: str) -> AccountRow | None:
    """Find an account by what its owner signs in with, a phone or an e-mail address."""
    try:
        column, blind = (
            (AccountRow.email_blind, tx.vault.blind(normal_email(login), purpose="email"))
            if "@" in login
            else (AccountRow.phone_blind, tx.vault.blind(normal_phone(login), purpose="phone"))
        )
    except (PhoneInvalid, EmailInvalid):
        return None
    return await tx.session.scalar(
        select(AccountRow).where(AccountRow.audience == audience, column == blind)
    )


async def find_account(tx: Tx, audience: Audience, login: str) -> AccountView | None:
    """Find an active account by phone or e-mail; never show the answer to strangers."""
    row = await find_row(tx, audience, login)
    return None if row is None or row.state != AccountState.ACTIVE else view_of(tx, row)


async def find_demo_account(tx: Tx, who: str) -> AccountView | None:
    """Find the account that plays a part in the demo."""
    row = await tx.session.scalar(select(AccountRow).where(AccountRow.demo == who))
    return None if row is None or row.state != AccountState.ACTIVE else view_of(tx, row)


async def phone_of(tx: Tx, account_id: int) -> str | None:
    """Answer the phone, opened, as ``+8613800138000``. Only to send something to it."""
    row = await tx.session.get(AccountRow, account_id)
    return None if row is None or row.phone_sealed is None else tx.vault.open(row.phone_sealed)


async def email_of(tx: Tx, account_id: int) -> str | None:
    """Answer the e-mail address, opened. Only to send something to it."""
    row = await tx.session.get(AccountRow, account_id)
    return None if row is None or row.email_sealed is None else tx.vault.open(row.email_sealed)


async def same_person(tx: Tx, one_id: int, other_id: int) -> bool:
    """Tell whether two accounts are one person as far as the house knows: by phone or e-mail.

    Four eyes are not four when the one who asks also holds the other key.
    """
    if one_id == other_id:
        return True
    (row,) = await tx.rows(
        "SELECT EXISTS (SELECT FROM accounts a JOIN accounts b"
        " ON a.phone_blind = b.phone_blind OR a.email_blind = b.email_blind"
        " WHERE a.id = :one_id AND b.id = :other_id) AS same",
        one_id=one_id,
        other_id=other_id,
    )
    return bool(row["same"])


async def roles_of(tx: Tx, account_id: int) -> frozenset[Role]:
    """Answer the roles of an operator; none for anybody else and for suspended ones."""
    found = await tx.session.scalars(
        select(OperatorRoleRow.role)
        .join(AccountRow, AccountRow.id == OperatorRoleRow.account_id)
        .where(OperatorRoleRow.account_id == account_id, AccountRow.state == AccountState.ACTIVE)
    )
    return frozenset(Role(role) for role in found)


async def require_role(tx: Tx, *roles: str) -> None:
    """Let an operator pass who has one of the roles; refuses ``ROLE_REQUIRED`` to all others.

    Roles do not contain each other: an administrator is not a reviewer unless made one.
    """
    held: frozenset[Role] = frozenset()
    if tx.actor.kind == "operator" and tx.actor.account_id is not None:
        held = await roles_of(tx, tx.actor.account_id)
    if held.isdisjoint(Role(role) for role in roles):
        raise RoleRequired(role=[ROLE_WORDS[Role(role)] for role in roles])


async def operators_with(tx: Tx, role: str) -> list[int]:
    """Answer the ids of the active operators of a role, oldest first, at most two hundred."""
    found = await tx.session.scalars(
        select(OperatorRoleRow.account_id)
        .join(AccountRow, AccountRow.id == OperatorRoleRow.account_id)
        .where(OperatorRoleRow.role == Role(role), AccountRow.state == AccountState.ACTIVE)
        .order_by(OperatorRoleRow.account_id)
        .limit(PAGE_MAX)
    )
    return list(found)


async def list_operators(tx: Tx) -> list[OperatorView]:
    """Answer the operators, oldest first, at most two hundred. For administrators."""
    await require_role(tx, Role.ADMINISTRATOR)
    rows = (
        await tx.session.scalars(
            select(AccountRow)
            .where(AccountRow.audience == "operator")
            .order_by(AccountRow.id)
            .limit(PAGE_MAX)
        )
    ).all()
    ids = [row.id for row in rows]
    held: dict[int, list[Role]] = {account_id: [] for account_id in ids}
    for role in await tx.session.scalars(
        select(OperatorRoleRow).where(OperatorRoleRow.account_id.in_(ids))
    ):
        held[role.account_id].append(Role(role.role))
    bound = set(
        await tx.session.scalars(
            select(FactorRow.account_id).where(
                FactorRow.account_id.in_(ids), FactorRow.confirmed_at.is_not(None)
            )
        )
    )
    return [
        OperatorView(
            account=view_of(tx, row),
            roles=tuple(role for role in Role if role in held[row.id]),
            has_password=row.password_hash is not None,
            has_factor=row.id in bound,
        )
        for row in rows
    ]


async def has_password(tx: Tx, account_id: int) -> bool:
    """Tell whether an account signs in by password; the demo's do not."""
    return (await get_row(tx, account_id)).password_hash is not None


async def factor_of(tx: Tx, account_id: int) -> FactorView:
    """Answer what is known about an account's authenticator."""
    row = await tx.session.get(FactorRow, account_id)
    left = await tx.rows(
        "SELECT count(*) AS n FROM recovery_codes WHERE account_id = :account_id",
        account_id=account_id,
    )
    return FactorView(None if row is None else row.confirmed_at, int(left[0]["n"]))


async def consents_of(tx: Tx, account_id: int) -> list[ConsentView]:
    """Answer what somebody agreed to, newest first."""
    found = await tx.session.scalars(
        select(ConsentRow)
        .where(ConsentRow.account_id == account_id)
        .order_by(ConsentRow.given_at.desc(), ConsentRow.document)
        .limit(PAGE_MAX)
    )
    return [ConsentView(row.document, row.version, row.given_at) for row in found]


async def has_consented(tx: Tx, account_id: int) -> bool:
    """Tell whether somebody agreed to the versions in force of all documents."""
    given = {(consent.document, consent.version) for consent in await consents_of(tx, account_id)}
    return given.issuperset(DOCUMENTS.items())
