"""Open shops, paid orders and passing time for tests of money, made through the front doors."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

from tests.world.merchants import approved_shop, merchant_account

from xiaodian import ledger, merchants, settlement, wiring
from xiaodian.infra.files import Store
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.ledger import accounts
from xiaodian.settlement import NewSale

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ShopView

_phones = itertools.count(13_800_200_000)
_STORE = Store(Path(gettempdir()) / "xd-test-files")


def at(text: str) -> datetime:
    """A Shanghai instant: ``2025-03-10 15:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


async def opened(
    tx: Tx,
    market: str = "wechat",
    *,
    since: str | None = None,
    subject: str = "ENTERPRISE",
    category: str = "apparel",
    orders: dict[str, str] | None = None,
) -> ShopView:
    """An open shop, opened now or at another instant."""
    now, tx.now = tx.now, tx.now if since is None else at(since)
    owner = await merchant_account(tx, str(next(_phones)))
    shop = await approved_shop(
        tx,
        _STORE,
        owner,
        market=market,
        subject=subject,
        categories=(category,),
        orders=orders,
    )
    await merchants.open_shop(tx, shop.id)
    tx.now = now
    return await merchants.get_shop(tx, shop.id)


async def pass_time(tx: Tx, *, to: str = "", **by: float) -> None:
    """Move an open transaction through time, firing what falls due on the way."""
    target = at(to) if to else tx.now + timedelta(**by)
    while due := await tx.rows(
        "DELETE FROM timers WHERE (kind, subject_id) IN (SELECT kind, subject_id FROM timers"
        " WHERE due_at <= :target ORDER BY due_at, id LIMIT 1) RETURNING *",
        target=target,
    ):
        tx.now = due[0]["due_at"]
        await wiring.TIMERS[due[0]["kind"]](tx, due[0]["subject_id"])
    tx.now = target


async def sell(
    tx: Tx,
    shop: ShopView,
    order_id: int,
    paid_fen: int,
    *,
    subsidy_fen: int = 0,
    category: str = "apparel",
    channel: str = "wxpay",
    confirmed: bool = False,
) -> None:
    """An order of a shop is paid now, and maybe received at the same instant."""
    sale = NewSale(
        order_id=order_id,
        shop_id=shop.id,
        market=shop.market,
        rulebook=shop.rulebook,
        category=category,
        paid_fen=paid_fen,
        subsidy_fen=subsidy_fen,
        channel=channel,
        paid_at=tx.now,
    )
    assert await settlement.open_sales(tx, [sale]) == [True]
    if confirmed:
        await settlement.schedule(tx, order_id, trigger_at=tx.now)


async def available(tx: Tx, shop: ShopView) -> int:
    """What the shop can take out."""
    return await ledger.balance(tx, accounts.available(shop.id))


async def sound(tx: Tx) -> None:
    """Every check of the house holds."""
    findings = await ledger.verify(tx, wiring.CHECKS)
    assert [finding for finding in findings if not finding.holds] == []
