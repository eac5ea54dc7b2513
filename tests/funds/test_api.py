"""The doors of money over HTTP: balances, withdrawals, settlements, books, strangers."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from tests.world.merchants import PASSWORD
from tests.world.money import at, opened, pass_time, sell, sound
from tests.world.shops import browser_of, key

from xiaodian import accounts as people
from xiaodian import funds, ledger
from xiaodian.infra.db import SYSTEM
from xiaodian.ledger import accounts
from xiaodian.payments import jobs as payments_jobs

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World

    from xiaodian.merchants import ShopView

ORDERS = (1_001, 1_002, 1_003)


@dataclass(frozen=True, slots=True)
class Scene:
    """A shop with settled, pending and refunded sales; its owner, a rival and the staff."""

    world: World
    shop: ShopView
    owner: httpx.AsyncClient
    rival: httpx.AsyncClient
    rival_shop: ShopView
    finance: httpx.AsyncClient
    admin: httpx.AsyncClient
    reviewer: httpx.AsyncClient


async def stage(world: World, *, fen: int = 10_000_000) -> Scene:
    async with world.db.transaction(actor=SYSTEM, at=at("2025-03-03 10:00")) as tx:
        shop = await opened(tx)
        rival = await opened(tx, "douyin")
        await sell(tx, shop, ORDERS[0], fen, confirmed=True)
        await sell(tx, shop, ORDERS[1], 19_900, confirmed=True)
        await pass_time(tx, to="2025-03-10 10:00")
        await sell(tx, shop, ORDERS[2], 2_000, subsidy_fen=100)
        staff = [
            (
                await people.create_operator(
                    tx,
                    name=role,
                    email=f"{role}.of.money@example.com",
                    roles=[role],
                    password=PASSWORD,
                )
            ).id
            for role in ("finance", "administrator", "reviewer")
        ]
    return Scene(
        world,
        shop,
        await browser_of(world, shop.owner_id, "merchant"),
        await browser_of(world, rival.owner_id, "merchant"),
        rival,
        *[await browser_of(world, one, "operator") for one in staff],
    )


async def code_of(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body["code"]


@pytest.mark.req("W-TRX-03", "W-TRX-05")
@pytest.mark.req("A-ORD-08", market="wechat")
async def test_a_shop_sees_what_settled_when_and_why(world: World) -> None:
    here = await stage(world)
    api = f"/api/v1/shops/{here.shop.id}"
    held = (await here.owner.get(f"{api}/funds")).json()
    assert held["available_fen"] == 9_940_000 + 19_781
    pending = (await here.owner.get(f"{api}/pending")).json()
    assert pending == {"pending_fen": 2_100, "reserve_fen": 0, "waiting_count": 1}
    listed = (await here.owner.get(f"{api}/settlements?state=SETTLED")).json()
    assert [sale["order_id"] for sale in listed["items"]] == ["1002", "1001"]
    sale = (await here.owner.get("/api/v1/settlements/1002")).json()
    assert (sale["fee_fen"], sale["net_fen"], sale["settle_on"]) == (119, 19_781, "2025-03-04")
    assert sale["why_then"]["rule"] == "W-TRX-03"
    assert "2025-03-04" in sale["why_then"]["text"]
    assert sale["fees"][0]["why"]["rule"] == "W-TRX-05"
    lines = (await here.owner.get(f"{api}/statement?size=1")).json()
    assert lines["account"] == f"L:AVAILABLE:{here.shop.id}"
    assert lines["items"][0]["after_fen"] == 9_959_781
    more = (await here.owner.get(f"{api}/statement?size=1&cursor={lines['next']}")).json()
    assert more["next"] is None


async def test_a_withdrawal_is_requested_once_and_paid_by_the_provider(world: World) -> None:
    here = await stage(world)
    api, name = f"/api/v1/shops/{here.shop.id}/withdrawals", key()
    asked = await here.owner.post(api, json={"amount_fen": 1_000_000}, headers=name)
    assert asked.status_code == 201, asked.text
    again = await here.owner.post(api, json={"amount_fen": 1_000_000}, headers=name)
    assert (again.status_code, again.content) == (201, asked.content)
    other = await here.owner.post(api, json={"amount_fen": 1_000_001}, headers=name)
    assert await code_of(other) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert asked.json()["state"] == "PROCESSING"
    await world.run_jobs()
    # What the provider does not tell at once is found by asking.
    await payments_jobs.sweep(world.runtime, older_than_s=-1)
    paid = (await here.owner.get(f"/api/v1/withdrawals/{asked.json()['id']}")).json()
    assert (paid["state"], paid["arrives_on"]) == ("PAID", "2025-03-11")
    async with world.db.reading(actor=SYSTEM) as tx:
        assert await ledger.balance(tx, accounts.withdrawing(here.shop.id)) == 0
        await sound(tx)


async def test_fifty_withdrawals_at_once_take_no_more_than_there_is(world: World) -> None:
    here = await stage(world, fen=1_000_000)
    api = f"/api/v1/shops/{here.shop.id}/withdrawals"
    owner = [await browser_of(world, here.shop.owner_id, "merchant") for _ in range(5)]

    async def ask(number: int) -> int:
        sent = await owner[number % 5].post(api, json={"amount_fen": 70_000}, headers=key())
        assert sent.status_code in {201, 409, 503}, sent.text
        return sent.status_code

    codes = await asyncio.gather(*(ask(number) for number in range(50)))
    taken = codes.count(201)
    assert taken == 14
    async with world.db.reading(actor=SYSTEM) as tx:
        left = await ledger.balance(tx, accounts.available(here.shop.id))
        assert left == 994_000 + 19_781 - taken * 70_000
        assert await ledger.balance(tx, accounts.withdrawing(here.shop.id)) == taken * 70_000
        await sound(tx)


async def test_a_large_withdrawal_passes_two_operators_over_http(world: World) -> None:
    here = await stage(world)
    api = f"/api/v1/shops/{here.shop.id}/withdrawals"
    number = (await here.owner.post(api, json={"amount_fen": 5_000_001}, headers=key())).json()[
        "id"
    ]
    listed = (await here.finance.get("/api/v1/operator/withdrawals")).json()
    assert [one["id"] for one in listed["items"]] == [number]
    door = f"/api/v1/operator/withdrawals/{number}"
    assert await code_of(await here.reviewer.post(f"{door}/pass", headers=key())) == (
        403,
        "ROLE_REQUIRED",
    )
    assert await code_of(await here.owner.post(f"{door}/pass", headers=key())) == (
        401,
        "SIGN_IN_REQUIRED",
    )
    passed = await here.finance.post(f"{door}/pass", headers=key())
    assert passed.json()["state"] == "CONFIRM"
    page = await here.finance.get(f"/operator/withdrawals/{number}")
    assert page.status_code == 200
    approvals = (await here.admin.get("/api/v1/desk/approvals")).json()["items"]
    decided = await here.admin.post(
        f"/api/v1/desk/approvals/{approvals[0]['id']}/approve", headers=key()
    )
    assert decided.status_code == 200, decided.text
    seen = (await here.owner.get(f"/api/v1/withdrawals/{number}")).json()
    assert seen["state"] == "PROCESSING"


async def test_an_adjustment_is_booked_when_an_administrator_agrees(world: World) -> None:
    here = await stage(world)
    body = {
        "kind": "SHOP_CREDIT",
        "reason": "补偿",
        "amount_fen": 500,
        "shop_id": str(here.shop.id),
    }
    door = "/api/v1/operator/adjustments"
    made = await here.finance.post(door, json=body, headers=key())
    assert made.status_code == 201, made.text
    assert (await here.admin.get(door)).json()["items"][0]["state"] == "PROPOSED"
    (approval,) = (await here.admin.get("/api/v1/desk/approvals")).json()["items"]
    await here.admin.post(f"/api/v1/desk/approvals/{approval['id']}/approve", headers=key())
    assert (await here.admin.get(door)).json()["items"][0]["state"] == "BOOKED"
    held = (await here.owner.get(f"/api/v1/shops/{here.shop.id}/funds")).json()
    assert held["available_fen"] == 9_959_781 + 500


async def test_the_books_are_open_to_finance_alone(world: World) -> None:
    here = await stage(world)
    trial = (await here.finance.get("/api/v1/operator/ledger/trial-balance")).json()
    assert trial["trial_balance_fen"] == 0
    assert {line["account"] for line in trial["accounts"]} >= {"A:POOL", "L:AVAILABLE"}
    checks = (await here.finance.get("/api/v1/operator/ledger/checks")).json()
    assert checks["sound"]
    assert len(checks["checks"]) >= 15
    statement = "/api/v1/operator/ledger/statement?account="
    lines = (await here.finance.get(f"{statement}A:POOL")).json()
    assert lines["items"]
    assert await code_of(await here.finance.get(f"{statement}A:NOTHING")) == (
        422,
        "UNKNOWN_ACCOUNT",
    )
    for door in (
        "/api/v1/operator/ledger/trial-balance",
        "/api/v1/operator/ledger/checks",
        f"{statement}A:POOL",
        "/api/v1/operator/withdrawals",
        "/api/v1/operator/adjustments",
        "/operator/funds",
        "/operator/funds/statement",
        "/operator/funds/trial-balance.xlsx",
        "/operator/withdrawals",
        f"/operator/funds/shops/{here.shop.id}",
    ):
        assert (await here.reviewer.get(door)).status_code == 403, door
        assert (await here.owner.get(door, follow_redirects=False)).status_code in {303, 401}, door


async def test_somebody_elses_key_opens_no_door(world: World) -> None:
    here = await stage(world)
    number = (
        await here.owner.post(
            f"/api/v1/shops/{here.shop.id}/withdrawals", json={"amount_fen": 5}, headers=key()
        )
    ).json()["id"]
    api, pages = f"/api/v1/shops/{here.shop.id}", f"/merchant/shops/{here.shop.id}/funds"
    for door in (
        f"{api}/funds",
        f"{api}/withdrawals",
        f"{api}/statement",
        f"{api}/settlements",
        f"{api}/pending",
        f"{api}/d0",
        f"/api/v1/withdrawals/{number}",
        "/api/v1/settlements/1001",
        pages,
        f"{pages}/withdrawals",
        f"{pages}/statement",
        f"{pages}/statement.csv",
        f"{pages}/settlements/1001",
        f"/merchant/shops/{here.rival_shop.id}/funds/settlements/1001",
    ):
        assert (await here.rival.get(door)).status_code == 404, door
    for door, body in (
        (f"{api}/withdrawals", {"amount_fen": 5}),
        (f"{api}/d0", {}),
    ):
        assert (await here.rival.post(door, json=body, headers=key())).status_code == 404, door
    for door in (f"{pages}/withdrawals", f"{pages}/d0"):
        sent = await here.rival.post(door, data={"amount": "1", "_key": key()["idempotency-key"]})
        assert sent.status_code == 404, door
    stranger = here.world.client()
    assert (await stranger.get(f"{api}/funds")).status_code == 401


BAD_BODIES = (
    (b"{", 400),
    (b"\xff\xfe", 400),
    (b"[]", 422),
    (b'{"amount_fen": "5"}', 422),
    (b'{"amount_fen": 5.5}', 422),
    (b'{"amount_fen": true}', 422),
    (b'{"amount_fen": 0}', 422),
    (b'{"amount_fen": -5}', 422),
    (b'{"amount_fen": 99999999999999999999}', 422),
    (b'{"amount_fen": 5, "shop_id": "1"}', 422),
    (b'{"amount_fen": 1000000000000}', 409),
)


async def test_bad_input_is_refused_by_name(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM, at=at("2025-03-03 10:00")) as tx:
        shop = await opened(tx)
    owner = await browser_of(world, shop.owner_id, "merchant")
    for body, status in BAD_BODIES:
        sent = await owner.post(
            f"/api/v1/shops/{shop.id}/withdrawals",
            content=body,
            headers=key() | {"content-type": "application/json"},
        )
        assert sent.status_code == status, (body, sent.text)
        assert sent.json()["code"]
    for number in ("0", "-1", "abc", "9" * 40, "1'--", "%00"):
        for door in (f"/api/v1/shops/{number}/funds", f"/api/v1/settlements/{number}"):
            answer = await owner.get(door)
            assert answer.status_code in {404, 422}, door
    async with world.db.reading(actor=SYSTEM) as tx:
        assert (await tx.rows("SELECT count(*) AS n FROM withdrawals"))[0]["n"] == 0


async def test_a_buyer_sees_and_empties_only_their_own_wallet(world: World) -> None:
    here = await stage(world)
    async with world.db.transaction(actor=SYSTEM) as tx:
        buyer = (await people.create_buyer(tx, phone="13700137001")).id
        other = (await people.create_buyer(tx, phone="13700137002")).id
        await funds.draw(
            tx,
            here.shop.id,
            amount_fen=900,
            order=("AVAILABLE",),
            to=accounts.buyer_wallet(buyer),
            event="fake:1",
            kind="E12",
        )
    mine = await browser_of(world, buyer, "buyer")
    theirs = await browser_of(world, other, "buyer")
    assert (await mine.get("/api/v1/me/wallet")).json()["balance_fen"] == 900
    assert (await theirs.get("/api/v1/me/wallet")).json()["balance_fen"] == 0
    body = {"amount_fen": 400, "holder_name": "示例买家", "account": "622202100112345"}
    door = "/api/v1/me/wallet/payouts"
    assert await code_of(await theirs.post(door, json=body, headers=key())) == (
        409,
        "BALANCE_TOO_LOW",
    )
    paid = await mine.post(door, json=body, headers=key())
    assert (paid.status_code, paid.json()["number"]) == (201, "**** 2345")
    wallet = (await mine.get("/api/v1/me/wallet")).json()
    assert (wallet["balance_fen"], len(wallet["payouts"])) == (500, 1)


class TestPages:
    @pytest.mark.parametrize("lang", ["zh-CN", "en"])
    async def test_every_page_is_drawn_in_both_languages(self, world: World, lang) -> None:
        here = await stage(world)
        await here.owner.post(
            f"/api/v1/shops/{here.shop.id}/withdrawals",
            json={"amount_fen": 5_000_001},
            headers=key(),
        )
        number = (await here.finance.get("/api/v1/operator/withdrawals")).json()["items"][0]["id"]
        home = f"/merchant/shops/{here.shop.id}/funds"
        for browser, pages in (
            (
                here.owner,
                [
                    home,
                    f"{home}?state=SETTLED",
                    f"{home}?state=nonsense",
                    f"{home}/withdrawals",
                    f"{home}/settlements/1001",
                    f"{home}/settlements/1003",
                    f"{home}/statement",
                    f"{home}/statement?by=month",
                    f"{home}/statement?by=line",
                    f"{home}/statement?by=line&since=nonsense&until=2025-03-09",
                ],
            ),
            (
                here.finance,
                [
                    "/operator/funds",
                    f"/operator/funds/shops/{here.shop.id}",
                    "/operator/funds/statement",
                    "/operator/funds/statement?account=A:POOL",
                    f"/operator/funds/statement?account=L:AVAILABLE:{here.shop.id}",
                    "/operator/withdrawals",
                    "/operator/withdrawals?show=open",
                    "/operator/withdrawals?show=ended",
                    f"/operator/withdrawals/{number}",
                ],
            ),
        ):
            browser.cookies.set("lang", lang)
            for page in pages:
                answer = await browser.get(page)
                assert answer.status_code == 200, (page, answer.text[:300])
                assert f'lang="{lang}"' in answer.text, page
        bad = await here.finance.get("/operator/funds/statement?account=X:Y")
        assert bad.status_code == 422

    async def test_a_withdrawal_form_keeps_what_was_typed(self, world: World) -> None:
        here = await stage(world)
        home = f"/merchant/shops/{here.shop.id}/funds"
        for typed, status in (("12.345", 422), ("99,999,999.00", 409), ("", 422), ("0", 422)):
            sent = await here.owner.post(
                f"{home}/withdrawals",
                data={"amount": typed, "_key": key()["idempotency-key"]},
            )
            assert sent.status_code == status, (typed, sent.status_code)
            assert f'value="{typed}"' in sent.text
        form = {"amount": "1,234.56", "_key": key()["idempotency-key"]}
        for _ in range(2):
            sent = await here.owner.post(f"{home}/withdrawals", data=form, follow_redirects=False)
            assert sent.status_code == 303
        listed = (await here.owner.get(f"/api/v1/shops/{here.shop.id}/withdrawals")).json()
        assert [one["amount_fen"] for one in listed["items"]] == [123_456]

    async def test_staff_decide_on_pages(self, world: World) -> None:
        here = await stage(world)
        api = f"/api/v1/shops/{here.shop.id}/withdrawals"
        number = (await here.owner.post(api, json={"amount_fen": 5_000_001}, headers=key())).json()[
            "id"
        ]
        door = f"/operator/withdrawals/{number}"
        empty = await here.finance.post(f"{door}/reject", data={"reason": " ", "_key": "k1"})
        assert empty.status_code == 422
        done = await here.finance.post(
            f"{door}/reject", data={"reason": "账户存疑", "_key": "k2"}, follow_redirects=False
        )
        assert done.status_code == 303
        assert "账户存疑" in (await here.finance.get(door)).text
        late = await here.finance.post(f"{door}/pass", data={"_key": "k3"})
        assert late.status_code == 409
        wrong = await here.finance.post(
            "/operator/funds/adjustments",
            data={"kind": "SHOP_CREDIT", "amount": "x", "reason": "补偿", "_key": "k4"},
        )
        assert wrong.status_code == 422
        assert "补偿" in wrong.text
        right = await here.finance.post(
            "/operator/funds/adjustments",
            data={
                "kind": "SHOP_CREDIT",
                "amount": "5.00",
                "shop_id": str(here.shop.id),
                "reason": "补偿",
                "_key": "k5",
            },
            follow_redirects=False,
        )
        assert right.status_code == 303

    async def test_d0_is_asked_for_and_granted_on_pages(self, world: World) -> None:
        here = await stage(world)
        home = f"/merchant/shops/{here.shop.id}/funds"
        asked = await here.owner.post(f"{home}/d0", data={"_key": "k1"}, follow_redirects=False)
        assert asked.status_code == 303
        staff = f"/operator/funds/shops/{here.shop.id}"
        assert 'value="grant"' in (await here.finance.get(staff)).text
        refused = await here.admin.post(f"{staff}/d0", data={"act": "grant", "_key": "k2"})
        assert refused.status_code == 403
        granted = await here.finance.post(
            f"{staff}/d0", data={"act": "grant", "_key": "k3"}, follow_redirects=False
        )
        assert granted.status_code == 303
        state = (await here.owner.get(f"/api/v1/shops/{here.shop.id}/d0")).json()
        assert state["state"] == "GRANTED"

    async def test_a_statement_downloads_as_csv_and_workbook(self, world: World) -> None:
        here = await stage(world)
        home = f"/merchant/shops/{here.shop.id}/funds/statement"
        csv = await here.owner.get(f"{home}.csv?by=line&since=2025-03-01&until=2025-03-10")
        assert csv.headers["content-type"] == "text/csv; charset=utf-8"
        lines = csv.content.decode("utf-8-sig").split("\r\n")
        assert lines[0] == "时间,类型,订单,变动（元）,余额（元）,业务编号"
        assert lines[1] == '2025-03-04 00:30:00,货款结算,1002,197.81,"99,597.81",settled:1002'
        book = await here.owner.get(f"{home}.xlsx?by=day")
        sheet = load_workbook(io.BytesIO(book.content)).active
        assert [cell.value for cell in sheet[2]] == [
            "2025-03-04", "货款结算", 2, "99,597.81", "0.00",
        ]  # fmt: skip
        trial = await here.finance.get("/operator/funds/trial-balance.xlsx")
        rows = list(load_workbook(io.BytesIO(trial.content)).active.values)
        assert rows[0][0] == "账户"
        assert any(row[0] == "A:POOL" for row in rows)
