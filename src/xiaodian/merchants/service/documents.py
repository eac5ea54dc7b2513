"""Handing in papers, using approved ones again, and who may look at them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from xiaodian import rulebooks
from xiaodian.infra import audit
from xiaodian.infra.clock import wall_now
from xiaodian.infra.crypto import mask_account, mask_identity
from xiaodian.merchants.errors import (
    DocumentKindUnknown,
    DocumentNotFound,
    DocumentNumberInvalid,
    FieldMissing,
    FileMissing,
    LinkExpired,
)
from xiaodian.merchants.models import (
    ApplicationDocumentRow,
    ApplicationRow,
    CheckRow,
    DocumentFileRow,
    DocumentRow,
    SupplementRow,
)
from xiaodian.merchants.queries.applications import reusable_documents
from xiaodian.merchants.rules.papers import (
    NumberForm,
    Paper,
    normal_number,
    number_fits,
    paper,
)
from xiaodian.merchants.service.applications import (
    OPEN_MAX,
    own_application,
    refuse_unless_editable,
)
from xiaodian.merchants.service.organisation import one_line
from xiaodian.merchants.service.reviewing import is_reviewer_of, refuse_own
from xiaodian.merchants.states import UNDER_AUDIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from xiaodian.infra.db import Actor, Tx
    from xiaodian.infra.files import Store

__all__ = ["open_paper", "paper_link", "reuse_document", "save_document"]

LINK_LIFETIME = timedelta(minutes=5)
"""How long a link to a paper works, in wall time."""


async def save_document(
    tx: Tx,
    application_id: int,
    *,
    store: Store,
    kind: str,
    values: Mapping[str, str],
    valid_to: date | None,
    files: Mapping[str, bytes],
) -> int:
    """Hand in one paper, replacing the one of its kind, and answer its id.

    ``values`` are the texts by field, ``files`` the pictures by side. A number or picture that is
    left out is taken from the paper replaced, since nobody gets to see a number in full again.
    Refuses ``DOCUMENT_NOT_ASKED``, ``DOCUMENT_NUMBER_INVALID``, ``FIELD_MISSING``,
    ``FIELD_TOO_LONG``, ``FILE_MISSING``, what the file store refuses, ``APPLICATION_LOCKED`` and
    ``APPLICATION_NOT_FOUND``.
    """
    application = await own_application(tx, application_id)
    refuse_unless_editable(application)
    asked = _asked(application, kind)
    old = await _linked(tx, application.id, kind)
    row = DocumentRow(
        id=tx.new_id(),
        merchant_id=application.merchant_id,
        kind=kind,
        name=one_line(values.get("name", ""), field=asked.holder.label, limit=asked.holder.limit)
        if asked.holder
        else "",
        fields={
            field.name: one_line(values.get(field.name, ""), field=field.label, limit=field.limit)
            for field in asked.fields
        },
        number_masked="",
        valid_to=valid_to if asked.expires else None,
        created_at=tx.now,
        created_by=application.applicant_id,
    )
    if asked.expires and not asked.for_ever_allowed and valid_to is None:
        raise FieldMissing(field="有效期至")
    _put_number(tx, row, asked, values.get("number", ""), old)
    tx.session.add(row)
    await tx.session.flush()
    await _put_files(tx, store, row, asked, files, old)
    await _link(tx, application, row.id, kind)
    if old is not None:
        await _drop_unused(tx, old.id)
    await audit.record(
        tx,
        "application.document_saved",
        subject="application",
        subject_id=application.id,
        after={"kind": kind, "document": str(row.id), "number": row.number_masked},
    )
    return row.id


async def reuse_document(tx: Tx, application_id: int, *, kind: str) -> int:
    """Use again, for one more application, a paper that was approved before; answer its id.

    Refuses ``DOCUMENT_NOT_ASKED``, ``DOCUMENT_NOT_FOUND`` when there is none,
    ``APPLICATION_LOCKED`` and ``APPLICATION_NOT_FOUND``.
    """
    application = await own_application(tx, application_id)
    refuse_unless_editable(application)
    _asked(application, kind)
    found = (await reusable_documents(tx, application.merchant_id, [kind])).get(kind)
    if found is None:
        raise DocumentNotFound
    old = await _linked(tx, application.id, kind)
    await _link(tx, application, found.id, kind)
    if old is not None and old.id != found.id:
        await _drop_unused(tx, old.id)
    return found.id


def paper_link(tx: Tx, document_id: int, side: str) -> str:
    """Make the address of one picture of a paper: for the actor alone, for five minutes.

    Whether the actor may see it is asked again when the address is opened.
    """
    until = int((wall_now() + LINK_LIFETIME).timestamp())
    signature = tx.vault.sign(_signed_text(tx.actor, document_id, side, until))
    by = f"by={tx.actor.kind}&until={until}&signature={signature}"
    return f"/papers/{document_id}/{side}?{by}"


async def open_paper(
    tx: Tx, document_id: int, *, store: Store, side: str, until: int, signature: str
) -> tuple[str, bytes]:
    """Answer the type and bytes of one picture, and write down who looked.

    Only the applicant sees papers, and the assigned reviewer until the decision. Refuses
    ``LINK_EXPIRED`` for a link that is old, altered or another person's, ``DOCUMENT_NOT_FOUND``
    otherwise.
    """
    text = _signed_text(tx.actor, document_id, side, until)
    if not tx.vault.signed(text, signature) or _instant(until) < wall_now():
        raise LinkExpired
    file = await tx.session.get(DocumentFileRow, (document_id, side))
    if file is None or not await _may_see(tx, document_id):
        raise DocumentNotFound
    row, data = await store.get(tx, file.file_id)
    await audit.record(
        tx,
        "paper.seen",
        subject="document",
        subject_id=document_id,
        after={"side": side, "address": tx.actor.address},
    )
    return row.content_type, data


async def _may_see(tx: Tx, document_id: int) -> bool:
    serves = (
        select(ApplicationRow)
        .join(ApplicationDocumentRow, ApplicationDocumentRow.application_id == ApplicationRow.id)
        .where(ApplicationDocumentRow.document_id == document_id)
        .limit(OPEN_MAX)
    )
    if tx.actor.kind == "merchant":
        mine = serves.where(ApplicationRow.applicant_id == tx.actor.account_id)
        return await tx.session.scalar(mine.limit(1)) is not None
    audited = serves.where(ApplicationRow.state.in_(sorted(UNDER_AUDIT)))
    for application in (await tx.session.scalars(audited)).all():
        if await is_reviewer_of(tx, application):
            await refuse_own(tx, application)
            return True
    return False


def _signed_text(actor: Actor, document_id: int, side: str, until: int) -> str:
    return f"paper:{document_id}:{side}:{actor.kind}:{actor.account_id}:{until}"


def _instant(until: int) -> datetime:
    return datetime.fromtimestamp(until, UTC)


def _asked(application: ApplicationRow, kind: str) -> Paper:
    book = rulebooks.version(application.rulebook)
    asked = book.registration.documents.get(rulebooks.Subject(application.subject), {})
    if kind not in asked:
        raise DocumentKindUnknown(kind=kind[:64])
    return paper(kind)


async def _linked(tx: Tx, application_id: int, kind: str) -> DocumentRow | None:
    return await tx.session.scalar(
        select(DocumentRow)
        .join(ApplicationDocumentRow, ApplicationDocumentRow.document_id == DocumentRow.id)
        .where(
            ApplicationDocumentRow.application_id == application_id,
            ApplicationDocumentRow.kind == kind,
        )
    )


def _put_number(
    tx: Tx, row: DocumentRow, asked: Paper, typed: str, old: DocumentRow | None
) -> None:
    if asked.number is None or asked.form is None:
        return
    number = normal_number(typed)
    if not number and old is not None and old.number_sealed is not None:
        row.number_sealed, row.number_blind = old.number_sealed, old.number_blind
        row.number_masked = old.number_masked
        return
    if not number:
        raise FieldMissing(field=asked.number.label)
    if not number_fits(asked.form, number):
        raise DocumentNumberInvalid(field=asked.number.label)
    row.number_sealed = tx.vault.seal(number)
    row.number_blind = tx.vault.blind(number, purpose=asked.form.value)
    banking = asked.form in {NumberForm.CARD, NumberForm.ACCOUNT}
    row.number_masked = mask_account(number) if banking else mask_identity(number)


async def _put_files(
    tx: Tx,
    store: Store,
    row: DocumentRow,
    asked: Paper,
    files: Mapping[str, bytes],
    old: DocumentRow | None,
) -> None:
    before: dict[str, int] = {}
    if old is not None:
        kept = await tx.session.scalars(
            select(DocumentFileRow).where(DocumentFileRow.document_id == old.id)
        )
        before = {file.side: file.file_id for file in kept}
    for side in asked.sides:
        data = files.get(side.name, b"")
        if data:
            owner = f"merchant:{row.merchant_id}"
            file_id = await store.put(tx, data, purpose=asked.purpose, owner=owner)
        elif side.name in before:
            file_id = before[side.name]
        else:
            raise FileMissing(side=side.label)
        tx.session.add(DocumentFileRow(document_id=row.id, side=side.name, file_id=file_id))
    await tx.session.flush()


async def _link(tx: Tx, application: ApplicationRow, document_id: int, kind: str) -> None:
    """Let a paper answer for its kind, and for what was asked about that kind."""
    await tx.session.execute(
        insert(ApplicationDocumentRow)
        .values(application_id=application.id, kind=kind, document_id=document_id)
        .on_conflict_do_update(
            index_elements=["application_id", "kind"], set_={"document_id": document_id}
        )
    )
    await tx.session.execute(
        update(SupplementRow)
        .where(
            SupplementRow.application_id == application.id,
            SupplementRow.item == kind,
            SupplementRow.answered_at.is_(None),
        )
        .values(answered_at=tx.now)
    )


async def _drop_unused(tx: Tx, document_id: int) -> None:
    """Forget a paper that was replaced before anybody was shown it."""
    for used in (ApplicationDocumentRow.document_id, CheckRow.document_id):
        if await tx.session.scalar(select(used).where(used == document_id).limit(1)) is not None:
            return
    await tx.session.execute(
        delete(DocumentFileRow).where(DocumentFileRow.document_id == document_id)
    )
    await tx.session.execute(delete(DocumentRow).where(DocumentRow.id == document_id))
