"""What stands on the accounts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xiaodian.ledger.rules.accounts import Account
from xiaodian.ledger.rules.chart import CHART, Entry, entry_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xiaodian.infra.db import Tx

__all__ = ["TrialBalance", "TrialLine", "balance", "balances", "code_sums", "trial_balance"]

_SUMS = """
WITH h AS (SELECT coalesce((SELECT horizon FROM ledger_horizon WHERE id = 1), 0) AS id)
SELECT code, currency, CAST(sum(debit_fen) AS bigint) AS debit_fen,
 CAST(sum(credit_fen) AS bigint) AS credit_fen FROM (
 SELECT code, currency, debit_fen, credit_fen FROM ledger_days
  WHERE CAST(:code AS text) IS NULL OR code = :code
 UNION ALL
 SELECT debit_code, currency, amount_fen, 0 FROM transfers
  WHERE id > (SELECT id FROM h) AND (CAST(:code AS text) IS NULL OR debit_code = :code)
 UNION ALL
 SELECT credit_code, currency, 0, amount_fen FROM transfers
  WHERE id > (SELECT id FROM h) AND (CAST(:code AS text) IS NULL OR credit_code = :code)) sides
GROUP BY code, currency
"""

_ONE = """
SELECT CAST(coalesce(sum(fen), 0) AS bigint) AS fen FROM (
 SELECT amount_fen AS fen FROM transfers
  WHERE debit_code = :code AND debit_shop_id = :shop_id AND debit_ref = :ref
  AND currency = :currency
 UNION ALL
 SELECT -amount_fen FROM transfers
  WHERE credit_code = :code AND credit_shop_id = :shop_id AND credit_ref = :ref
  AND currency = :currency) sides
"""


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One account of the chart in one currency, over all shops and orders.

    ``balance_fen`` is debit less credit, as 5.1 writes it: liabilities and income are negative.
    """

    code: str
    currency: str
    debit_fen: int
    credit_fen: int

    @property
    def balance_fen(self) -> int:
        """Answer debit less credit."""
        return self.debit_fen - self.credit_fen

    @property
    def shown_fen(self) -> int:
        """Answer the balance with the sign turned to the side on which the account grows."""
        return self.balance_fen if self.entry.debit_normal else -self.balance_fen

    @property
    def entry(self) -> Entry:
        """Answer the line of the chart."""
        return entry_of(self.code)


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Every account with a movement, in the order of the chart."""

    lines: Sequence[TrialLine]

    @property
    def sum_fen(self) -> dict[str, int]:
        """Answer what all balances add up to, per currency: zero, or the books are broken."""
        sums: defaultdict[str, int] = defaultdict(int)
        for line in self.lines:
            sums[line.currency] += line.balance_fen
        return dict(sums)

    @property
    def off_fen(self) -> int:
        """Answer by how much the books are off, over all currencies: 0."""
        return sum(abs(fen) for fen in self.sum_fen.values())

    def of(self, head: str, currency: str = "CNY") -> int:
        """Answer debit less credit of an account of the chart, over all its words."""
        return sum(
            line.balance_fen
            for line in self.lines
            if line.currency == currency and line.entry.code == head
        )


async def balance(tx: Tx, account: Account, currency: str = "CNY") -> int:
    """Answer an account's balance on the side on which it grows; 0 where nothing ever moved.

    A guarded account is read from its row, one of the platform's own from roll-ups and tail, and
    any other is summed from its transfers.
    """
    entry = account.entry
    if account.guarded:
        return (await balances(tx, [account], currency))[account]
    if not account.shop_id and not account.ref:
        sums = await code_sums(tx, account.code)
        fen = sum(line.balance_fen for line in sums if line.currency == currency)
    else:
        (row,) = await tx.rows(
            _ONE,
            code=account.code,
            shop_id=account.shop_id,
            ref=account.ref,
            currency=currency,
        )
        fen = row["fen"]
    return fen if entry.debit_normal else -fen


async def balances(
    tx: Tx, accounts: Iterable[Account], currency: str = "CNY"
) -> dict[Account, int]:
    """Answer the balances of guarded accounts, without locking them; 0 where there is no row."""
    wanted = sorted(set(accounts))
    assert all(account.guarded for account in wanted), "only guarded accounts have rows"
    rows = await tx.rows(
        "SELECT b.code, b.shop_id, b.ref, b.balance_fen FROM balances b"
        " JOIN unnest(CAST(:codes AS text[]), CAST(:shop_ids AS bigint[]),"
        " CAST(:refs AS bigint[])) AS a(code, shop_id, ref) USING (code, shop_id, ref)"
        " WHERE b.currency = :currency",
        codes=[account.code for account in wanted],
        shop_ids=[account.shop_id for account in wanted],
        refs=[account.ref for account in wanted],
        currency=currency,
    )
    found = {Account(row["code"], row["shop_id"], row["ref"]): row["balance_fen"] for row in rows}
    return {account: found.get(account, 0) for account in wanted}


async def trial_balance(tx: Tx) -> TrialBalance:
    """Answer every account of the chart that has moved, per word and currency."""
    lines = await code_sums(tx, None)
    order = {code: place for place, code in enumerate(CHART)}
    return TrialBalance(
        sorted(lines, key=lambda line: (line.currency, order[line.entry.code], line.code))
    )


async def code_sums(tx: Tx, code: str | None) -> list[TrialLine]:
    """Sum one code, or all of them, from the roll-ups and the tail behind the horizon."""
    rows = await tx.rows(_SUMS, code=code)
    return [
        TrialLine(row["code"], row["currency"], row["debit_fen"], row["credit_fen"]) for row in rows
    ]
