"""Whether the books add up: the invariants of 5.4 as queries, and everything derived recomputed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from xiaodian.kernel.clock import day_of, start_of_day
from xiaodian.ledger.queries.balances import trial_balance
from xiaodian.ledger.rules.accounts import Account
from xiaodian.ledger.rules.chart import CHART, Keeping, Nature
from xiaodian.ledger.rules.postings import REVERSAL, allows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx

__all__ = ["CHECKS", "Books", "Check", "Difference", "Finding", "verify"]

_SHOWN_MAX = 100
"""A finding lists this many differences; one is enough to fail."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where something is not what it must be: ``subject`` names the account, event or day."""

    subject: str
    expected_fen: int
    found_fen: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. ``sentence`` is the rule in words, ``rule`` where it is written."""

    name: str
    rule: str
    sentence: str
    differences: Sequence[Difference] = ()

    @property
    def holds(self) -> bool:
        """Tell whether there is nothing to complain of."""
        return not self.differences


class Check(Protocol):
    """One thing to verify. Rooms above the ledger bring their own; ``wiring.CHECKS`` lists all."""

    async def __call__(self, tx: Tx) -> Finding:
        """Look, and answer what was found."""
        ...


class Books:
    """Whoever knows every check of the house; a page asks the runtime for it."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = tuple(checks)

    async def examine(self, tx: Tx) -> list[Finding]:
        """Run every check."""
        return await verify(tx, self._checks)


async def verify(tx: Tx, checks: Sequence[Check] = ()) -> list[Finding]:
    """Run the ledger's own checks and those given, and answer what each found."""
    return [await check(tx) for check in (*CHECKS, *checks)]


async def sum_is_zero(tx: Tx) -> Finding:
    """Compare debits with credits: they are equal in every currency (invariant 1)."""
    sums = (await trial_balance(tx)).sum_fen
    return Finding(
        "trial_balance", "5.4/1", "各币种借贷合计相等",
        [Difference(currency, 0, fen) for currency, fen in sums.items() if fen],
    )  # fmt: skip


async def sides_are_right(tx: Tx) -> Finding:
    """Look for assets in credit and money owed to somebody in debit, in sum (invariant 2)."""
    trial = await trial_balance(tx)
    sums: dict[tuple[str, str], int] = {}
    for line in trial.lines:
        if line.entry.one_sided:
            key = (line.entry.code, line.currency)
            sums[key] = sums.get(key, 0) + line.shown_fen
    return Finding(
        "sides", "5.4/2", "资产不出现贷方余额，应付款不出现借方余额",
        [Difference(f"{code} {ccy}", 0, fen) for (code, ccy), fen in sums.items() if fen < 0],
    )  # fmt: skip


_CLIENTS = (
    "L:PENDING", "L:AVAILABLE", "L:RESERVE", "L:WITHDRAWING", "L:RED_POOL", "L:AD_WALLET",
    "L:BUYER_WALLET", "L:KOL_PENDING", "L:KOL_ESCROW", "L:KOL_AVAILABLE", "L:KOL_WITHDRAWING",
)  # fmt: skip
_BACKING = (
    "A:POOL", "A:CLEARING", "A:PAYLATER", "A:INSURER", "A:SHOP_DEBT", "A:KOL_DEBT", "A:FX",
)  # fmt: skip
_DEPOSITS = ("L:DEPOSIT", "L:QUALITY_DEPOSIT", "L:RISK_DEPOSIT")
_FUNDING_AT = timedelta(hours=1)
"""The daily own funding runs within the first hour of the day after."""


async def clients_are_backed(tx: Tx) -> Finding:
    """Compare what the platform holds with what it owes to others (invariant 3).

    Costs of the day are covered by own funds in the night (E34); until then they are added.
    """
    trial = await trial_balance(tx)
    owed = -sum(trial.of(head) for head in _CLIENTS)
    held = sum(trial.of(head) for head in _BACKING) + max(trial.of("L:CHANNEL_FEE"), 0)
    held += await _costs_since_funding(tx)
    found = [Difference("A:POOL …", owed, held)] if held < owed else []
    return Finding("safeguarding", "5.4/3", "平台持有的资金不少于应付各方的资金", found)


async def _costs_since_funding(tx: Tx) -> int:
    costs = [entry.code for entry in CHART.values() if entry.nature is Nature.EXPENSE]
    (row,) = await tx.rows(
        "SELECT CAST(coalesce(sum(fen), 0) AS bigint) AS fen FROM ("
        " SELECT amount_fen AS fen FROM transfers WHERE debit_code = ANY(:costs) AND at >= :since"
        " UNION ALL SELECT -amount_fen FROM transfers WHERE credit_code = ANY(:costs)"
        " AND at >= :since) sides",
        costs=costs,
        since=start_of_day(day_of(tx.now - _FUNDING_AT)),
    )
    return max(row["fen"], 0)


async def bank_holds_deposits(tx: Tx) -> Finding:
    """Compare the deposit bank with the deposits: they are equal (invariant 3)."""
    trial = await trial_balance(tx)
    owed, held = -sum(trial.of(head) for head in _DEPOSITS), trial.of("A:DEPOSIT_BANK")
    found = [Difference("A:DEPOSIT_BANK", owed, held)] if held != owed else []
    return Finding("deposit_bank", "5.4/3", "保证金专户余额等于全部保证金", found)


async def positions_are_closed(tx: Tx) -> Finding:
    """Look for a conversion that was left half done (invariant 9)."""
    lines = (await trial_balance(tx)).lines
    open_ = [line for line in lines if line.entry.code == "C:FX_POSITION" and line.balance_fen]
    return Finding(
        "fx_position", "5.4/9", "换汇头寸为零",
        [Difference(f"{line.code} {line.currency}", 0, line.balance_fen) for line in open_],
    )  # fmt: skip


async def events_post_once(tx: Tx) -> Finding:
    """Look for an event and leg that stands there twice (invariant 10)."""
    rows = await tx.rows(
        "SELECT event, leg, count(*) AS times FROM transfers GROUP BY event, leg"
        " HAVING count(*) > 1 LIMIT :most",
        most=_SHOWN_MAX,
    )
    return Finding(
        "events_once", "5.4/10", "同一业务只入账一次",
        [Difference(f"{row['event']} #{row['leg']}", 1, row["times"]) for row in rows],
    )  # fmt: skip


async def balances_match(tx: Tx) -> Finding:
    """Recompute every guarded balance from its transfers."""
    guarded = [entry for entry in CHART.values() if entry.keeping is Keeping.ROW]
    rows = await tx.rows(
        """
        WITH heads AS (SELECT * FROM unnest(CAST(:heads AS text[]), CAST(:signs AS int[]))
         AS h(head, sign)),
        moved AS (SELECT code, shop_id, ref, currency, sum(fen) AS fen FROM (
          SELECT debit_code AS code, debit_shop_id AS shop_id, debit_ref AS ref, currency,
           amount_fen AS fen FROM transfers
          UNION ALL SELECT credit_code, credit_shop_id, credit_ref, currency, -amount_fen
           FROM transfers) sides GROUP BY 1, 2, 3, 4),
        due AS (SELECT m.code, m.shop_id, m.ref, m.currency, m.fen * h.sign AS fen FROM moved m
         JOIN heads h ON h.head = split_part(m.code, ':', 1) || ':' || split_part(m.code, ':', 2))
        SELECT code, shop_id, ref, currency, CAST(coalesce(d.fen, 0) AS bigint) AS due_fen,
         coalesce(b.balance_fen, 0) AS balance_fen
        FROM due d FULL JOIN balances b USING (code, shop_id, ref, currency)
        WHERE coalesce(d.fen, 0) <> coalesce(b.balance_fen, 0)
        ORDER BY code, shop_id, ref LIMIT :most
        """,
        heads=[entry.code for entry in guarded],
        signs=[1 if entry.debit_normal else -1 for entry in guarded],
        most=_SHOWN_MAX,
    )
    return Finding(
        "balances", "5.1", "账户余额与逐笔分录一致",
        [
            Difference(
                Account(row["code"], row["shop_id"], row["ref"]).name,
                row["due_fen"],
                row["balance_fen"],
            )
            for row in rows
        ],
    )  # fmt: skip


async def roll_ups_match(tx: Tx) -> Finding:
    """Recompute every daily sum from the transfers up to the horizon."""
    rows = await tx.rows(
        """
        WITH h AS (SELECT coalesce((SELECT horizon FROM ledger_horizon WHERE id = 1), 0) AS id),
        due AS (SELECT code, currency, day, sum(debit_fen) AS debit_fen,
          sum(credit_fen) AS credit_fen FROM (
          SELECT debit_code AS code, currency, amount_fen AS debit_fen, 0 AS credit_fen,
           CAST(at AT TIME ZONE 'Asia/Shanghai' AS date) AS day
          FROM transfers WHERE id <= (SELECT id FROM h)
          UNION ALL SELECT credit_code, currency, 0, amount_fen,
           CAST(at AT TIME ZONE 'Asia/Shanghai' AS date)
          FROM transfers WHERE id <= (SELECT id FROM h)) sides GROUP BY code, currency, day)
        SELECT code, currency, day,
         CAST(coalesce(d.debit_fen, 0) - coalesce(d.credit_fen, 0) AS bigint) AS due_fen,
         coalesce(s.debit_fen, 0) - coalesce(s.credit_fen, 0) AS sum_fen
        FROM due d FULL JOIN ledger_days s USING (code, currency, day)
        WHERE (d.debit_fen, d.credit_fen) IS DISTINCT FROM (s.debit_fen, s.credit_fen)
        ORDER BY day, code LIMIT :most
        """,
        most=_SHOWN_MAX,
    )
    return Finding(
        "roll_ups", "5.1", "日汇总与逐笔分录一致",
        [
            Difference(
                f"{row['code']} {row['currency']} {row['day']}", row["due_fen"], row["sum_fen"]
            )
            for row in rows
        ],
    )  # fmt: skip


async def pairs_are_allowed(tx: Tx) -> Finding:
    """Look for transfers that their kind of event does not make."""
    rows = await tx.rows(
        "SELECT kind, debit_code, credit_code, min(event) AS event, count(*) AS times"
        " FROM transfers GROUP BY kind, debit_code, credit_code"
    )
    strange = [
        row for row in rows if not allows(row["kind"], row["debit_code"], row["credit_code"])
    ]
    return Finding(
        "postings", "5.2", "每笔分录都符合该业务的记账规则",
        [
            Difference(
                f"{row['event']} {row['kind']} {row['debit_code']}→{row['credit_code']}",
                0,
                row["times"],
            )
            for row in strange
        ],
    )  # fmt: skip


async def reversals_mirror(tx: Tx) -> Finding:
    """Compare each reversal with its original: the same, the other way round, whole (E35)."""
    rows = await tx.rows(
        """
        SELECT coalesce(r.event, 'reversal:' || o.event) AS event,
         coalesce(o.amount_fen, 0) AS due_fen, coalesce(r.amount_fen, 0) AS found_fen
        FROM (SELECT * FROM transfers WHERE kind = :kind) r
        FULL JOIN (SELECT * FROM transfers t WHERE kind <> :kind AND EXISTS (
          SELECT FROM transfers x WHERE x.event = 'reversal:' || t.event)) o
         ON r.event = 'reversal:' || o.event AND r.leg = o.leg
        WHERE r.id IS NULL OR o.id IS NULL
         OR (r.amount_fen, r.currency, r.debit_code, r.debit_shop_id, r.debit_ref,
             r.credit_code, r.credit_shop_id, r.credit_ref)
         <> (o.amount_fen, o.currency, o.credit_code, o.credit_shop_id, o.credit_ref,
             o.debit_code, o.debit_shop_id, o.debit_ref)
        LIMIT :most
        """,
        kind=REVERSAL,
        most=_SHOWN_MAX,
    )
    return Finding(
        "reversals", "E35", "冲正与原分录逐笔对应",
        [Difference(row["event"], row["due_fen"], row["found_fen"]) for row in rows],
    )  # fmt: skip


CHECKS: tuple[Check, ...] = (
    sum_is_zero,
    sides_are_right,
    clients_are_backed,
    bank_holds_deposits,
    positions_are_closed,
    events_post_once,
    balances_match,
    roll_ups_match,
    pairs_are_allowed,
    reversals_mirror,
)
"""What the ledger verifies by itself."""
