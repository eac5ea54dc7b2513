"""What people do, done through the rooms' own front doors: for the demo world, stories and benches.

Each act is what a console does on a click: one transaction, opened here, with the actor who clicks.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from xiaodian import accounts, deposits, funds, logistics, merchants, orders, payments
from xiaodian.infra.crypto import digest
from xiaodian.infra.db import SYSTEM, Actor
from xiaodian.infra.files import Store
from xiaodian.kernel.errors import Outage
from xiaodian.logistics import jobs as logistics_jobs
from xiaodian.merchants.rules.opening import documents
from xiaodian.merchants.rules.papers import PRECONDITIONS, paper
from xiaodian.payments import jobs as payments_jobs
from xiaodian.rulebooks import Subject, version
from xiaodian.sandbox.papers import VALID_TO, files_of, values_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from xiaodian.infra.jobs import Runtime

__all__ = ["Cast", "Town"]

_WAIT_S = 10.0
_POLL_S = 0.05
RETURN_TO = logistics.Address(
    name="演示仓库", phone="13800138000", region="浙江省杭州市余杭区", detail="示例路 1 号 2 号库"
)


@dataclass(frozen=True, slots=True)
class Cast:
    """The accounts of the demonstration, as actors."""

    merchant: Actor
    buyer: Actor
    reviewer: Actor
    finance: Actor
    administrator: Actor


class Town:
    """A runtime and the people in it. ``settle`` runs the jobs that wait, where no worker does."""

    def __init__(self, runtime: Runtime, settle: Callable[[], Awaitable[None]]) -> None:
        self.runtime = runtime
        self.settle = settle
        self._number = 0

    async def cast(self) -> Cast:
        """Make the demo accounts where they are missing, and answer them."""
        async with self.runtime.db.transaction(actor=SYSTEM) as tx:
            made = await accounts.make_demo_accounts(tx)
        actors = {who: Actor(view.audience, view.id) for who, view in made.items()}
        return Cast(**{name: actors[name] for name in Cast.__dataclass_fields__})

    async def now(self) -> datetime:
        """Answer business time."""
        async with self.runtime.db.reading(actor=SYSTEM) as tx:
            return tx.now

    async def apply(
        self, actor: Actor, *, market: str, subject: str, categories: Sequence[str], shop_name: str
    ) -> int:
        """Bind accounts, fill in an application with every paper it asks, submit it."""
        self._number += 1
        number = self._number + int.from_bytes(digest(shop_name)[:1], "big") * 3
        store = self.runtime.gateway(Store)
        async with self.runtime.db.transaction(actor=actor) as tx:
            view = await merchants.start_application(
                tx, market=market, subject=subject, categories=categories, shop_name=shop_name
            )
            book = version(view.rulebook)
            for precondition in book.registration.preconditions:
                for surface in PRECONDITIONS[precondition]:
                    await merchants.bind_account(
                        tx, surface=surface, identifier=f"demo_shop_{number}"
                    )
            needed = documents(book, Subject(subject), self_operated=True)
            for kind in needed.value:
                asked = paper(kind)
                await merchants.save_document(
                    tx,
                    view.id,
                    store=store,
                    kind=kind,
                    values=values_of(
                        asked, number, company=f"{shop_name}公司", person="演示经营者"
                    ),
                    valid_to=VALID_TO if asked.expires else None,
                    files=files_of(asked),
                )
        async with self.runtime.db.transaction(actor=actor) as tx:
            await merchants.submit(tx, view.id)
        await self.settle()
        return view.id

    async def approve(self, reviewer: Actor, application_id: int) -> int:
        """Review an application as its assigned reviewer, approve it, answer the shop's id."""
        async with self.runtime.db.transaction(actor=reviewer) as tx:
            await merchants.claim_review(tx, application_id)
            view = await merchants.approve(tx, application_id)
        await self.settle()
        assert view.shop_id is not None, "an approved application has its shop"
        return view.shop_id

    async def pay_deposit(self, actor: Actor, shop_id: int) -> int:
        """Lodge what the deposit lacks, through the provider; answers the amount in fen."""
        async with self.runtime.db.reading(actor=actor) as tx:
            shop = await merchants.visible_shop(tx, shop_id, "funds")
            short_fen = (await deposits.get_deposit(tx, shop.id)).short_fen
        if not short_fen:
            return 0
        async with self.runtime.db.transaction(actor=actor) as tx:
            payment = await deposits.start_top_up(tx, shop, amount_fen=short_fen)
        await self.pay(payment.id)
        return short_fen

    async def open_shop(
        self, cast: Cast, *, market: str, subject: str, categories: Sequence[str], shop_name: str
    ) -> int:
        """Open a shop from application to deposit; answers its id."""
        application_id = await self.apply(
            cast.merchant,
            market=market,
            subject=subject,
            categories=categories,
            shop_name=shop_name,
        )
        shop_id = await self.approve(cast.reviewer, application_id)
        await self.pay_deposit(cast.merchant, shop_id)
        return shop_id

    async def ready_to_ship(self, actor: Actor, shop_id: int, *, carrier: str) -> None:
        """Register a carrier where the market asks for it, and set the return address."""
        async with self.runtime.db.transaction(actor=actor) as tx:
            shop = await merchants.visible_shop(tx, shop_id, "orders")
            await logistics.set_return_address(tx, shop, address=RETURN_TO)
            await logistics.register_carrier(tx, shop, carrier=carrier, account_no="DEMO0001")
        await self.settle()

    async def address_of(self, buyer: Actor) -> int:
        """Answer the buyer's address, adding one where there is none."""
        assert buyer.account_id is not None, "a buyer has an account"
        async with self.runtime.db.transaction(actor=buyer) as tx:
            known = await orders.list_addresses(tx, buyer.account_id)
            if known:
                return known[0].id
            added = await orders.add_address(
                tx,
                buyer.account_id,
                orders.Receiver("演示买家", "13900139000", "上海市浦东新区", "演示路 100 号"),
            )
            return added.id

    async def place(
        self, buyer: Actor, wanted: Sequence[orders.Wanted], *, key: str
    ) -> orders.Placed:
        """Place a cart through the intake."""
        assert buyer.account_id is not None, "a buyer has an account"
        return await self.runtime.gateway(orders.Intake).place(
            orders.Placement(
                buyer_id=buyer.account_id,
                key=key,
                fingerprint=digest(key),
                address_id=await self.address_of(buyer),
                lines=tuple(wanted),
            )
        )

    async def pay_checkout(self, buyer: Actor, checkout_id: int) -> None:
        """Start the payment of a cart and pay it at the provider."""
        async with self.runtime.db.transaction(actor=buyer) as tx:
            payment = await orders.start_payment(tx, checkout_id, buyer_id=buyer.account_id)
        await self.pay(payment.id)

    async def pay(self, payment_id: int) -> None:
        """Pay at the provider as its page would, and wait until the house knows.

        When no notification comes (nobody may be listening), the provider is asked.
        """
        payment = await payments.prepare(self.runtime, payment_id, way="h5")
        url = f"{self.runtime.settings.twins_url}/pay/sandbox/orders/{payment.out_trade_no}/pay"
        headers = {"x-xiaodian-sandbox-key": self.runtime.settings.sandbox_key}
        async with httpx.AsyncClient(timeout=_WAIT_S) as provider:
            (await provider.post(url, json={}, headers=headers)).raise_for_status()
        waited = 0.0
        while waited < _WAIT_S:
            async with self.runtime.db.reading(actor=SYSTEM) as tx:
                known = await payments.get_payment(tx, payment_id)
            if known.paid_at is not None:
                await self.settle()
                return
            if waited >= 10 * _POLL_S:
                await payments_jobs.sweep(self.runtime, older_than_s=-1)
            await asyncio.sleep(_POLL_S)
            waited += _POLL_S
        service = "payment"
        raise Outage(service)

    async def ship(
        self, actor: Actor, shop_id: int, order_id: int, *, carrier: str, waybill: str
    ) -> None:
        """Hand an order to a carrier."""
        async with self.runtime.db.transaction(actor=actor) as tx:
            shop = await merchants.visible_shop(tx, shop_id, "orders")
            await orders.ship(tx, order_id, shop_id=shop.id, carrier=carrier, waybill=waybill)
        await self.settle()

    async def scan(self, carrier: str, waybill: str, state: str) -> None:
        """Let the carrier scan a parcel; its push comes by itself where the product listens."""
        url = f"{self.runtime.settings.twins_url}/carriers/{carrier}/parcels/{waybill}/scan"
        headers = {"x-xiaodian-sandbox-key": self.runtime.settings.sandbox_key}
        async with httpx.AsyncClient(timeout=_WAIT_S) as twin:
            (await twin.post(url, json={"state": state}, headers=headers)).raise_for_status()

    async def hear_scans(self, order_id: int) -> None:
        """Wait until the house knows that an order's parcel was signed for.

        When no push comes (nobody may be listening), the carrier is asked.
        """
        waited = 0.0
        while waited < _WAIT_S:
            async with self.runtime.db.reading(actor=SYSTEM) as tx:
                if (await orders.get_order(tx, order_id)).signed_at is not None:
                    await self.settle()
                    return
            if waited >= 10 * _POLL_S:
                await logistics_jobs.sweep(self.runtime, older_than_s=-1)
            await asyncio.sleep(_POLL_S)
            waited += _POLL_S
        service = "carrier"
        raise Outage(service)

    async def finish_withdrawal(self, actor: Actor, withdrawal_id: int) -> None:
        """Wait until the provider has paid a withdrawal out."""
        waited = 0.0
        while waited < _WAIT_S:
            await payments_jobs.sweep(self.runtime, older_than_s=-1)
            await self.settle()
            async with self.runtime.db.reading(actor=actor) as tx:
                view = await funds.visible_withdrawal(tx, withdrawal_id)
            if view.ended_at is not None:
                return
            await asyncio.sleep(_POLL_S)
            waited += _POLL_S
        service = "payment"
        raise Outage(service)

    async def confirm(self, buyer: Actor, order_id: int) -> None:
        """Confirm receipt."""
        assert buyer.account_id is not None, "a buyer has an account"
        async with self.runtime.db.transaction(actor=buyer) as tx:
            await orders.confirm(tx, order_id, buyer_id=buyer.account_id)
        await self.settle()

    async def withdraw(self, actor: Actor, shop_id: int, *, amount_fen: int) -> int:
        """Ask for a withdrawal of available money; answers its id."""
        async with self.runtime.db.transaction(actor=actor) as tx:
            shop = await merchants.visible_shop(tx, shop_id, "funds")
            view = await funds.request_withdrawal(tx, shop.id, amount_fen=amount_fen)
        await self.settle()
        return view.id
