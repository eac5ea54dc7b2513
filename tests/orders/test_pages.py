"""The pages of the trade: a buyer's way from cart to receipt, and a shop's orders."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.world.shops import browser_of, keeper
from tests.world.trades import Trade, form_key, open_trade

from xiaodian import accounts, catalog, logistics, orders
from xiaodian.infra import audit
from xiaodian.infra.crypto import new_token
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.paging import PageRequest

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World

ADDRESS = {
    "name": "演示买家",
    "phone": "13900139000",
    "region": "上海市浦东新区",
    "detail": "演示路 1 号",
}


async def post(browser: httpx.AsyncClient, url: str, **fields: str) -> httpx.Response:
    return await browser.post(url, data={"_key": new_token(), **fields})


async def stranger(world: World) -> httpx.AsyncClient:
    """Another buyer's browser."""
    async with world.db.transaction(actor=SYSTEM) as tx:
        made = await accounts.create_buyer(tx, phone="13700137000")
    return await browser_of(world, made.id, "buyer")


async def in_cart(trade: Trade) -> dict[int, int]:
    async with trade.world.db.reading(actor=SYSTEM) as tx:
        view = await orders.get_cart(tx, trade.buyer.account_id or 0)
    return {line.sku_id: line.quantity for part in view.shops for line in part.lines}


async def test_a_cart_is_filled_changed_and_emptied_by_forms(world: World):
    trade = await open_trade(world)
    sku, other = trade.skus
    page = f"/s/wechat/p/{trade.product_id}"
    added = await post(
        trade.browser, "/cart/lines", sku=str(sku.id), quantity="2", act="add", next=page
    )
    assert (added.status_code, added.headers["location"]) == (303, f"{page}?sku={sku.id}&added=1")
    await post(trade.browser, "/cart/lines", sku=str(other.id), act="add")
    assert await in_cart(trade) == {sku.id: 2, other.id: 1}
    shown = await trade.browser.get("/cart")
    assert (shown.status_code, shown.text.count("cart-line-end")) == (200, 2)
    total = await trade.browser.get("/cart/total", params={"chosen": "1", "sku": str(other.id)})
    assert "909" in total.text
    assert "899" not in total.text
    await post(trade.browser, "/cart/lines", sku=str(sku.id), quantity="3")
    await post(trade.browser, "/cart/lines", sku=str(other.id), quantity="0")
    assert await in_cart(trade) == {sku.id: 3}


async def test_a_double_click_puts_one_piece_in_the_cart(world: World):
    trade = await open_trade(world)
    fields = {"_key": new_token(), "sku": str(trade.skus[0].id), "act": "add"}
    for _ in range(2):
        await trade.browser.post("/cart/lines", data=fields)
    assert await in_cart(trade) == {trade.skus[0].id: 1}


async def test_nonsense_in_the_cart_is_refused_by_name(world: World):
    trade = await open_trade(world)
    sku = str(trade.skus[0].id)
    for fields, status, words in (
        ({"sku": "1", "act": "add"}, 409, "已下架"),
        ({"sku": "'; DROP TABLE orders", "act": "add"}, 409, "已下架"),
        ({"sku": sku, "quantity": "1000", "act": "add"}, 422, "数量应在"),
        ({"sku": sku, "quantity": "-1"}, 422, "数量应在"),
        ({"sku": sku, "quantity": "٣"}, 422, "数量应在"),
    ):
        answer = await post(trade.browser, "/cart/lines", **fields)
        assert (answer.status_code, words in answer.text) == (status, True), fields
    assert await in_cart(trade) == {}
    keyless = await trade.browser.post("/cart/lines", data={"sku": sku, "act": "add"})
    assert keyless.status_code == 422
    away = await post(
        trade.browser, "/cart/lines", sku=sku, act="add", next="https://elsewhere.example/s/x"
    )
    assert away.headers["location"].startswith("/cart?")


async def test_who_is_not_signed_in_is_shown_the_way(world: World):
    trade = await open_trade(world)
    browser = world.client()
    browser.headers["accept"] = "text/html"
    page = f"/s/wechat/p/{trade.product_id}"
    adding = await post(browser, "/cart/lines", sku=str(trade.skus[0].id), act="add", next=page)
    assert adding.headers["location"].startswith("/sign-in?next=%2Fs%2Fwechat")
    for place in ("/cart", "/checkout?line=1:1", "/orders", "/orders/1", "/pay/1", "/addresses"):
        answer = await browser.get(place)
        assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in"), place
    shop = await browser.get(f"{trade.shop_page}/orders")
    assert shop.headers["location"].startswith("/merchant/sign-in")


@pytest.mark.req("A-ORD-01", market="wechat")
async def test_a_buyer_orders_pays_and_confirms(world: World):
    trade = await open_trade(world)
    sku = trade.skus[0]
    bought = await post(trade.browser, "/buy", sku=str(sku.id), quantity="2")
    assert bought.headers["location"] == f"/checkout?line={sku.id}%3A2"
    checkout = await trade.browser.get(bought.headers["location"])
    assert "1,798" in checkout.text
    fields = {
        "_key": form_key(checkout),
        "address": str(trade.address_id),
        "line": f"{sku.id}:2:{sku.price_fen}",
        "note": "请周末送货",
    }
    placed = await trade.browser.post("/checkout", data=fields)
    assert placed.status_code == 303
    checkout_id = placed.headers["location"].removeprefix("/pay/")
    again = await trade.browser.post("/checkout", data=fields)
    assert again.headers["location"] == placed.headers["location"]
    pay = await trade.browser.get(f"/pay/{checkout_id}")
    assert "1,798" in pay.text
    assert "<svg" in pay.text
    waiting = await trade.browser.get(f"/pay/{checkout_id}/state")
    assert waiting.status_code == 204
    await trade.town.pay_checkout(trade.buyer, int(checkout_id))
    told = await trade.browser.get(f"/pay/{checkout_id}/state")
    assert told.headers["hx-redirect"] == f"/pay/{checkout_id}/done"
    over = await trade.browser.get(f"/pay/{checkout_id}")
    assert over.headers["location"] == f"/pay/{checkout_id}/done"
    assert "支付成功" in (await trade.browser.get(f"/pay/{checkout_id}/done")).text
    order_id = int(checkout_id)
    await trade.town.ready_to_ship(trade.keeper_actor, trade.keeper.shop.id, carrier="SF")
    await trade.town.ship(
        trade.keeper_actor,
        trade.keeper.shop.id,
        order_id,
        carrier="SF",
        waybill=trade.number(),
    )
    shown = await trade.browser.get(f"/orders/{order_id}")
    assert "请周末送货" in shown.text
    assert "确认收货" in shown.text
    done = await post(trade.browser, f"/orders/{order_id}/receipt")
    assert done.headers["location"] == f"/orders/{order_id}"
    assert (await trade.order(order_id)).state == "COMPLETED"
    twice = await post(trade.browser, f"/orders/{order_id}/receipt")
    assert (twice.status_code, "不能这样操作" in twice.text) == (409, True)


async def test_coming_back_from_the_provider_asks_it_at_once(world: World):
    trade = await open_trade(world)
    placed = await trade.placed()
    phone = {"user-agent": "Mozilla/5.0 (Linux; Android 14) Mobile"}
    page = await trade.browser.get(f"/pay/{placed.checkout_id}", headers=phone)
    assert "redirect_url=" in page.text
    assert "还没有收到付款结果" in (await trade.browser.get(f"/pay/{placed.checkout_id}/done")).text
    desktop = await trade.browser.get(f"/pay/{placed.checkout_id}")
    assert "redirect_url=" in desktop.text, "the way that was chosen first is kept"
    async with world.db.reading(actor=SYSTEM) as tx:
        payment = await trade.payment(tx, placed.checkout_id)
    await trade.pay_outside(payment.out_trade_no)
    assert "支付成功" in (await trade.browser.get(f"/pay/{placed.checkout_id}/done")).text


async def test_a_price_that_changed_is_shown_before_it_is_accepted(world: World):
    trade = await open_trade(world)
    sku = trade.skus[0]
    page = await trade.browser.get(f"/checkout?line={sku.id}:1")
    refused = await trade.browser.post(
        "/checkout",
        data={
            "_key": form_key(page),
            "address": str(trade.address_id),
            "line": f"{sku.id}:1:{sku.price_fen - 100}",
            "note": "保留我写的话",
        },
    )
    assert refused.status_code == 409
    assert "价格有变化" in refused.text
    assert "保留我写的话" in refused.text
    assert f"{sku.id}:1:{sku.price_fen}" in refused.text
    short = await trade.browser.post(
        "/checkout",
        data={
            "_key": form_key(refused),
            "address": str(trade.address_id),
            "line": f"{sku.id}:11:{sku.price_fen}",
        },
    )
    assert (short.status_code, "line-short" in short.text) == (409, True)
    homeless = await trade.browser.post(
        "/checkout", data={"_key": new_token(), "line": f"{sku.id}:1:{sku.price_fen}"}
    )
    assert (homeless.status_code, "收货地址" in homeless.text) == (404, True)
    empty = await trade.browser.post("/checkout", data={"_key": new_token(), "address": "1"})
    assert empty.status_code == 422
    async with world.db.reading(actor=SYSTEM) as tx:
        held = await orders.list_orders_of_buyer(tx, trade.buyer.account_id or 0, PageRequest())
    assert held.items == []


async def test_the_address_book(world: World):
    trade = await open_trade(world)
    here = "/checkout?line=1%3A1"
    added = await post(trade.browser, "/addresses", **ADDRESS, next=here)
    assert added.headers["location"].startswith("/checkout?line=1%3A1&address=")
    elsewhere = await post(trade.browser, "/addresses", **ADDRESS, next="//evil.example/checkout")
    assert elsewhere.headers["location"] == "/addresses"
    wrong = await post(trade.browser, "/addresses", **(ADDRESS | {"phone": "123"}))
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    assert "演示路 1 号" in wrong.text
    page = await trade.browser.get("/addresses")
    assert "139****9000" in page.text
    assert "13900139000" not in page.text
    other = await stranger(world)
    theirs = await post(other, f"/addresses/{trade.address_id}/removal")
    assert theirs.status_code == 404
    gone = await post(trade.browser, f"/addresses/{trade.address_id}/removal")
    assert gone.headers["location"] == "/addresses"
    async with world.db.reading(actor=SYSTEM) as tx:
        kept = await orders.list_addresses(tx, trade.buyer.account_id or 0)
    assert trade.address_id not in {view.id for view in kept}


async def test_somebody_elses_orders_do_not_exist(world: World):
    trade = await open_trade(world)
    order_id = await trade.paid()
    other = await stranger(world)
    checkout_id = (await trade.order(order_id)).checkout_id
    for place in (
        f"/orders/{order_id}",
        f"/pay/{checkout_id}",
        f"/pay/{checkout_id}/done",
        f"/pay/{checkout_id}/state",
        "/orders/1",
        "/orders/x",
        "/pay/%00",
    ):
        assert (await other.get(place)).status_code == 404, place
    for act in ("cancellation", "receipt"):
        assert (await post(other, f"/orders/{order_id}/{act}")).status_code == 404
    assert "这里还没有订单" in (await other.get("/orders")).text
    assert (await trade.order(order_id)).state == "WAIT_SHIP"
    rival = await keeper(world, market="kuaishou", phone="13800138002", name="别家店")
    path = f"{trade.shop_page}/orders"
    for place in (path, f"{path}/{order_id}", f"{path}/{order_id}?receiver=open"):
        assert (await rival.browser.get(place)).status_code == 404, place
    own = f"/merchant/shops/{rival.shop.id}/orders/{order_id}"
    assert (await rival.browser.get(own)).status_code == 404
    for act in ("shipment", "ewaybill"):
        for base in (f"{path}/{order_id}", own):
            answer = await post(
                rival.browser, f"{base}/{act}", carrier="SF", waybill="SF1234567890123"
            )
            assert answer.status_code == 404
    assert (await trade.order(order_id)).state == "WAIT_SHIP"


@pytest.mark.req("A-ORD-03", market="wechat")
async def test_a_buyer_cancels_before_shipping(world: World):
    trade = await open_trade(world)
    unpaid = await trade.placed()
    answer = await post(trade.browser, f"/orders/{unpaid.order_ids[0]}/cancellation")
    assert answer.status_code == 303
    assert (await trade.order(unpaid.order_ids[0])).state == "CANCELLED"
    assert "订单已关闭" in (await trade.browser.get(f"/pay/{unpaid.checkout_id}")).text
    paid = await trade.paid()
    await post(trade.browser, f"/orders/{paid}/cancellation")
    closed = await trade.order(paid)
    assert (closed.state, closed.refunded_fen) == ("CLOSED_REFUNDED", closed.payable_fen)
    async with world.db.reading(actor=SYSTEM) as tx:
        offer = await catalog.get_offer(tx, trade.product_id)
    assert offer.skus[0].stock == 10
    listed = await trade.browser.get("/orders?state=CANCELLED,CLOSED_REFUNDED")
    assert listed.text.count("order-card") == 2


@pytest.mark.req("W-LOG-03")
@pytest.mark.req("A-LOG-01", market="wechat")
@pytest.mark.req("A-AFS-08", market="wechat")
async def test_a_shop_ships_with_a_registered_carrier(world: World):
    trade = await open_trade(world)
    order_id = await trade.paid()
    browser, page = trade.keeper.browser, f"{trade.shop_page}/orders/{order_id}"
    number = trade.number()
    assert "还没有报备快递公司" in (await browser.get(page)).text
    refused = await post(browser, f"{page}/shipment", carrier="SF", waybill=number)
    assert (refused.status_code, "尚未报备" in refused.text) == (409, True)
    settings = f"{trade.shop_page}/logistics"
    await post(browser, f"{settings}/carriers", carrier="SF", account_no="7550012345")
    refused = await post(browser, f"{page}/shipment", carrier="SF", waybill=number)
    assert (refused.status_code, "退货地址" in refused.text) == (409, True)
    await post(browser, f"{settings}/return-address", **ADDRESS)
    refused = await post(browser, f"{page}/shipment", carrier="SF", waybill="12 34")
    assert (refused.status_code, "12 34" in refused.text) == (422, True)
    shipped = await post(browser, f"{page}/shipment", carrier="SF", waybill=number)
    assert shipped.headers["location"] == page
    async with world.db.reading(actor=SYSTEM) as tx:
        (parcel,) = await logistics.parcels_of(tx, order_id)
    assert (parcel.waybill, parcel.declared_at) == (number, await world.now())
    assert (await trade.order(order_id)).state == "SHIPPED"
    assert number in (await browser.get(page)).text
    assert number in (await trade.browser.get(f"/orders/{order_id}")).text


async def test_a_receiver_is_opened_on_one_page_and_that_is_logged(world: World):
    trade = await open_trade(world)
    order_id = await trade.paid()
    page = f"{trade.shop_page}/orders/{order_id}"
    for place in (page, f"{trade.shop_page}/orders", f"/orders/{order_id}"):
        browser = trade.browser if place.startswith("/orders") else trade.keeper.browser
        shown = (await browser.get(place)).text
        assert "13900139000" not in shown
        assert "139****9000" in shown
    opened = (await trade.keeper.browser.get(f"{page}?receiver=open")).text
    assert "13900139000" in opened
    assert "演示路 100 号" in opened
    async with world.db.reading(actor=SYSTEM) as tx:
        entries = await audit.history(tx, subject="order", subject_id=order_id)
    seen = [entry for entry in entries if entry.action == "order.receiver_seen"]
    assert [entry.account_id for entry in seen] == [trade.keeper.owner_id]
    assert "13900139000" not in str(seen[0].after)


async def test_what_ships_late_comes_first(world: World):
    trade = await open_trade(world)
    late = await trade.paid()
    await world.advance(to=await world.now() + timedelta(hours=49))
    fresh = await trade.paid()
    page = (await trade.keeper.browser.get(f"{trade.shop_page}/orders")).text
    assert page.index(str(late)) < page.index(str(fresh))
    assert "1 单已超过发货时限" in page
    assert "超过发货时限" in (await trade.browser.get(f"/orders/{late}")).text
    every = (await trade.keeper.browser.get(f"{trade.shop_page}/orders?state=")).text
    assert every.index(str(fresh)) < every.index(str(late))
    found = await trade.keeper.browser.get(f"{trade.shop_page}/orders?number={late}")
    assert found.headers["location"] == f"{trade.shop_page}/orders/{late}"
    nothing = await trade.keeper.browser.get(f"{trade.shop_page}/orders?number=1")
    assert "没有这个编号的订单" in nothing.text


async def test_a_settled_order_explains_its_money(world: World):
    trade = await open_trade(world)
    order_id = await trade.paid()
    await trade.town.ready_to_ship(trade.keeper_actor, trade.keeper.shop.id, carrier="SF")
    await trade.town.ship(
        trade.keeper_actor, trade.keeper.shop.id, order_id, carrier="SF", waybill=trade.number()
    )
    await trade.town.confirm(trade.buyer, order_id)
    await world.advance(to=await world.now() + timedelta(days=2))
    page = (await trade.keeper.browser.get(f"{trade.shop_page}/orders/{order_id}")).text
    assert "已到账" in page
    assert "0.6%" in page
    assert "893" in page, "899.00 less 0.6 per cent is 893.61"
    assert "W-TRX-03" in page, "the rule of the day"
    assert "W-TRX-05" in page, "the rule of the fee"
