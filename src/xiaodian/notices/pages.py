"""The inbox, in each part of the house."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts
from xiaodian.infra import http
from xiaodian.infra.sessions import Audience
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest
from xiaodian.notices import queries, service
from xiaodian.notices.errors import NoticeNotFound

__all__ = ["router"]

router = APIRouter()
_PARTS: dict[str, Audience] = {"me": "buyer", "merchant": "merchant", "operator": "operator"}


@router.get("/me/inbox")
@router.get("/merchant/inbox")
@router.get("/operator/inbox")
async def inbox(request: Request) -> Response:
    """Show a page of one's own inbox."""
    part, audience = _part(request)
    actor = http.actor(request, audience)
    unread = request.query_params.get("unread", "") == "1"
    cursor = request.query_params.get("cursor", "")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        page = await queries.list_inbox(
            tx, actor.account_id or 0, PageRequest.of(cursor), unread=unread
        )
        count = await queries.unread_count(tx, actor.account_id or 0)
        now = tx.now
    return await http.page(
        request,
        "notices/inbox.html",
        audience=audience,
        console=audience,
        base=f"/{part}/inbox",
        page=page,
        cursor=cursor,
        unread=unread,
        unread_count=count,
        now=now,
    )


@router.post("/me/inbox/read-all")
@router.post("/merchant/inbox/read-all")
@router.post("/operator/inbox/read-all")
async def read_all(request: Request) -> Response:
    """Mark all of one's own notices read."""
    part, audience = _part(request)
    actor, key = http.actor(request, audience), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        await service.read_all(tx)
        return await http.redirect(tx, f"/{part}/inbox")


@router.post("/me/inbox/{notice_id}/read")
@router.post("/merchant/inbox/{notice_id}/read")
@router.post("/operator/inbox/{notice_id}/read")
async def read(request: Request, notice_id: str) -> Response:
    """Mark one notice read and go where it leads."""
    part, audience = _part(request)
    actor, key, number = http.actor(request, audience), await http.key(request), parse_id(notice_id)
    if number is None:
        raise NoticeNotFound
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        notice = await service.read(tx, number)
        return await http.redirect(tx, accounts.own_path(notice.url, f"/{part}/inbox"))


def _part(request: Request) -> tuple[str, Audience]:
    part = request.url.path.split("/")[1]
    return part, _PARTS[part]
