"""Reads of merchants and their applications: fields, papers, checks, what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import accounts, desk
from xiaodian.kernel.paging import Page, PageRequest, cut
from xiaodian.merchants.errors import ApplicationNotFound
from xiaodian.merchants.models import (
    ApplicationDocumentRow,
    ApplicationRow,
    BindingRow,
    CheckRow,
    DocumentFileRow,
    DocumentRow,
    MerchantRow,
    SupplementRow,
)
from xiaodian.merchants.states import ApplicationState, CheckOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from xiaodian.infra.db import Tx

__all__ = [
    "REVIEW_ITEM",
    "ApplicationView",
    "BindingView",
    "CheckView",
    "DocumentView",
    "MerchantView",
    "QueueEntry",
    "SupplementView",
    "application_of",
    "application_view",
    "bindings_of",
    "checks_of",
    "documents_of",
    "find_merchant",
    "get_application",
    "list_applications",
    "list_applications_of",
    "list_queue",
    "reusable_documents",
    "supplements_of",
    "visible_application",
]


REVIEW_ITEM = "application_review"
"""The kind of the work item that an application is while it is audited."""


@dataclass(frozen=True, slots=True)
class MerchantView:
    """A merchant organisation."""

    id: int
    owner_id: int
    name: str


@dataclass(frozen=True, slots=True)
class BindingView:
    """An account of a market's own system, as the merchant bound it."""

    surface: str
    identifier_masked: str
    bound_at: datetime
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application as its applicant and reviewers see it."""

    id: int
    merchant_id: int
    applicant_id: int
    market: str
    rulebook: str
    subject: str
    categories: tuple[str, ...]
    self_operated: bool
    shop_name: str
    state: ApplicationState
    round: int
    created_at: datetime
    submitted_at: datetime | None
    due_at: datetime | None
    due_provisional: bool
    supplement_due_at: datetime | None
    decided_at: datetime | None
    decided_by: int | None
    reasons: tuple[str, ...]
    reopened_from: int | None
    shop_id: int | None


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """An application under audit with its place on the work list."""

    application: ApplicationView
    item: desk.ItemView


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A paper with its number masked; its pictures are reached by signed links only."""

    id: int
    kind: str
    name: str
    fields: Mapping[str, str]
    number_masked: str
    valid_to: date | None
    sides: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CheckView:
    """What an automatic check came to."""

    item: str
    provider: str
    outcome: CheckOutcome
    sentence: str
    tries: int
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class SupplementView:
    """Something the applicant was asked to mend, and the answer once given."""

    id: int
    item: str
    sentence: str
    asked_at: datetime
    by_machine: bool
    answer: str
    answered_at: datetime | None


async def find_merchant(tx: Tx, account_id: int) -> MerchantView | None:
    """Answer the organisation an account owns, None before its first step."""
    row = await tx.session.scalar(select(MerchantRow).where(MerchantRow.owner_id == account_id))
    return None if row is None else MerchantView(row.id, row.owner_id, row.name)


async def bindings_of(tx: Tx, merchant_id: int) -> list[BindingView]:
    """Answer the accounts a merchant has bound."""
    rows = await tx.session.scalars(
        select(BindingRow).where(BindingRow.merchant_id == merchant_id).order_by(BindingRow.surface)
    )
    return [
        BindingView(row.surface, row.identifier_masked, row.bound_at, row.verified_at)
        for row in rows
    ]


async def get_application(tx: Tx, application_id: int) -> ApplicationView:
    """Answer an application, whoever asks; refuses ``APPLICATION_NOT_FOUND``."""
    row = await tx.session.get(ApplicationRow, application_id)
    if row is None:
        raise ApplicationNotFound
    return application_view(row)


async def application_of(tx: Tx, shop_id: int) -> ApplicationView:
    """Answer the application that a shop came of; refuses ``APPLICATION_NOT_FOUND``."""
    row = await tx.session.scalar(select(ApplicationRow).where(ApplicationRow.shop_id == shop_id))
    if row is None:
        raise ApplicationNotFound
    return application_view(row)


async def visible_application(tx: Tx, application_id: int) -> ApplicationView:
    """Answer an application to its applicant, to reviewers and administrators.

    Anybody else is refused ``APPLICATION_NOT_FOUND``, other operators ``ROLE_REQUIRED``.
    """
    found = await get_application(tx, application_id)
    if tx.actor.kind == "operator":
        await accounts.require_role(tx, "reviewer", "administrator")
    elif tx.actor.kind != "system" and not (
        tx.actor.kind == "merchant" and tx.actor.account_id == found.applicant_id
    ):
        raise ApplicationNotFound
    return found


async def list_applications_of(tx: Tx, account_id: int) -> list[ApplicationView]:
    """Answer an account's applications, newest first, at most a hundred."""
    rows = await tx.session.scalars(
        select(ApplicationRow)
        .where(ApplicationRow.applicant_id == account_id)
        .order_by(ApplicationRow.id.desc())
        .limit(100)
    )
    return [application_view(row) for row in rows]


async def list_queue(
    tx: Tx, request: PageRequest, *, mine: bool = False, overdue: bool = False
) -> Page[QueueEntry]:
    """Answer what waits for reviewers, the most urgent first.

    For reviewers and administrators; refuses ``ROLE_REQUIRED``.
    """
    await accounts.require_role(tx, "reviewer", "administrator")
    items = await desk.list_items(
        tx, request, desk.WorkFilter(kind=REVIEW_ITEM, mine=mine, overdue=overdue)
    )
    ids = [item.subject_id for item in items.items]
    rows = await tx.session.scalars(select(ApplicationRow).where(ApplicationRow.id.in_(ids)))
    views = {row.id: application_view(row) for row in rows}
    return items.map(lambda item: QueueEntry(views[item.subject_id], item))


async def list_applications(
    tx: Tx, request: PageRequest, *, state: str = "", market: str = ""
) -> Page[ApplicationView]:
    """Answer all handed-in applications, the newest first, filtered where asked.

    For reviewers and administrators; refuses ``ROLE_REQUIRED``.
    """
    await accounts.require_role(tx, "reviewer", "administrator")
    wanted = (
        select(ApplicationRow)
        .where(ApplicationRow.submitted_at.is_not(None))
        .order_by(ApplicationRow.id.desc())
        .limit(request.size + 1)
    )
    if request.after is not None:
        wanted = wanted.where(ApplicationRow.id < request.after)
    if state:
        wanted = wanted.where(ApplicationRow.state == state)
    if market:
        wanted = wanted.where(ApplicationRow.market == market)
    views = [application_view(row) for row in await tx.session.scalars(wanted)]
    return cut(views, request, lambda view: view.id)


async def documents_of(tx: Tx, application_id: int) -> dict[str, DocumentView]:
    """Answer the papers of an application by kind."""
    rows = await tx.session.scalars(
        select(DocumentRow)
        .join(ApplicationDocumentRow, ApplicationDocumentRow.document_id == DocumentRow.id)
        .where(ApplicationDocumentRow.application_id == application_id)
        .order_by(DocumentRow.kind)
    )
    return {view.kind: view for view in await _document_views(tx, rows.all())}


async def reusable_documents(
    tx: Tx, merchant_id: int, kinds: Sequence[str]
) -> dict[str, DocumentView]:
    """Answer, for each kind, the newest paper of the merchant that a check or reviewer approved."""
    approved = (
        select(ApplicationDocumentRow.document_id)
        .join(ApplicationRow, ApplicationRow.id == ApplicationDocumentRow.application_id)
        .where(ApplicationRow.state == ApplicationState.APPROVED)
    )
    rows = await tx.session.scalars(
        select(DocumentRow)
        .where(
            DocumentRow.merchant_id == merchant_id,
            DocumentRow.kind.in_(kinds),
            DocumentRow.id.in_(approved),
        )
        .order_by(DocumentRow.id)
    )
    return {view.kind: view for view in await _document_views(tx, rows.all())}


async def checks_of(tx: Tx, application_id: int, round_: int) -> list[CheckView]:
    """Answer the automatic checks of one round."""
    rows = await tx.session.scalars(
        select(CheckRow)
        .where(CheckRow.application_id == application_id, CheckRow.round == round_)
        .order_by(CheckRow.item)
    )
    return [
        CheckView(
            row.item,
            row.provider,
            CheckOutcome(row.outcome),
            row.sentence,
            row.tries,
            row.answered_at,
        )
        for row in rows
    ]


async def supplements_of(
    tx: Tx, application_id: int, *, open_only: bool = False
) -> list[SupplementView]:
    """Answer what the applicant was asked to mend, oldest first."""
    wanted = (
        select(SupplementRow)
        .where(SupplementRow.application_id == application_id)
        .order_by(SupplementRow.id)
    )
    if open_only:
        wanted = wanted.where(SupplementRow.answered_at.is_(None))
    return [
        SupplementView(
            row.id,
            row.item,
            row.sentence,
            row.asked_at,
            row.asked_by is None,
            row.answer,
            row.answered_at,
        )
        for row in await tx.session.scalars(wanted)
    ]


def application_view(row: ApplicationRow) -> ApplicationView:
    """Turn a row into what may be shown."""
    return ApplicationView(
        id=row.id,
        merchant_id=row.merchant_id,
        applicant_id=row.applicant_id,
        market=row.market,
        rulebook=row.rulebook,
        subject=row.subject,
        categories=tuple(row.categories),
        self_operated=row.self_operated,
        shop_name=row.shop_name,
        state=ApplicationState(row.state),
        round=row.round,
        created_at=row.created_at,
        submitted_at=row.submitted_at,
        due_at=row.due_at,
        due_provisional=row.due_provisional,
        supplement_due_at=row.supplement_due_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reasons=tuple(row.reasons),
        reopened_from=row.reopened_from,
        shop_id=row.shop_id,
    )


async def _document_views(tx: Tx, rows: Sequence[DocumentRow]) -> list[DocumentView]:
    sides: dict[int, list[str]] = {row.id: [] for row in rows}
    files = await tx.session.execute(
        select(DocumentFileRow.document_id, DocumentFileRow.side)
        .where(DocumentFileRow.document_id.in_(sides))
        .order_by(DocumentFileRow.file_id)
    )
    for document_id, side in files:
        sides[document_id].append(side)
    return [
        DocumentView(
            row.id,
            row.kind,
            row.name,
            dict(row.fields),
            row.number_masked,
            row.valid_to,
            tuple(sides[row.id]),
            row.created_at,
        )
        for row in rows
    ]
