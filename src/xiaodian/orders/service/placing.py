"""Judging placements together: keys, addresses, prices, stock, then orders in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from xiaodian import catalog, merchants, rulebooks
from xiaodian.orders.errors import (
    AddressNotFound,
    CartEmpty,
    CartFull,
    NotForSale,
    PlacementKeyReused,
    PriceChanged,
    QuantityOutOfRange,
    ShopNotOpen,
    StockShort,
)
from xiaodian.orders.events import OrderPlaced
from xiaodian.orders.rules import LINES_MAX, QUANTITY_MAX, PricedLine, bill
from xiaodian.orders.states import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from xiaodian.infra.db import Tx
    from xiaodian.kernel.errors import Refusal
    from xiaodian.orders.rules import Bill

__all__ = ["Placed", "Placement", "Wanted", "judge"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line as the buyer asked for it, with the price that was on the buyer's screen."""

    sku_id: int
    quantity: int
    seen_price_fen: int


@dataclass(frozen=True, slots=True)
class Placement:
    """One cart, sent under an idempotency key."""

    buyer_id: int
    key: str
    fingerprint: bytes
    address_id: int
    lines: tuple[Wanted, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """What a placement became: one order a shop, to be paid together before ``pay_by``."""

    checkout_id: int
    order_ids: tuple[int, ...]
    payable_fen: int
    pay_by: datetime


async def judge(tx: Tx, placements: Sequence[Placement]) -> list[Placed | Refusal]:
    """Judge placements in order of arrival and store those that are accepted.

    Each outcome stands alone: the orders, or a refusal (``CART_EMPTY``, ``CART_FULL``,
    ``QUANTITY_OUT_OF_RANGE``, ``ADDRESS_NOT_FOUND``, ``NOT_FOR_SALE``, ``SHOP_NOT_OPEN``,
    ``PRICE_CHANGED``, ``STOCK_SHORT``, ``IDEMPOTENCY_KEY_REUSED``). A key seen before answers
    what it answered then.
    """
    outcomes: list[Placed | Refusal | None] = [_malformed(one) for one in placements]
    await _replays(tx, placements, outcomes)
    firsts = _firsts(placements)
    open_ = [
        index
        for index, outcome in enumerate(outcomes)
        if outcome is None and firsts[index] == index
    ]
    if open_:
        await _judge_open(tx, placements, outcomes, open_)
    return [_echo(placements, outcomes, index, firsts[index]) for index in range(len(placements))]


async def _judge_open(
    tx: Tx,
    placements: Sequence[Placement],
    outcomes: list[Placed | Refusal | None],
    open_: list[int],
) -> None:
    wanted = {line.sku_id for index in open_ for line in placements[index].lines}
    skus = await catalog.get_sale_skus(tx, sorted(wanted))
    shops = await merchants.get_shops(tx, sorted({sku.shop_id for sku in skus.values()}))
    addresses = await _addresses(tx, [placements[index].address_id for index in open_])
    for index in open_:
        outcomes[index] = _unfit(placements[index], skus, shops, addresses)
    open_ = [index for index in open_ if outcomes[index] is None]
    verdicts = await catalog.take_stock(
        tx,
        [
            catalog.StockWant(group=index, sku_id=line.sku_id, quantity=line.quantity)
            for index in open_
            for line in placements[index].lines
        ],
    )
    drafts: list[_Draft] = []
    for index in open_:
        short = verdicts[index]
        if short:
            outcomes[index] = StockShort(skus=[str(sku_id) for sku_id in short])
            continue
        draft = _draft(tx, placements[index], skus, shops)
        drafts.append(draft)
        outcomes[index] = draft.placed
    if drafts:
        await _store(tx, drafts)
        await tx.emit_all([event for draft in drafts for event in draft.events()])


def _firsts(placements: Sequence[Placement]) -> list[int]:
    """Answer for each placement the first of this batch that bears its key."""
    seen: dict[tuple[int, str], int] = {}
    return [seen.setdefault((one.buyer_id, one.key), index) for index, one in enumerate(placements)]


def _echo(
    placements: Sequence[Placement],
    outcomes: Sequence[Placed | Refusal | None],
    index: int,
    first: int,
) -> Placed | Refusal:
    """Answer a placement sent twice in one breath as its first was answered."""
    if placements[index].fingerprint != placements[first].fingerprint:
        return PlacementKeyReused()
    outcome = outcomes[index] or outcomes[first]
    assert outcome is not None, "every first placement was judged"
    return outcome


def _malformed(placement: Placement) -> Refusal | None:
    if not placement.lines:
        return CartEmpty()
    if len(placement.lines) > LINES_MAX:
        return CartFull(limit=LINES_MAX)
    if len({line.sku_id for line in placement.lines}) < len(placement.lines):
        return QuantityOutOfRange(limit=QUANTITY_MAX)
    if any(not 1 <= line.quantity <= QUANTITY_MAX for line in placement.lines):
        return QuantityOutOfRange(limit=QUANTITY_MAX)
    return None


async def _replays(
    tx: Tx, placements: Sequence[Placement], outcomes: list[Placed | Refusal | None]
) -> None:
    """Answer the keys that were used before."""
    rows = await tx.rows(
        "SELECT o.buyer_id, o.placement_key, o.fingerprint, o.checkout_id, o.pay_by,"
        " array_agg(o.id ORDER BY o.id) AS order_ids,"
        " CAST(sum(o.payable_fen) AS bigint) AS payable_fen"
        # One key may be here many times: each order of it is still one.
        " FROM (SELECT DISTINCT * FROM"
        "  unnest(CAST(:buyers AS bigint[]), CAST(:keys AS text[])) AS w(buyer_id, key)) w"
        " JOIN orders o ON o.buyer_id = w.buyer_id AND o.placement_key = w.key"
        " GROUP BY 1, 2, 3, 4, 5",
        buyers=[one.buyer_id for one in placements],
        keys=[one.key for one in placements],
    )
    before = {(row["buyer_id"], row["placement_key"]): row for row in rows}
    for index, one in enumerate(placements):
        row = before.get((one.buyer_id, one.key))
        if row is None:
            continue
        same = bytes(row["fingerprint"]) == one.fingerprint
        outcomes[index] = (
            Placed(row["checkout_id"], tuple(row["order_ids"]), row["payable_fen"], row["pay_by"])
            if same
            else PlacementKeyReused()
        )


async def _addresses(tx: Tx, address_ids: Sequence[int]) -> dict[int, int]:
    rows = await tx.rows(
        "SELECT id, buyer_id FROM addresses"
        " WHERE id = ANY(CAST(:ids AS bigint[])) AND removed_at IS NULL",
        ids=list(set(address_ids)),
    )
    return {row["id"]: row["buyer_id"] for row in rows}


def _unfit(
    placement: Placement,
    skus: Mapping[int, catalog.SaleSku],
    shops: Mapping[int, merchants.ShopView],
    addresses: Mapping[int, int],
) -> Refusal | None:
    if addresses.get(placement.address_id) != placement.buyer_id:
        return AddressNotFound()
    gone = [line.sku_id for line in placement.lines if line.sku_id not in skus]
    if gone:
        return NotForSale(skus=[str(sku_id) for sku_id in gone])
    if any(shops[skus[line.sku_id].shop_id].state != "OPEN" for line in placement.lines):
        return ShopNotOpen()
    changed = [
        {"sku_id": str(line.sku_id), "price_fen": skus[line.sku_id].price_fen}
        for line in placement.lines
        if skus[line.sku_id].price_fen != line.seen_price_fen
    ]
    return PriceChanged(lines=changed) if changed else None


@dataclass(frozen=True, slots=True)
class _Draft:
    """The orders of one accepted placement, before they are rows."""

    placement: Placement
    placed: Placed
    orders: tuple[tuple[int, Bill, merchants.ShopView], ...]
    lines: tuple[tuple[int, int, Wanted, catalog.SaleSku], ...]
    """(order id, line number, what was wanted, what it is)."""

    def events(self) -> list[OrderPlaced]:
        buyer_id = self.placement.buyer_id
        return [
            OrderPlaced(order_id, part.shop_id, buyer_id, part.payable_fen)
            for order_id, part, _shop in self.orders
        ]


def _draft(
    tx: Tx,
    placement: Placement,
    skus: Mapping[int, catalog.SaleSku],
    shops: Mapping[int, merchants.ShopView],
) -> _Draft:
    priced = [
        PricedLine(
            line.sku_id,
            skus[line.sku_id].shop_id,
            skus[line.sku_id].category,
            skus[line.sku_id].price_fen,
            line.quantity,
        )
        for line in placement.lines
    ]
    bills = bill(priced)
    order_ids = tx.new_ids(len(bills))
    order_of = {part.shop_id: order_id for order_id, part in zip(order_ids, bills, strict=True)}
    numbers = dict.fromkeys(order_ids, 0)
    lines: list[tuple[int, int, Wanted, catalog.SaleSku]] = []
    for line in placement.lines:
        sku = skus[line.sku_id]
        order_id = order_of[sku.shop_id]
        numbers[order_id] += 1
        lines.append((order_id, numbers[order_id], line, sku))
    # Paid together, so closed together: the strictest market of the cart sets the time.
    minutes = min(
        rulebooks.version(shops[part.shop_id].rulebook).trade.orders.unpaid_close_minutes
        for part in bills
    )
    placed = Placed(
        checkout_id=order_ids[0],
        order_ids=tuple(order_ids),
        payable_fen=sum(part.payable_fen for part in bills),
        pay_by=tx.now + timedelta(minutes=minutes),
    )
    return _Draft(
        placement,
        placed,
        tuple(
            (order_id, part, shops[part.shop_id])
            for order_id, part in zip(order_ids, bills, strict=True)
        ),
        tuple(lines),
    )


_STORE = """
WITH o AS (
  INSERT INTO orders (id, shop_id, buyer_id, checkout_id, placement_key, fingerprint, market,
    rulebook, state, category, goods_fen, freight_fen, discount_fen, subsidy_fen, payable_fen,
    receiver_sealed, receiver_label, note, placed_at, pay_by)
  SELECT j.id, j.shop_id, j.buyer_id, j.checkout_id, j.placement_key, decode(j.fingerprint, 'hex'),
    j.market, j.rulebook, :state, j.category, j.goods_fen, j.freight_fen, j.discount_fen, 0,
    j.goods_fen + j.freight_fen - j.discount_fen, a.receiver_sealed, a.label, j.note, :now, j.pay_by
  FROM json_to_recordset(CAST(:orders AS json)) AS j(id bigint, shop_id bigint, buyer_id bigint,
    checkout_id bigint, placement_key text, fingerprint text, market text, rulebook text,
    category text, goods_fen bigint, freight_fen bigint, discount_fen bigint, address_id bigint,
    note text, pay_by timestamptz)
  JOIN addresses a ON a.id = j.address_id
), t AS (
  INSERT INTO timers (kind, subject_id, id, due_at)
  SELECT 'orders.unpaid_close', j.checkout_id, j.checkout_id, j.pay_by
  FROM json_to_recordset(CAST(:checkouts AS json)) AS j(checkout_id bigint, pay_by timestamptz)
)
INSERT INTO order_lines (order_id, line_no, shop_id, sku_id, product_id, title, spec, category,
  price_fen, quantity)
SELECT j.order_id, j.line_no, j.shop_id, j.sku_id, j.product_id, j.title, j.spec, j.category,
  j.price_fen, j.quantity
FROM json_to_recordset(CAST(:lines AS json)) AS j(order_id bigint, line_no smallint,
  shop_id bigint, sku_id bigint, product_id bigint, title text, spec text, category text,
  price_fen bigint, quantity int)
"""


async def _store(tx: Tx, drafts: Sequence[_Draft]) -> None:
    """Insert orders, lines and the unpaid timers of all drafts in one statement."""
    orders = [
        {
            "id": order_id,
            "shop_id": shop.id,
            "buyer_id": draft.placement.buyer_id,
            "checkout_id": draft.placed.checkout_id,
            "placement_key": draft.placement.key,
            "fingerprint": draft.placement.fingerprint.hex(),
            "market": shop.market,
            "rulebook": shop.rulebook,
            "category": part.category,
            "goods_fen": part.goods_fen,
            "freight_fen": part.freight_fen,
            "discount_fen": part.discount_fen,
            "address_id": draft.placement.address_id,
            "note": draft.placement.note,
            "pay_by": draft.placed.pay_by,
        }
        for draft in drafts
        for order_id, part, shop in draft.orders
    ]
    lines = [
        {
            "order_id": order_id,
            "line_no": line_no,
            "shop_id": sku.shop_id,
            "sku_id": sku.id,
            "product_id": sku.product_id,
            "title": sku.title,
            "spec": sku.spec,
            "category": sku.category,
            "price_fen": sku.price_fen,
            "quantity": line.quantity,
        }
        for draft in drafts
        for order_id, line_no, line, sku in draft.lines
    ]
    checkouts = [
        {"checkout_id": draft.placed.checkout_id, "pay_by": draft.placed.pay_by} for draft in drafts
    ]
    await tx.run(
        _STORE,
        state=State.WAIT_PAY.value,
        now=tx.now,
        orders=msgspec.json.encode(orders).decode(),
        lines=msgspec.json.encode(lines).decode(),
        checkouts=msgspec.json.encode(checkouts).decode(),
    )
