"""The applicant's side: start, fill in, hand in, withdraw, begin again; and the silent end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from xiaodian import desk, notices, rulebooks
from xiaodian.infra import audit, timers
from xiaodian.merchants.errors import (
    ApplicationNotFound,
    ApplicationsMax,
    CategoryUnknown,
    MarketUnknown,
    NotEditable,
    SubjectUnknown,
    SupplementUnanswered,
)
from xiaodian.merchants.events import ApplicationSubmitted
from xiaodian.merchants.models import (
    ApplicationDocumentRow,
    ApplicationRow,
    SupplementRow,
)
from xiaodian.merchants.queries.applications import (
    REVIEW_ITEM,
    ApplicationView,
    application_view,
    supplements_of,
)
from xiaodian.merchants.rules.opening import audit_deadline, supplement_deadline
from xiaodian.merchants.service.judging import judge_application
from xiaodian.merchants.service.organisation import merchant_account, my_merchant, one_line
from xiaodian.merchants.states import (
    APPLICATION,
    APPLICATION_WORDS,
    EDITABLE,
    ENDED,
    ApplicationEvent,
    ApplicationState,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.rulebooks import Rulebook

__all__ = [
    "answer_supplement",
    "edit_application",
    "expire",
    "own_application",
    "reopen",
    "start_application",
    "step",
    "submit",
    "withdraw",
]

OPEN_MAX = 20
_SUPPLEMENT_TIMER = "merchants.supplement"
_NAME_MAX = 20
_ANSWER_MAX = 500
_CATEGORIES_MAX = 20


async def start_application(
    tx: Tx,
    *,
    market: str,
    subject: str,
    categories: Sequence[str],
    shop_name: str,
    self_operated: bool = True,
) -> ApplicationView:
    """Begin an application as a draft under the market's rulebook of today.

    Whether the market takes such a merchant is judged on submission, so that the guide can say
    what is missing. Refuses ``MARKET_UNKNOWN``, ``SUBJECT_UNKNOWN``, ``CATEGORY_UNKNOWN``,
    ``FIELD_MISSING``, ``FIELD_TOO_LONG`` and ``APPLICATIONS_MAX``.
    """
    merchant = await my_merchant(tx)
    book = book_of_today(tx, market)
    if subject not in rulebooks.Subject.__members__:
        raise SubjectUnknown(subject=subject[:16])
    standing = await tx.session.scalar(
        select(func.count())
        .select_from(ApplicationRow)
        .where(
            ApplicationRow.merchant_id == merchant.id, ApplicationRow.state.not_in(sorted(ENDED))
        )
    )
    if (standing or 0) >= OPEN_MAX:
        raise ApplicationsMax(limit=OPEN_MAX)
    row = ApplicationRow(
        id=tx.new_id(),
        merchant_id=merchant.id,
        applicant_id=merchant.owner_id,
        market=market,
        rulebook=book.ref,
        subject=subject,
        categories=known_categories(book, categories),
        self_operated=self_operated,
        shop_name=one_line(shop_name, field="店铺名称", limit=_NAME_MAX),
        state=ApplicationState.DRAFT,
        round=0,
        created_at=tx.now,
        due_provisional=False,
        reasons=[],
    )
    tx.session.add(row)
    await tx.session.flush()
    await _record(tx, row, "application.started")
    return application_view(row)


async def edit_application(
    tx: Tx,
    application_id: int,
    *,
    categories: Sequence[str],
    shop_name: str,
    self_operated: bool,
) -> ApplicationView:
    """Change what a draft, or one that needs a supplement, says of the shop.

    Refuses ``APPLICATION_NOT_FOUND``, ``APPLICATION_LOCKED``, and what ``start_application`` does.
    """
    row = await own_application(tx, application_id)
    refuse_unless_editable(row)
    row.categories = known_categories(rulebooks.version(row.rulebook), categories)
    row.shop_name = one_line(shop_name, field="店铺名称", limit=_NAME_MAX)
    row.self_operated = self_operated
    await _record(tx, row, "application.edited")
    return application_view(row)


async def submit(tx: Tx, application_id: int) -> ApplicationView:
    """Hand in a draft, or hand in again what was supplemented; the audit clock (re)starts.

    Refuses with the market's own code what its rules do not allow (such as ``ACCOUNT_NOT_BOUND``,
    ``ENTERPRISE_ONLY``, ``DOC_MISSING``), ``SUPPLEMENT_UNANSWERED`` while something asked for is
    open, ``ILLEGAL_TRANSITION`` from any other state, and ``APPLICATION_NOT_FOUND``.
    """
    row = await own_application(tx, application_id)
    again = row.state == ApplicationState.NEED_SUPPLEMENT
    event = ApplicationEvent.RESUBMIT if again else ApplicationEvent.SUBMIT
    after = APPLICATION.after(ApplicationState(row.state), event)
    if again:
        waiting = await supplements_of(tx, row.id, open_only=True)
        if waiting:
            raise SupplementUnanswered(items=[item.sentence for item in waiting])
    else:
        # A draft may be old: it is judged by the rules of the day on which it is handed in.
        row.rulebook = book_of_today(tx, row.market).ref
    await judge_application(tx, application_view(row))
    book = rulebooks.version(row.rulebook)
    deadline = audit_deadline(book, tx.now, rulebooks.shipped().calendar).value
    before = row.state
    row.state = after
    row.round += 1
    row.submitted_at = tx.now
    row.due_at, row.due_provisional = deadline.at, deadline.provisional
    row.supplement_due_at = None
    await tx.session.flush()
    await lift_supplement(tx, row)
    await desk.open_item(
        tx,
        kind=REVIEW_ITEM,
        subject="application",
        subject_id=row.id,
        title="入驻申请：{shop_name}",
        facts={"shop_name": row.shop_name},
        role="reviewer",
        due_at=deadline.at,
        url=f"/operator/applications/{row.id}",
    )
    await _record(tx, row, f"application.{event}", before=before)
    await tx.emit(ApplicationSubmitted(row.id, row.merchant_id, row.market))
    await tx.defer("merchants.check", application_id=row.id)
    return application_view(row)


async def answer_supplement(
    tx: Tx, application_id: int, *, supplement_id: int, answer: str
) -> None:
    """Answer with a line of text what no paper can answer.

    Refuses ``APPLICATION_NOT_FOUND``, ``APPLICATION_LOCKED``, ``FIELD_MISSING``,
    ``FIELD_TOO_LONG``.
    """
    row = await own_application(tx, application_id)
    refuse_unless_editable(row)
    asked = await tx.session.get(SupplementRow, supplement_id)
    if asked is None or asked.application_id != row.id or asked.item:
        raise ApplicationNotFound
    asked.answer = one_line(answer, field="说明", limit=_ANSWER_MAX)
    asked.answered_at = tx.now


async def withdraw(tx: Tx, application_id: int) -> ApplicationView:
    """Take an application back; refuses ``ILLEGAL_TRANSITION`` once it is checked or decided."""
    row = await own_application(tx, application_id)
    await step(tx, row, ApplicationEvent.WITHDRAW)
    row.decided_at = tx.now
    await lift_supplement(tx, row)
    await desk.close_item(tx, kind=REVIEW_ITEM, subject_id=row.id, outcome="withdrawn")
    return application_view(row)


async def reopen(tx: Tx, application_id: int) -> ApplicationView:
    """Begin again from an application that ended without a shop: a copy, as a new draft.

    The ended one keeps its reasons. Refuses ``ILLEGAL_TRANSITION`` for one that has not ended so.
    """
    row = await own_application(tx, application_id)
    APPLICATION.after(ApplicationState(row.state), ApplicationEvent.REOPEN)
    fresh = await start_application(
        tx,
        market=row.market,
        subject=row.subject,
        categories=row.categories,
        shop_name=row.shop_name,
        self_operated=row.self_operated,
    )
    copy = await tx.session.get_one(ApplicationRow, fresh.id)
    copy.reopened_from = row.id
    papers = await tx.session.scalars(
        select(ApplicationDocumentRow).where(ApplicationDocumentRow.application_id == row.id)
    )
    for paper in papers.all():
        tx.session.add(
            ApplicationDocumentRow(
                application_id=copy.id, kind=paper.kind, document_id=paper.document_id
            )
        )
    await tx.session.flush()
    await _record(tx, row, "application.reopen", after={"draft": str(copy.id)})
    return application_view(copy)


async def expire(tx: Tx, application_id: int) -> None:
    """End an application whose supplement was not answered in time (A-REG-01).

    The applicant hears of it by the deadline's own notice.
    """
    row = await tx.session.get(ApplicationRow, application_id, with_for_update=True)
    if row is None or row.state != ApplicationState.NEED_SUPPLEMENT:
        return
    await step(tx, row, ApplicationEvent.TIMEOUT)
    row.decided_at = tx.now


async def step(
    tx: Tx,
    row: ApplicationRow,
    event: ApplicationEvent,
    *,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Move a locked application along its table and write the step down."""
    before = row.state
    row.state = APPLICATION.after(ApplicationState(before), event)
    await tx.session.flush()
    await _record(tx, row, f"application.{event}", before=before, after=facts)


async def own_application(tx: Tx, application_id: int) -> ApplicationRow:
    """Lock the actor's own application; refuses ``APPLICATION_NOT_FOUND`` to all others."""
    account_id = merchant_account(tx)
    row = await tx.session.get(ApplicationRow, application_id, with_for_update=True)
    if row is None or row.applicant_id != account_id:
        raise ApplicationNotFound
    return row


def refuse_unless_editable(row: ApplicationRow) -> None:
    """Refuse ``APPLICATION_LOCKED`` unless the applicant may change things now."""
    state = ApplicationState(row.state)
    if state not in EDITABLE:
        raise NotEditable(state=APPLICATION_WORDS[state])


def book_of_today(tx: Tx, market: str) -> Rulebook:
    """Answer the rulebook in force in a market; refuses ``MARKET_UNKNOWN``."""
    try:
        return rulebooks.at(market, tx.now)
    except KeyError:
        raise MarketUnknown(market=market[:32]) from None


def known_categories(book: Rulebook, codes: Sequence[str]) -> list[str]:
    """Answer categories without repetition; refuses ``CATEGORY_UNKNOWN`` for one not traded here.

    A group stands for the categories below it.
    """
    tree = rulebooks.categories()
    traded = {step for leaf in book.categories.tree for step in tree.chain(leaf)}
    chosen = list(dict.fromkeys(codes))
    for code in chosen:
        if code not in traded:
            raise CategoryUnknown(category=code[:40])
    if not 0 < len(chosen) <= _CATEGORIES_MAX:
        raise CategoryUnknown(category="")
    return chosen


async def await_supplement(tx: Tx, row: ApplicationRow) -> None:
    """Start the time within which a supplement is waited for, with a notice before and after."""
    due_at = supplement_deadline(rulebooks.version(row.rulebook), tx.now).value
    row.supplement_due_at = due_at
    await timers.set(tx, _SUPPLEMENT_TIMER, row.id, due_at=due_at)
    await notices.deadline(
        tx,
        row.applicant_id,
        kind=_SUPPLEMENT_TIMER,
        before="“{shop_name}”的入驻申请还没有补充材料，请在 {due_at} 前处理，逾期自动关闭",
        after="“{shop_name}”的入驻申请逾期未补充材料，已自动关闭，可重新发起",
        due_at=due_at,
        facts={"shop_name": row.shop_name},
        subject="application",
        subject_id=row.id,
        url=f"/merchant/applications/{row.id}",
    )


async def lift_supplement(tx: Tx, row: ApplicationRow) -> None:
    """Stop waiting for a supplement; there may be none."""
    await timers.cancel(tx, _SUPPLEMENT_TIMER, row.id)
    await notices.lift_deadline(
        tx, kind=_SUPPLEMENT_TIMER, subject="application", subject_id=row.id
    )


async def _record(
    tx: Tx,
    row: ApplicationRow,
    action: str,
    *,
    before: str = "",
    after: Mapping[str, object] | None = None,
) -> None:
    await audit.record(
        tx,
        action,
        subject="application",
        subject_id=row.id,
        before={"state": before} if before else {},
        after={"state": row.state, "rulebook": row.rulebook, **(after or {})},
    )
