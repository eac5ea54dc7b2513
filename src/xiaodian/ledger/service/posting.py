"""Writing transfers and, with them, the balances that somebody could overdraw."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from xiaodian.infra import timers
from xiaodian.kernel.clock import day_of, start_of_day
from xiaodian.ledger.errors import BalanceTooLow, EventReused
from xiaodian.ledger.rules.accounts import Account
from xiaodian.ledger.rules.chart import Nature, entry_of
from xiaodian.ledger.rules.postings import KINDS, REVERSAL, allows, bank_move

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import RowMapping

    from xiaodian.infra.db import Tx

__all__ = [
    "FUNDING_TIMER",
    "Leg",
    "Posting",
    "lock",
    "post",
    "post_set",
    "transfer",
]

_COMPANION = 500
"""The bank's transfer that goes with leg 3 is leg 503."""
_EVENT_MAX = 80
CNY = "CNY"
FUNDING_TIMER = "ledger.own_funding"
_FUNDING_AT = timedelta(minutes=20)
"""After the channel's settlement of the night, whose fees own funds cover."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One transfer of a posting; a leg of 0 fen is left out, and keeps its number."""

    debit: Account
    credit: Account
    amount_fen: int
    currency: str = CNY


@dataclass(frozen=True, slots=True)
class Posting:
    """One transfer of a set: which event and leg it is, and whose business."""

    event: str
    leg: int
    debit: Account
    credit: Account
    amount_fen: int
    shop_id: int = 0
    order_id: int | None = None
    rulebook: str = ""
    currency: str = CNY


_Key = tuple[Account, str]


async def transfer(  # noqa: PLR0913 - a transfer has this many facts, each by name
    tx: Tx,
    *,
    debit: Account,
    credit: Account,
    amount_fen: int,
    event: str,
    kind: str,
    leg: int = 1,
    shop_id: int = 0,
    order_id: int | None = None,
    rulebook: str = "",
) -> bool:
    """Book one transfer; twice is once. Answers whether it was new.

    Refuses ``BALANCE_TOO_LOW`` when an account that can be overdrawn has less, and
    ``EVENT_REUSED`` when this event and leg are booked with another amount or between others.
    """
    row = Posting(event, leg, debit, credit, amount_fen, shop_id, order_id, rulebook)
    return (await post_set(tx, kind=kind, rows=[row]))[0]


async def post(
    tx: Tx,
    *,
    event: str,
    kind: str,
    legs: Sequence[Leg],
    shop_id: int = 0,
    order_id: int | None = None,
    rulebook: str = "",
    first_leg: int = 1,
) -> bool:
    """Book the transfers of one event, numbered from ``first_leg``; twice is once.

    Answers whether anything was new. Refuses as ``transfer`` does.
    """
    rows = [
        Posting(
            event, number, leg.debit, leg.credit, leg.amount_fen, shop_id, order_id, rulebook,
            leg.currency,
        )
        for number, leg in enumerate(legs, first_leg)
        if leg.amount_fen
    ]  # fmt: skip
    return any(await post_set(tx, kind=kind, rows=rows))


async def post_set(tx: Tx, *, kind: str, rows: Sequence[Posting]) -> list[bool]:
    """Book many transfers of one kind at once, each once; answers which were new.

    One statement writes the transfers, one or two more the balances that are guarded. Where a
    deposit pays for something else, the bank's own transfer is written beside it (remark of E33).
    A set that takes more than an account has is refused as a whole with ``BALANCE_TOO_LOW``; then
    nothing of it was written, and the transaction may go on.
    """
    if not rows:
        return []
    places = _first_places(rows)
    once = [rows[place] for place in places.values()]
    whole = [*once, *_companions(kind, once)]
    for row in whole:
        _examine(kind, row)
    if any(account.guarded for row in whole for account in _shrinking(row)):
        async with tx.session.begin_nested():
            new = await _write(tx, kind, whole)
    else:
        new = await _write(tx, kind, whole)
    if any(_is_cost(row) for row in rows):
        await _expect_funding(tx)
    if len(new) < len(whole):
        await _compare(tx, [row for row in whole if (row.event, row.leg) not in new])
    return [
        place == places[row.event, row.leg] and (row.event, row.leg) in new
        for place, row in enumerate(rows)
    ]


def _first_places(rows: Sequence[Posting]) -> dict[tuple[str, int], int]:
    """Answer where each event and leg first stands; what repeats it in the set says the same."""
    places: dict[tuple[str, int], int] = {}
    for place, row in enumerate(rows):
        first = places.setdefault((row.event, row.leg), place)
        if rows[first] != row:
            raise EventReused(event=row.event)
    return places


def _is_cost(row: Posting) -> bool:
    """Tell whether the platform bears this, and has not paid it from its own money at once."""
    return row.debit.entry.nature is Nature.EXPENSE and row.credit.code != "Q:OWN_FUNDS"


async def _expect_funding(tx: Tx) -> None:
    """See that own funds cover the costs in the coming night (E34)."""
    tonight = start_of_day(day_of(tx.now)) + _FUNDING_AT
    due_at = tonight if tx.now < tonight else tonight + timedelta(days=1)
    await timers.ensure(tx, FUNDING_TIMER, 1, due_at=due_at)


async def lock(tx: Tx, accounts: Iterable[Account]) -> dict[Account, int]:
    """Lock guarded accounts in their order until the end of the transaction; answers balances.

    An account that was never used gets its row, so that there is something to lock.
    """
    wanted = sorted(set(accounts))
    assert all(account.guarded for account in wanted), "only a balance row can be locked"
    found = await _for_update(tx, wanted)
    if len(found) < len(wanted):
        missing = [account for account in wanted if account not in found]
        await tx.run(
            "INSERT INTO balances (code, shop_id, ref, currency, balance_fen)"  # noqa: S608 - fixed
            f" SELECT code, shop_id, ref, 'CNY', 0 FROM {_ACCOUNTS} ORDER BY code, shop_id, ref"
            " ON CONFLICT DO NOTHING",
            **_columns(missing),
        )
        found = await _for_update(tx, wanted)
    return found


def debit_of(row: RowMapping) -> Account:
    """Answer the account a stored transfer debits."""
    return Account(row["debit_code"], row["debit_shop_id"], row["debit_ref"])


def credit_of(row: RowMapping) -> Account:
    """Answer the account a stored transfer credits."""
    return Account(row["credit_code"], row["credit_shop_id"], row["credit_ref"])


_ACCOUNTS = (
    "unnest(CAST(:codes AS text[]), CAST(:shop_ids AS bigint[]), CAST(:refs AS bigint[]))"
    " AS a(code, shop_id, ref)"
)


def _columns(accounts: Sequence[Account]) -> dict[str, object]:
    return {
        "codes": [account.code for account in accounts],
        "shop_ids": [account.shop_id for account in accounts],
        "refs": [account.ref for account in accounts],
    }


async def _for_update(tx: Tx, accounts: Sequence[Account]) -> dict[Account, int]:
    found = await tx.rows(
        "SELECT b.code, b.shop_id, b.ref, b.balance_fen FROM balances b"  # noqa: S608 - fixed
        f" JOIN {_ACCOUNTS} USING (code, shop_id, ref) WHERE b.currency = 'CNY'"
        " ORDER BY b.code, b.shop_id, b.ref FOR UPDATE OF b",
        **_columns(accounts),
    )
    return {Account(row["code"], row["shop_id"], row["ref"]): row["balance_fen"] for row in found}


def _companions(kind: str, rows: Sequence[Posting]) -> list[Posting]:
    if kind == REVERSAL:  # the original's companions are among the legs that are reversed
        return []
    made: list[Posting] = []
    for row in rows:
        move = bank_move(row.debit.code, row.credit.code)
        if move is not None:
            debit, credit = Account(move[0]), Account(move[1])
            made.append(
                Posting(
                    row.event, row.leg + _COMPANION, debit, credit, row.amount_fen, row.shop_id,
                    row.order_id, row.rulebook, row.currency,
                )
            )  # fmt: skip
    return made


def _examine(kind: str, row: Posting) -> None:
    assert row.amount_fen > 0, "a transfer moves a positive amount"
    assert kind in KINDS, "every posting has its row in the table"
    assert allows(kind, row.debit.code, row.credit.code), (
        f"{kind} makes no transfer from {row.debit.name} to {row.credit.name}"
    )
    assert 0 < len(row.event) <= _EVENT_MAX, "an event has a short name"


def _shrinking(row: Posting) -> tuple[Account, ...]:
    """Answer the sides of a transfer on which an account gets less."""
    sides: list[Account] = []
    if not entry_of(row.debit.code).debit_normal:
        sides.append(row.debit)
    if entry_of(row.credit.code).debit_normal:
        sides.append(row.credit)
    return tuple(sides)


async def _write(tx: Tx, kind: str, rows: Sequence[Posting]) -> set[tuple[str, int]]:
    new = await _insert(tx, kind, sorted(rows, key=lambda row: (row.event, row.leg)))
    changes: defaultdict[_Key, int] = defaultdict(int)
    for row in rows:
        if (row.event, row.leg) in new:
            _change(changes, row.debit, row.currency, row.amount_fen, debit=True)
            _change(changes, row.credit, row.currency, row.amount_fen, debit=False)
    await _apply(tx, {key: by for key, by in sorted(changes.items()) if by})
    return new


def _change(
    changes: defaultdict[_Key, int], account: Account, currency: str, fen: int, *, debit: bool
) -> None:
    if account.guarded:
        changes[account, currency] += fen if account.entry.debit_normal == debit else -fen


_INSERT = """
INSERT INTO transfers (id, event, leg, kind, at, currency, amount_fen, debit_code, debit_shop_id,
 debit_ref, credit_code, credit_shop_id, credit_ref, shop_id, order_id, rulebook)
SELECT n.id, n.event, n.leg, :kind, :at, n.currency, n.amount_fen, n.debit_code, n.debit_shop_id,
 n.debit_ref, n.credit_code, n.credit_shop_id, n.credit_ref, n.shop_id, n.order_id, n.rulebook
FROM unnest(CAST(:ids AS bigint[]), CAST(:events AS text[]), CAST(:legs AS smallint[]),
 CAST(:currencies AS text[]), CAST(:amounts AS bigint[]),
 CAST(:debit_codes AS text[]), CAST(:debit_shops AS bigint[]), CAST(:debit_refs AS bigint[]),
 CAST(:credit_codes AS text[]), CAST(:credit_shops AS bigint[]), CAST(:credit_refs AS bigint[]),
 CAST(:shops AS bigint[]), CAST(:orders AS bigint[]), CAST(:rulebooks AS text[]))
AS n(id, event, leg, currency, amount_fen, debit_code, debit_shop_id, debit_ref, credit_code,
 credit_shop_id, credit_ref, shop_id, order_id, rulebook)
ON CONFLICT (event, leg) DO NOTHING RETURNING event, leg
"""


async def _insert(tx: Tx, kind: str, rows: Sequence[Posting]) -> set[tuple[str, int]]:
    written = await tx.rows(
        _INSERT,
        kind=kind,
        at=tx.now,
        ids=tx.new_ids(len(rows)),
        events=[row.event for row in rows],
        legs=[row.leg for row in rows],
        currencies=[row.currency for row in rows],
        amounts=[row.amount_fen for row in rows],
        debit_codes=[row.debit.code for row in rows],
        debit_shops=[row.debit.shop_id for row in rows],
        debit_refs=[row.debit.ref for row in rows],
        credit_codes=[row.credit.code for row in rows],
        credit_shops=[row.credit.shop_id for row in rows],
        credit_refs=[row.credit.ref for row in rows],
        shops=[row.shop_id for row in rows],
        orders=[row.order_id for row in rows],
        rulebooks=[row.rulebook for row in rows],
    )
    return {(row["event"], row["leg"]) for row in written}


_CHANGES = (
    "unnest(CAST(:codes AS text[]), CAST(:shop_ids AS bigint[]), CAST(:refs AS bigint[]),"
    " CAST(:currencies AS text[]), CAST(:by AS bigint[]))"
    " AS c(code, shop_id, ref, currency, by_fen)"
)
_UPDATE = f"""
UPDATE balances b SET balance_fen = b.balance_fen + held.by_fen
FROM (SELECT b.code, b.shop_id, b.ref, b.currency, c.by_fen
  FROM balances b JOIN {_CHANGES} USING (code, shop_id, ref, currency)
  ORDER BY b.code, b.shop_id, b.ref, b.currency FOR UPDATE OF b) held
WHERE (b.code, b.shop_id, b.ref, b.currency)
  = (held.code, held.shop_id, held.ref, held.currency) AND b.balance_fen + held.by_fen >= 0
RETURNING b.code, b.shop_id, b.ref, b.currency
"""  # noqa: S608 - no text from outside
_UPSERT = f"""
INSERT INTO balances (code, shop_id, ref, currency, balance_fen)
SELECT code, shop_id, ref, currency, by_fen FROM {_CHANGES}
ORDER BY code, shop_id, ref, currency
ON CONFLICT (code, shop_id, ref, currency)
DO UPDATE SET balance_fen = balances.balance_fen + excluded.balance_fen
"""  # noqa: S608 - no text from outside


async def _apply(tx: Tx, changes: Mapping[_Key, int]) -> None:
    """Move the guarded balances, in account order, or refuse ``BALANCE_TOO_LOW``."""
    left = dict(changes)
    if any(by < 0 for by in left.values()):
        for row in await tx.rows(_UPDATE, **_change_columns(left)):
            del left[Account(row["code"], row["shop_id"], row["ref"]), row["currency"]]
        for (account, currency), by in left.items():
            if by < 0:
                raise BalanceTooLow(
                    account=account.name,
                    balance_fen=await _balance(tx, account, currency),
                    needed_fen=-by,
                )
    if left:
        await tx.run(_UPSERT, **_change_columns(left))


def _change_columns(changes: Mapping[_Key, int]) -> dict[str, object]:
    return {
        **_columns([account for account, _ in changes]),
        "currencies": [currency for _, currency in changes],
        "by": list(changes.values()),
    }


async def _balance(tx: Tx, account: Account, currency: str) -> int:
    found = await tx.rows(
        "SELECT balance_fen FROM balances WHERE code = :code AND shop_id = :shop_id"
        " AND ref = :ref AND currency = :currency",
        code=account.code,
        shop_id=account.shop_id,
        ref=account.ref,
        currency=currency,
    )
    return found[0]["balance_fen"] if found else 0


async def _compare(tx: Tx, repeated: Sequence[Posting]) -> None:
    """Refuse a repetition that says something else than the first time."""
    stored = await tx.rows(
        "SELECT t.* FROM transfers t JOIN unnest(CAST(:events AS text[]),"
        " CAST(:legs AS smallint[])) AS n(event, leg) USING (event, leg)",
        events=[row.event for row in repeated],
        legs=[row.leg for row in repeated],
    )
    first = {
        (row["event"], row["leg"]): (
            debit_of(row), credit_of(row), row["amount_fen"], row["currency"],
        )
        for row in stored
    }  # fmt: skip
    for row in repeated:
        said = (row.debit, row.credit, row.amount_fen, row.currency)
        if first[row.event, row.leg] != said:
            raise EventReused(event=row.event)
