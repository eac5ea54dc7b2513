"""The merchant itself: its organisation, and the accounts it binds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from xiaodian import accounts
from xiaodian.infra import audit
from xiaodian.merchants.errors import (
    ApplicationNotFound,
    BindingInvalid,
    FieldMissing,
    FieldTooLong,
    NotEditable,
    SurfaceUnknown,
)
from xiaodian.merchants.models import (
    ApplicationRow,
    BindingRow,
    MerchantRow,
    SupplementRow,
)
from xiaodian.merchants.queries.applications import MerchantView
from xiaodian.merchants.rules.papers import SURFACES, is_account_of
from xiaodian.merchants.states import APPLICATION_WORDS, UNDER_AUDIT, ApplicationState

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = ["bind_account", "my_merchant", "one_line"]


async def my_merchant(tx: Tx) -> MerchantView:
    """Answer the actor's own organisation, founding it at the first step.

    Anybody who is not signed in as a merchant is refused ``APPLICATION_NOT_FOUND``.
    """
    account_id = merchant_account(tx)
    found = await tx.session.scalar(select(MerchantRow).where(MerchantRow.owner_id == account_id))
    if found is None:
        account = await accounts.get_account(tx, account_id)
        # Two first steps at once found one organisation.
        await tx.session.execute(
            insert(MerchantRow)
            .values(id=tx.new_id(), owner_id=account_id, name=account.name, created_at=tx.now)
            .on_conflict_do_nothing(index_elements=["owner_id"])
        )
        found = await tx.session.scalar(
            select(MerchantRow).where(MerchantRow.owner_id == account_id)
        )
        assert found is not None, "it was there or has just been made"
    return MerchantView(found.id, found.owner_id, found.name)


async def bind_account(tx: Tx, *, surface: str, identifier: str) -> None:
    """Bind an account of a market's own system to the actor's organisation (W-REG-01).

    The binding is believed once the automatic check has confirmed it. Binding another account
    replaces the one before, and answers what a check asked about it. Refuses ``SURFACE_UNKNOWN``,
    ``BINDING_INVALID``, and ``APPLICATION_LOCKED`` while an application is being audited.
    """
    merchant = await my_merchant(tx)
    if surface not in SURFACES:
        raise SurfaceUnknown(surface=surface[:32])
    given = identifier.strip()
    if not is_account_of(surface, given):
        raise BindingInvalid
    await _refuse_while_audited(tx, merchant.id)
    blind = tx.vault.blind(given.lower(), purpose="binding")
    row = await tx.session.get(BindingRow, (merchant.id, surface), with_for_update=True)
    if row is not None and row.identifier_blind == blind:
        return
    if row is None:
        row = BindingRow(merchant_id=merchant.id, surface=surface)
        tx.session.add(row)
    before = row.identifier_masked
    row.identifier_sealed = tx.vault.seal(given)
    row.identifier_blind = blind
    row.identifier_masked = _masked(given)
    row.bound_at = tx.now
    row.bound_by = merchant_account(tx)
    row.verified_at = None
    await tx.session.flush()
    await _answer_open_questions(tx, merchant.id, f"account:{surface}")
    await audit.record(
        tx,
        "merchant.account_bound",
        subject="merchant",
        subject_id=merchant.id,
        before={"surface": surface, "identifier": before},
        after={"surface": surface, "identifier": row.identifier_masked},
    )


def merchant_account(tx: Tx) -> int:
    """Answer the account of a signed-in merchant; anybody else has no applications."""
    if tx.actor.kind != "merchant" or tx.actor.account_id is None:
        raise ApplicationNotFound
    return tx.actor.account_id


def one_line(text: str, *, field: str, limit: int) -> str:
    """Answer a text without spaces around it; refuses ``FIELD_MISSING`` and ``FIELD_TOO_LONG``."""
    given = text.strip()
    if not given:
        raise FieldMissing(field=field)
    if len(given) > limit or not given.isprintable():
        raise FieldTooLong(field=field, limit=limit)
    return given


async def _refuse_while_audited(tx: Tx, merchant_id: int) -> None:
    state = await tx.session.scalar(
        select(ApplicationRow.state)
        .where(ApplicationRow.merchant_id == merchant_id, ApplicationRow.state.in_(UNDER_AUDIT))
        .limit(1)
    )
    if state is not None:
        raise NotEditable(state=APPLICATION_WORDS[ApplicationState(state)])


async def _answer_open_questions(tx: Tx, merchant_id: int, item: str) -> None:
    mine = select(ApplicationRow.id).where(ApplicationRow.merchant_id == merchant_id)
    rows = await tx.session.scalars(
        select(SupplementRow).where(
            SupplementRow.application_id.in_(mine),
            SupplementRow.item == item,
            SupplementRow.answered_at.is_(None),
        )
    )
    for row in rows:
        row.answered_at = tx.now


def _masked(identifier: str) -> str:
    return f"{identifier[0]}***{identifier[-1]}"
