"""The books as finance operators see them: trial balance, checks, statements, adjustments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts as people
from xiaodian import ledger
from xiaodian.funds import queries, service
from xiaodian.infra import http
from xiaodian.infra.i18n import sentence
from xiaodian.infra.problem import STATUS
from xiaodian.infra.sheets import fen_of, write_xlsx
from xiaodian.kernel.errors import Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.money import yuan
from xiaodian.kernel.paging import PageRequest
from xiaodian.ledger import Books, accounts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.datastructures import FormData

    from xiaodian.infra.db import Tx
    from xiaodian.infra.sheets import Exported

__all__ = ["may_see_books", "router"]

router = APIRouter()
_PAGE = 50
_ADJUSTMENTS = 20
_WAITING = 10
_HEADS = {
    "zh-CN": ("账户", "名称", "币种", "借方（元）", "贷方（元）", "余额（元）"),
    "en": ("Account", "Name", "Currency", "Debit (yuan)", "Credit (yuan)", "Balance (yuan)"),
}
_TONES = {"PROPOSED": "wait", "BOOKED": "ok", "REJECTED": "bad"}


async def may_see_books(tx: Tx) -> None:
    """Let finance operators and administrators pass; refuses ``ROLE_REQUIRED``."""
    await people.require_role(tx, people.Role.FINANCE, people.Role.ADMINISTRATOR)


@router.get("/operator/funds")
async def books(request: Request) -> Response:
    """Show the trial balance, every check, what waits, and manual adjustments."""
    return await _draw(request)


@router.get("/operator/funds/trial-balance.xlsx")
async def trial_balance(request: Request) -> Response:
    """Answer the trial balance as a workbook."""
    lang: str = request.state.lang
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        await may_see_books(tx)
        trial = await ledger.trial_balance(tx)
    rows: list[Sequence[Exported]] = [_HEADS[lang]]
    rows += [
        (
            line.code,
            line.entry.title(lang),
            line.currency,
            yuan(line.debit_fen),
            yuan(line.credit_fen),
            yuan(line.balance_fen),
        )
        for line in trial.lines
    ]
    return Response(
        write_xlsx({"trial balance": rows}),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"content-disposition": 'attachment; filename="trial-balance.xlsx"'},
    )


@router.get("/operator/funds/statement")
async def statement(request: Request, account: str = "", cursor: str = "") -> Response:
    """Show the transfers of any account, by its name."""
    refusal: Refusal | None = None
    page, balance_fen, found = None, 0, None
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        await may_see_books(tx)
        if account:
            try:
                found = accounts.parse(account)
            except Refusal as unknown:
                refusal = unknown
        if found is not None:
            page = await ledger.statement(tx, found, PageRequest.of(cursor, _PAGE))
            balance_fen = await ledger.balance(tx, found)
    return await http.page(
        request,
        "funds/statement.html",
        audience="operator",
        status=200 if refusal is None else STATUS[refusal.kind],
        account=account[:80],
        found=found,
        page=page,
        cursor=cursor,
        balance_fen=balance_fen,
        kinds=ledger.KINDS,
        chart=ledger.CHART.values(),
        refusal=refusal,
    )


@router.post("/operator/funds/adjustments")
async def adjust(request: Request) -> Response:
    """Propose a manual adjustment."""
    typed = _typed(await http.form(request))
    try:
        async with http.runtime(request).db.transaction(
            actor=http.actor(request, "operator"), key=await http.key(request)
        ) as tx:
            await service.propose_adjustment(
                tx,
                kind=typed.get("kind", ""),
                reason=typed.get("reason", ""),
                amount_fen=fen_of(typed["amount"]) if typed.get("amount") else 0,
                shop_id=parse_id(typed.get("shop_id", "")),
                buyer_id=parse_id(typed.get("buyer_id", "")),
                event=typed.get("event", "")[:80],
            )
            return await http.redirect(tx, "/operator/funds#adjustments")
    except Refusal as refusal:
        return await _draw(request, typed=typed, refusal=refusal)


def _typed(form: FormData) -> dict[str, str]:
    return {
        name: value.strip()
        for name, value in form.items()
        if isinstance(value, str) and not name.startswith("_")
    }


async def _draw(
    request: Request,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    actor = http.actor(request, "operator")
    async with http.runtime(request).db.reading(actor=actor) as tx:
        await may_see_books(tx)
        held = await people.roles_of(tx, actor.account_id or 0)
        trial = await ledger.trial_balance(tx)
        findings = await http.runtime(request).gateway(Books).examine(tx)
        waiting = await queries.list_waiting(tx, PageRequest(_WAITING))
        adjustments = await queries.list_adjustments(tx, PageRequest(_ADJUSTMENTS))
        names = await people.get_accounts(
            tx,
            sorted(
                {one.proposed_by for one in adjustments.items}
                | {one.decided_by for one in adjustments.items if one.decided_by is not None}
            ),
        )
    form: dict[str, object] | None = None
    if typed is not None and refusal is not None:
        text = sentence(refusal.sentence, refusal.facts, request.state.lang)
        form = {"typed": dict(typed), "errors": {"kind": text}}
    return await http.page(
        request,
        "funds/books.html",
        audience="operator",
        status=200 if refusal is None else STATUS[refusal.kind],
        trial=trial,
        findings=findings,
        waiting=waiting,
        adjustments=adjustments,
        names={number: account.name for number, account in names.items()},
        adjustment_kinds=service.ADJUSTMENT_KINDS,
        tones=_TONES,
        proposes=people.Role.FINANCE in held,
        form=form,
    )
