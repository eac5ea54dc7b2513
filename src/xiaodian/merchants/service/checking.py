"""Automatic checks: what is asked of the providers, and what their answers lead to (A-REG-02)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import desk, notices, rulebooks
from xiaodian.merchants.models import (
    ApplicationDocumentRow,
    ApplicationRow,
    BindingRow,
    CheckRow,
    DocumentFileRow,
    DocumentRow,
    SupplementRow,
)
from xiaodian.merchants.queries.applications import REVIEW_ITEM
from xiaodian.merchants.rules.papers import PRECONDITIONS, Check, paper
from xiaodian.merchants.service.applications import await_supplement, step
from xiaodian.merchants.states import ApplicationEvent, ApplicationState, CheckOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xiaodian.infra.db import Tx
    from xiaodian.infra.files import Store
    from xiaodian.merchants.gateway import CheckAnswer

__all__ = ["Question", "begin_checks", "finish_checks", "need_supplement"]

TRIES_MAX = 5
"""A provider that is down so often is given up on, and a person looks instead."""
_WAITING = frozenset({CheckOutcome.PENDING, CheckOutcome.DOWN})
_ACCOUNT = "account:"


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """What one provider is asked. Holds opened personal data: never logged, never stored."""

    item: str
    check: Check
    name: str = ""
    number: str = ""
    bank: str = ""
    surface: str = ""
    identifier: str = ""
    picture: bytes = b""


async def begin_checks(tx: Tx, application_id: int, *, store: Store) -> list[Question]:
    """Start the checks of a submitted application, or go on with those still unanswered.

    Answers the questions to ask outside, after this transaction. A paper that a provider approved
    before is not asked about again. Nothing is asked of an application in any other state.
    """
    row = await tx.session.get(ApplicationRow, application_id, with_for_update=True)
    if row is None:
        return []
    if row.state == ApplicationState.SUBMITTED:
        await step(tx, row, ApplicationEvent.AUTO_CHECK_START)
        await _plan(tx, row)
    if row.state != ApplicationState.CHECKING:
        return []
    checks = await _checks(tx, row)
    if not any(check.outcome in _WAITING for check in checks):
        await _conclude(tx, row, checks)
        return []
    person = await _person(tx, row)
    return [
        await _question(tx, row, check, person, store)
        for check in checks
        if check.outcome in _WAITING
    ]


async def finish_checks(
    tx: Tx, application_id: int, answers: Mapping[str, CheckAnswer | None]
) -> bool:
    """Keep the answers, None where there was none, and go on when all are in.

    Answers whether the checks are over. A rejected paper leads to a supplement; what is unclear
    goes to the reviewer with everything else.
    """
    row = await tx.session.get(ApplicationRow, application_id, with_for_update=True)
    if row is None or row.state != ApplicationState.CHECKING:
        return True
    checks = await _checks(tx, row)
    for check in checks:
        if check.outcome in _WAITING and check.item in answers:
            await _keep(tx, row, check, answers[check.item])
    if any(check.outcome in _WAITING for check in checks):
        return False
    await _conclude(tx, row, checks)
    return True


async def need_supplement(
    tx: Tx,
    row: ApplicationRow,
    event: ApplicationEvent,
    asked: Iterable[tuple[str, str]],
    *,
    asked_by: int | None,
) -> None:
    """Ask the applicant to mend things: (item, sentence) each; the waiting time starts."""
    await await_supplement(tx, row)
    for item, sentence in asked:
        tx.session.add(
            SupplementRow(
                id=tx.new_id(),
                application_id=row.id,
                item=item,
                sentence=sentence,
                asked_at=tx.now,
                asked_by=asked_by,
                answer="",
            )
        )
    await step(tx, row, event)
    assert row.supplement_due_at is not None, "set above"
    await desk.close_item(tx, kind=REVIEW_ITEM, subject_id=row.id, outcome="supplement")
    await notices.tell(
        tx,
        row.applicant_id,
        kind="merchants.supplement_asked",
        sentence="“{shop_name}”的入驻申请需要补充材料，请在 {due_at} 前处理",
        facts={"shop_name": row.shop_name, "due_at": row.supplement_due_at.isoformat()},
        subject="application",
        subject_id=row.id,
        url=f"/merchant/applications/{row.id}",
        by=("inbox", "sms"),
        once=str(row.round),
    )


async def _plan(tx: Tx, row: ApplicationRow) -> None:
    """Write down what this round asks: each paper with a provider, and each bound account."""
    linked = await tx.session.scalars(
        select(DocumentRow)
        .join(ApplicationDocumentRow, ApplicationDocumentRow.document_id == DocumentRow.id)
        .where(ApplicationDocumentRow.application_id == row.id)
    )
    for document in linked.all():
        check = paper(document.kind).check
        if check is not None:
            proved = await _proved_before(tx, document.id)
            tx.session.add(_planned(row, document.kind, check, document.id, proved=proved))
    for surface in await _surfaces(tx, row):
        binding = await tx.session.get(BindingRow, (row.merchant_id, surface))
        proved = binding is not None and binding.verified_at is not None
        tx.session.add(_planned(row, f"{_ACCOUNT}{surface}", Check.ACCOUNT, None, proved=proved))
    await tx.session.flush()


def _planned(
    row: ApplicationRow, item: str, check: Check, document_id: int | None, *, proved: bool
) -> CheckRow:
    return CheckRow(
        application_id=row.id,
        round=row.round,
        item=item,
        provider=check.value,
        document_id=document_id,
        outcome=CheckOutcome.APPROVED if proved else CheckOutcome.PENDING,
        sentence="此前已核验通过" if proved else "",
        tries=0,
    )


async def _proved_before(tx: Tx, document_id: int) -> bool:
    found = await tx.session.scalar(
        select(CheckRow.item)
        .where(CheckRow.document_id == document_id, CheckRow.outcome == CheckOutcome.APPROVED)
        .limit(1)
    )
    return found is not None


async def _surfaces(tx: Tx, row: ApplicationRow) -> list[str]:
    """Answer the bound accounts that the market's preconditions rest on."""
    conditions = rulebooks.version(row.rulebook).registration.preconditions
    needed = {surface for code in conditions for surface in PRECONDITIONS.get(code, ())}
    bound = await tx.session.scalars(
        select(BindingRow.surface).where(BindingRow.merchant_id == row.merchant_id)
    )
    return sorted(needed.intersection(bound))


async def _checks(tx: Tx, row: ApplicationRow) -> list[CheckRow]:
    found = await tx.session.scalars(
        select(CheckRow)
        .where(CheckRow.application_id == row.id, CheckRow.round == row.round)
        .order_by(CheckRow.item)
    )
    return list(found)


async def _person(tx: Tx, row: ApplicationRow) -> tuple[str, str]:
    """Answer name and number of the identity card in the application, for checks that need it."""
    linked = await tx.session.scalars(
        select(DocumentRow)
        .join(ApplicationDocumentRow, ApplicationDocumentRow.document_id == DocumentRow.id)
        .where(ApplicationDocumentRow.application_id == row.id)
    )
    for document in linked:
        if paper(document.kind).check is Check.IDENTITY and document.number_sealed is not None:
            return document.name, tx.vault.open(document.number_sealed)
    return "", ""


async def _question(
    tx: Tx, row: ApplicationRow, check: CheckRow, person: tuple[str, str], store: Store
) -> Question:
    kind = Check(check.provider)
    if kind is Check.ACCOUNT:
        surface = check.item.removeprefix(_ACCOUNT)
        return Question(
            check.item, kind, surface=surface, identifier=await _bound(tx, row, surface)
        )
    assert check.document_id is not None, "checks other than of accounts are of papers"
    document = await tx.session.get_one(DocumentRow, check.document_id)
    if kind is Check.REAL_NAME:
        identifier = await _bound(tx, row, paper(document.kind).surface)
        return Question(check.item, kind, name=person[0], number=person[1], identifier=identifier)
    if kind is Check.FACE:
        picture = await _picture(tx, document.id, store)
        return Question(check.item, kind, name=person[0], number=person[1], picture=picture)
    number = "" if document.number_sealed is None else tx.vault.open(document.number_sealed)
    bank = document.fields.get("bank", "")
    return Question(check.item, kind, name=document.name, number=number, bank=bank)


async def _bound(tx: Tx, row: ApplicationRow, surface: str) -> str:
    binding = await tx.session.get(BindingRow, (row.merchant_id, surface))
    return "" if binding is None else tx.vault.open(binding.identifier_sealed)


async def _picture(tx: Tx, document_id: int, store: Store) -> bytes:
    file_id = await tx.session.scalar(
        select(DocumentFileRow.file_id).where(DocumentFileRow.document_id == document_id).limit(1)
    )
    return b"" if file_id is None else (await store.get(tx, file_id))[1]


async def _keep(tx: Tx, row: ApplicationRow, check: CheckRow, answer: CheckAnswer | None) -> None:
    check.tries += 1
    if answer is None:
        given_up = check.tries >= TRIES_MAX
        check.outcome = CheckOutcome.UNCLEAR if given_up else CheckOutcome.DOWN
        check.sentence = (
            "核验服务多次没有应答，由审核人员核对" if given_up else "核验服务没有应答，稍后重试"
        )
    else:
        check.outcome, check.sentence = answer.outcome, answer.sentence
    check.answered_at = tx.now
    approved = check.outcome == CheckOutcome.APPROVED
    if approved and check.item.startswith(_ACCOUNT):
        await _confirm_binding(tx, row, check)


async def _confirm_binding(tx: Tx, row: ApplicationRow, check: CheckRow) -> None:
    """Believe a binding, unless the account is already another merchant's."""
    surface = check.item.removeprefix(_ACCOUNT)
    binding = await tx.session.get(BindingRow, (row.merchant_id, surface))
    if binding is None:
        return
    taken = await tx.session.scalar(
        select(BindingRow.merchant_id).where(
            BindingRow.surface == surface,
            BindingRow.identifier_blind == binding.identifier_blind,
            BindingRow.verified_at.is_not(None),
            BindingRow.merchant_id != row.merchant_id,
        )
    )
    if taken is not None:
        check.outcome, check.sentence = CheckOutcome.REJECTED, "该账号已被其他商家绑定"
        return
    binding.verified_at = tx.now
    await tx.session.flush()


async def _conclude(tx: Tx, row: ApplicationRow, checks: list[CheckRow]) -> None:
    rejected = [check for check in checks if check.outcome == CheckOutcome.REJECTED]
    if not rejected:
        await step(tx, row, ApplicationEvent.AUTO_CHECK_PASS)
        return
    await need_supplement(
        tx,
        row,
        ApplicationEvent.AUTO_CHECK_FAIL,
        [(check.item, check.sentence or "自动核验未通过") for check in rejected],
        asked_by=None,
    )
