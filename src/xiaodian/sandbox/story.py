"""One whole trade, told step by step: what ``xiaodian story MARKET`` plays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from xiaodian import catalog, deposits, funds, ledger, merchants, orders, rulebooks, settlement
from xiaodian.infra.db import SYSTEM
from xiaodian.sandbox import goods
from xiaodian.sandbox.acts import Town

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from xiaodian.infra.jobs import Runtime
    from xiaodian.sandbox.acts import Cast

__all__ = ["ORDER_FEN", "Step", "Story", "play"]

ORDER_FEN = 19_900
"""What the story's order is of."""
_CARRIER = "SF"
_WAYBILL = "SF1020304050607"
_SCANS = ("PICKED_UP", "IN_TRANSIT", "DELIVERING", "SIGNED")
_SHOP_CATEGORY = "home"
_CATEGORY = "bedding_set"
"""The category whose questions the story answers: bedding has no shelf life."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what was done, when in business time, and what came of it."""

    name: str
    at: datetime
    facts: Mapping[str, Any]


@dataclass(slots=True)
class Story:
    """What the story told."""

    market: str
    steps: list[Step] = field(default_factory=list)
    order: dict[str, Any] = field(default_factory=dict)
    trial_balance_fen: int = 0

    def as_json(self) -> dict[str, Any]:
        """Answer the contract's one object: steps, order, trial_balance_fen."""
        return {
            "market": self.market,
            "steps": [
                {"name": step.name, "at": step.at.isoformat(), "facts": dict(step.facts)}
                for step in self.steps
            ],
            "order": self.order,
            "trial_balance_fen": self.trial_balance_fen,
        }


class _Teller:
    def __init__(self, town: Town, market: str, on_step: Callable[[Step], None]) -> None:
        self.town = town
        self.story = Story(market)
        self._on_step = on_step

    async def tell(self, name: str, **facts: object) -> None:
        step = Step(name, await self.town.now(), facts)
        self.story.steps.append(step)
        self._on_step(step)


async def play(
    runtime: Runtime,
    *,
    market: str,
    settle: Callable[[], Awaitable[None]],
    advance: Callable[[datetime], Awaitable[None]],
    on_step: Callable[[Step], None],
) -> Story:
    """Open a shop, sell one order of 19,900 fen, be paid; every step through the rooms' doors."""
    town = Town(runtime, settle)
    teller = _Teller(town, market, on_step)
    cast = await town.cast()
    shop_id = await _open(teller, cast, market)
    await _list(teller, cast, shop_id)
    order_id = await _sell(teller, cast, shop_id)
    await _deliver(teller, cast, shop_id, order_id)
    await _settle(teller, order_id, advance)
    await _withdraw(teller, cast, shop_id, advance)
    async with runtime.db.reading(actor=SYSTEM) as tx:
        teller.story.trial_balance_fen = (await ledger.trial_balance(tx)).off_fen
    return teller.story


async def _open(teller: _Teller, cast: Cast, market: str) -> int:
    town = teller.town
    application_id = await town.apply(
        cast.merchant,
        market=market,
        subject="ENTERPRISE",
        categories=[_SHOP_CATEGORY],
        shop_name="演示家居店",
    )
    async with town.runtime.db.reading(actor=cast.merchant) as tx:
        application = await merchants.visible_application(tx, application_id)
    await teller.tell("apply", application_id=str(application_id), review_due_at=application.due_at)
    shop_id = await town.approve(cast.reviewer, application_id)
    await teller.tell("review", shop_id=str(shop_id), outcome="approved")
    paid_fen = await town.pay_deposit(cast.merchant, shop_id)
    async with town.runtime.db.reading(actor=cast.merchant) as tx:
        shop = await merchants.get_shop(tx, shop_id)
        deposit = await deposits.get_deposit(tx, shop_id)
    await teller.tell(
        "deposit",
        paid_fen=paid_fen,
        required_fen=deposit.required.value,
        shop_state=str(shop.state),
    )
    return shop_id


async def _list(teller: _Teller, cast: Cast, shop_id: int) -> None:
    real = goods.real_sheet()
    approved = await goods.bring_in(
        teller.town,
        cast,
        shop_id,
        real or goods.own_sheet(),
        answers=[
            catalog.BulkAnswer("shelf_life", "NOT_APPLICABLE", catalog.Where(category=_CATEGORY))
        ],
    )
    await teller.tell("list", sheet="products.xlsx" if real else "goods", listed_count=approved)


async def _sell(teller: _Teller, cast: Cast, shop_id: int) -> int:
    town = teller.town
    sku = next(sku for sku in await goods.listed_skus(town, shop_id) if sku.price_fen == ORDER_FEN)
    placed = await town.place(
        cast.buyer, [orders.Wanted(sku.id, 1, sku.price_fen)], key="story-order-1"
    )
    await teller.tell(
        "order", order_id=str(placed.order_ids[0]), title=sku.title, payable_fen=placed.payable_fen
    )
    await town.pay_checkout(cast.buyer, placed.checkout_id)
    async with town.runtime.db.reading(actor=SYSTEM) as tx:
        order = await orders.get_order(tx, placed.order_ids[0])
    await teller.tell("pay", paid_fen=order.payable_fen, state=order.state, ship_by=order.ship_by)
    return order.id


async def _deliver(teller: _Teller, cast: Cast, shop_id: int, order_id: int) -> None:
    town = teller.town
    await town.ready_to_ship(cast.merchant, shop_id, carrier=_CARRIER)
    await town.ship(cast.merchant, shop_id, order_id, carrier=_CARRIER, waybill=_WAYBILL)
    await teller.tell("ship", carrier=_CARRIER, waybill=_WAYBILL)
    for state in _SCANS:
        await town.scan(_CARRIER, _WAYBILL, state)
    await town.hear_scans(order_id)
    await teller.tell("deliver", scans=list(_SCANS))
    await town.confirm(cast.buyer, order_id)
    async with town.runtime.db.reading(actor=SYSTEM) as tx:
        sale = await settlement.get_sale(tx, order_id)
    await teller.tell("confirm", settle_on=sale.settle_on)


async def _settle(
    teller: _Teller, order_id: int, advance: Callable[[datetime], Awaitable[None]]
) -> None:
    town = teller.town
    async with town.runtime.db.reading(actor=SYSTEM) as tx:
        sale = await settlement.get_sale(tx, order_id)
    while sale.settled_at is None:
        await advance(await town.now() + timedelta(days=1))
        async with town.runtime.db.reading(actor=SYSTEM) as tx:
            sale = await settlement.get_sale(tx, order_id)
    teller.story.order = {
        "paid_fen": sale.paid_fen,
        "fee_fen": sale.fee_fen,
        "net_fen": sale.net_fen,
        "settled_on": sale.settle_on.isoformat() if sale.settle_on else None,
    }
    await teller.tell("settle", **teller.story.order)


async def _withdraw(
    teller: _Teller,
    cast: Cast,
    shop_id: int,
    advance: Callable[[datetime], Awaitable[None]],
) -> None:
    town = teller.town
    async with town.runtime.db.reading(actor=cast.merchant) as tx:
        shop = await merchants.get_shop(tx, shop_id)
        held = await funds.funds_of(tx, shop.id)
    withdrawal_id = await town.withdraw(cast.merchant, shop_id, amount_fen=held.available_fen)
    await town.finish_withdrawal(cast.merchant, withdrawal_id)
    await advance(await town.now() + timedelta(days=1))
    async with town.runtime.db.reading(actor=cast.merchant) as tx:
        after = await funds.funds_of(tx, shop.id)
    await teller.tell(
        "withdraw",
        amount_fen=held.available_fen,
        available_fen=after.available_fen,
        arrival_days=rulebooks.version(shop.rulebook).trade.withdrawals.arrival_days,
    )
