"""The pages of opening a shop: a walk through them, kept forms, other people's keys."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from tests.world.merchants import merchant_account, picture, reviewer_account, values_for
from tests.world.shops import Keeper, browser_of, keeper

from xiaodian.infra.crypto import new_token
from xiaodian.infra.db import SYSTEM
from xiaodian.merchants.rules.papers import paper

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World


async def post(browser: httpx.AsyncClient, path: str, **fields: Any) -> httpx.Response:
    return await browser.post(path, data={"_key": new_token(), **fields})


async def shown(browser: httpx.AsyncClient, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:800])
    return unescape(answer.text)


async def merchant(world: World, phone: str = "13800138001") -> httpx.AsyncClient:
    async with world.db.transaction(actor=SYSTEM) as tx:
        account = await merchant_account(tx, phone)
    return await browser_of(world, account, "merchant")


async def reviewer(world: World, email: str = "reviewer@example.com", *roles: str):
    async with world.db.transaction(actor=SYSTEM) as tx:
        account = await reviewer_account(tx, email, *roles)
    return await browser_of(world, account, "operator")


async def hand_in(
    browser: httpx.AsyncClient, here: str, kind: str, **changes: str
) -> httpx.Response:
    asked = paper(kind)
    return await browser.post(
        f"{here}/papers/{kind}",
        data={
            "_key": new_token(),
            **values_for(kind),
            "valid_to": "2030-12-31" if asked.expires else "",
            **changes,
        },
        files={f"file_{side.name}": ("p.png", picture()) for side in asked.sides} or None,
    )


@pytest.mark.req("G-GEN-09", market="wechat")
async def test_the_guide_is_walked_step_by_step_with_its_live_state(world: World) -> None:
    me = await merchant(world)
    assert "还没有店铺" in await shown(me, "/merchant")
    choice = await shown(me, "/merchant/open?market=wechat")
    assert 'href="/compare"' in choice
    started = await post(
        me,
        "/merchant/open",
        market="wechat",
        subject="PERSONAL",
        category="pet",
        shop_name="示例宠物店",
    )
    assert started.status_code == 303, started.text[:500]
    here = started.headers["location"]

    async def states(of: httpx.AsyncClient = me, at: str = here) -> list[str]:
        return re.findall(r'class="stage stage-(\w+)"', await shown(of, at))

    assert await states() == ["now", "todo", "todo", "todo", "todo"]
    page = await shown(me, here)
    assert "请先完成：绑定微信号与视频号" in page
    await post(me, f"{here}/bind", wechat="demo_shop_01", channels="演示视频号")
    assert await states() == ["done", "now", "todo", "todo", "todo"]
    for kind in ("id_card", "channels_realname"):
        assert (await hand_in(me, here, kind)).status_code == 303
    assert await states() == ["done", "done", "now", "todo", "todo"]
    assert (await post(me, f"{here}/submit")).status_code == 303
    await world.run_jobs()
    assert "审核中，1–3 个工作日内答复" in await shown(me, here)
    await review(world, here)
    assert await states() == ["done", "done", "done", "now", "todo"]
    shop = (re.findall(r"/merchant/shops/(\d+)", await shown(me, here)))[0]
    assert "¥3,000.00" in await shown(me, f"/merchant/shops/{shop}/opening")
    paying = await post(me, f"/merchant/shops/{shop}/deposit/top-ups", amount="3,000.00")
    assert paying.status_code == 303, paying.text[:500]
    await shown(me, paying.headers["location"])
    async with world.db.reading(actor=SYSTEM) as tx:
        (row,) = await tx.rows("SELECT out_trade_no FROM payments")
    await world.pay(row["out_trade_no"])
    await me.get(f"{paying.headers['location']}/done")
    assert "已缴纳 ¥3,000.00" in await shown(me, paying.headers["location"])
    assert await states(at=f"/merchant/shops/{shop}/opening") == ["done"] * 4 + ["now"]
    assert "营业中" in await shown(me, "/merchant")


async def review(world: World, application_page: str) -> None:
    number = application_page.rsplit("/", 1)[1]
    who = await reviewer(world)
    queue = await shown(who, "/operator/applications")
    assert f"/operator/applications/{number}" in queue
    before = await shown(who, f"/operator/applications/{number}")
    assert "/papers/" not in before
    await post(who, f"/operator/applications/{number}/claim")
    page = await shown(who, f"/operator/applications/{number}")
    links = re.findall(r'<img class="[^"]+" src="(/papers/[^"]+)"', page)
    assert links, "pictures stand beside the fields"
    for link in links:
        answer = await who.get(link)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    done = await post(who, f"/operator/applications/{number}/approve")
    assert done.status_code == 303


async def test_a_refused_form_keeps_what_was_typed(world: World) -> None:
    me = await merchant(world)
    refused = await post(
        me,
        "/merchant/open",
        market="wechat",
        subject="PERSONAL",
        category="pet",
        shop_name="长" * 30,
    )
    assert refused.status_code == 422
    assert "长" * 30 in refused.text
    started = await post(
        me, "/merchant/open", market="kuaishou", subject="PERSONAL", category="pet", shop_name="店"
    )
    here = started.headers["location"]
    wrong = await hand_in(me, here, "id_card", name="演示姓名", number="110101199003070159")
    assert wrong.status_code == 422
    assert "身份证号码不正确" in wrong.text
    assert 'value="演示姓名"' in wrong.text
    late = await hand_in(me, here, "id_card", valid_to="31/12/2030")
    assert late.status_code == 422
    assert "须为日期" in late.text
    early = await post(me, f"{here}/submit")
    assert early.status_code == 409
    assert "还缺少材料" in early.text


async def test_a_rejected_application_shows_why_and_begins_again(world: World) -> None:
    me = await merchant(world)
    started = await post(
        me, "/merchant/open", market="douyin", subject="PERSONAL", category="pet", shop_name="店"
    )
    here = started.headers["location"]
    for kind in ("id_card", "bank_card"):
        await hand_in(me, here, kind)
    await post(me, f"{here}/submit")
    await world.run_jobs()
    number = here.rsplit("/", 1)[1]
    who = await reviewer(world)
    await post(who, f"/operator/applications/{number}/claim")
    empty = await post(who, f"/operator/applications/{number}/reject", reasons="  ")
    assert empty.status_code == 422
    await post(who, f"/operator/applications/{number}/reject", reasons="照片反光\n姓名不清")
    page = await shown(me, here)
    assert "照片反光" in page
    assert "姓名不清" in page
    again = await post(me, f"{here}/reopen")
    assert again.status_code == 303
    assert "材料齐了，可以提交" in await shown(me, again.headers["location"])


async def test_a_supplement_is_asked_and_answered_on_the_pages(world: World) -> None:
    me = await merchant(world)
    started = await post(
        me, "/merchant/open", market="douyin", subject="PERSONAL", category="pet", shop_name="店"
    )
    here = started.headers["location"]
    for kind in ("id_card", "bank_card"):
        await hand_in(me, here, kind)
    await post(me, f"{here}/submit")
    await world.run_jobs()
    number = here.rsplit("/", 1)[1]
    who = await reviewer(world)
    await post(who, f"/operator/applications/{number}/claim")
    nothing = await post(
        who, f"/operator/applications/{number}/ask-supplement", **{"ask-other": ""}
    )
    assert nothing.status_code == 422
    asked = {"ask-id_card": "身份证背面不清楚", "ask-other": "货源从哪里来？"}
    await post(who, f"/operator/applications/{number}/ask-supplement", **asked)
    page = await shown(me, here)
    assert "身份证背面不清楚" in page
    (supplement,) = re.findall(r"/supplements/(\d+)", page)
    await post(me, f"{here}/supplements/{supplement}", **{f"answer-{supplement}": "自有工厂"})
    await hand_in(me, here, "id_card")
    assert (await post(me, f"{here}/submit")).status_code == 303


async def test_pages_open_with_the_right_key_only(world: World) -> None:
    mine = await keeper(world)
    stranger = await merchant(world, "13900139002")
    shop = f"/merchant/shops/{mine.shop.id}"
    for path in ("", "/opening", "/staff", "/settings", "/deposit"):
        await shown(mine.browser, shop + path)
        await shown(stranger, shop + path, 404)
    application = await own_application(world, mine)
    await shown(mine.browser, application)
    await shown(stranger, application, 404)
    for path in ("bind", "edit", "papers/id_card", "submit", "withdraw", "reopen"):
        answer = await post(stranger, f"{application}/{path}", shop_name="店", category="pet")
        assert answer.status_code == 404, path
    for path in ("staff/invite", "settings/payout-account", "deposit/top-ups"):
        answer = await post(
            stranger, f"{shop}/{path}", contact="13700137000", rights="orders", amount="1"
        )
        assert answer.status_code == 404, path
    signed_out = world.client()
    signed_out.headers["accept"] = "text/html"
    away = await signed_out.get(shop)
    assert (away.status_code, away.headers["location"][:17]) == (303, "/merchant/sign-in")
    number = application.rsplit("/", 1)[1]
    finance = await reviewer(world, "finance@example.com", "finance")
    await shown(finance, f"/operator/applications/{number}", 403)
    await shown(finance, f"/operator/shops/{mine.shop.id}")
    await shown(finance, f"/operator/shops/{mine.shop.id}/deposit")
    banned = await post(finance, f"/operator/shops/{mine.shop.id}/ban", why_ban="试")
    assert banned.status_code == 403
    await shown(finance, "/operator/shops/1", 404)


async def own_application(world: World, mine: Keeper) -> str:
    from xiaodian import merchants  # noqa: PLC0415

    async with world.db.reading(actor=SYSTEM) as tx:
        found = await merchants.application_of(tx, mine.shop.id)
    return f"/merchant/applications/{found.id}"


async def test_staff_are_invited_join_and_see_their_part(world: World) -> None:
    mine = await keeper(world)
    clerk = await merchant(world, "13900139002")
    home = f"/merchant/shops/{mine.shop.id}"
    none = await post(mine.browser, f"{home}/staff/invite", contact="13900139002")
    assert none.status_code == 422
    assert 'value="13900139002"' in none.text
    await post(mine.browser, f"{home}/staff/invite", contact="13900139002", rights=["orders"])
    assert "139****9002" in await shown(mine.browser, f"{home}/staff")
    page = await shown(clerk, "/merchant")
    (invitation,) = set(re.findall(r"/merchant/invitations/(\d+)/accept", page))
    joined = await post(clerk, f"/merchant/invitations/{invitation}/accept")
    assert joined.headers["location"] == home
    overview = await shown(clerk, home)
    assert "待发货" in overview
    assert "可提现" not in overview
    await shown(clerk, f"{home}/deposit", 403)
    await shown(clerk, f"{home}/staff", 403)


async def test_a_changed_payout_account_is_told_on_the_settings_page(world: World) -> None:
    mine = await keeper(world)
    home = f"/merchant/shops/{mine.shop.id}/settings"
    fields = {"holder_name": "示例商贸有限公司", "bank": "示例银行", "number": "12"}
    wrong = await post(mine.browser, f"{home}/payout-account", **fields)
    assert wrong.status_code == 422
    assert 'value="示例银行"' in wrong.text
    fields["number"] = "110060739018888"
    await post(mine.browser, f"{home}/payout-account", **fields)
    page = await shown(mine.browser, home)
    assert "**** 8888" in page
    assert "核验中" in page
    assert "110060739018888" not in page
    await world.run_jobs()
    assert "核验通过" in await shown(mine.browser, home)


async def test_an_administrator_suspends_with_a_reason_the_owner_sees(world: World) -> None:
    mine = await keeper(world)
    root = await reviewer(world, "root@example.com", "administrator")
    page = f"/operator/shops/{mine.shop.id}"
    empty = await post(root, f"{page}/suspend", why_suspend=" ")
    assert empty.status_code == 422
    await post(root, f"{page}/suspend", why_suspend="核查经营资质")
    assert "核查经营资质" in await shown(root, page)
    assert "暂停营业" in await shown(mine.browser, f"/merchant/shops/{mine.shop.id}")
    listed = await shown(root, "/operator/shops?state=SUSPENDED&market=wechat")
    assert mine.shop.name in listed
    assert mine.shop.name not in await shown(root, "/operator/shops?state=OPEN")


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_every_page_is_drawn_in_both_languages(world: World, lang: str) -> None:
    mine = await keeper(world)
    mine.browser.cookies.set("lang", lang)
    application = await own_application(world, mine)
    home = f"/merchant/shops/{mine.shop.id}"
    for path in ("/merchant", "/merchant/open", application, home, f"{home}/opening",
                 f"{home}/staff", f"{home}/settings", f"{home}/deposit"):  # fmt: skip
        page = await shown(mine.browser, path)
        assert f'lang="{lang}"' in page
        assert "{{" not in page
