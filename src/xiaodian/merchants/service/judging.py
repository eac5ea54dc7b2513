"""Putting an application's facts before the market's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import rulebooks
from xiaodian.kernel.clock import day_of
from xiaodian.merchants.models import (
    ApplicationDocumentRow,
    BindingRow,
    DocumentRow,
)
from xiaodian.merchants.rules.opening import Applicant, objections
from xiaodian.merchants.rules.papers import PRECONDITIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.merchants.queries.applications import ApplicationView
    from xiaodian.rulebooks import Permission

__all__ = ["applicant_of", "judge_application", "objections_to"]


async def judge_application(tx: Tx, application: ApplicationView) -> None:
    """Let an application pass, or refuse it with the code of the market's first objection."""
    denials = await objections_to(tx, application)
    if denials:
        raise rulebooks.Denied(denials)


async def objections_to(tx: Tx, application: ApplicationView) -> Sequence[Permission]:
    """Answer everything that stands against an application now; empty lets it pass."""
    book = rulebooks.version(application.rulebook)
    return objections(book, await applicant_of(tx, application), rulebooks.categories())


async def applicant_of(tx: Tx, application: ApplicationView) -> Applicant:
    """Gather what an application says. A paper past its last day counts as missing (D-REG-03)."""
    today = day_of(tx.now)
    papers = await tx.session.execute(
        select(ApplicationDocumentRow.kind, DocumentRow.valid_to)
        .join(DocumentRow, DocumentRow.id == ApplicationDocumentRow.document_id)
        .where(ApplicationDocumentRow.application_id == application.id)
    )
    return Applicant(
        subject=rulebooks.Subject(application.subject),
        categories=application.categories,
        self_operated=application.self_operated,
        bound=await preconditions_of(tx, application.merchant_id),
        papers=frozenset(
            kind for kind, valid_to in papers if valid_to is None or valid_to >= today
        ),
    )


async def preconditions_of(tx: Tx, merchant_id: int) -> frozenset[str]:
    """Answer the preconditions of any market that a merchant's bound accounts meet."""
    bound = set(
        await tx.session.scalars(
            select(BindingRow.surface).where(BindingRow.merchant_id == merchant_id)
        )
    )
    return frozenset(code for code, needed in PRECONDITIONS.items() if bound.issuperset(needed))
