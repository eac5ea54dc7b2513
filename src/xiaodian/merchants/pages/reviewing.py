"""The reviewer's pages: what waits, and one application with its papers beside its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts, desk, rulebooks
from xiaodian.infra import http
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest
from xiaodian.merchants import queries, service
from xiaodian.merchants.pages import words
from xiaodian.merchants.pages.drawing import form_of, moments, status_of
from xiaodian.merchants.rules.papers import SURFACES, paper
from xiaodian.merchants.schemas import text_of
from xiaodian.merchants.states import UNDER_AUDIT, ApplicationState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from xiaodian.infra.db import Tx
    from xiaodian.merchants.queries import ApplicationView, DocumentView

__all__ = ["router"]

router = APIRouter()
_HOME = "/operator/applications"
_TABS = {"waiting": "待审核", "mine": "我领取的", "overdue": "已超期", "all": "全部申请"}


@router.get(_HOME)
async def queue(
    request: Request, tab: str = "waiting", state: str = "", market: str = "", cursor: str = ""
) -> Response:
    """Show what waits for review, the most urgent first; or everything that was handed in."""
    actor = http.actor(request, "operator")
    asked = PageRequest.of(cursor or None)
    chosen = tab if tab in _TABS else "waiting"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        if chosen == "all":
            known = state if state in ApplicationState.__members__ else ""
            listed = await queries.list_applications(tx, asked, state=known, market=market[:32])
            rows = [(each, None) for each in listed.items]
            next_ = listed.next
        else:
            waiting = await queries.list_queue(
                tx, asked, mine=chosen == "mine", overdue=chosen == "overdue"
            )
            rows = [(each.application, each.item) for each in waiting.items]
            next_ = waiting.next
        now = tx.now
    return await http.page(
        request,
        "merchants/queue.html",
        audience="operator",
        rows=rows,
        next=next_,
        cursor=cursor,
        tab=chosen,
        tabs=_TABS,
        state=state,
        market=market,
        markets=rulebooks.shipped().codes(),
        states=words.APPLICATIONS,
        me=actor.account_id,
        now=now,
    )


@router.get(_HOME + "/{application_id}")
async def review(request: Request, application_id: str) -> Response:
    """Show one application."""
    return await _draw(request, application_id)


@router.post(_HOME + "/{application_id}/claim")
async def claim(request: Request, application_id: str) -> Response:
    """Take an application to review it."""
    return await _act(request, application_id, service.claim_review)


@router.post(_HOME + "/{application_id}/approve")
async def approve(request: Request, application_id: str) -> Response:
    """Approve."""
    return await _act(request, application_id, service.approve)


@router.post(_HOME + "/{application_id}/reject")
async def reject(request: Request, application_id: str) -> Response:
    """Reject; each line of the field is a reason."""
    typed = {"reasons": text_of(await http.form(request), "reasons")}
    reasons = [line for line in typed["reasons"].splitlines() if line.strip()]

    async def act(tx: Tx, number: int) -> ApplicationView:
        return await service.reject(tx, number, reasons=reasons)

    return await _act(request, application_id, act, typed=typed, field="reasons")


@router.post(_HOME + "/{application_id}/ask-supplement")
async def ask_supplement(request: Request, application_id: str) -> Response:
    """Ask the applicant to mend what was written beside papers, or anything else."""
    form = await http.form(request)
    kinds = [name.removeprefix("ask-") for name in form if name.startswith("ask-")]
    typed = {f"ask-{kind}": text_of(form, f"ask-{kind}") for kind in kinds}
    items = [
        ("" if kind == "other" else kind, typed[f"ask-{kind}"])
        for kind in kinds
        if typed[f"ask-{kind}"].strip()
    ]

    async def act(tx: Tx, number: int) -> ApplicationView:
        return await service.ask_supplement(tx, number, items=items)

    return await _act(request, application_id, act, typed=typed, field="ask-other")


async def _act(
    request: Request,
    application_id: str,
    act: Callable[[Tx, int], Awaitable[ApplicationView]],
    *,
    typed: Mapping[str, str] | None = None,
    field: str = "form",
) -> Response:
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "operator"), key=await http.key(request)
        ) as tx:
            done = await act(tx, parse_id(application_id) or 0)
            return await http.redirect(tx, f"{_HOME}/{done.id}")
    except Refusal as refusal:
        return await _draw(request, application_id, typed=typed, refusal=refusal, field=field)


async def _draw(
    request: Request,
    application_id: str,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
    field: str = "form",
) -> Response:
    actor = http.actor(request, "operator")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        view = await queries.visible_application(tx, parse_id(application_id) or 0)
        documents = await queries.documents_of(tx, view.id)
        item = await desk.find_item(tx, kind=queries.REVIEW_ITEM, subject_id=view.id)
        audited = view.state in UNDER_AUDIT
        mine = audited and item is not None and item.assignee_id == actor.account_id
        people = await accounts.get_accounts(
            tx, [each for each in (view.applicant_id, view.decided_by) if each is not None]
        )
        context: dict[str, object] = {
            "application": view,
            "papers": [
                _paper(tx, documents[kind], shown=mine)
                for kind in _asked(view)
                if kind in documents
            ],
            "bindings": await queries.bindings_of(tx, view.merchant_id),
            "checks": {
                each.item: each for each in await queries.checks_of(tx, view.id, view.round)
            },
            "supplements": await queries.supplements_of(tx, view.id),
            "objections": await service.objections_to(tx, view) if audited else (),
            "history": await moments(tx, "application", view.id, lang=request.state.lang),
            "item": item if audited else None,
            "applicant": people.get(view.applicant_id),
            "decided_by": people.get(view.decided_by or 0),
            "now": tx.now,
        }
    return await http.page(
        request,
        "merchants/review.html",
        audience="operator",
        status=status_of(refusal),
        mine=mine,
        decidable=mine and view.state is ApplicationState.REVIEWING,
        surfaces={code: surface.label for code, surface in SURFACES.items()},
        states=words.APPLICATIONS,
        outcomes=words.OUTCOMES,
        form=form_of(request, typed, refusal, field=field),
        refusal=refusal if typed is None else None,
        **context,
    )


def _paper(tx: Tx, view: DocumentView, *, shown: bool) -> dict[str, object]:
    """Answer a paper with its labels; pictures only for who may look at them."""
    asked = paper(view.kind)
    pairs = [(asked.holder.label, view.name)] if asked.holder else []
    if asked.number:
        pairs.append((asked.number.label, view.number_masked))
    pairs += [(field.label, view.fields.get(field.name, "")) for field in asked.fields]
    labels = {side.name: side.label for side in asked.sides}
    return {
        "kind": view.kind,
        "title": asked.title,
        "pairs": pairs,
        "expires": asked.expires,
        "valid_to": view.valid_to,
        "sides": [
            (labels.get(side, side), service.paper_link(tx, view.id, side) if shown else "")
            for side in view.sides
        ],
    }


def _asked(view: ApplicationView) -> list[str]:
    """List the kinds of papers in the order in which the market asks for them."""
    book = rulebooks.version(view.rulebook)
    return list(book.registration.documents.get(rulebooks.Subject(view.subject), {}))
