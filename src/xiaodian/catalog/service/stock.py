"""Stock: taken and given back for many wants at once, in order of arrival, never below zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx

__all__ = ["StockWant", "return_stock", "take_stock"]


@dataclass(frozen=True, slots=True)
class StockWant:
    """So many pieces of a SKU. Wants of one ``group`` are taken together or not at all."""

    group: int
    sku_id: int
    quantity: int


async def take_stock(tx: Tx, wants: Sequence[StockWant]) -> dict[int, tuple[int, ...]]:
    """Take stock for groups in the order in which they first appear.

    Answers by group: nothing when all its wants were taken, else the SKUs of which there was not
    enough left (or which are not there), and nothing of that group was taken. A group that goes
    short takes nothing from those after it. Two statements; the SKUs are locked in the order of
    their ids until the transaction ends.
    """
    groups: dict[int, list[StockWant]] = {}
    for want in wants:
        assert want.quantity > 0, "a want is for something"
        groups.setdefault(want.group, []).append(want)
    left = await _lock(tx, {want.sku_id for want in wants})
    taken: dict[int, int] = {}
    verdicts: dict[int, tuple[int, ...]] = {}
    for group, own in groups.items():
        needed = _summed(own)
        short = tuple(sku_id for sku_id, n in needed.items() if left.get(sku_id, 0) < n)
        verdicts[group] = short
        if short:
            continue
        for sku_id, quantity in needed.items():
            left[sku_id] -= quantity
            taken[sku_id] = taken.get(sku_id, 0) + quantity
    await _move(tx, taken, "-")
    return verdicts


async def return_stock(tx: Tx, wants: Sequence[StockWant]) -> dict[int, tuple[int, ...]]:
    """Give stock back, as when an order is cancelled; SKUs that are gone take nothing back.

    Answers by group the SKUs that are no longer there. Two statements, locked like a taking.
    """
    held = await _lock(tx, {want.sku_id for want in wants})
    returned = {sku_id: n for sku_id, n in _summed(wants).items() if sku_id in held}
    await _move(tx, returned, "+")
    gone: dict[int, tuple[int, ...]] = {}
    for want in wants:
        missing = () if want.sku_id in held else (want.sku_id,)
        gone[want.group] = gone.get(want.group, ()) + missing
    return gone


def _summed(wants: Sequence[StockWant]) -> dict[int, int]:
    needed: dict[int, int] = {}
    for want in wants:
        needed[want.sku_id] = needed.get(want.sku_id, 0) + want.quantity
    return needed


async def _lock(tx: Tx, sku_ids: set[int]) -> dict[int, int]:
    """Lock SKUs in the order of their ids, and answer what stock each has."""
    if not sku_ids:
        return {}
    rows = await tx.rows(
        "SELECT id, stock FROM skus WHERE id = ANY(CAST(:ids AS bigint[]))"
        " ORDER BY id FOR NO KEY UPDATE",
        ids=sorted(sku_ids),
    )
    return {row["id"]: row["stock"] for row in rows}


async def _move(tx: Tx, quantities: dict[int, int], sign: str) -> None:
    moved = {sku_id: n for sku_id, n in quantities.items() if n}
    if not moved:
        return
    amounts = [n if sign == "+" else -n for n in moved.values()]
    changed = await tx.run(
        "UPDATE skus SET stock = skus.stock + m.amount"
        " FROM unnest(CAST(:ids AS bigint[]), CAST(:amounts AS bigint[])) AS m(id, amount)"
        " WHERE skus.id = m.id",
        ids=list(moved),
        amounts=amounts,
    )
    assert changed == len(moved), "every locked SKU is still there"
