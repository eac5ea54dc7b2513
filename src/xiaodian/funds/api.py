"""The JSON doors of funds, for shops, operators and buyers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import accounts as people
from xiaodian import ledger, merchants
from xiaodian.funds import queries, service
from xiaodian.funds.errors import WithdrawalNotFound
from xiaodian.funds.schemas import (
    AdjustmentAnswer,
    AdjustmentBody,
    AdjustmentListAnswer,
    AmountBody,
    FindingsAnswer,
    FundsAnswer,
    PayoutAnswer,
    PayoutBody,
    RejectBody,
    StatementAnswer,
    TrialBalanceAnswer,
    WalletAnswer,
    WithdrawalAnswer,
    WithdrawalListAnswer,
)
from xiaodian.funds.states import OPEN
from xiaodian.infra import http
from xiaodian.kernel.clock import start_of_day
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PAGE_MAX, PageRequest
from xiaodian.ledger import Books, accounts
from xiaodian.merchants import Right
from xiaodian.merchants.errors import ShopNotFound

__all__ = ["router"]

router = APIRouter(prefix="/api/v1")
Cursor = Annotated[str | None, Query(max_length=64)]
Size = Annotated[int, Query(ge=1, le=PAGE_MAX)]
Name = Annotated[str, Query(max_length=80)]


@router.get("/shops/{shop_id}/funds")
async def funds_of(request: Request, shop_id: str) -> Response:
    """Answer a shop's balances."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        return http.json_answer(FundsAnswer.of(await queries.funds_of(tx, _shop(shop_id))))


@router.get("/shops/{shop_id}/withdrawals")
async def list_withdrawals(
    request: Request, shop_id: str, cursor: Cursor = None, size: Size = 20
) -> Response:
    """Answer a page of a shop's withdrawals, newest first."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        page = await queries.list_withdrawals(tx, _shop(shop_id), PageRequest.of(cursor, size))
    return http.json_answer(WithdrawalListAnswer.of(page))


@router.post("/shops/{shop_id}/withdrawals")
async def request_withdrawal(request: Request, shop_id: str, body: AmountBody) -> Response:
    """Take money out of a shop's available balance."""
    actor, key = http.actor(request, "merchant"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        row = await service.request_withdrawal(tx, _shop(shop_id), amount_fen=body.amount_fen)
        return await http.answer(tx, WithdrawalAnswer.of(queries.view_of(row)), status=201)


@router.get("/withdrawals/{withdrawal_id}")
async def get_withdrawal(request: Request, withdrawal_id: str) -> Response:
    """Answer one withdrawal to its shop."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        view = await queries.visible_withdrawal(tx, _withdrawal(withdrawal_id))
    return http.json_answer(WithdrawalAnswer.of(view))


@router.get("/shops/{shop_id}/statement")
async def shop_statement(
    request: Request,
    shop_id: str,
    cursor: Cursor = None,
    size: Size = 50,
    since: date | None = None,
    until: date | None = None,
) -> Response:
    """Answer a page of what changed a shop's available balance; ``until`` counts."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, _shop(shop_id), Right.FUNDS)
        account = accounts.available(shop.id)
        page = await ledger.statement(
            tx,
            account,
            PageRequest.of(cursor, size),
            since=None if since is None else start_of_day(since),
            until=None if until is None else start_of_day(until + timedelta(days=1)),
        )
    return http.json_answer(StatementAnswer.of(account.name, page))


@router.get("/operator/withdrawals")
async def list_waiting(request: Request, cursor: Cursor = None, size: Size = 20) -> Response:
    """Answer a page of the withdrawals on their way, to finance operators."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        await people.require_role(tx, people.Role.FINANCE, people.Role.ADMINISTRATOR)
        page = await queries.list_waiting(tx, PageRequest.of(cursor, size), states=OPEN)
    return http.json_answer(WithdrawalListAnswer.of(page))


@router.post("/operator/withdrawals/{withdrawal_id}/pass")
async def pass_withdrawal(request: Request, withdrawal_id: str) -> Response:
    """Pass a withdrawal on to an administrator."""
    actor, key = http.actor(request, "operator"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        row = await service.pass_withdrawal(tx, _withdrawal(withdrawal_id))
        return await http.answer(tx, WithdrawalAnswer.of(queries.view_of(row)))


@router.post("/operator/withdrawals/{withdrawal_id}/reject")
async def reject_withdrawal(request: Request, withdrawal_id: str, body: RejectBody) -> Response:
    """Say no to a withdrawal; its money is available again."""
    actor, key = http.actor(request, "operator"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        row = await service.reject_withdrawal(tx, _withdrawal(withdrawal_id), reason=body.reason)
        return await http.answer(tx, WithdrawalAnswer.of(queries.view_of(row)))


@router.get("/operator/adjustments")
async def list_adjustments(request: Request, cursor: Cursor = None, size: Size = 20) -> Response:
    """Answer a page of manual adjustments, newest first."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        await people.require_role(tx, people.Role.FINANCE, people.Role.ADMINISTRATOR)
        page = await queries.list_adjustments(tx, PageRequest.of(cursor, size))
    return http.json_answer(AdjustmentListAnswer.of(page))


@router.post("/operator/adjustments")
async def propose_adjustment(request: Request, body: AdjustmentBody) -> Response:
    """Write an adjustment down for an administrator to agree to."""
    actor, key = http.actor(request, "operator"), await http.key(request)
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        row = await service.propose_adjustment(
            tx,
            kind=body.kind,
            reason=body.reason,
            amount_fen=body.amount_fen,
            shop_id=None if body.shop_id is None else _shop(body.shop_id),
            buyer_id=parse_id(body.buyer_id or ""),
            event=body.event,
        )
        return await http.answer(tx, AdjustmentAnswer.of(queries.adjustment_of(row)), status=201)


@router.get("/operator/ledger/trial-balance")
async def trial_balance(request: Request) -> Response:
    """Answer the trial balance, to finance operators."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        await people.require_role(tx, people.Role.FINANCE, people.Role.ADMINISTRATOR)
        trial = await ledger.trial_balance(tx)
    return http.json_answer(TrialBalanceAnswer.of(trial, request.state.lang))


@router.get("/operator/ledger/checks")
async def checks(request: Request) -> Response:
    """Recompute everything from the transfers and answer what does not hold."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        await people.require_role(tx, people.Role.FINANCE, people.Role.ADMINISTRATOR)
        findings = await http.runtime(request).gateway(Books).examine(tx)
    return http.json_answer(FindingsAnswer.of(findings))


@router.get("/operator/ledger/statement")
async def statement(
    request: Request, account: Name, cursor: Cursor = None, size: Size = 50
) -> Response:
    """Answer a page of any account's transfers, to finance operators."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "operator")) as tx:
        await people.require_role(tx, people.Role.FINANCE, people.Role.ADMINISTRATOR)
        found = accounts.parse(account)
        page = await ledger.statement(tx, found, PageRequest.of(cursor, size))
    return http.json_answer(StatementAnswer.of(found.name, page))


@router.get("/me/wallet")
async def wallet(request: Request, cursor: Cursor = None, size: Size = 20) -> Response:
    """Answer the buyer's wallet and its payouts."""
    actor = http.actor(request, "buyer")
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.reading(actor=actor) as tx:
        balance_fen = await queries.wallet_of(tx, actor.account_id)
        page = await queries.list_payouts(tx, actor.account_id, PageRequest.of(cursor, size))
    return http.json_answer(WalletAnswer.of(balance_fen, page))


@router.post("/me/wallet/payouts")
async def pay_out(request: Request, body: PayoutBody) -> Response:
    """Pay money of the buyer's wallet out."""
    actor, key = http.actor(request, "buyer"), await http.key(request)
    assert actor.account_id is not None, "a signed-in actor has an account"
    async with http.runtime(request).db.transaction(actor=actor, key=key) as tx:
        row = await service.pay_buyer(
            tx,
            actor.account_id,
            amount_fen=body.amount_fen,
            holder_name=body.holder_name,
            account=body.account,
        )
        return await http.answer(tx, PayoutAnswer.of(queries.payout_of(row)), status=201)


def _shop(shop_id: str) -> int:
    number = parse_id(shop_id)
    if number is None:
        raise ShopNotFound
    return number


def _withdrawal(withdrawal_id: str) -> int:
    number = parse_id(withdrawal_id)
    if number is None:
        raise WithdrawalNotFound
    return number
