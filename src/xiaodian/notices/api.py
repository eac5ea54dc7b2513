"""The JSON doors of the inbox; ``audience`` says whose where a browser is signed in twice."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.infra import http
from xiaodian.infra.db import Actor
from xiaodian.infra.sessions import Audience
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PAGE_MAX, PageRequest
from xiaodian.notices import queries, service
from xiaodian.notices.errors import NoticeNotFound
from xiaodian.notices.schemas import InboxAnswer, NoticeAnswer, ReadAllAnswer

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/notices")


@router.get("")
async def inbox(
    request: Request,
    audience: Audience | None = None,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    size: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 20,
    *,
    unread: bool = False,
) -> Response:
    """Answer a page of one's own inbox, newest first."""
    actor = _reader(request, audience)
    async with http.runtime(request).db.reading(actor=actor) as tx:
        page = await queries.list_inbox(
            tx, actor.account_id or 0, PageRequest.of(cursor, size), unread=unread
        )
        count = await queries.unread_count(tx, actor.account_id or 0)
    return http.json_answer(InboxAnswer.of(page, count, request.state.lang))


@router.post("/read-all")
async def read_all(request: Request, audience: Audience | None = None) -> Response:
    """Mark all of one's own notices read."""
    actor, key = _reader(request, audience), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        count = await service.read_all(tx)
        return await http.answer(tx, ReadAllAnswer(read_count=count))


@router.post("/{notice_id}/read")
async def read(request: Request, notice_id: str, audience: Audience | None = None) -> Response:
    """Mark one of one's own notices read; refuses ``NOTICE_NOT_FOUND`` for anybody else's."""
    actor, key, number = _reader(request, audience), await http.key(request), parse_id(notice_id)
    if number is None:
        raise NoticeNotFound
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        view = await service.read(tx, number)
        return await http.answer(tx, NoticeAnswer.of(view, request.state.lang))


def _reader(request: Request, audience: Audience | None) -> Actor:
    if audience is not None:
        return http.actor(request, audience)
    for one in ("buyer", "merchant", "operator"):
        actor = http.optional_actor(request, one)
        if actor.account_id is not None:
            return actor
    return http.actor(request, "buyer")
