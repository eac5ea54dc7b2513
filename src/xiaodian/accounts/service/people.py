"""Making accounts, and what changes in them: names, addresses, roles, suspension, consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from xiaodian.accounts.errors import (
    AccountNotFound,
    AlreadyRegistered,
    EmailTaken,
    LastAdministrator,
    RoleUnknown,
)
from xiaodian.accounts.models import AccountRow, ConsentRow, OperatorRoleRow
from xiaodian.accounts.queries import (
    DOCUMENTS,
    get_row,
    operators_with,
    require_role,
    roles_of,
    view_of,
)
from xiaodian.accounts.rules import check_password, normal_email, normal_name, normal_phone
from xiaodian.accounts.service.passwords import hashed, prove_password
from xiaodian.accounts.states import ACCOUNT, AccountEvent, AccountState, Role
from xiaodian.infra import audit, sessions
from xiaodian.infra.clock import wall_now

if TYPE_CHECKING:
    from collections.abc import Collection

    from xiaodian.accounts.queries import AccountView
    from xiaodian.infra.db import Tx
    from xiaodian.infra.sessions import Audience

__all__ = [
    "DEMO_PARTS",
    "create_buyer",
    "create_merchant",
    "create_operator",
    "give_consent",
    "make_demo_accounts",
    "rename",
    "restore_account",
    "set_email",
    "set_roles",
    "suspend_account",
]

DEMO_PARTS: dict[str, tuple[Audience, str, tuple[Role, ...]]] = {
    "buyer": ("buyer", "演示买家", ()),
    "merchant": ("merchant", "演示商家", ()),
    "reviewer": ("operator", "演示审核", (Role.REVIEWER,)),
    "finance": ("operator", "演示财务", (Role.FINANCE,)),
    "administrator": ("operator", "演示管理员", (Role.ADMINISTRATOR,)),
}
"""The parts of the demo: which console, which name, which roles."""
_BUYER_DIGITS = 1_000_000


async def create_buyer(tx: Tx, *, phone: str, name: str = "") -> AccountView:
    """Make a buyer account for a phone; the edge has seen the proof. ``ALREADY_REGISTERED``."""
    account_id = tx.new_id()
    called = normal_name(name) if name else f"用户{account_id % _BUYER_DIGITS:06d}"
    return view_of(tx, await _add(tx, account_id, "buyer", name=called, phone=phone))


async def create_merchant(
    tx: Tx, *, name: str, password: str, phone: str = "", email: str = ""
) -> AccountView:
    """Make a merchant account that signs in by phone or e-mail and password.

    Refuses ``ALREADY_REGISTERED``, ``EMAIL_TAKEN`` and what names and passwords are refused for.
    """
    called = normal_name(name)
    check_password(password, about=[fact for fact in (called, phone, email) if fact])
    row = await _add(
        tx,
        tx.new_id(),
        "merchant",
        name=called,
        phone=phone,
        email=email,
        password_hash=await hashed(password),
    )
    return view_of(tx, row)


async def create_operator(
    tx: Tx, *, name: str, email: str, roles: Collection[str], password: str | None = None
) -> AccountView:
    """Make an operator; for administrators and the command line (``ROLE_REQUIRED``).

    Without a password the operator sets one by a link (``offer_password_link``). Refuses
    ``ROLE_UNKNOWN`` and ``EMAIL_TAKEN``.
    """
    if tx.actor.kind != "system":
        await require_role(tx, Role.ADMINISTRATOR)
    wanted = _read_roles(roles)
    called = normal_name(name)
    if password is not None:
        check_password(password, about=[called, email])
    row = await _add(
        tx,
        tx.new_id(),
        "operator",
        name=called,
        email=email,
        password_hash=None if password is None else await hashed(password),
    )
    tx.session.add_all(OperatorRoleRow(account_id=row.id, role=role) for role in sorted(wanted))
    await _record(tx, "operator.created", row.id, after={"roles": sorted(wanted)})
    return view_of(tx, row)


async def make_demo_accounts(tx: Tx) -> dict[str, AccountView]:
    """Make the accounts of the demo where they are missing, and answer them by their part.

    They have neither phone nor password: the sandbox's one-click door is the only way in.
    """
    made: dict[str, AccountView] = {}
    for who, (audience, name, roles) in DEMO_PARTS.items():
        await tx.session.execute(
            insert(AccountRow)
            .values(
                id=tx.new_id(),
                audience=audience,
                state=AccountState.ACTIVE,
                name=name,
                demo=who,
                created_at=tx.now,
            )
            .on_conflict_do_nothing(index_elements=["demo"])
        )
        (found,) = await tx.rows("SELECT id FROM accounts WHERE demo = :who", who=who)
        for role in roles:
            await tx.session.execute(
                insert(OperatorRoleRow)
                .values(account_id=found["id"], role=role)
                .on_conflict_do_nothing()
            )
        await give_consent(tx, found["id"])
        made[who] = view_of(tx, await get_row(tx, found["id"]))
    return made


async def give_consent(tx: Tx, account_id: int) -> None:
    """Record that somebody agreed to the documents in force (wall time); once a version."""
    await tx.session.execute(
        insert(ConsentRow)
        .values(
            [
                {
                    "account_id": account_id,
                    "document": document,
                    "version": version,
                    "given_at": wall_now(),
                }
                for document, version in DOCUMENTS.items()
            ]
        )
        .on_conflict_do_nothing()
    )


async def rename(tx: Tx, name: str) -> AccountView:
    """Change the actor's name; refuses ``NAME_INVALID``."""
    assert tx.actor.account_id is not None, "the edge asked who it is"
    row = await get_row(tx, tx.actor.account_id, lock=True)
    before, row.name = row.name, normal_name(name)
    await _record(tx, "account.renamed", row.id, before={"name": before}, after={"name": row.name})
    return view_of(tx, row)


async def set_email(tx: Tx, email: str, *, password: str) -> AccountView:
    """Change the actor's e-mail address, by which they sign in, after their password.

    Empty takes it away, unless it is all they sign in by. Refuses ``CREDENTIALS_WRONG``,
    ``EMAIL_INVALID`` and ``EMAIL_TAKEN``.
    """
    assert tx.actor.account_id is not None, "the edge asked who it is"
    row = await get_row(tx, tx.actor.account_id, lock=True)
    await prove_password(row, password)
    may_be_empty = row.phone_blind is not None
    normal = normal_email(email) if email.strip() or not may_be_empty else ""
    try:
        async with tx.session.begin_nested():
            row.email_sealed = tx.vault.seal(normal) if normal else None
            row.email_blind = tx.vault.blind(normal, purpose="email") if normal else None
    except IntegrityError as error:
        raise EmailTaken from error
    await _record(tx, "account.email_changed", row.id)
    return view_of(tx, row)


async def set_roles(tx: Tx, account_id: int, roles: Collection[str]) -> None:
    """Change what an operator is there for; for administrators.

    Refuses ``ROLE_REQUIRED``, ``ROLE_UNKNOWN``, ``ACCOUNT_NOT_FOUND`` and ``LAST_ADMINISTRATOR``.
    """
    await _as_administrator(tx)
    row = await _operator(tx, account_id)
    wanted = _read_roles(roles)
    before = await roles_of(tx, account_id)
    if Role.ADMINISTRATOR not in wanted:
        await _keep_an_administrator(tx, account_id)
    await tx.session.execute(
        delete(OperatorRoleRow).where(OperatorRoleRow.account_id == account_id)
    )
    await tx.session.execute(
        insert(OperatorRoleRow).values(
            [{"account_id": account_id, "role": role} for role in sorted(wanted)]
        )
    )
    await _record(
        tx,
        "operator.roles_changed",
        row.id,
        before={"roles": sorted(before)},
        after={"roles": sorted(wanted)},
    )


async def suspend_account(tx: Tx, account_id: int) -> None:
    """Stop an account from signing in and end its sessions; for administrators.

    Refuses ``LAST_ADMINISTRATOR`` and ``ILLEGAL_TRANSITION``.
    """
    await _as_administrator(tx)
    row = await get_row(tx, account_id, lock=True)
    if row.audience == "operator":
        await _keep_an_administrator(tx, account_id)
    row.state = ACCOUNT.after(AccountState(row.state), AccountEvent.SUSPEND)
    await sessions.revoke_all(tx, account_id)
    await _record(tx, "account.suspended", account_id)


async def restore_account(tx: Tx, account_id: int) -> None:
    """Let a suspended account sign in again; for administrators."""
    await _as_administrator(tx)
    row = await get_row(tx, account_id, lock=True)
    row.state = ACCOUNT.after(AccountState(row.state), AccountEvent.RESTORE)
    await _record(tx, "account.restored", account_id)


async def _add(
    tx: Tx,
    account_id: int,
    audience: Audience,
    *,
    name: str,
    phone: str = "",
    email: str = "",
    password_hash: str | None = None,
) -> AccountRow:
    normal = normal_phone(phone) if phone else ""
    address = normal_email(email) if email else ""
    row = AccountRow(
        id=account_id,
        audience=audience,
        state=AccountState.ACTIVE,
        name=name,
        phone_sealed=tx.vault.seal(normal) if normal else None,
        phone_blind=tx.vault.blind(normal, purpose="phone") if normal else None,
        email_sealed=tx.vault.seal(address) if address else None,
        email_blind=tx.vault.blind(address, purpose="email") if address else None,
        password_hash=password_hash,
        created_at=tx.now,
    )
    try:
        async with tx.session.begin_nested():
            tx.session.add(row)
    except IntegrityError as error:
        # The unique index, not a look beforehand, decides between two at once.
        raise (EmailTaken if "email" in str(error.orig) else AlreadyRegistered) from error
    return row


async def _as_administrator(tx: Tx) -> None:
    if tx.actor.kind != "system":
        await require_role(tx, Role.ADMINISTRATOR)
    # Administrators who change each other at once would otherwise all be gone.
    await tx.rows("SELECT pg_advisory_xact_lock(hashtext('accounts.administrators'))")


async def _operator(tx: Tx, account_id: int) -> AccountRow:
    row = await get_row(tx, account_id, lock=True)
    if row.audience != "operator" or row.state == AccountState.DELETED:
        raise AccountNotFound
    return row


async def _keep_an_administrator(tx: Tx, account_id: int) -> None:
    administrators = await operators_with(tx, Role.ADMINISTRATOR)
    if administrators == [account_id]:
        raise LastAdministrator


def _read_roles(roles: Collection[str]) -> set[Role]:
    known = {role.value for role in Role}
    if not roles or not known.issuperset(roles):
        raise RoleUnknown
    return {Role(role) for role in roles}


async def _record(
    tx: Tx,
    action: str,
    account_id: int,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    await audit.record(
        tx, action, subject="account", subject_id=account_id, before=before, after=after
    )
