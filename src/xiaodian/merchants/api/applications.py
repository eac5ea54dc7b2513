"""The applicant's doors: bindings, applications, papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.infra import http
from xiaodian.infra.files import Store
from xiaodian.kernel.ids import parse_id
from xiaodian.merchants import queries, service
from xiaodian.merchants.api.acting import whole, with_application
from xiaodian.merchants.schemas import (
    AnswerBody,
    ApplicationAnswer,
    ApplicationBody,
    ApplicationListAnswer,
    BindingAnswer,
    BindingBody,
    BindingListAnswer,
    EditBody,
    NamedAnswer,
    read_document,
)

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.merchants.queries import ApplicationView

__all__ = ["router"]

router = APIRouter()


@router.get("/bindings")
async def list_bindings(request: Request) -> Response:
    """Answer the accounts that the merchant has bound."""
    actor = http.actor(request, "merchant")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        merchant = await queries.find_merchant(tx, actor.account_id)
        bound = [] if merchant is None else await queries.bindings_of(tx, merchant.id)
    return http.json_answer(BindingListAnswer(items=[BindingAnswer.of(each) for each in bound]))


@router.post("/bindings", status_code=201)
async def bind_account(request: Request, body: BindingBody) -> Response:
    """Bind an account of a market's own system."""
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, "merchant"), key=await http.key(request)
    ) as tx:
        await service.bind_account(tx, surface=body.surface, identifier=body.identifier)
        merchant = await service.my_merchant(tx)
        bound = await queries.bindings_of(tx, merchant.id)
        (made,) = (each for each in bound if each.surface == body.surface)
        return await http.answer(tx, BindingAnswer.of(made), status=201)


@router.get("/applications")
async def list_applications(request: Request) -> Response:
    """Answer the merchant's applications, newest first."""
    actor = http.actor(request, "merchant")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        mine = await queries.list_applications_of(tx, actor.account_id)
    return http.json_answer(
        ApplicationListAnswer(items=[ApplicationAnswer.of(each) for each in mine])
    )


@router.post("/applications", status_code=201)
async def start_application(request: Request, body: ApplicationBody) -> Response:
    """Begin an application as a draft."""
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, "merchant"), key=await http.key(request)
    ) as tx:
        made = await service.start_application(
            tx,
            market=body.market,
            subject=body.subject,
            categories=body.categories,
            shop_name=body.shop_name,
            self_operated=body.self_operated,
        )
        return await http.answer(tx, await whole(request, tx, made), status=201)


@router.get("/applications/{application_id}")
async def get_application(request: Request, application_id: str) -> Response:
    """Answer one application with its papers, checks, and what stands against it."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        found = await queries.visible_application(tx, parse_id(application_id) or 0)
        return http.json_answer(await whole(request, tx, found))


@router.put("/applications/{application_id}")
async def edit_application(request: Request, application_id: str, body: EditBody) -> Response:
    """Change what a draft says of the shop."""

    async def act(tx: Tx, number: int) -> ApplicationView:
        return await service.edit_application(
            tx,
            number,
            categories=body.categories,
            shop_name=body.shop_name,
            self_operated=body.self_operated,
        )

    return await with_application(request, application_id, act)


@router.post("/applications/{application_id}/documents/{kind}", status_code=201)
async def save_document(request: Request, application_id: str, kind: str) -> Response:
    """Hand in one paper (multipart: texts, ``valid_to``, and ``file_front`` and the like)."""
    given = await read_document(await http.form(request))
    store = http.runtime(request).gateway(Store)
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, "merchant"), key=await http.key(request)
    ) as tx:
        made = await service.save_document(
            tx,
            parse_id(application_id) or 0,
            store=store,
            kind=kind,
            values=given.values,
            valid_to=given.valid_to,
            files=given.files,
        )
        return await http.answer(tx, NamedAnswer(id=str(made)), status=201)


@router.post("/applications/{application_id}/documents/{kind}/reuse", status_code=201)
async def reuse_document(request: Request, application_id: str, kind: str) -> Response:
    """Use a paper again that was approved before."""
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, "merchant"), key=await http.key(request)
    ) as tx:
        used = await service.reuse_document(tx, parse_id(application_id) or 0, kind=kind)
        return await http.answer(tx, NamedAnswer(id=str(used)), status=201)


@router.post("/applications/{application_id}/supplements/{supplement_id}")
async def answer_supplement(
    request: Request, application_id: str, supplement_id: str, body: AnswerBody
) -> Response:
    """Answer with a line of text what a reviewer asked."""

    async def act(tx: Tx, number: int) -> ApplicationView:
        await service.answer_supplement(
            tx, number, supplement_id=parse_id(supplement_id) or 0, answer=body.answer
        )
        return await queries.get_application(tx, number)

    return await with_application(request, application_id, act)


@router.post("/applications/{application_id}/submit")
async def submit(request: Request, application_id: str) -> Response:
    """Hand an application in, for the first time or after a supplement."""
    return await with_application(request, application_id, service.submit)


@router.post("/applications/{application_id}/withdraw")
async def withdraw(request: Request, application_id: str) -> Response:
    """Take an application back."""
    return await with_application(request, application_id, service.withdraw)


@router.post("/applications/{application_id}/reopen", status_code=201)
async def reopen(request: Request, application_id: str) -> Response:
    """Begin again from a copy of an application that ended."""
    return await with_application(request, application_id, service.reopen, status=201)
