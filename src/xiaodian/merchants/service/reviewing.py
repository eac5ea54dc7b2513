"""The reviewer's side: take an application, then approve, reject or ask for a supplement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import accounts, desk, notices, rulebooks
from xiaodian.merchants.errors import (
    ApplicationNotFound,
    NotAssigned,
    OwnApplication,
    ReasonRequired,
)
from xiaodian.merchants.events import ShopApproved
from xiaodian.merchants.models import (
    ApplicationDocumentRow,
    ApplicationRow,
    DocumentRow,
    ShopRow,
)
from xiaodian.merchants.queries.applications import (
    REVIEW_ITEM,
    ApplicationView,
    application_view,
)
from xiaodian.merchants.rules.papers import Check, paper
from xiaodian.merchants.service.applications import step
from xiaodian.merchants.service.checking import need_supplement
from xiaodian.merchants.service.judging import judge_application
from xiaodian.merchants.service.payout import adopt_payout_account
from xiaodian.merchants.states import (
    APPLICATION,
    UNDER_AUDIT,
    ApplicationEvent,
    ApplicationState,
    ShopState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx

__all__ = ["approve", "ask_supplement", "claim_review", "is_reviewer_of", "reject"]

_REASONS_MAX = 10
_REASON_MAX = 500


async def claim_review(tx: Tx, application_id: int) -> ApplicationView:
    """Take an application to review it; taking it twice is once.

    Refuses ``ROLE_REQUIRED``, ``ITEM_TAKEN`` when a colleague has it, ``REVIEW_OWN_APPLICATION``
    and ``APPLICATION_NOT_FOUND`` when it is not under audit.
    """
    await accounts.require_role(tx, "reviewer")
    row = await tx.session.get(ApplicationRow, application_id, with_for_update=True)
    item = await desk.find_item(tx, kind=REVIEW_ITEM, subject_id=application_id)
    if row is None or item is None or row.state not in UNDER_AUDIT:
        raise ApplicationNotFound
    await refuse_own(tx, row)
    await desk.take_item(tx, item.id)
    return application_view(row)


async def approve(tx: Tx, application_id: int) -> ApplicationView:
    """Approve: the shop exists from now on and waits for its deposit.

    Everything is judged once more, since a paper may have expired meanwhile. Refuses what
    ``submit`` refuses, ``REVIEW_NOT_ASSIGNED``, ``ROLE_REQUIRED`` and ``ILLEGAL_TRANSITION``.
    """
    row = await _mine(tx, application_id)
    # The state is asked first: what is decided is not judged again.
    APPLICATION.after(ApplicationState(row.state), ApplicationEvent.APPROVE)
    await judge_application(tx, application_view(row))
    shop = await _found_shop(tx, row)
    row.shop_id = shop.id
    row.decided_at, row.decided_by = tx.now, tx.actor.account_id
    await step(tx, row, ApplicationEvent.APPROVE, facts={"shop": str(shop.id)})
    await adopt_payout_account(tx, shop, await _papers(tx, row))
    await _close(tx, row, "approved")
    await notices.tell(
        tx,
        row.applicant_id,
        kind="merchants.application_approved",
        sentence="“{shop_name}”的入驻申请已通过，缴纳保证金后即可开店",
        facts={"shop_name": row.shop_name},
        subject="application",
        subject_id=row.id,
        url=f"/merchant/shops/{shop.id}",
        by=("inbox", "sms"),
    )
    await tx.emit(ShopApproved(shop.id, shop.market, shop.rulebook))
    return application_view(row)


async def reject(tx: Tx, application_id: int, *, reasons: Sequence[str]) -> ApplicationView:
    """Reject with at least one reason; the applicant may begin again from a copy.

    Refuses ``REASON_REQUIRED``, ``REVIEW_NOT_ASSIGNED``, ``ROLE_REQUIRED``,
    ``ILLEGAL_TRANSITION``.
    """
    row = await _mine(tx, application_id)
    row.reasons = _reasons(reasons)
    row.decided_at, row.decided_by = tx.now, tx.actor.account_id
    await step(tx, row, ApplicationEvent.REJECT, facts={"reasons": row.reasons})
    await _close(tx, row, "rejected")
    await notices.tell(
        tx,
        row.applicant_id,
        kind="merchants.application_rejected",
        sentence="“{shop_name}”的入驻申请未通过：{reasons}",
        facts={"shop_name": row.shop_name, "reasons": "；".join(row.reasons)},
        subject="application",
        subject_id=row.id,
        url=f"/merchant/applications/{row.id}",
        by=("inbox", "sms"),
    )
    return application_view(row)


async def ask_supplement(
    tx: Tx, application_id: int, *, items: Sequence[tuple[str, str]]
) -> ApplicationView:
    """Ask the applicant to mend things: the kind of paper (or empty) and a sentence each.

    Refuses ``REASON_REQUIRED``, ``REVIEW_NOT_ASSIGNED``, ``ROLE_REQUIRED``,
    ``ILLEGAL_TRANSITION``.
    """
    row = await _mine(tx, application_id)
    sentences = _reasons([sentence for _, sentence in items])
    kinds = {document.kind for document in await _papers(tx, row)}
    asked = [
        (item if item in kinds else "", sentence)
        for (item, _), sentence in zip(items, sentences, strict=True)
    ]
    await need_supplement(
        tx, row, ApplicationEvent.ASK_SUPPLEMENT, asked, asked_by=tx.actor.account_id
    )
    return application_view(row)


async def is_reviewer_of(tx: Tx, application: ApplicationRow) -> bool:
    """Tell whether the actor is the reviewer who has taken this application."""
    if tx.actor.kind != "operator" or tx.actor.account_id is None:
        return False
    taken_by = await desk.assignee_of(tx, REVIEW_ITEM, application.id)
    if taken_by is None or taken_by != tx.actor.account_id:
        return False
    return accounts.Role.REVIEWER in await accounts.roles_of(tx, taken_by)


async def refuse_own(tx: Tx, application: ApplicationRow) -> None:
    """Refuse ``REVIEW_OWN_APPLICATION`` to a reviewer who is the applicant in other clothes."""
    assert tx.actor.account_id is not None, "who has a role has an account"
    if await accounts.same_person(tx, tx.actor.account_id, application.applicant_id):
        raise OwnApplication


async def _mine(tx: Tx, application_id: int) -> ApplicationRow:
    """Lock an application that the acting reviewer has taken."""
    await accounts.require_role(tx, "reviewer")
    row = await tx.session.get(ApplicationRow, application_id, with_for_update=True)
    if row is None or row.submitted_at is None:
        raise ApplicationNotFound
    if not await is_reviewer_of(tx, row):
        raise NotAssigned
    await refuse_own(tx, row)
    return row


async def _papers(tx: Tx, row: ApplicationRow) -> list[DocumentRow]:
    found = await tx.session.scalars(
        select(DocumentRow)
        .join(ApplicationDocumentRow, ApplicationDocumentRow.document_id == DocumentRow.id)
        .where(ApplicationDocumentRow.application_id == row.id)
        .order_by(DocumentRow.kind)
    )
    return list(found)


async def _found_shop(tx: Tx, row: ApplicationRow) -> ShopRow:
    book = rulebooks.at(row.market, tx.now)
    shop = ShopRow(
        id=tx.new_id(),
        merchant_id=row.merchant_id,
        owner_id=row.applicant_id,
        application_id=row.id,
        market=row.market,
        rulebook=book.ref,
        subject=row.subject,
        type=book.deposit.shop_types[rulebooks.Subject(row.subject)],
        state=ShopState.PENDING_DEPOSIT,
        name=row.shop_name,
        categories=list(row.categories),
        self_operated=row.self_operated,
        licence_name="",
        licence_number="",
        licence_address="",
        created_at=tx.now,
    )
    for document in await _papers(tx, row):
        if paper(document.kind).check is Check.LICENCE and document.number_sealed is not None:
            # A licence is public by law, so its number is kept open here.
            shop.licence_name = document.name
            shop.licence_number = tx.vault.open(document.number_sealed)
            shop.licence_address = document.fields.get("address", "")
            shop.licence_valid_to = document.valid_to
    tx.session.add(shop)
    await tx.session.flush()
    return shop


async def _close(tx: Tx, row: ApplicationRow, outcome: str) -> None:
    await desk.close_item(tx, kind=REVIEW_ITEM, subject_id=row.id, outcome=outcome)


def _reasons(given: Sequence[str]) -> list[str]:
    reasons = [reason.strip() for reason in given if reason.strip()]
    if not 0 < len(reasons) <= _REASONS_MAX or len(reasons) < len(given):
        raise ReasonRequired
    if any(len(reason) > _REASON_MAX for reason in reasons):
        raise ReasonRequired
    return reasons
