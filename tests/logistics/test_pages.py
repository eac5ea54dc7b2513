"""The merchant's page of carriers and the return address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.world.shops import hand, keeper
from tests.world.trades import open_trade

from xiaodian import logistics
from xiaodian.infra.crypto import new_token
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World

ADDRESS = {
    "name": "仓库",
    "phone": "0755-83765566",
    "region": "广东省深圳市南山区",
    "detail": "科技园路 1 号",
}


async def post(browser: httpx.AsyncClient, url: str, **fields: str) -> httpx.Response:
    return await browser.post(url, data={"_key": new_token(), **fields})


async def test_a_merchant_registers_drops_and_keeps_what_was_typed(world: World):
    of = await keeper(world)
    page = f"/merchant/shops/{of.shop.id}/logistics"
    first = (await of.browser.get(page)).text
    assert "还没有报备快递公司" in first
    assert "请先填写退货地址" in first
    refused = await post(of.browser, f"{page}/carriers", carrier="YTO", account_no="1")
    assert refused.status_code == 422
    assert "4 到 32 位" in refused.text
    assert '<option value="YTO" selected>' in refused.text
    done = await post(of.browser, f"{page}/carriers", carrier="YTO", account_no="YT-556677")
    assert (done.status_code, done.headers["location"]) == (303, page)
    shown = (await of.browser.get(page)).text
    assert "**** 6677" in shown
    assert "YT-556677" not in shown
    assert "W-LOG-0" in shown
    dropped = await post(of.browser, f"{page}/carriers/YTO/drop")
    assert dropped.status_code == 303
    assert "还没有报备快递公司" in (await of.browser.get(page)).text


async def test_the_return_address_names_what_it_lacks_and_is_filled_in_again(world: World):
    of = await keeper(world)
    page = f"/merchant/shops/{of.shop.id}/logistics"
    wrong = await post(of.browser, f"{page}/return-address", **(ADDRESS | {"phone": "12"}))
    assert wrong.status_code == 422
    assert 'id="f-phone-error"' in wrong.text
    assert 'value="科技园路 1 号"' in wrong.text
    assert (await post(of.browser, f"{page}/return-address", **ADDRESS)).status_code == 303
    assert 'value="75583765566"' in (await of.browser.get(page)).text
    broken = await post(
        of.browser, f"{page}/return-address", **(ADDRESS | {"name": "<script>alert(1)</script>"})
    )
    assert broken.status_code == 303
    assert "<script>alert" not in (await of.browser.get(page)).text


async def test_the_page_is_for_those_who_may_change_settings(world: World):
    of = await keeper(world)
    page = f"/merchant/shops/{of.shop.id}/logistics"
    rival = await keeper(world, market="kuaishou", phone="13800138002", name="别家店")
    packer = await hand(world, of, "orders")
    carrier = {"carrier": "SF", "account_no": "7550012345"}
    for browser, status in ((rival.browser, 404), (packer, 403)):
        assert (await browser.get(page)).status_code == status
        for answer in (
            await post(browser, f"{page}/carriers", **carrier),
            await post(browser, f"{page}/carriers/SF/drop"),
            await post(browser, f"{page}/return-address", **ADDRESS),
        ):
            assert answer.status_code == status
    async with world.db.reading(actor=SYSTEM) as tx:
        assert await logistics.find_return_address(tx, of.shop.id) is None
        assert not any(view.registered for view in await logistics.carriers_for(tx, of.shop))


async def test_who_packs_does_not_see_the_money(world: World):
    trade = await open_trade(world)
    order_id = await trade.paid()
    packer = await hand(world, trade.keeper, "orders")
    page = f"{trade.shop_page}/orders/{order_id}"
    assert "支付通道费" in (await trade.keeper.browser.get(page)).text
    shown = await packer.get(page)
    assert (shown.status_code, "支付通道费" in shown.text) == (200, False)
    seller = await packer.get(f"{trade.shop_page}/orders")
    assert str(order_id) in seller.text
