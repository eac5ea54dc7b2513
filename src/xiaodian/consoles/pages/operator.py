"""The operator's own pages: the overview, the log of acts, and the sandbox's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xiaodian import accounts, desk, ledger, merchants, orders, rulebooks
from xiaodian.infra import audit, http, timers
from xiaodian.kernel.clock import day_of, start_of_day
from xiaodian.kernel.errors import Kind, Refusal
from xiaodian.kernel.paging import PageRequest

__all__ = ["router"]

router = APIRouter(prefix="/operator")
_STEPS = {"1h": 1, "1d": 24, "7d": 24 * 7, "30d": 24 * 30}
_HOURS_MAX = 24 * 400
_AUDIT_PAGE = 50


class StepUnclear(Refusal):
    """How far the clock shall move was not said in whole hours, from 1 to 9,600."""

    code: ClassVar[str] = "STEP_UNCLEAR"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[str] = "请填写 1 到 {limit} 之间的整数小时"


@router.get("")
async def overview(request: Request) -> Response:
    """Show what waits, what is sold, and whether the books add up."""
    actor = http.actor(request, "operator")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        today = start_of_day(day_of(tx.now))
        trade = {one.market: one for one in await orders.summary_since(tx, today)}
        shops = await merchants.count_shops(tx)
        context: dict[str, object] = {
            "waiting": await desk.open_count(tx, actor.account_id),
            "items": await desk.list_items(tx, PageRequest(8), desk.WorkFilter()),
            "off_fen": (await ledger.trial_balance(tx)).off_fen,
            "markets": [
                {
                    "code": book.market,
                    "shops": shops.get(book.market, {}),
                    "trade": trade.get(book.market),
                }
                for book in rulebooks.shipped().compared()
            ],
            "paid_count": sum(one.paid_count for one in trade.values()),
            "paid_fen": sum(one.paid_fen for one in trade.values()),
            "late_count": sum(one.late_count for one in trade.values()),
            "open_count": sum(states.get("OPEN", 0) for states in shops.values()),
        }
    return await http.page(
        request, "consoles/overview.html", audience="operator", status=200, **context
    )


@router.get("/audit")
async def acts(request: Request, cursor: str = "", subject: str = "", action: str = "") -> Response:
    """Show who did what, newest first; for administrators."""
    actor = http.actor(request, "operator")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        await accounts.require_role(tx, "administrator")
        page = await audit.list_entries(
            tx, PageRequest.of(cursor, _AUDIT_PAGE), subject=subject[:32], action=action[:64]
        )
        names = await accounts.get_accounts(
            tx, sorted({row.account_id for row in page.items if row.account_id is not None})
        )
    return await http.page(
        request,
        "consoles/audit.html",
        audience="operator",
        page=page,
        names=names,
        cursor=cursor,
        subject=subject,
        action=action,
    )


@router.get("/clock")
async def clock(request: Request) -> Response:
    """Show business time and what falls due next; sandbox only, for administrators."""
    return await _clock_page(request)


@router.post("/clock")
async def move_clock(request: Request) -> Response:
    """Move business time forward, firing every timer on the way; sandbox only."""
    http.admit_to_sandbox(request)
    actor = http.actor(request, "operator")
    db = http.runtime(request).db
    given = await http.form(request)
    try:
        hours = _hours(str(given.get("step", "")), str(given.get("hours", "")))
        async with db.reading(actor=actor) as tx:
            await accounts.require_role(tx, "administrator")
            to = tx.now + timedelta(hours=hours)
        fired = await request.app.state.advance(to)
    except Refusal as refusal:
        return await _clock_page(request, refusal=refusal)
    return RedirectResponse(f"/operator/clock?fired={fired}", 303)


def _hours(step: str, hours: str) -> int:
    if step in _STEPS:
        return _STEPS[step]
    if (
        not hours.isdecimal()
        or len(hours) > len(str(_HOURS_MAX))
        or not 0 < int(hours) <= _HOURS_MAX
    ):
        raise StepUnclear(limit=_HOURS_MAX)
    return int(hours)


async def _clock_page(request: Request, *, refusal: Refusal | None = None) -> Response:
    http.admit_to_sandbox(request)
    actor = http.actor(request, "operator")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        await accounts.require_role(tx, "administrator")
        due = await timers.list_due(tx)
        now = tx.now
    fired = request.query_params.get("fired", "")
    return await http.page(
        request,
        "consoles/clock.html",
        audience="operator",
        status=422 if refusal else 200,
        now=now,
        due=due,
        steps=list(_STEPS),
        fired=int(fired) if fired.isdecimal() and len(fired) < 9 else None,  # noqa: PLR2004 - digits
        refusal=refusal,
    )
