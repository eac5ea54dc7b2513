"""The storefront: home, search, categories, product and shop, to anybody who comes by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.world.goods import online_product
from tests.world.trades import Trade, open_trade

from xiaodian import accounts, catalog, merchants
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World

_CARD = re.compile(r'class="goods-link" href="/s/wechat/p/(\d+)"')


def anybody(world: World) -> httpx.AsyncClient:
    """A browser in which nobody is signed in."""
    browser = world.client()
    browser.headers["accept"] = "text/html"
    return browser


async def listed(trade: Trade, *goods: tuple[str, str, int]) -> list[int]:
    """List products (title, category, price) beside the one there is."""
    made: list[int] = []
    async with trade.world.db.transaction(actor=SYSTEM) as tx:
        reviewer = await accounts.find_account(tx, "operator", "reviewer@example.com")
        assert reviewer is not None
        for place, (title, category, price_fen) in enumerate(goods):
            number = f"20{place:02d}"
            made.append(
                await online_product(
                    tx,
                    trade.keeper.shop,
                    reviewer.id,
                    number,
                    title=title,
                    category=category,
                    market_price_fen=price_fen,
                    sale_price_fen=price_fen,
                    skus=[catalog.SkuInput(f"{number}-1", "规格:标准", price_fen, 10)],
                )
            )
    return made


def cards(page: httpx.Response) -> list[int]:
    """The products of a page's grid, in order."""
    return [int(number) for number in _CARD.findall(page.text)]


async def test_the_feed_shows_what_is_on_sale_newest_first(world: World):
    trade = await open_trade(world)
    pot, cup = await listed(
        trade, ("加厚铸铁炖锅", "cookware", 35_900), ("双层玻璃杯", "tableware", 6_900)
    )
    browser = anybody(world)
    home = await browser.get("/s/wechat")
    assert cards(home) == [cup, pot, trade.product_id]
    assert "/s/wechat/category/home" in home.text
    async with world.db.transaction(actor=SYSTEM) as tx:
        await catalog.take_down(tx, cup)
    assert cards(await browser.get("/s/wechat")) == [pot, trade.product_id]
    assert (await browser.get(f"/s/wechat/p/{cup}")).status_code == 404
    assert cards(await browser.get("/s/douyin")) == []
    shelf = await browser.get("/s/wechat/category/home")
    assert cards(shelf) == [pot, trade.product_id]
    assert cards(await browser.get("/s/wechat/category/cookware")) == [pot]
    assert "这个分类还没有商品" in (await browser.get("/s/wechat/category/tea")).text


async def test_the_feed_goes_on_from_a_cursor(world: World):
    trade = await open_trade(world)
    made = await listed(trade, *((f"玻璃杯 {place} 号", "tableware", 6_900) for place in range(26)))
    browser = anybody(world)
    for start in ("/s/wechat", "/s/wechat/search?q=玻璃杯&sort=new"):
        first = await browser.get(start)
        more = re.search(r'class="feed-more" hx-get="([^"]+)"', first.text)
        assert more is not None
        second = await browser.get(more[1].replace("&amp;", "&"))
        seen = cards(first) + cards(second)
        assert seen[: len(made)] == made[::-1]
        assert len(seen) == len(set(seen))
    assert (await browser.get("/s/wechat?cursor=nonsense!")).status_code == 422


async def test_search_finds_by_words_by_pinyin_and_by_signs(world: World):
    trade = await open_trade(world)
    pot, cup, pan = await listed(
        trade,
        ("加厚铸铁炖锅 24cm", "cookware", 35_900),
        ("双层玻璃杯", "tableware", 6_900),
        ("不锈钢炒锅", "cookware", 29_900),
    )
    browser = anybody(world)

    async def found(words: str, sort: str = "") -> list[int]:
        return cards(await browser.get("/s/wechat/search", params={"q": words, "sort": sort}))

    assert await found("锅", "price") == [pan, pot]
    assert await found("锅", "-price") == [pot, pan]
    assert await found("铸铁 锅") == [pot]
    assert await found("bolibei") == [cup]
    assert await found("四件套") == [trade.product_id]
    for words in ("火箭", "' OR 1=1 --", "<script>alert(1)</script>", "%", "\\"):
        page = await browser.get("/s/wechat/search", params={"q": words})
        assert (page.status_code, cards(page)) == (200, []), words
        assert "<script>alert" not in page.text
    every = await browser.get("/s/wechat/search")
    assert "/s/wechat/category/cookware" in every.text
    assert "/s/wechat/category/tea" not in every.text


async def test_a_product_shows_its_versions_its_stock_and_its_shop(world: World):
    trade = await open_trade(world)
    white, grey = trade.skus
    browser = anybody(world)
    page = f"/s/wechat/p/{trade.product_id}"
    shown = await browser.get(page)
    assert white.title in shown.text
    assert f'value="{white.id}"' in shown.text
    assert "GB/T 22844" in shown.text
    assert f"/s/wechat/shop/{trade.keeper.shop.id}#licence" in shown.text
    assert f'value="{grey.id}" checked' in (await browser.get(f"{page}?sku={grey.id}")).text
    price = await browser.get(f"{page}/price", params={"sku": str(grey.id)})
    assert "909" in price.text
    assert "<html" not in price.text
    async with world.db.transaction(actor=SYSTEM) as tx:
        await catalog.take_stock(tx, [catalog.StockWant(group=1, sku_id=grey.id, quantity=10)])
    short = (await browser.get(page)).text
    assert re.search(rf'value="{grey.id}"[^>]*disabled', short)
    async with world.db.transaction(actor=SYSTEM) as tx:
        await catalog.take_stock(tx, [catalog.StockWant(group=1, sku_id=white.id, quantity=10)])
    gone = (await browser.get(page)).text
    assert "已售罄" in gone
    assert "立即购买" not in gone


async def test_a_shop_shows_who_runs_it(world: World):
    trade = await open_trade(world)
    (pot,) = await listed(trade, ("加厚铸铁炖锅", "cookware", 35_900))
    browser = anybody(world)
    page = f"/s/wechat/shop/{trade.keeper.shop.id}"
    shown = await browser.get(page)
    async with world.db.reading(actor=SYSTEM) as tx:
        licence = await merchants.licence_of(tx, trade.keeper.shop.id)
    assert licence.number
    assert licence.number in shown.text
    assert licence.name in shown.text
    assert cards(shown) == [pot, trade.product_id]
    assert cards(await browser.get(page, params={"q": "锅"})) == [pot]


async def test_what_is_not_there_is_named(world: World):
    trade = await open_trade(world)
    browser = anybody(world)
    product, shop = trade.product_id, trade.keeper.shop.id
    for place in (
        "/s/nowhere",
        "/s/nowhere/search",
        "/s/wechat/category/nothing",
        "/s/wechat/category/general%00",
        f"/s/douyin/p/{product}",
        "/s/wechat/p/1",
        "/s/wechat/p/abc",
        "/s/wechat/p/1/price",
        f"/s/douyin/shop/{shop}",
        "/s/wechat/shop/1",
        "/s/wechat/shop/-1",
    ):
        answer = await browser.get(place)
        assert answer.status_code == 404, place
        assert "<html" in answer.text
