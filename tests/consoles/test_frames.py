"""What stands around a page: over HTTP, in the browsers of people with shops and roles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from tests.world.merchants import approved_shop, reviewer_account
from tests.world.shops import browser_of, keeper

from xiaodian import accounts, merchants, notices
from xiaodian.consoles import navigation
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.files import Store
from xiaodian.rulebooks import load_all

if TYPE_CHECKING:
    from tests.world.house import World


def hrefs(page: str) -> list[str]:
    side = re.search(r'<nav class="side".*?</nav>', page, re.DOTALL)
    assert side
    return re.findall(r'class="side-link" href="([^"]+)"', side[0])


def app_with(*paths: str) -> Starlette:
    return Starlette(routes=[Route(path, Response) for path in paths])


def shown(app: Starlette, **given: object) -> list[str]:
    asked = {"may": frozenset(), "places": {}, "sandbox": False, **given}
    groups = navigation.shown(navigation.OPERATOR, app, "zh-CN", **asked)
    return [entry["href"] for group in groups for entry in group["entries"]]


def test_an_entry_is_shown_when_its_page_exists_and_its_reader_may_see_it() -> None:
    app = app_with("/operator", "/operator/people", "/operator/clock", "/operator/desk/{id}")
    assert shown(app) == ["/operator"]
    assert shown(app, may={"administrator"}) == ["/operator", "/operator/people"]
    assert shown(app, may={"administrator"}, sandbox=True)[-1] == "/operator/clock"


def test_an_entry_of_a_shop_needs_a_shop() -> None:
    app = app_with("/merchant", "/merchant/shops/{shop_id}/orders")
    for places, expected in (
        ({}, ["/merchant"]),
        ({"shop": "7"}, ["/merchant", "/merchant/shops/7/orders"]),
    ):
        groups = navigation.shown(
            navigation.MERCHANT, app, "en", may={"orders"}, places=places, sandbox=False
        )
        assert [entry["href"] for group in groups for entry in group["entries"]] == expected


def test_staff_see_only_what_their_rights_open() -> None:
    app = app_with(
        *(
            entry.path.replace("{shop}", "7")
            for group in navigation.MERCHANT
            for entry in group.entries
        )
    )

    def seen(*rights: str) -> set[object]:
        groups = navigation.shown(
            navigation.MERCHANT, app, "en", may=set(rights), places={"shop": "7"}, sandbox=False
        )
        return {entry["href"] for group in groups for entry in group["entries"]}

    assert "/merchant/shops/7/orders" in seen("orders")
    assert "/merchant/shops/7/funds" not in seen("orders", "products", "settings")
    assert seen("orders") < seen("orders", "funds") < seen(*merchants.Right)


def test_another_shop_opens_at_the_like_page() -> None:
    app = app_with("/merchant", "/merchant/shops/{shop_id}/orders")
    assert navigation.like_page(app, 8, "orders") == "/merchant/shops/8/orders"
    assert navigation.like_page(app, 8, "funds") == "/merchant"
    assert navigation.like_page(app_with("/x"), 8, "orders") == "/"


async def test_every_entry_that_is_shown_opens(world: World) -> None:
    mine = await keeper(world)
    page = await mine.browser.get("/merchant/inbox")
    assert page.status_code == 200
    for href in hrefs(page.text):
        assert (await mine.browser.get(href)).status_code == 200, href


async def test_a_merchant_sees_their_shops_and_nobody_elses(world: World) -> None:
    mine = await keeper(world, name="第一家示例店")
    await keeper(world, market="douyin", phone="13800138002", name="别人的店")
    one = (await mine.browser.get("/merchant/inbox")).text
    assert 'class="shop-one"' in one
    assert "第一家示例店" in one
    async with world.db.transaction(actor=SYSTEM) as tx:
        store = world.runtime.gateway(Store)
        await approved_shop(tx, store, mine.owner_id, market="kuaishou", shop_name="第二家示例店")
    both = (await mine.browser.get("/merchant/inbox")).text
    assert 'data-market="kuaishou"' in both.split("<body")[0], (
        "the newest shop, unless one is named"
    )
    assert both.count("第一家示例店") >= 1
    assert both.count("第二家示例店") >= 2
    assert "别人的店" not in one + both


async def test_the_bell_counts_unread_messages(world: World) -> None:
    mine = await keeper(world)
    async with world.db.transaction(actor=SYSTEM) as tx:
        before = await notices.unread_count(tx, mine.owner_id)
    page = (await mine.browser.get("/merchant/account")).text
    if before:
        assert f"消息，{before} 条未读" in page
    await mine.browser.post("/merchant/inbox/read-all", headers={"idempotency-key": "read"})
    page = (await mine.browser.get("/merchant/account")).text
    assert "条未读" not in page


async def test_operators_see_the_doors_of_their_roles(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        reviewer = await reviewer_account(tx)
        administrator = await reviewer_account(tx, "admin@example.com", "administrator")
        assert await accounts.roles_of(tx, reviewer) == {accounts.Role.REVIEWER}
    seen = hrefs((await (await browser_of(world, reviewer, "operator")).get("/operator/desk")).text)
    assert "/operator/desk" in seen
    assert "/operator/people" not in seen
    browser = await browser_of(world, administrator, "operator")
    assert "/operator/people" in hrefs((await browser.get("/operator/desk")).text)


async def test_a_buyer_stands_in_the_market_they_were_in_last(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        buyer = await accounts.create_buyer(tx, phone="13900139000")
    browser = await browser_of(world, buyer.id, "buyer")
    first = load_all().compared()[0].market
    assert f'data-market="{first}"' in (await browser.get("/me/privacy")).text
    browser.cookies.set("market", "kuaishou")
    assert 'data-market="kuaishou"' in (await browser.get("/me/privacy")).text
    browser.cookies.set("market", "<script>")
    page = await browser.get("/me/privacy")
    assert page.status_code == 200
    assert "<script>" not in page.text.split("<body")[0].replace('<script type="module"', "")


@pytest.mark.parametrize("path", ["/sign-in", "/merchant/sign-in", "/operator/sign-in"])
async def test_strangers_get_a_frame_too(world: World, path: str) -> None:
    answer = await world.client().get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200
