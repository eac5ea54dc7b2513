"""How the money of a sale splits, before and after refunds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xiaodian.kernel.money import exceeds_bps, fee
from xiaodian.rulebooks import Origin, Verdict, rate_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.rulebooks import Categories, Permission, Rulebook

__all__ = [
    "FeeCharge",
    "Giveback",
    "Remaining",
    "Split",
    "fees",
    "giveback",
    "share_capped",
    "split",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What is left of a sale after refunds: by the buyer, and by the platform's own discount.

    ``goods_fen`` is the buyer's payment for goods without freight; None means all of it.
    """

    paid_fen: int
    subsidy_fen: int = 0
    goods_fen: int | None = None

    @property
    def gross_fen(self) -> int:
        """Answer what is to be settled."""
        return self.paid_fen + self.subsidy_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeCharge:
    """One fee line of a sale, rounded half up by itself (C-3)."""

    line: str
    payee: str
    bps: int
    base_fen: int
    fen: int
    rule: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Who gets what of a sale. All parts add up to ``gross_fen``.

    ``net_fen`` may be negative when money was taken for a breach before everything was refunded:
    the shop then owes it.
    """

    gross_fen: int
    charges: tuple[FeeCharge, ...]
    kol_fen: int
    taken_fen: int
    reserve_fen: int
    net_fen: int

    @property
    def fee_fen(self) -> int:
        """Answer the sum of the fee lines."""
        return sum(charge.fen for charge in self.charges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Giveback:
    """What each part of a split gives back for a refund; all parts add up to ``refund_fen``."""

    refund_fen: int
    fees: tuple[tuple[str, int], ...]
    kol_fen: int
    reserve_fen: int
    net_fen: int


def fees(
    book: Rulebook, sale: Remaining, category: str, categories: Categories
) -> tuple[FeeCharge, ...]:
    """Answer the fee lines of a sale in the order of the rulebook."""
    bases = {
        "BUYER_PAID": sale.paid_fen,
        "SETTLE_GROSS": sale.gross_fen,
        "GOODS_PAID": sale.paid_fen if sale.goods_fen is None else sale.goods_fen,
    }
    charges: list[FeeCharge] = []
    for name, line in book.trade.fees.lines.items():
        bps, key = rate_of(line, category, categories)
        leaf = book.leaf(f"trade.fees.lines.{name}.{key}")
        base = bases[line.base]
        charges.append(
            FeeCharge(
                line=name,
                payee=line.payee,
                bps=bps,
                base_fen=base,
                fen=fee(base, bps),
                rule=leaf.rules[0],
                origin=leaf.origin,
            )
        )
    return tuple(charges)


def split(
    book: Rulebook,
    sale: Remaining,
    category: str,
    categories: Categories,
    *,
    kol_bps: int = 0,
    taken_fen: int = 0,
) -> Verdict[Split]:
    """Split a sale into fee lines, the creator's commission, the reserve and the merchant's net.

    ``taken_fen`` was already taken of the pending money for a breach; fees stay on the full base
    (E03). The commission is of the goods amount (A-PRM-02).
    """
    charges = fees(book, sale, category, categories)
    goods = sale.paid_fen if sale.goods_fen is None else sale.goods_fen
    kol = fee(goods, kol_bps)
    before = sale.gross_fen - sum(charge.fen for charge in charges) - kol
    rolling = book.trade.settlement.reserve
    reserve = 0 if rolling is None else fee(max(0, before), rolling.rate_bps)
    reserve = max(0, min(reserve, before - taken_fen))
    found = Split(
        gross_fen=sale.gross_fen,
        charges=charges,
        kol_fen=kol,
        taken_fen=taken_fen,
        reserve_fen=reserve,
        net_fen=before - taken_fen - reserve,
    )
    leaves = [
        f"trade.fees.lines.{name}.{rate_of(line, category, categories)[1]}"
        for name, line in book.trade.fees.lines.items()
    ]
    if rolling is not None:
        leaves.append("trade.settlement.reserve.rate_bps")
    return Verdict.of(
        book,
        found,
        *leaves,
        sentence="订单 {gross_fen}，扣费 {fee_fen}，到账 {net_fen}"
        if rolling is None
        else "订单 {gross_fen}，扣费 {fee_fen}，留存质保金 {reserve_fen}，到账 {net_fen}",
        category=category,
        gross_fen=found.gross_fen,
        fee_fen=found.fee_fen,
        kol_fen=kol,
        taken_fen=taken_fen,
        reserve_fen=reserve,
        net_fen=found.net_fen,
    )


def giveback(
    book: Rulebook,
    before: Remaining,
    after: Remaining,
    category: str,
    categories: Categories,
    *,
    kol_bps: int = 0,
    taken_fen: int = 0,
) -> Verdict[Giveback]:
    """Answer what each part gives back when a sale shrinks, by the cumulative rule (C-4).

    Every part is recomputed on what remains, so that any order of the same refunds ends alike and
    a full refund returns each fee line whole. Where the rulebook keeps fees on refunds, the fee
    lines give nothing and the merchant bears it.
    """
    assert after.paid_fen <= before.paid_fen, "a refund makes a sale smaller"
    assert after.subsidy_fen <= before.subsidy_fen, "a refund makes a sale smaller"
    then = split(book, before, category, categories, kol_bps=kol_bps, taken_fen=taken_fen).value
    now = split(book, after, category, categories, kol_bps=kol_bps, taken_fen=taken_fen)
    returned = book.trade.fees.refund_back
    lines = tuple(
        (old.line, old.fen - new.fen if returned else 0)
        for old, new in zip(then.charges, now.value.charges, strict=True)
    )
    refund = before.gross_fen - after.gross_fen
    kol = then.kol_fen - now.value.kol_fen
    reserve = then.reserve_fen - now.value.reserve_fen
    fee_fen = sum(fen for _, fen in lines)
    found = Giveback(
        refund_fen=refund,
        fees=lines,
        kol_fen=kol,
        reserve_fen=reserve,
        net_fen=refund - fee_fen - kol - reserve,
    )
    return Verdict(
        value=found,
        rule=book.leaf("trade.fees.refund_back").rules[0],
        rulebook=book.ref,
        origin=max(now.origin, book.leaf("trade.fees.refund_back").origin, key=list(Origin).index),
        sentence="退款 {refund_fen}，退回扣费 {fee_fen}，商家承担 {net_fen}",
        inputs={
            "category": category,
            "refund_fen": refund,
            "fee_fen": fee_fen,
            "reserve_fen": reserve,
            "net_fen": found.net_fen,
        },
    )


def share_capped(book: Rulebook, gross_fen: int, shares_fen: Sequence[int]) -> Permission:
    """Tell whether fees and commissions together take too much of a sale (A-ORD-07)."""
    cap = book.trade.fees.share_cap_bps
    over = cap is not None and exceeds_bps(sum(shares_fen), gross_fen, cap)
    return Verdict.of(
        book,
        "SHARE_CAP_EXCEEDED" if over else None,
        "trade.fees.share_cap_bps",
        sentence="扣费与佣金合计 {shares_fen}，超过订单 {gross_fen} 的 {cap_bps}"
        if over
        else "扣费与佣金合计 {shares_fen}",
        gross_fen=gross_fen,
        shares_fen=sum(shares_fen),
        cap_bps=cap,
    )
