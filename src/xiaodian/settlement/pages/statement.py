"""What changed a shop's available balance: by day, by month, line by line, and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian import ledger, merchants
from xiaodian.infra import http
from xiaodian.infra.sheets import Exported, write_csv, write_xlsx
from xiaodian.kernel.clock import SHANGHAI, day_of, start_of_day
from xiaodian.kernel.errors import Kind, Refusal
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.money import yuan
from xiaodian.kernel.paging import PAGE_MAX, PageRequest
from xiaodian.ledger import accounts
from xiaodian.merchants import Right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.ledger import DaySum, TransferView

__all__ = ["router"]

router = APIRouter()
_HOME = "/merchant/shops/{shop_id}/funds/statement"
_PAGE = 50
_EXPORT_MAX = 10_000
_DAYS = {"line": 30, "day": 30, "month": 365}
_SPAN_MAX_DAYS = 1_100
_HEADS = {
    "zh-CN": ("时间", "类型", "订单", "变动（元）", "余额（元）", "业务编号"),
    "en": ("Time", "Kind", "Order", "Change (yuan)", "Balance (yuan)", "Event"),
}
_SUM_HEADS = {
    "zh-CN": ("日期", "类型", "笔数", "收入（元）", "支出（元）"),
    "en": ("Date", "Kind", "Count", "In (yuan)", "Out (yuan)"),
}


class ExportTooLarge(Refusal):
    """A file holds at most ``limit`` lines."""

    code: ClassVar[str] = "EXPORT_TOO_LARGE"
    kind: ClassVar[Kind] = Kind.TOO_LARGE
    sentence: ClassVar[str] = "导出超过 {limit} 行，请缩短日期范围"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of the statement is wished; ``until`` counts."""

    by: str
    since: date
    until: date

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Answer from which instant to before which."""
        return start_of_day(self.since), start_of_day(self.until + timedelta(days=1))


@router.get(_HOME)
async def statement(request: Request, shop_id: str, cursor: str = "") -> Response:
    """Show what changed the available balance."""
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, Right.FUNDS)
        asked = _asked(request, day_of(tx.now))
        account = accounts.available(shop.id)
        since, until = asked.span
        page, sums = None, None
        if asked.by == "line":
            page = await ledger.statement(
                tx, account, PageRequest.of(cursor, _PAGE), since=since, until=until
            )
        else:
            sums = await ledger.day_sums(
                tx, account, since=since, until=until, by_month=asked.by == "month"
            )
        balance_fen = await ledger.balance(tx, account)
    return await http.page(
        request,
        "settlement/statement.html",
        audience="merchant",
        shop=shop,
        asked=asked,
        page=page,
        sums=sums,
        cursor=cursor,
        kinds=ledger.KINDS,
        balance_fen=balance_fen,
    )


@router.get(_HOME + ".csv")
async def as_csv(request: Request, shop_id: str) -> Response:
    """Answer the statement as CSV."""
    rows = await _rows(request, shop_id)
    return _file(write_csv(rows), "text/csv; charset=utf-8", "statement.csv")


@router.get(_HOME + ".xlsx")
async def as_xlsx(request: Request, shop_id: str) -> Response:
    """Answer the statement as a workbook."""
    rows = await _rows(request, shop_id)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _file(write_xlsx({"statement": rows}), kind, "statement.xlsx")


def _file(data: bytes, media_type: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(data, media_type=media_type, headers={"content-disposition": disposition})


async def _rows(request: Request, shop_id: str) -> list[Sequence[Exported]]:
    lang: str = request.state.lang
    async with http.runtime(request).db.reading(actor=http.actor(request, "merchant")) as tx:
        shop = await merchants.visible_shop(tx, parse_id(shop_id) or 0, Right.FUNDS)
        asked = _asked(request, day_of(tx.now))
        if asked.by == "line":
            lines = await _all_lines(tx, shop.id, asked)
            return [_HEADS[lang], *(_line(one, lang) for one in lines)]
        since, until = asked.span
        sums = await ledger.day_sums(
            tx,
            accounts.available(shop.id),
            since=since,
            until=until,
            by_month=asked.by == "month",
        )
    return [_SUM_HEADS[lang], *(_sum(one, lang) for one in sums)]


async def _all_lines(tx: Tx, shop_id: int, asked: _Asked) -> list[TransferView]:
    since, until = asked.span
    lines: list[TransferView] = []
    request = PageRequest(PAGE_MAX)
    while True:
        page = await ledger.statement(
            tx, accounts.available(shop_id), request, since=since, until=until
        )
        lines += page.items
        if page.next is None:
            return lines
        if len(lines) >= _EXPORT_MAX:
            raise ExportTooLarge(limit=_EXPORT_MAX)
        request = PageRequest(PAGE_MAX, lines[-1].id)


def _line(line: TransferView, lang: str) -> tuple[Exported, ...]:
    return (
        line.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        ledger.KINDS[line.kind].title(lang),
        "" if line.order_id is None else str(line.order_id),
        yuan(line.change_fen),
        "" if line.after_fen is None else yuan(line.after_fen),
        line.event,
    )


def _sum(one: DaySum, lang: str) -> tuple[Exported, ...]:
    return (
        one.day.isoformat(),
        ledger.KINDS[one.kind].title(lang),
        one.count,
        yuan(one.in_fen),
        yuan(one.out_fen),
    )


def _asked(request: Request, today: date) -> _Asked:
    """Read the filter; what makes no sense falls back to the last days."""
    given = request.query_params
    by = given.get("by", "day")
    by = by if by in _DAYS else "day"
    until = _day(given.get("until", "")) or today
    since = _day(given.get("since", "")) or until - timedelta(days=_DAYS[by] - 1)
    if not since <= until or (until - since).days > _SPAN_MAX_DAYS:
        since = until - timedelta(days=_DAYS[by] - 1)
    return _Asked(by, since, until)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
