"""One application to open a shop, step by step: bind, hand in papers, submit, supplement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import merchants, rulebooks
from xiaodian.consoles.opening import guide_of, steps_of
from xiaodian.consoles.pages.asked import category_options
from xiaodian.infra import http
from xiaodian.infra.files import Store
from xiaodian.infra.i18n import sentence
from xiaodian.infra.problem import STATUS
from xiaodian.kernel.clock import day_of
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ApplicationView, CheckView, DocumentView

__all__ = ["router"]

router = APIRouter(prefix="/merchant/applications/{application_id}")


@router.get("")
async def application(request: Request, application_id: str) -> Response:
    """Show an application: the guide's steps with their live state, and the forms of each."""
    return await _draw(request, application_id)


@router.post("/bind")
async def bind(request: Request, application_id: str) -> Response:
    """Bind the accounts that were typed, each under its surface."""
    typed = _typed(await http.form(request))

    async def act(tx: Tx, number: int) -> None:
        await merchants.visible_application(tx, number)
        for surface in merchants.papers.SURFACES:
            if typed.get(surface, "").strip():
                await merchants.bind_account(tx, surface=surface, identifier=typed[surface])

    return await _act(request, application_id, act, at="bind", typed=typed)


@router.post("/edit")
async def edit(request: Request, application_id: str) -> Response:
    """Change what the application says of the shop."""
    form = await http.form(request)
    typed = _typed(form)
    categories = [str(value) for value in form.getlist("category") if str(value)]

    async def act(tx: Tx, number: int) -> None:
        await merchants.edit_application(
            tx,
            number,
            categories=categories,
            shop_name=typed.get("shop_name", ""),
            self_operated="agency" not in typed,
        )

    return await _act(request, application_id, act, at="shop", typed=typed)


@router.post("/papers/{kind}")
async def hand_in(request: Request, application_id: str, kind: str) -> Response:
    """Hand in one paper."""
    form = await http.form(request)
    typed = _typed(form)
    store = http.runtime(request).gateway(Store)

    async def act(tx: Tx, number: int) -> None:
        given = await merchants.read_document(form)
        await merchants.save_document(
            tx,
            number,
            store=store,
            kind=kind,
            values=given.values,
            valid_to=given.valid_to,
            files=given.files,
        )

    return await _act(request, application_id, act, at=f"paper-{kind}", typed=typed)


@router.post("/papers/{kind}/reuse")
async def reuse(request: Request, application_id: str, kind: str) -> Response:
    """Use a paper again that was approved before."""

    async def act(tx: Tx, number: int) -> None:
        await merchants.reuse_document(tx, number, kind=kind)

    return await _act(request, application_id, act, at=f"paper-{kind}")


@router.post("/supplements/{supplement_id}")
async def answer(request: Request, application_id: str, supplement_id: str) -> Response:
    """Answer with a line of text what a reviewer asked."""
    typed = _typed(await http.form(request))

    async def act(tx: Tx, number: int) -> None:
        await merchants.answer_supplement(
            tx,
            number,
            supplement_id=parse_id(supplement_id) or 0,
            answer=typed.get(f"answer-{supplement_id}", ""),
        )

    return await _act(
        request, application_id, act, at="supplements", typed=typed, field=f"answer-{supplement_id}"
    )


@router.post("/submit")
async def submit(request: Request, application_id: str) -> Response:
    """Hand the application in."""
    return await _act(request, application_id, merchants.submit, at="audit")


@router.post("/withdraw")
async def withdraw(request: Request, application_id: str) -> Response:
    """Take the application back."""
    return await _act(request, application_id, merchants.withdraw, at="audit")


@router.post("/reopen")
async def reopen(request: Request, application_id: str) -> Response:
    """Begin again from a copy, and go on there."""
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            copy = await merchants.reopen(tx, parse_id(application_id) or 0)
            return await http.redirect(tx, f"/merchant/applications/{copy.id}")
    except Refusal as refusal:
        return await _draw(request, application_id, refusal=refusal)


def _typed(form: Mapping[str, object]) -> dict[str, str]:
    return {
        name: value
        for name, value in form.items()
        if isinstance(value, str) and not name.startswith("_")
    }


async def _act(
    request: Request,
    application_id: str,
    act: Callable[[Tx, int], Awaitable[object]],
    *,
    at: str,
    typed: Mapping[str, str] | None = None,
    field: str = "",
) -> Response:
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "merchant"), key=await http.key(request)
        ) as tx:
            number = parse_id(application_id) or 0
            await act(tx, number)
            return await http.redirect(tx, f"/merchant/applications/{number}#{at}")
    except Refusal as refusal:
        return await _draw(
            request, application_id, refusal=refusal, at=at, typed=typed, field=field
        )


async def _draw(
    request: Request,
    application_id: str,
    *,
    refusal: Refusal | None = None,
    at: str = "",
    typed: Mapping[str, str] | None = None,
    field: str = "",
) -> Response:
    lang: str = request.state.lang
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        view = await merchants.visible_application(tx, parse_id(application_id) or 0)
        book = rulebooks.version(view.rulebook)
        bound = await merchants.bindings_of(tx, view.merchant_id)
        checks = {each.item: each for each in await merchants.checks_of(tx, view.id, view.round)}
        context: dict[str, object] = {
            "application": view,
            "steps": steps_of(await guide_of(tx, view), view, lang),
            "papers": await _papers(tx, view, checks),
            "bindings": [
                {
                    "surface": surface.code,
                    "label": surface.label,
                    "bound": next((each for each in bound if each.surface == surface.code), None),
                    "check": checks.get(f"account:{surface.code}"),
                }
                for surface in merchants.papers.SURFACES.values()
            ]
            if book.registration.preconditions
            else [],
            "supplements": await merchants.supplements_of(tx, view.id),
            "objections": await merchants.objections_to(tx, view)
            if view.state in merchants.EDITABLE
            else (),
            "deadline": merchants.opening.audit_deadline(
                book, view.submitted_at or tx.now, rulebooks.shipped().calendar
            ),
            "today": day_of(tx.now),
            "now": tx.now,
        }
    return await http.page(
        request,
        "consoles/merchant/application.html",
        audience="merchant",
        status=200 if refusal is None else STATUS[refusal.kind],
        book=book,
        editable=view.state in merchants.EDITABLE,
        audited=view.state in merchants.UNDER_AUDIT,
        states=merchants.APPLICATION_WORDS,
        categories=category_options(lang),
        at=at,
        form=_form(typed, refusal, at, field, lang),
        refusal=refusal,
        **context,
    )


def _form(
    typed: Mapping[str, str] | None, refusal: Refusal | None, at: str, field: str, lang: str
) -> dict[str, object] | None:
    """Answer the refused form: what was typed, and the refusal beneath the field it names."""
    if typed is None or refusal is None:
        return None
    named = str(refusal.facts.get("field") or refusal.facts.get("side") or "")
    where = field or _field_of(at, named)
    return {
        "typed": dict(typed),
        "errors": {where: sentence(refusal.sentence, refusal.facts, lang)},
    }


def _field_of(at: str, label: str) -> str:
    """Find the field that a label in a refusal means; the form as a whole where there is none."""
    if at == "shop" and label == "店铺名称":
        return "shop_name"
    if not at.startswith("paper-"):
        return "form"
    asked = merchants.papers.paper(at.removeprefix("paper-"))
    fields = [each for each in (asked.holder, asked.number, *asked.fields) if each is not None]
    named = {each.label: each.name for each in fields}
    named |= {side.label: f"file_{side.name}" for side in asked.sides}
    return named.get(label, "valid_to" if label == "有效期至" else "form")


async def _papers(
    tx: Tx, view: ApplicationView, checks: Mapping[str, CheckView]
) -> list[dict[str, object]]:
    """Answer each paper that is asked for, what was handed in, and what could be used again."""
    book = rulebooks.version(view.rulebook)
    asked = merchants.opening.documents(
        book, rulebooks.Subject(view.subject), self_operated=view.self_operated
    )
    given = await merchants.documents_of(tx, view.id)
    missing = [kind for kind in asked.value if kind not in given]
    editable = view.state in merchants.EDITABLE
    again = await merchants.reusable_documents(tx, view.merchant_id, missing) if editable else {}
    found: list[dict[str, object]] = []
    for kind in asked.value:
        spec = merchants.papers.paper(kind)
        document = given.get(kind)
        found.append(
            {
                "kind": kind,
                "spec": spec,
                "document": document,
                "links": _links(tx, document),
                "expired": document is not None
                and document.valid_to is not None
                and document.valid_to < day_of(tx.now),
                "check": checks.get(kind),
                "reusable": again.get(kind),
            }
        )
    return found


def _links(tx: Tx, document: DocumentView | None) -> list[tuple[str, str]]:
    if document is None:
        return []
    labels = {side.name: side.label for side in merchants.papers.paper(document.kind).sides}
    return [
        (labels.get(side, side), merchants.paper_link(tx, document.id, side))
        for side in document.sides
    ]
