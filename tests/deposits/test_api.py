"""The doors of deposits: golden figures, paying in, grace, other people's keys."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.world.merchants import approved_shop, merchant_account, reviewer_account
from tests.world.shops import browser_of, key

from xiaodian import deposits
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.files import Store
from xiaodian.kernel.clock import SHANGHAI

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World

    from xiaodian.merchants import ShopView

_orders = iter(range(1, 1_000_000))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


class Payer:
    """A shop's owner at the JSON doors of its deposit."""

    def __init__(self, world: World, shop: ShopView, browser: httpx.AsyncClient) -> None:
        self.world, self.shop, self.browser = world, shop, browser
        self.home = f"/api/v1/shops/{shop.id}/deposit"

    async def get(self) -> dict[str, Any]:
        answer = await self.browser.get(self.home)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def pay_in(self, amount_fen: int) -> None:
        """Start a top-up, ask for the way to pay, pay at the twin, and let the provider tell."""
        started = await self.browser.post(
            f"{self.home}/top-ups", json={"amount_fen": amount_fen}, headers=key()
        )
        assert started.status_code == 201, started.text
        top_up = started.json()
        ready = await self.browser.post(f"{self.home}/top-ups/{top_up['id']}/pay")
        assert ready.json()["link_native"], ready.text
        await self.world.pay(f"XD{top_up['payment_id']}")
        page = f"/merchant/shops/{self.shop.id}/deposit/top-ups/{top_up['id']}/done"
        assert (await self.browser.get(page)).status_code == 303

    async def flags(self) -> list[str]:
        return (await self.browser.get(f"/api/v1/shops/{self.shop.id}")).json()["flags"]

    async def state(self) -> str:
        return (await self.browser.get(f"/api/v1/shops/{self.shop.id}")).json()["state"]

    async def sell(self, *amounts_fen: int, category: str = "pet_food") -> None:
        """Have paid orders recorded, by the door through which orders do it."""
        async with self.world.db.transaction(actor=SYSTEM) as tx:
            sales = [
                deposits.Sale(self.shop.id, next(_orders), category, fen, tx.now)
                for fen in amounts_fen
            ]
            await deposits.record_sales(tx, sales)


async def payer(world: World, phone: str = "13800138001", **changes: Any) -> Payer:
    async with world.db.transaction(actor=SYSTEM) as tx:
        owner_id = await merchant_account(tx, phone)
        shop = await approved_shop(tx, world.runtime.gateway(Store), owner_id, **changes)
    browser = await browser_of(world, owner_id, "merchant")
    browser.headers["accept"] = "application/json"
    return Payer(world, shop, browser)


@pytest.mark.req("A-DEP-01", market="wechat")
@pytest.mark.req("W-DEP-02")
async def test_a_shop_opens_with_the_last_fen_of_its_deposit(world: World) -> None:
    mine = await payer(world)
    before = await mine.get()
    assert (before["required_fen"], before["cash_fen"], before["short_fen"]) == (
        200_000,
        0,
        200_000,
    )
    assert before["state"] == "UNPAID"
    assert before["why_required"]["rule"] == "W-DEP-02"
    assert before["why_required"]["rulebook"] == "wechat@1.0.0"
    assert "¥2,000.00" in before["why_required"]["text"]
    await mine.pay_in(199_999)
    assert await mine.state() == "PENDING_DEPOSIT"
    await mine.pay_in(1)
    assert await mine.state() == "OPEN"
    after = await mine.get()
    assert (after["state"], after["cash_fen"], after["short_fen"]) == ("SUFFICIENT", 200_000, 0)
    listed = (await mine.browser.get(f"{mine.home}/top-ups")).json()["items"]
    assert [each["amount_fen"] for each in listed] == [1, 199_999]
    assert all(each["paid_at"] for each in listed)


@pytest.mark.req("W-DEP-04")
@pytest.mark.req("W-DEP-05")
@pytest.mark.req("W-DEP-06")
@pytest.mark.req("W-DEP-07")
async def test_golden_pet_shop_over_the_limit_by_one_fen(world: World) -> None:
    mine = await payer(world, categories=("pet",))
    assert (await mine.get())["required_fen"] == 300_000
    await mine.pay_in(300_000)
    await mine.sell(49_950_000)
    await world.advance(to=local(2025, 3, 20, 11))
    await mine.sell(50_000)
    assert (await mine.get())["required_fen"] == 300_000
    await mine.sell(1)
    risen = await mine.get()
    assert (risen["required_fen"], risen["short_fen"], risen["state"]) == (
        500_000,
        200_000,
        "SHORT",
    )
    assert datetime.fromisoformat(risen["grace_ends_at"]) == local(2025, 3, 27, 11)
    assert "¥500,000.01" in risen["why_required"]["text"]
    told = (await mine.browser.get("/api/v1/notices")).json()["items"]
    assert told[0]["kind"] == "deposits.fell_short"


@pytest.mark.req("A-DEP-02", market="wechat")
async def test_a_shortfall_restricts_after_the_grace_period_and_lifts_by_itself(
    world: World,
) -> None:
    mine = await payer(world, categories=("pet",))
    await mine.pay_in(300_000)
    await mine.sell(50_000_001)
    await world.advance(to=local(2025, 3, 17, 9, 59, 59))
    assert await mine.flags() == []
    await world.advance(to=local(2025, 3, 17, 10))
    assert await mine.flags() == ["DEPOSIT_SHORT", "WITHDRAW_BLOCKED"]
    assert (await mine.get())["state"] == "OVERDUE"
    assert await mine.state() == "OPEN"
    await mine.pay_in(200_000)
    assert await mine.flags() == []
    assert (await mine.get())["state"] == "SUFFICIENT"


@pytest.mark.req("W-DEP-04")
async def test_a_rise_falls_when_a_whole_month_stayed_below(world: World) -> None:
    mine = await payer(world, categories=("pet",))
    await mine.pay_in(500_000)
    await mine.sell(50_000_001)
    await world.advance(to=local(2025, 4, 30, 23))
    assert (await mine.get())["required_fen"] == 500_000
    await world.advance(to=local(2025, 5, 1, 0, 5))
    assert (await mine.get())["required_fen"] == 300_000


@pytest.mark.req("K-DEP-02")
@pytest.mark.req("K-DEP-04")
async def test_golden_ladder_turns_with_the_month(world: World) -> None:
    mine = await payer(world, market="kuaishou")
    assert (await mine.get())["required_fen"] == 50_000
    await mine.sell(*[100] * 501, category="mens_wear")
    assert (await mine.get())["required_fen"] == 50_000
    await world.advance(to=local(2025, 4, 1, 0, 5))
    assert (await mine.get())["required_fen"] == 100_000
    await mine.sell(*[100] * 2_001, category="mens_wear")
    await world.advance(to=local(2025, 5, 1, 0, 5))
    assert (await mine.get())["required_fen"] == 300_000


@pytest.mark.req("D-DEP-02")
@pytest.mark.req("D-DEP-04")
@pytest.mark.req("D-DEP-05")
async def test_golden_fixed_amount_grows_with_violations_only(world: World) -> None:
    mine = await payer(world, market="douyin")
    await mine.sell(90_000_000, category="mens_wear")
    assert (await mine.get())["required_fen"] == 200_000
    expected = [400_000, 450_000, *range(650_000, 2_000_000, 200_000), 2_000_000, 2_000_000]
    for number, (severity, required) in enumerate(
        zip(["SERIOUS", "GENERAL", *["SERIOUS"] * 9], expected, strict=False), 1
    ):
        async with world.db.transaction(actor=SYSTEM) as tx:
            await deposits.add_surcharge(
                tx,
                mine.shop.id,
                violation_id=number,
                severity=severity,
                happened_at=tx.now,
                why="商品违规",
            )
        assert (await mine.get())["required_fen"] == required, number


@pytest.mark.req("X-DEP-02")
@pytest.mark.req("X-DEP-03")
async def test_golden_flat_amount_never_moves(world: World) -> None:
    mine = await payer(world, market="xiaohongshu")
    await mine.sell(100_000_000, category="mens_wear")
    async with world.db.transaction(actor=SYSTEM) as tx:
        await deposits.add_surcharge(
            tx, mine.shop.id, violation_id=1, severity="SERIOUS", happened_at=tx.now, why="违规"
        )
    await world.advance(to=local(2025, 4, 2))
    deposit = await mine.get()
    assert (deposit["required_fen"], deposit["state"]) == (1_000_000, "UNPAID")


async def test_no_door_of_a_deposit_opens_to_others(world: World) -> None:
    mine = await payer(world)
    other = await payer(world, "13900139002", market="kuaishou")
    started = await mine.browser.post(
        f"{mine.home}/top-ups", json={"amount_fen": 100}, headers=key()
    )
    top_up = started.json()["id"]
    pages = f"/merchant/shops/{mine.shop.id}/deposit"
    for method, path, body in (
        ("GET", mine.home, None),
        ("GET", f"{mine.home}/top-ups", None),
        ("POST", f"{mine.home}/top-ups", {"amount_fen": 100}),
        ("POST", f"{mine.home}/top-ups/{top_up}/pay", None),
        ("GET", pages, None),
        ("POST", f"{pages}/top-ups", None),
        ("GET", f"{pages}/top-ups/{top_up}", None),
        ("GET", f"{pages}/top-ups/{top_up}/state", None),
        ("GET", f"{pages}/top-ups/{top_up}/done", None),
    ):
        sent: dict[str, Any] = {"headers": key()}
        if body is not None:
            sent["json"] = body
        foreign = await other.browser.request(method, path, **sent)
        assert (foreign.status_code, foreign.json()["code"]) == (404, "SHOP_NOT_FOUND"), path
        nobody = await world.client().request(method, path, **sent)
        assert (nobody.status_code, nobody.json()["code"]) == (401, "SIGN_IN_REQUIRED"), path
    swapped = await other.browser.post(f"{other.home}/top-ups/{top_up}/pay")
    assert (swapped.status_code, swapped.json()["code"]) == (404, "TOP_UP_NOT_FOUND")
    async with world.db.transaction(actor=SYSTEM) as tx:
        reviewer = await reviewer_account(tx, "second@example.com")
    operator = await browser_of(world, reviewer, "operator")
    assert (await operator.get(f"/operator/shops/{mine.shop.id}/deposit")).status_code == 200
    assert (await operator.get(mine.home, headers={"accept": "*/*"})).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"amount_fen": 0}, 422, "TOP_UP_AMOUNT"),
        ({"amount_fen": -5}, 422, "TOP_UP_AMOUNT"),
        ({"amount_fen": 10**30}, 422, "TOP_UP_AMOUNT"),
        ({"amount_fen": "100"}, 422, "INVALID_REQUEST"),
        ({"amount_fen": 1.5}, 422, "INVALID_REQUEST"),
        ({"amount_fen": True}, 422, "INVALID_REQUEST"),
        ({}, 422, "INVALID_REQUEST"),
        ({"amount_fen": 100, "shop_id": "1"}, 422, "INVALID_REQUEST"),
    ],
)
async def test_a_bad_amount_is_refused_by_name(
    world: World, body: dict[str, object], status: int, code: str
) -> None:
    mine = await payer(world)
    answer = await mine.browser.post(f"{mine.home}/top-ups", json=body, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await mine.browser.get(f"{mine.home}/top-ups")).json()["items"] == []


async def test_the_page_reads_yuan_and_keeps_what_was_typed(world: World) -> None:
    mine = await payer(world)
    mine.browser.headers["accept"] = "text/html"
    page = f"/merchant/shops/{mine.shop.id}/deposit"
    for typed in ("", "abc", "1.234", "0", "-5", "9999999.99"):
        answer = await mine.browser.post(f"{page}/top-ups", data={"amount": typed}, headers=key())
        assert answer.status_code == 422, typed
        assert f'value="{typed}"' in answer.text
    started = await mine.browser.post(f"{page}/top-ups", data={"amount": "2,000.00"}, headers=key())
    assert started.status_code == 303
    waiting = await mine.browser.get(page)
    assert "¥2,000.00" in waiting.text
    assert "继续支付" in waiting.text
    still = await mine.browser.get(f"{started.headers['location']}/state")
    assert still.status_code == 204
    shown = await mine.browser.get(started.headers["location"])
    assert shown.status_code == 200
    assert "<svg" in shown.text
