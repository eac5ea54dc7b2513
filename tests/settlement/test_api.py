"""When sales settle and what they cost, market by market, as their shops see it over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.world.merchants import PASSWORD
from tests.world.money import at, opened, pass_time, sell
from tests.world.shops import browser_of, key

from xiaodian import accounts as people
from xiaodian import settlement
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    from tests.world.house import World

    from xiaodian.merchants import ShopView

PAID_AT = "2025-03-03 10:00"


async def settled(
    world: World, shop: ShopView, order: int, paid_fen: int, *, until: str, **how: Any
) -> dict[str, Any]:
    """An order is paid and received on 03-03, time passes, and the shop looks at it."""
    async with world.db.transaction(actor=SYSTEM, at=at(PAID_AT)) as tx:
        await sell(tx, shop, order, paid_fen, confirmed=True, **how)
        await pass_time(tx, to=until)
    return await seen(world, shop, order)


async def seen(world: World, shop: ShopView, order: int) -> dict[str, Any]:
    owner = await browser_of(world, shop.owner_id, "merchant")
    answer = await owner.get(f"/api/v1/settlements/{order}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def shop_of(world: World, market: str, **how: Any) -> ShopView:
    async with world.db.transaction(actor=SYSTEM) as tx:
        return await opened(tx, market, **how)


def fees_of(sale: dict[str, Any]) -> dict[str, int]:
    return {fee["line"]: fee["fee_fen"] for fee in sale["fees"]}


@pytest.mark.req("D-TRX-02", "D-TRX-04")
async def test_douyin_settles_after_three_days_at_the_rate_of_the_industry(world: World) -> None:
    shop = await shop_of(world, "douyin", since="2024-01-01 10:00")
    waiting = await settled(world, shop, 1, 15_900, until="2025-03-05 23:59")
    assert (waiting["state"], waiting["settle_on"]) == ("SCHEDULED", "2025-03-06")
    sale = await settled(world, shop, 2, 15_900, until="2025-03-06 00:30")
    assert (sale["state"], fees_of(sale), sale["net_fen"]) == (
        "SETTLED", {"handling": 159}, 15_741,
    )  # fmt: skip
    assert sale["fees"][0]["why"]["rule"] == "D-TRX-04"


@pytest.mark.req("D-TRX-03", "D-TRX-04")
async def test_douyin_makes_new_shops_wait_for_seven_days(world: World) -> None:
    shop = await shop_of(world, "douyin", since="2025-02-20 10:00", category="jewellery")
    how = {"category": "jewellery", "until": "2025-03-10 00:30"}
    sale = await settled(world, shop, 1, 99_999, **how)
    assert (sale["settle_on"], fees_of(sale), sale["net_fen"]) == (
        "2025-03-10", {"handling": 1_500}, 98_499,
    )  # fmt: skip
    assert sale["why_then"]["rule"] == "D-TRX-03"


@pytest.mark.req("K-TRX-02", "K-TRX-03", "K-TRX-04")
@pytest.mark.req("A-ORD-06", market="kuaishou")
async def test_kuaishou_counts_two_days_from_the_end_of_all_cases(world: World) -> None:
    shop = await shop_of(world, "kuaishou")
    sale = await settled(world, shop, 1, 19_900, until="2025-03-05 00:30")
    assert (sale["settle_on"], fees_of(sale), sale["net_fen"]) == (
        "2025-03-05", {"channel": 119, "tech": 60}, 19_721,
    )  # fmt: skip
    async with world.db.transaction(actor=SYSTEM, at=at(PAID_AT)) as tx:
        await sell(tx, shop, 2, 19_900, confirmed=True)
        await settlement.hold(tx, 2, "after_sale", reference=9)
        await pass_time(tx, to="2025-03-07 15:00")
    assert (await seen(world, shop, 2))["state"] == "HELD"
    async with world.db.transaction(actor=SYSTEM, at=at("2025-03-07 15:00")) as tx:
        await settlement.release(tx, 2, "after_sale", reference=9)
        await pass_time(tx, to="2025-03-09 00:30")
    moved = await seen(world, shop, 2)
    assert (moved["state"], moved["settle_on"]) == ("SETTLED", "2025-03-09")
    assert "2025-03-07 15:00" in moved["why_then"]["text"]


@pytest.mark.req("X-TRX-02", "X-TRX-03", "X-TRX-04", "X-TRX-05")
async def test_xiaohongshu_settles_after_seven_days_and_keeps_a_reserve(world: World) -> None:
    shop = await shop_of(world, "xiaohongshu")
    sale = await settled(world, shop, 1, 39_900, until="2025-03-10 00:30")
    assert (sale["settle_on"], fees_of(sale)) == (
        "2025-03-10", {"commission": 1_995, "channel": 239},
    )  # fmt: skip
    assert (sale["reserve_fen"], sale["net_fen"], sale["release_on"]) == (
        1_883, 35_783, "2025-04-09",
    )  # fmt: skip
    async with world.db.transaction(actor=SYSTEM, at=at("2025-03-10 00:30")) as tx:
        await pass_time(tx, to="2025-04-09 00:40")
    owner = await browser_of(world, shop.owner_id, "merchant")
    held = (await owner.get(f"/api/v1/shops/{shop.id}/funds")).json()
    assert held["available_fen"] == 37_666
    assert (await seen(world, shop, 1))["reserve_fen"] == 0


@pytest.mark.req("A-ORD-06", market="wechat")
async def test_a_disputed_sale_waits_for_the_first_run_after_it(world: World) -> None:
    shop = await shop_of(world, "wechat")
    async with world.db.transaction(actor=SYSTEM, at=at(PAID_AT)) as tx:
        await sell(tx, shop, 1, 19_900, confirmed=True)
        await settlement.hold(tx, 1, "dispute")
        await pass_time(tx, to="2025-03-06 09:00")
    assert (await seen(world, shop, 1))["state"] == "HELD"
    async with world.db.transaction(actor=SYSTEM, at=at("2025-03-06 09:00")) as tx:
        await settlement.release(tx, 1, "dispute")
        await pass_time(tx, to="2025-03-07 00:30")
    sale = await seen(world, shop, 1)
    assert (sale["state"], sale["settle_on"], sale["net_fen"]) == ("SETTLED", "2025-03-07", 19_781)


@pytest.mark.req("W-TRX-04")
async def test_d0_is_not_for_personal_shops(world: World) -> None:
    shop = await shop_of(world, "wechat", subject="PERSONAL")
    owner = await browser_of(world, shop.owner_id, "merchant")
    denied = await owner.post(f"/api/v1/shops/{shop.id}/d0", headers=key())
    assert (denied.status_code, denied.json()["code"]) == (409, "D0_ENTERPRISE_ONLY")


@pytest.mark.req("W-TRX-04")
async def test_d0_settles_at_the_instant_of_receipt_once_approved(world: World) -> None:
    shop = await shop_of(world, "wechat")
    async with world.db.transaction(actor=SYSTEM) as tx:
        finance = await people.create_operator(
            tx, name="财务", email="finance@example.com", roles=["finance"], password=PASSWORD
        )
    owner = await browser_of(world, shop.owner_id, "merchant")
    asked = await owner.post(f"/api/v1/shops/{shop.id}/d0", headers=key())
    assert (asked.status_code, asked.json()["state"]) == (201, "REQUESTED")
    staff = await browser_of(world, finance.id, "operator")
    granted = await staff.post(
        f"/api/v1/operator/shops/{shop.id}/d0", json={"grant": True}, headers=key()
    )
    assert granted.json()["state"] == "GRANTED"
    sale = await settled(world, shop, 1, 88_800, until=PAID_AT)
    assert (sale["state"], sale["fee_fen"], sale["net_fen"]) == ("SETTLED", 533, 88_267)
    assert sale["settled_at"] == "2025-03-03T02:00:00Z"
