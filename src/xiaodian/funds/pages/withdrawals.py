"""Withdrawals that staff look at: the list, and one of them with everything that decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts as people
from xiaodian import desk, merchants
from xiaodian.funds import queries, service
from xiaodian.funds.errors import WithdrawalNotFound
from xiaodian.funds.pages.books import may_see_books
from xiaodian.funds.states import OPEN, WITHDRAWAL_WORDS, WithdrawalState
from xiaodian.infra import audit, http
from xiaodian.infra.problem import STATUS
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PageRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from xiaodian.infra.db import Tx

__all__ = ["TONES", "router"]

router = APIRouter(prefix="/operator/withdrawals")
_PAGE = 30
TONES: dict[WithdrawalState, str] = {
    WithdrawalState.REQUESTED: "wait",
    WithdrawalState.REVIEW: "wait",
    WithdrawalState.CONFIRM: "wait",
    WithdrawalState.PROCESSING: "busy",
    WithdrawalState.PAID: "ok",
    WithdrawalState.FAILED: "bad",
    WithdrawalState.REJECTED: "bad",
}
_TABS: tuple[tuple[str, str, frozenset[WithdrawalState]], ...] = (
    ("review", "待审核", frozenset({WithdrawalState.REVIEW, WithdrawalState.CONFIRM})),
    ("open", "进行中", OPEN),
    ("ended", "已结束", frozenset(WithdrawalState) - OPEN),
)


@router.get("")
async def waiting(request: Request, show: str = "review", cursor: str = "") -> Response:
    """List withdrawals, those that wait for staff first."""
    states = next((states for tab, _, states in _TABS if tab == show), _TABS[0][2])
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        await may_see_books(tx)
        page = await queries.list_waiting(tx, PageRequest.of(cursor, _PAGE), states=states)
        shops = await merchants.get_shops(tx, [one.shop_id for one in page.items])
    return await http.page(
        request,
        "funds/withdrawals.html",
        audience="operator",
        page=page,
        shops=shops,
        show=show,
        tabs=[(tab, word) for tab, word, _ in _TABS],
        cursor=cursor,
        tones=TONES,
    )


@router.get("/{withdrawal_id}")
async def withdrawal(request: Request, withdrawal_id: str) -> Response:
    """Show one withdrawal."""
    return await _draw(request, _number(withdrawal_id))


@router.post("/{withdrawal_id}/pass")
async def pass_on(request: Request, withdrawal_id: str) -> Response:
    """Pass it on to an administrator."""

    async def act(tx: Tx, number: int) -> None:
        await service.pass_withdrawal(tx, number)

    return await _decide(request, _number(withdrawal_id), act)


@router.post("/{withdrawal_id}/reject")
async def reject(request: Request, withdrawal_id: str) -> Response:
    """Say no, and why."""
    given = (await http.form(request)).get("reason")
    reason = given if isinstance(given, str) else ""

    async def act(tx: Tx, number: int) -> None:
        await service.reject_withdrawal(tx, number, reason=reason)

    return await _decide(request, _number(withdrawal_id), act, reason=reason)


def _number(withdrawal_id: str) -> int:
    number = parse_id(withdrawal_id)
    if number is None:
        raise WithdrawalNotFound
    return number


async def _decide(
    request: Request, number: int, act: Callable[[Tx, int], Awaitable[None]], *, reason: str = ""
) -> Response:
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "operator"), key=await http.key(request)
        ) as tx:
            await act(tx, number)
            return await http.redirect(tx, f"/operator/withdrawals/{number}")
    except WithdrawalNotFound:
        raise
    except Refusal as refusal:
        return await _draw(request, number, reason=reason, refusal=refusal)


async def _draw(
    request: Request, number: int, *, reason: str = "", refusal: Refusal | None = None
) -> Response:
    actor = http.actor(request, "operator")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        await may_see_books(tx)
        view = await queries.visible_withdrawal(tx, number)
        shop = await merchants.get_shop(tx, view.shop_id)
        account = await merchants.find_payout_account(tx, shop.id)
        held = await queries.funds_of(tx, shop.id)
        history = await audit.history(tx, subject="withdrawal", subject_id=number)
        names = await people.get_accounts(tx, [row.account_id or 0 for row in history])
        approval = await desk.approval_of(tx, service.WITHDRAWAL, service.WITHDRAWAL, number)
        roles = await people.roles_of(tx, actor.account_id or 0)
    return await http.page(
        request,
        "funds/withdrawal.html",
        audience="operator",
        status=200 if refusal is None else STATUS[refusal.kind],
        one=view,
        shop=shop,
        account=account,
        held=held,
        history=history,
        names={number: one.name for number, one in names.items()},
        approval=approval,
        decides=people.Role.FINANCE in roles,
        tones=TONES,
        words=WITHDRAWAL_WORDS,
        reason=reason,
        refusal=refusal,
    )
