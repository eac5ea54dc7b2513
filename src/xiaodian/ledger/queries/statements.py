"""Who moved what, line by line and by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xiaodian.kernel.paging import Page, PageRequest, cut
from xiaodian.ledger.queries.balances import balance
from xiaodian.ledger.rules.accounts import Account

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import RowMapping

    from xiaodian.infra.db import Tx

__all__ = ["DaySum", "TransferView", "day_sums", "list_of_event", "list_of_order", "statement"]

_ORDER_MAX = 200
_MINE = "{side}_code = :code AND {side}_shop_id = :shop_id AND {side}_ref = :ref"


@dataclass(frozen=True, slots=True)
class TransferView:
    """One transfer, seen from an account or from an order.

    In a statement ``change_fen`` is what it did to the account, on the side on which the account
    grows, ``other`` the account at its other end, and ``after_fen`` what then stood there.
    """

    id: int
    at: datetime
    event: str
    leg: int
    kind: str
    debit: Account
    credit: Account
    amount_fen: int
    currency: str
    shop_id: int
    order_id: int | None
    rulebook: str
    change_fen: int = 0
    after_fen: int | None = None
    other: Account | None = None


@dataclass(frozen=True, slots=True)
class DaySum:
    """What one kind of event did to an account on one day, or in one month (its first day)."""

    day: date
    kind: str
    count: int
    in_fen: int
    out_fen: int


async def statement(
    tx: Tx,
    account: Account,
    page: PageRequest,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[TransferView]:
    """Answer a page of an account's transfers in yuan, newest first; ``until`` is exclusive.

    The balance behind each line is given for accounts with a balance of their own; it counts what
    the filter leaves out as well.
    """
    sides = " UNION ALL ".join(
        f"(SELECT * FROM transfers WHERE {_MINE.format(side=side)} AND currency = 'CNY'"  # noqa: S608 - fixed
        " AND id < :below AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)"
        " AND (CAST(:until AS timestamptz) IS NULL OR at < :until)"
        " ORDER BY id DESC LIMIT :most)"
        for side in ("debit", "credit")
    )
    rows = await tx.rows(
        f"SELECT * FROM ({sides}) both_sides ORDER BY id DESC LIMIT :most",  # noqa: S608 - fixed
        **_named(account),
        below=page.after or (1 << 63) - 1,
        since=since,
        until=until,
        most=page.size + 1,
    )
    views = [_view(row, account) for row in rows]
    if account.guarded and views:
        after = await _balances_behind(tx, account, views[0].id, views[-1].id)
        views = [replace(view, after_fen=after[view.id]) for view in views]
    return cut(views, page, lambda view: view.id)


async def list_of_order(tx: Tx, order_id: int) -> Sequence[TransferView]:
    """Answer the transfers of an order, oldest first, at most two hundred."""
    rows = await tx.rows(
        "SELECT * FROM transfers WHERE order_id = :order_id ORDER BY id LIMIT :most",
        order_id=order_id,
        most=_ORDER_MAX,
    )
    return [_view(row, None) for row in rows]


async def list_of_event(tx: Tx, event: str) -> Sequence[TransferView]:
    """Answer the transfers of an event by its legs; nothing when it has not been booked."""
    rows = await tx.rows("SELECT * FROM transfers WHERE event = :event ORDER BY leg", event=event)
    return [_view(row, None) for row in rows]


async def day_sums(
    tx: Tx, account: Account, *, since: datetime, until: datetime, by_month: bool = False
) -> Sequence[DaySum]:
    """Sum an account's transfers in yuan by day or month (Shanghai) and kind, newest first."""
    unit = "month" if by_month else "day"
    debit_in = account.entry.debit_normal
    sides = " UNION ALL ".join(
        f"SELECT at, kind, {'amount_fen' if inward else '0'} AS in_fen,"  # noqa: S608 - fixed
        f" {'0' if inward else 'amount_fen'} AS out_fen FROM transfers"
        f" WHERE {_MINE.format(side=side)} AND currency = 'CNY' AND at >= :since AND at < :until"
        for side, inward in (("debit", debit_in), ("credit", not debit_in))
    )
    rows = await tx.rows(
        f"SELECT CAST(date_trunc('{unit}', at AT TIME ZONE 'Asia/Shanghai') AS date) AS day,"  # noqa: S608 - fixed
        " kind, count(*) AS count, CAST(sum(in_fen) AS bigint) AS in_fen,"
        f" CAST(sum(out_fen) AS bigint) AS out_fen FROM ({sides}) both_sides"
        " GROUP BY 1, 2 ORDER BY 1 DESC, 2",
        **_named(account),
        since=since,
        until=until,
    )
    return [DaySum(**row) for row in rows]


async def _balance_at(tx: Tx, account: Account, id_: int) -> int:
    """Answer what stood on an account after a transfer: the balance less what came later."""
    sums = " UNION ALL ".join(
        f"SELECT {sign}amount_fen AS fen FROM transfers"  # noqa: S608 - fixed
        f" WHERE {_MINE.format(side=side)} AND currency = 'CNY' AND id > :id"
        for side, sign in (("debit", ""), ("credit", "-"))
    )
    (row,) = await tx.rows(
        f"SELECT CAST(coalesce(sum(fen), 0) AS bigint) AS fen FROM ({sums}) both_sides",  # noqa: S608 - fixed
        **_named(account),
        id=id_,
    )
    later: int = row["fen"]
    return await balance(tx, account) - (later if account.entry.debit_normal else -later)


async def _balances_behind(tx: Tx, account: Account, newest: int, oldest: int) -> dict[int, int]:
    """Answer what stood on an account behind each of its transfers between two, both counted."""
    sums = " UNION ALL ".join(
        f"SELECT id, {sign}amount_fen AS fen FROM transfers"  # noqa: S608 - fixed
        f" WHERE {_MINE.format(side=side)} AND currency = 'CNY' AND id BETWEEN :oldest AND :newest"
        for side, sign in (("debit", ""), ("credit", "-"))
    )
    rows = await tx.rows(
        f"SELECT id, fen FROM ({sums}) both_sides ORDER BY id DESC",  # noqa: S608 - fixed
        **_named(account),
        newest=newest,
        oldest=oldest,
    )
    found: dict[int, int] = {}
    fen = await _balance_at(tx, account, newest)
    for row in rows:
        found[row["id"]] = fen
        fen -= row["fen"] if account.entry.debit_normal else -row["fen"]
    return found


def _named(account: Account) -> dict[str, object]:
    return {"code": account.code, "shop_id": account.shop_id, "ref": account.ref}


def _view(row: RowMapping, account: Account | None) -> TransferView:
    debit = Account(row["debit_code"], row["debit_shop_id"], row["debit_ref"])
    credit = Account(row["credit_code"], row["credit_shop_id"], row["credit_ref"])
    change = 0
    if account is not None:
        grows = (debit == account) == account.entry.debit_normal
        change = row["amount_fen"] if grows else -row["amount_fen"]
    return TransferView(
        id=row["id"],
        at=row["at"],
        event=row["event"],
        leg=row["leg"],
        kind=row["kind"],
        debit=debit,
        credit=credit,
        amount_fen=row["amount_fen"],
        currency=row["currency"],
        shop_id=row["shop_id"],
        order_id=row["order_id"],
        rulebook=row["rulebook"],
        change_fen=change,
        other=None if account is None else (credit if debit == account else debit),
    )
