"""The work list, and the requests for a second pair of eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts
from xiaodian.desk import queries, service
from xiaodian.desk.errors import ApprovalNotFound, AssigneeUnfit, ItemNotFound
from xiaodian.desk.queries import WorkFilter
from xiaodian.desk.rules import REASON_MAX
from xiaodian.desk.states import APPROVAL_WORDS, ApprovalState
from xiaodian.infra import audit, http
from xiaodian.infra.i18n import sentence
from xiaodian.infra.problem import STATUS
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xiaodian.infra.db import Tx

__all__ = ["router"]

router = APIRouter()
_NAME_MAX = 48


@router.get("/operator/desk")
async def work_list(request: Request) -> Response:
    """Show the work list."""
    return await _draw_list(request, None)


@router.post("/operator/desk/items/{item_id}/take")
async def take(request: Request, item_id: str) -> Response:
    """Take an item and go to its subject."""

    async def act(tx: Tx, number: int) -> str:
        await service.take_item(tx, number)
        return (await queries.visible_item(tx, number)).url

    return await _with_item(request, item_id, act)


@router.post("/operator/desk/items/{item_id}/release")
async def release(request: Request, item_id: str) -> Response:
    """Put an item back."""

    async def act(tx: Tx, number: int) -> str:
        await service.release_item(tx, number)
        return ""

    return await _with_item(request, item_id, act)


@router.post("/operator/desk/items/{item_id}/assign")
async def assign(request: Request, item_id: str) -> Response:
    """Give an item to a colleague."""
    given = (await http.form(request)).get("to")
    to = parse_id(given) if isinstance(given, str) else None

    async def act(tx: Tx, number: int) -> str:
        if to is None:
            raise AssigneeUnfit(role="")
        await service.assign_item(tx, number, to=to)
        return ""

    return await _with_item(request, item_id, act)


@router.get("/operator/desk/approvals/{approval_id}")
async def approval(request: Request, approval_id: str) -> Response:
    """Show a request for a second pair of eyes."""
    return await _draw_approval(request, _approval_number(approval_id), None)


@router.post("/operator/desk/approvals/{approval_id}/approve")
async def approve(request: Request, approval_id: str) -> Response:
    """Agree to an act; it is done now."""
    return await _decide(request, _approval_number(approval_id), service.approve)


@router.post("/operator/desk/approvals/{approval_id}/reject")
async def reject(request: Request, approval_id: str) -> Response:
    """Say no, and why."""
    given = (await http.form(request)).get("reason")
    reason = given if isinstance(given, str) else ""

    async def act(tx: Tx, number: int) -> None:
        await service.reject(tx, number, reason=reason)

    return await _decide(request, _approval_number(approval_id), act)


def _approval_number(approval_id: str) -> int:
    number = parse_id(approval_id)
    if number is None:
        raise ApprovalNotFound
    return number


async def _with_item(
    request: Request, item_id: str, act: Callable[[Tx, int], Awaitable[str]]
) -> Response:
    actor, key, number = http.actor(request, "operator"), await http.key(request), parse_id(item_id)
    try:
        if number is None:
            raise ItemNotFound
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            url = await act(tx, number)
            return await http.redirect(tx, accounts.own_path(url, "/operator/desk"))
    except Refusal as refusal:
        return await _draw_list(request, refusal)


async def _draw_list(request: Request, refusal: Refusal | None) -> Response:
    actor, asked = http.actor(request, "operator"), request.query_params
    cursor = asked.get("cursor", "")
    wanted = WorkFilter(
        kind=asked.get("kind", "")[:_NAME_MAX],
        role=asked.get("role", "")[:_NAME_MAX],
        mine=asked.get("show") == "mine",
        overdue=asked.get("show") == "overdue",
        closed=asked.get("show") == "closed",
    )
    async with http.runtime(request).db.reading(actor=actor) as tx:
        page = await queries.list_items(tx, PageRequest.of(cursor), wanted)
        kinds = await queries.kinds_of(tx)
        held = await accounts.roles_of(tx, actor.account_id or 0)
        assigns = accounts.Role.ADMINISTRATOR in held
        colleagues = await _colleagues(tx) if assigns else {}
        now = tx.now
    return await http.page(
        request,
        "desk/list.html",
        audience="operator",
        status=200 if refusal is None else STATUS[refusal.kind],
        page=page,
        cursor=cursor,
        show=asked.get("show", ""),
        wanted=wanted,
        kinds=kinds,
        held=held,
        colleagues=colleagues,
        me=actor.account_id,
        role_words=accounts.ROLE_WORDS,
        now=now,
        refusal=refusal,
    )


async def _colleagues(tx: Tx) -> dict[str, list[tuple[int, str]]]:
    """Answer by role whom an administrator may give work to."""
    found: dict[str, list[tuple[int, str]]] = {role: [] for role in accounts.Role}
    for operator in await accounts.list_operators(tx):
        if operator.account.state is accounts.AccountState.ACTIVE:
            for role in operator.roles:
                found[role].append((operator.account.id, operator.account.name))
    return found


async def _decide(
    request: Request, approval_id: int, act: Callable[[Tx, int], Awaitable[None]]
) -> Response:
    actor, key = http.actor(request, "operator"), await http.key(request)
    try:
        async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
            await act(tx, approval_id)
            return await http.redirect(tx, f"/operator/desk/approvals/{approval_id}")
    except ApprovalNotFound:
        raise
    except Refusal as refusal:
        return await _draw_approval(request, approval_id, refusal)


async def _draw_approval(request: Request, approval_id: int, refusal: Refusal | None) -> Response:
    actor = http.actor(request, "operator")
    form = await http.form(request) if request.method == "POST" else None
    async with http.runtime(request).db.reading(actor=actor) as tx:
        view = await queries.visible_approval(tx, approval_id)
        held = await accounts.roles_of(tx, actor.account_id or 0)
        history = await audit.history(tx, subject="approval", subject_id=approval_id)
        names = await accounts.get_accounts(tx, [row.account_id or 0 for row in history])
    typed = "" if form is None else str(form.get("reason") or "")
    return await http.page(
        request,
        "desk/approval.html",
        audience="operator",
        status=200 if refusal is None else STATUS[refusal.kind],
        approval=view,
        decides=view.state is ApprovalState.PENDING
        and view.role in held
        and view.asked_by != actor.account_id,
        own=view.asked_by == actor.account_id,
        words=APPROVAL_WORDS,
        role_words=accounts.ROLE_WORDS,
        history=history,
        names={account_id: account.name for account_id, account in names.items()},
        title=sentence(view.title, view.facts, request.state.lang),
        reason_max=REASON_MAX,
        typed=typed,
        refusal=refusal,
    )
