"""Money coming to a shop, debt first, and money taken from it by a waterfall (5.3)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xiaodian import ledger, rulebooks
from xiaodian.funds.events import DebtArose, DepositDrawn
from xiaodian.funds.rules import plan
from xiaodian.ledger import Account, Leg, Posting, accounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xiaodian.infra.db import Tx

__all__ = ["Credit", "DrawResult", "credit_available", "draw"]

_REPAYMENT = 600
"""The debt that leg 3 repays is leg 603."""
_STEPS = ("AVAILABLE", "DEPOSIT_CASH", "INSURANCE_COVER", "SHOP_DEBT")
_INSURER = "insurer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Money for a shop: from which account, for which event, and by which rulebook."""

    shop_id: int
    debit: Account
    amount_fen: int
    event: str
    kind: str
    leg: int = 1
    order_id: int | None = None
    rulebook: str = ""


@dataclass(frozen=True, slots=True)
class DrawResult:
    """What each step of a waterfall gave; ``short_fen`` is what could not be taken."""

    available_fen: int = 0
    deposit_fen: int = 0
    cover_fen: int = 0
    debt_fen: int = 0
    short_fen: int = 0

    @property
    def taken_fen(self) -> int:
        """Answer what was taken in all."""
        return self.available_fen + self.deposit_fen + self.cover_fen + self.debt_fen


async def credit_available(tx: Tx, credits: Sequence[Credit]) -> list[bool]:  # noqa: A002 - the word of the trade
    """Make money withdrawable, and repay what a shop owes first (5.3); twice is once.

    A set of one or many shops takes three statements, or five where a shop has debt. Answers which
    credits were new. Credits of nothing are left out.
    """
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for place, credit in enumerate(credits):
        if credit.amount_fen:
            by_kind[credit.kind].append(place)
    new: set[int] = set()
    for kind, places in by_kind.items():
        booked = await ledger.post_set(
            tx, kind=kind, rows=[_posting(credits[place]) for place in places]
        )
        new |= {place for place, is_new in zip(places, booked, strict=True) if is_new}
    await _repay(tx, [credits[place] for place in sorted(new)])
    return [place in new for place in range(len(credits))]


def _posting(credit: Credit) -> Posting:
    return Posting(
        credit.event,
        credit.leg,
        credit.debit,
        accounts.available(credit.shop_id),
        credit.amount_fen,
        credit.shop_id,
        credit.order_id,
        credit.rulebook,
    )


async def _repay(tx: Tx, credits: Sequence[Credit]) -> None:  # noqa: A002 - the word of the trade
    """Repay debts from what has just come in.

    The credits hold the shops' available balances locked, and a debt grows only under that lock
    (``draw``), so what is read here is what is owed.
    """
    owing = {
        account.shop_id: fen
        for account, fen in (
            await ledger.balances(tx, [accounts.shop_debt(one.shop_id) for one in credits])
        ).items()
        if fen
    }
    by_kind: defaultdict[str, list[Posting]] = defaultdict(list)
    for one in credits:
        repaid = min(owing.get(one.shop_id, 0), one.amount_fen)
        if not repaid or not _debt_first(one.rulebook):
            continue
        owing[one.shop_id] -= repaid
        by_kind[one.kind].append(
            Posting(
                one.event,
                one.leg + _REPAYMENT,
                accounts.available(one.shop_id),
                accounts.shop_debt(one.shop_id),
                repaid,
                one.shop_id,
                one.order_id,
                one.rulebook,
            )
        )
    for kind, rows in by_kind.items():
        await ledger.post_set(tx, kind=kind, rows=rows)


def _debt_first(rulebook: str) -> bool:
    return not rulebook or rulebooks.version(rulebook).trade.waterfalls.debt_first


async def draw(  # noqa: PLR0913 - each is a fact of the posting, by name
    tx: Tx,
    shop_id: int,
    *,
    amount_fen: int,
    order: Sequence[str],
    to: Account,
    event: str,
    kind: str,
    first_leg: int = 1,
    order_id: int | None = None,
    rulebook: str = "",
    insurer: str = _INSURER,
) -> DrawResult:
    """Take money of a shop, step by step as the rulebook orders, and book it to ``to``.

    Steps of an order's own money (``ORDER_PENDING``, ``ORDER_RESERVE``) are settlement's and are
    passed over. Legs are numbered from ``first_leg``, one a step; twice is once, and answers what
    was taken the first time. Emits ``DepositDrawn`` and ``DebtArose``. Where no step may make debt,
    ``short_fen`` tells what is missing.
    """
    steps = [step for step in order if step in _STEPS]
    # Whoever takes of a shop locks its available balance first: it stands for all the shop has.
    available = (await ledger.lock(tx, [accounts.available(shop_id)]))[accounts.available(shop_id)]
    legs = range(first_leg, first_leg + len(_STEPS))
    before = [one for one in await ledger.list_of_event(tx, event) if one.leg in legs]
    if before:
        return _result({_STEPS[one.leg - first_leg]: one.amount_fen for one in before}, amount_fen)
    held = await ledger.lock(tx, _locked(shop_id, steps))
    plan_ = plan(
        steps,
        amount_fen,
        {
            "AVAILABLE": available,
            "DEPOSIT_CASH": held.get(accounts.deposit(shop_id), 0),
            "INSURANCE_COVER": held.get(accounts.cover(shop_id), 0),
        },
    )
    taken = dict(plan_.parts)
    await ledger.post(
        tx,
        event=event,
        kind=kind,
        legs=[Leg(_source(step, shop_id, insurer), to, taken.get(step, 0)) for step in _STEPS]
        + [Leg(accounts.cover_contra(), accounts.cover(shop_id), taken.get("INSURANCE_COVER", 0))],
        shop_id=shop_id,
        order_id=order_id,
        rulebook=rulebook,
        first_leg=first_leg,
    )
    result = _result(taken, amount_fen)
    if result.deposit_fen or result.cover_fen:
        await tx.emit(DepositDrawn(shop_id, result.deposit_fen, result.cover_fen, event))
    if result.debt_fen:
        await tx.emit(DebtArose(shop_id, result.debt_fen, event))
    return result


def _locked(shop_id: int, steps: Iterable[str]) -> list[Account]:
    rows = {
        "DEPOSIT_CASH": accounts.deposit(shop_id),
        "INSURANCE_COVER": accounts.cover(shop_id),
        "SHOP_DEBT": accounts.shop_debt(shop_id),
    }
    return [rows[step] for step in steps if step in rows]


def _source(step: str, shop_id: int, insurer: str) -> Account:
    return {
        "AVAILABLE": accounts.available(shop_id),
        "DEPOSIT_CASH": accounts.deposit(shop_id),
        "INSURANCE_COVER": accounts.insurer(insurer),
        "SHOP_DEBT": accounts.shop_debt(shop_id),
    }[step]


def _result(taken: dict[str, int], wanted_fen: int) -> DrawResult:
    found = DrawResult(
        available_fen=taken.get("AVAILABLE", 0),
        deposit_fen=taken.get("DEPOSIT_CASH", 0),
        cover_fen=taken.get("INSURANCE_COVER", 0),
        debt_fen=taken.get("SHOP_DEBT", 0),
    )
    return DrawResult(
        found.available_fen,
        found.deposit_fen,
        found.cover_fen,
        found.debt_fen,
        wanted_fen - found.taken_fen,
    )
