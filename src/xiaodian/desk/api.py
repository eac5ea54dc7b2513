"""The JSON doors of the desk, for operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.desk import queries, service
from xiaodian.desk.errors import ApprovalNotFound, AssigneeUnfit, ItemNotFound
from xiaodian.desk.queries import WorkFilter
from xiaodian.desk.schemas import (
    ApprovalAnswer,
    ApprovalListAnswer,
    AssignBody,
    ItemAnswer,
    ItemListAnswer,
    RejectBody,
)
from xiaodian.infra import http
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PAGE_MAX, PageRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xiaodian.infra.db import Tx

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/desk")
Cursor = Annotated[str | None, Query(max_length=64)]
Size = Annotated[int, Query(ge=1, le=PAGE_MAX)]


@router.get("/items")
async def list_items(
    request: Request,
    cursor: Cursor = None,
    size: Size = 20,
    kind: Annotated[str, Query(max_length=48)] = "",
    role: Annotated[str, Query(max_length=16)] = "",
    *,
    mine: bool = False,
    overdue: bool = False,
    closed: bool = False,
) -> Response:
    """Answer a page of the work the operator may see, the most urgent first."""
    wanted = WorkFilter(kind=kind, role=role, mine=mine, overdue=overdue, closed=closed)
    actor = http.actor(request, "operator")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        page = await queries.list_items(tx, PageRequest.of(cursor, size), wanted)
    return http.json_answer(ItemListAnswer.of(page, request.state.lang))


@router.post("/items/{item_id}/take")
async def take(request: Request, item_id: str) -> Response:
    """Take an item to work on it."""
    return await _with_item(request, item_id, service.take_item)


@router.post("/items/{item_id}/release")
async def release(request: Request, item_id: str) -> Response:
    """Put an item back."""
    return await _with_item(request, item_id, service.release_item)


@router.post("/items/{item_id}/assign")
async def assign(request: Request, item_id: str, body: AssignBody) -> Response:
    """Give an item to a colleague; for administrators."""
    to = parse_id(body.to)

    async def act(tx: Tx, number: int) -> None:
        if to is None:
            raise AssigneeUnfit(role="")
        await service.assign_item(tx, number, to=to)

    return await _with_item(request, item_id, act)


@router.get("/approvals")
async def list_approvals(
    request: Request, cursor: Cursor = None, size: Size = 20, *, decided: bool = False
) -> Response:
    """Answer a page of the requests the operator may see, newest first."""
    actor = http.actor(request, "operator")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        page = await queries.list_approvals(tx, PageRequest.of(cursor, size), decided=decided)
    return http.json_answer(ApprovalListAnswer.of(page, request.state.lang))


@router.post("/approvals/{approval_id}/approve")
async def approve(request: Request, approval_id: str) -> Response:
    """Agree to an act that somebody else asked for; it is done now."""
    return await _with_approval(request, approval_id, service.approve)


@router.post("/approvals/{approval_id}/reject")
async def reject(request: Request, approval_id: str, body: RejectBody) -> Response:
    """Say no, and why."""

    async def act(tx: Tx, number: int) -> None:
        await service.reject(tx, number, reason=body.reason)

    return await _with_approval(request, approval_id, act)


async def _with_item(
    request: Request, item_id: str, act: Callable[[Tx, int], Awaitable[None]]
) -> Response:
    actor, key, number = http.actor(request, "operator"), await http.key(request), parse_id(item_id)
    if number is None:
        raise ItemNotFound
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        await act(tx, number)
        view = await queries.visible_item(tx, number)
        return await http.answer(tx, ItemAnswer.of(view, request.state.lang))


async def _with_approval(
    request: Request, approval_id: str, act: Callable[[Tx, int], Awaitable[None]]
) -> Response:
    actor, key = http.actor(request, "operator"), await http.key(request)
    number = parse_id(approval_id)
    if number is None:
        raise ApprovalNotFound
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        await act(tx, number)
        view = await queries.visible_approval(tx, number)
        return await http.answer(tx, ApprovalAnswer.of(view, request.state.lang))
