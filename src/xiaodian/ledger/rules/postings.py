"""How each business event becomes transfers (rulebook 5.2), in one table.

Part 5.2 writes an event as debits and credits that add up to zero. Here every debit has found its
credit: a transfer takes one positive amount from one account to another, so books cannot tilt.
``docs/reference/postings.md`` is printed from this table, and a posting whose pair of accounts is
not in the row of its kind is a bug that the ledger does not let through.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from xiaodian.ledger.rules.chart import CHART, head_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ADJUSTMENT",
    "COMPANIONS",
    "KINDS",
    "REVERSAL",
    "EventKind",
    "Pair",
    "allows",
    "bank_move",
    "reference",
]

REVERSAL = "E35"
"""The kind whose transfers are those of another event, the other way round."""
ADJUSTMENT = "E90"
"""The kind of what staff put right by hand, two of them together; a row of our own."""
_DEPOSITS = frozenset({"L:DEPOSIT", "L:QUALITY_DEPOSIT", "L:RISK_DEPOSIT"})
_BANK = "A:DEPOSIT_BANK"


@dataclass(frozen=True, slots=True)
class Pair:
    """A transfer that an event may make: which accounts, how much, and when."""

    debit: str
    credit: str
    amount: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class EventKind:
    """An E-code with its names and its transfers."""

    code: str
    zh: str
    en: str
    pairs: tuple[Pair, ...]

    def title(self, lang: str) -> str:
        """Name the event for a reader."""
        return self.en if lang == "en" else self.zh


def _from_each(sources: str, credit: str, amount: str, when: str = "") -> tuple[Pair, ...]:
    """Write a waterfall: each source in turn, as far as it goes, against the same account."""
    return tuple(Pair(source, credit, amount, when) for source in sources.split())


def _to_each(debit: str, credits_and_amounts: str) -> tuple[Pair, ...]:
    """Write one account that is split over several; the amounts stand behind their accounts."""
    words = credits_and_amounts.split()
    return tuple(
        Pair(debit, credit, amount) for credit, amount in zip(words[::2], words[1::2], strict=True)
    )


_FALL = "L:AVAILABLE L:DEPOSIT A:SHOP_DEBT"
_ORDER_FALL = f"L:PENDING {_FALL}"
_COVERED_FALL = "L:DEPOSIT A:INSURER L:AVAILABLE A:SHOP_DEBT"
_BORNE = Pair(
    "E:CHANNEL_COST", "Q:OWN_FUNDS", "c",
    "the channel's fee of a top-up, which the platform pays from its own money",
)  # fmt: skip

_KINDS = (
    EventKind("E01", "买家付款", "Order paid", (
        Pair("A:CLEARING", "L:PENDING", "P"),
        Pair("E:SUBSIDY", "L:PENDING", "S", "a platform-funded discount"),
    )),
    EventKind("E02", "渠道清算到账", "Channel settled", (
        Pair("A:POOL", "A:CLEARING", "P−c", "P less the refunds made so far"),
        Pair("L:CHANNEL_FEE", "A:CLEARING", "c", "the channel's fee is passed through"),
        Pair("E:CHANNEL_COST", "A:CLEARING", "c", "the platform bears the channel's fee"),
    )),
    EventKind("E03", "货款结算", "Settled", (
        *_to_each(
            "L:PENDING",
            "L:AVAILABLE net L:CHANNEL_FEE ch I:FEE_HANDLING fee I:FEE_TECH tech"
            " I:COMMISSION com L:RESERVE res L:KOL_PENDING kol",
        ),
        *(
            Pair(source, credit, "rest of a fee", "E13 or E14 left too little in PENDING")
            for source in _FALL.split()
            for credit in ("L:CHANNEL_FEE", "I:FEE_HANDLING", "I:FEE_TECH", "I:COMMISSION")
        ),
    )),
    EventKind("E04", "质保金释放", "Reserve released", (
        Pair("L:RESERVE", "L:AVAILABLE", "res"),
    )),
    EventKind("E05", "结算前退款", "Refund before settlement", (
        Pair("L:PENDING", "A:CLEARING", "R", "E02 not yet booked"),
        Pair("L:PENDING", "A:POOL", "R", "E02 booked"),
        *_from_each(_FALL, "A:CLEARING", "rest of R", "E13 or E14 left too little in PENDING"),
        *_from_each(_FALL, "A:POOL", "rest of R", "E13 or E14 left too little in PENDING"),
        Pair("A:POOL", "L:CHANNEL_FEE", "Δch", "E02 booked: the channel gives its fee back"),
        Pair("A:POOL", "E:CHANNEL_COST", "Δch", "the same, where the platform bears it"),
        Pair("L:PENDING", "E:SUBSIDY", "Rs"),
        *_from_each(_FALL, "E:SUBSIDY", "rest of Rs", "E13 or E14 left too little in PENDING"),
    )),
    EventKind("E06", "结算后退款", "Refund after settlement", (
        *(
            Pair(source, credit, amount, when)
            for (credit, when), (source, amount) in product(
                (
                    ("A:POOL", ""),
                    ("A:CLEARING", "E02 not yet booked"),
                    ("E:SUBSIDY", "the part that is Rs"),
                ),
                (
                    ("L:CHANNEL_FEE", "Δch"), ("I:FEE_HANDLING", "Δfee"),
                    ("I:FEE_TECH", "Δtech"), ("I:COMMISSION", "Δcom"),
                    ("L:KOL_PENDING", "Δkol"), ("L:KOL_AVAILABLE", "Δkol"),
                    ("A:KOL_DEBT", "Δkol"), ("L:RESERVE", "Δres"),
                    ("L:AVAILABLE", "rest"), ("L:DEPOSIT", "rest"), ("A:SHOP_DEBT", "rest"),
                ),
            )
        ),
        *(
            Pair(source, credit, "1 fen", "lines that round together give back too much (C-4)")
            for source in ("L:CHANNEL_FEE", "I:FEE_HANDLING", "I:FEE_TECH", "I:COMMISSION")
            for credit in ("L:AVAILABLE", "L:RESERVE")
        ),
        Pair("L:RESERVE", "L:AVAILABLE", "1 fen", "likewise"),
        Pair("A:POOL", "L:CHANNEL_FEE", "Δch", "the channel gives its fee back"),
        Pair("A:POOL", "E:CHANNEL_COST", "Δch", "the same, where the platform bears it"),
    )),
    EventKind("E07", "缴纳保证金", "Deposit topped up", (
        Pair(_BANK, "L:DEPOSIT", "x"), _BORNE,
    )),
    EventKind("E08", "保证金扣罚", "Deposit penalty", _from_each(
        _COVERED_FALL, "I:PENALTY", "x"
    )),
    EventKind("E09", "退还保证金", "Deposit returned", (Pair("L:DEPOSIT", _BANK, "x"),)),
    EventKind("E10", "保证金保险费", "Insurance premium", (
        Pair("L:AVAILABLE", "L:INSURER_PREMIUM", "p"),
        Pair("A:CLEARING", "L:INSURER_PREMIUM", "p", "the shop has no money yet"),
        Pair("L:INSURER_PREMIUM", "A:POOL", "p", "passed on to the insurer"),
        Pair("M:COVER", "M:COVER_CONTRA", "cover", "the policy begins"),
        Pair("M:COVER_CONTRA", "M:COVER", "cover", "the policy ends"),
    )),
    EventKind("E11", "保险理赔", "Insurance claim", (
        Pair("A:INSURER", "L:BUYER_WALLET", "x"),
        Pair("A:INSURER", "I:PENALTY", "x"),
        Pair("A:POOL", "A:INSURER", "x", "the insurer pays"),
    )),
    EventKind("E12", "虚假发货赔付", "Fake-shipment compensation", _from_each(
        _COVERED_FALL, "L:BUYER_WALLET", "x"
    )),
    EventKind("E13", "揽收超时扣款", "Late pick-up", (
        *_from_each(_ORDER_FALL, "L:BUYER_WALLET", "x"),
        *_from_each(_ORDER_FALL, "I:PENALTY", "x", "the rulebook names the platform"),
    )),
    EventKind("E14", "延迟发货赔付", "Late-shipping compensation", _from_each(
        _ORDER_FALL, "L:BUYER_WALLET", "x"
    )),
    EventKind("E15", "提现", "Withdrawal", (
        Pair("L:AVAILABLE", "L:WITHDRAWING", "w", "requested"),
        Pair("L:WITHDRAWING", "A:POOL", "w", "paid"),
        Pair("L:WITHDRAWING", "I:FEE_HANDLING", "f", "the rulebook takes a fee of withdrawals"),
        Pair("L:WITHDRAWING", "L:AVAILABLE", "w", "failed or rejected"),
    )),
    EventKind("E16", "红包雨入池", "Red envelopes funded", (
        Pair("L:AVAILABLE", "L:RED_POOL", "B"), Pair("A:CLEARING", "L:RED_POOL", "B"),
    )),
    EventKind("E17", "领取红包", "Red envelope taken", (
        Pair("L:RED_POOL", "L:BUYER_WALLET", "a"),
    )),
    EventKind("E18", "红包余额退回", "Red envelopes returned", (
        Pair("L:RED_POOL", "L:AVAILABLE", "r"),
    )),
    EventKind("E19", "推广钱包充值", "Promotion wallet topped up", (
        Pair("A:CLEARING", "L:AD_WALLET", "x"), Pair("L:AVAILABLE", "L:AD_WALLET", "x"), _BORNE,
    )),
    EventKind("E20", "推广扣费", "Promotion charged", (Pair("L:AD_WALLET", "I:AD", "x"),)),
    EventKind("E21", "推广钱包退款", "Promotion wallet refunded", (
        Pair("L:AD_WALLET", "A:CLEARING", "x"),
        Pair("L:AD_WALLET", "A:POOL", "x", "the channel has settled the top-up"),
        Pair("L:AD_WALLET", "L:AVAILABLE", "x"),
    )),
    EventKind("E22", "达人互选", "Creator deal", (
        Pair("L:AVAILABLE", "L:KOL_ESCROW", "x", "locked"),
        Pair("L:KOL_ESCROW", "L:KOL_AVAILABLE", "x", "delivered"),
        Pair("L:KOL_ESCROW", "L:AVAILABLE", "x", "breached"),
    )),
    EventKind("E23", "达人佣金释放", "Commission released", (
        Pair("L:KOL_PENDING", "L:KOL_AVAILABLE", "k"),
    )),
    EventKind("E24", "缴纳风险保证金", "Risk deposit topped up", (
        Pair(_BANK, "L:RISK_DEPOSIT", "x"), _BORNE,
    )),
    EventKind("E25", "先用后付", "Pay later", (
        Pair("A:CLEARING", "L:PENDING", "P", "charged in time: as E01"),
        Pair("E:SUBSIDY", "L:PENDING", "S", "charged in time: as E01"),
        Pair("A:PAYLATER", "L:PENDING", "P", "overdue: the platform advances"),
        Pair("A:CLEARING", "A:PAYLATER", "P", "charged after all"),
    )),
    EventKind("E26", "先用后付违约", "Pay-later default", (
        Pair("L:RISK_DEPOSIT", "A:PAYLATER", "min(P, balance)"),
        Pair("E:BAD_DEBT", "A:PAYLATER", "rest"),
        Pair("A:CLEARING", "L:RISK_DEPOSIT", "y", "repaid later"),
    )),
    EventKind("E27", "跨境结汇", "Cross-border conversion", (
        Pair("A:FX", "A:POOL", "N"),
        Pair("C:FX_POSITION", "A:FX", "N", "in CNY"),
        Pair("A:FX_FOREIGN", "C:FX_POSITION", "U", "in the foreign currency"),
        Pair("L:AVAILABLE", "C:FX_POSITION", "N", "in CNY"),
        Pair("C:FX_POSITION", "L:FOREIGN_AVAILABLE", "U", "in the foreign currency"),
        Pair("L:FOREIGN_AVAILABLE", "A:FX_FOREIGN", "U", "paid out"),
    )),
    EventKind("E28", "质量保证金", "Quality deposit", (
        Pair(_BANK, "L:QUALITY_DEPOSIT", "x"),
        Pair("L:QUALITY_DEPOSIT", _BANK, "x", "returned"), _BORNE,
    )),
    EventKind("E29", "评价服务", "Review service", (
        Pair("L:AVAILABLE", "I:REVIEW_SERVICE", "f"),
        Pair("A:CLEARING", "I:REVIEW_SERVICE", "f"),
    )),
    EventKind("E30", "退货包运费", "Return freight covered", (
        Pair("L:AVAILABLE", "L:BUYER_WALLET", "x", "the merchant pays"),
        Pair("E:COMPENSATION", "L:BUYER_WALLET", "x", "the platform pays"),
    )),
    EventKind("E31", "运费险", "Freight insurance", (
        Pair("L:AVAILABLE", "L:INSURER_PREMIUM", "p"),
        Pair("A:CLEARING", "L:INSURER_PREMIUM", "p"),
        Pair("L:INSURER_PREMIUM", "A:POOL", "p", "passed on to the insurer"),
        Pair("A:INSURER", "L:BUYER_WALLET", "x", "claim"),
        Pair("A:POOL", "A:INSURER", "x", "the insurer pays"),
    )),
    EventKind("E32", "直连收款", "Direct collection", (
        Pair("M:DIRECT", "M:DIRECT_CONTRA", "P−ch"),
        Pair("M:DIRECT_CONTRA", "M:DIRECT", "R−Δch", "refunded"),
    )),
    EventKind("E33", "赔付打款", "Paid out to the buyer", (
        Pair("L:BUYER_WALLET", "A:POOL", "x", "undone by E35 when it fails"),
    )),
    EventKind("E34", "自有资金补足", "Own funding", (Pair("A:POOL", "Q:OWN_FUNDS", "x"),)),
    EventKind(REVERSAL, "冲正", "Reversal", ()),
    EventKind("E36", "达人提现", "Creator withdrawal", (
        Pair("L:KOL_AVAILABLE", "L:KOL_WITHDRAWING", "w", "requested"),
        Pair("L:KOL_WITHDRAWING", "A:POOL", "w", "paid"),
        Pair("L:KOL_WITHDRAWING", "L:KOL_AVAILABLE", "w", "failed"),
    )),
    # Part 5.2 has no row for what staff put right by hand, and staff must be able to.
    EventKind(ADJUSTMENT, "人工调账", "Manual adjustment", (
        Pair("E:COMPENSATION", "L:AVAILABLE", "x", "given to a shop"),
        Pair("E:COMPENSATION", "L:BUYER_WALLET", "x", "given to a buyer"),
        Pair("L:AVAILABLE", "E:COMPENSATION", "x", "taken back from a shop"),
        Pair("A:SHOP_DEBT", "E:COMPENSATION", "rest of x", "the shop has too little"),
        Pair("E:BAD_DEBT", "A:SHOP_DEBT", "x", "a debt is written off"),
    )),
)  # fmt: skip

COMPANIONS = (
    Pair("A:POOL", _BANK, "x", "a deposit pays for something: its bank money moves to the pool"),
    Pair(_BANK, "A:POOL", "x", "a deposit is refilled from elsewhere: the reverse"),
    Pair("L:AVAILABLE", "A:SHOP_DEBT", "min(credit, debt)", "debt is repaid first (5.3)"),
    Pair("L:KOL_AVAILABLE", "A:KOL_DEBT", "min(credit, debt)", "likewise for a creator"),
    Pair("M:COVER_CONTRA", "M:COVER", "x", "insurance cover is used up (5.3)"),
)
"""Transfers that may go with any event, because a rule of 5.2 or 5.3 asks for them."""

KINDS: dict[str, EventKind] = {kind.code: kind for kind in _KINDS}
"""E-code → its row."""


def _pairs(kind: EventKind) -> frozenset[tuple[str, str]]:
    return frozenset((pair.debit, pair.credit) for pair in (*kind.pairs, *COMPANIONS))


_ALLOWED = {code: _pairs(kind) for code, kind in KINDS.items()}
_REVERSED = frozenset(
    (credit, debit) for allowed in _ALLOWED.values() for debit, credit in allowed
) | {(pair.debit, pair.credit) for pair in COMPANIONS}


def allows(kind: str, debit_code: str, credit_code: str) -> bool:
    """Tell whether an event of a kind may make a transfer between two accounts."""
    pair = (head_of(debit_code), head_of(credit_code))
    return pair in (_REVERSED if kind == REVERSAL else _ALLOWED.get(kind, frozenset()))


def bank_move(debit_code: str, credit_code: str) -> tuple[str, str] | None:
    """Answer the bank's transfer that must go with another one (remark of E33).

    Whenever a deposit account is debited or credited against anything but the deposit bank, the
    money behind it moves between the deposit bank and the pool, so that the bank always holds
    exactly the deposits.
    """
    debit, credit = head_of(debit_code), head_of(credit_code)
    if debit in _DEPOSITS and credit != _BANK and credit not in _DEPOSITS:
        return ("A:POOL", _BANK)
    if credit in _DEPOSITS and debit != _BANK and debit not in _DEPOSITS:
        return (_BANK, "A:POOL")
    return None


def reference() -> str:
    """Write ``docs/reference/postings.md``."""
    return "\n".join([*_chart_lines(), "", *_event_lines(), "", *_companion_lines(), ""])


def _chart_lines() -> Iterator[str]:
    yield from (
        "# Accounts and postings",
        "",
        "Printed from `xiaodian.ledger.rules` by `xiaodian ledger postings`; do not edit.",
        "",
        "One transfer debits one account and credits another with one positive amount.",
        "In the database an account is (code, shop, ref).",
        "",
        "## Chart of accounts",
        "",
        "| Account | 名称 | Name | Nature | Grows by | Balance |",
        "|---|---|---|---|---|---|",
    )
    kept = {"row": "guarded row", "sale": "column of the sale", "summed": "summed"}
    for entry in CHART.values():
        name = entry.code + "".join(f":{{{part.value}}}" for part in entry.parts)
        side = "debit" if entry.debit_normal else "credit"
        balance = kept[entry.keeping.value]
        yield f"| `{name}` | {entry.zh} | {entry.en} | {entry.nature.value} | {side} | {balance} |"


def _event_lines() -> Iterator[str]:
    yield "## Events"
    for kind in KINDS.values():
        yield from ("", f"### {kind.code} {kind.zh} · {kind.en}", "")
        if kind.code == REVERSAL:
            yield "The transfers of the original event, debit and credit exchanged."
            continue
        yield from _table(kind.pairs)


def _companion_lines() -> Iterator[str]:
    yield from ("## Transfers that may go with any event", "")
    yield from _table(COMPANIONS)


def _table(pairs: tuple[Pair, ...]) -> Iterator[str]:
    yield from ("| Debit | Credit | Amount | When |", "|---|---|---|---|")
    for pair in pairs:
        yield f"| `{pair.debit}` | `{pair.credit}` | {pair.amount} | {pair.when} |"
