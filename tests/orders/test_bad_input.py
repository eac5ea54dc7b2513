"""What is wrong is refused by name: bodies, keys, and everything that is somebody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.world.doors import Door, doors, form_fields
from tests.world.merchants import merchant_account
from tests.world.shops import browser_of, key
from tests.world.trades import open_trade

from xiaodian import accounts, merchants
from xiaodian.infra.crypto import new_token
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World
    from tests.world.trades import Trade

PLACE = "/api/v1/orders"
UNWATCHED = frozenset({"limits", "sessions", "idempotency_keys"})
"""What even a refusal may leave behind."""


def told(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def line(trade: Trade, **changes: object) -> dict[str, Any]:
    sku = trade.skus[0]
    return {"sku_id": str(sku.id), "quantity": 1, "price_fen": sku.price_fen, **changes}


async def kept(world: World) -> dict[str, str]:
    """A digest of every table."""
    found: dict[str, str] = {}
    async with world.db.reading(actor=SYSTEM) as tx:
        known = await tx.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for table in sorted({row["tablename"] for row in known} - UNWATCHED):
            (row,) = await tx.rows(
                "SELECT CAST(coalesce(sum(hashtext(CAST(t AS text))), 0) AS text) AS digest"
                f" FROM {table} t"
            )
            found[table] = row["digest"]
    return found


async def test_a_placement_is_refused_whole_and_by_name(world: World) -> None:
    trade = await open_trade(world)
    before = await kept(world)
    address = str(trade.address_id)
    for body, expected in (
        ({"address_id": address, "lines": []}, (422, "CART_EMPTY")),
        (
            {"address_id": address, "lines": [line(trade, quantity=0)]},
            (422, "QUANTITY_OUT_OF_RANGE"),
        ),
        (
            {"address_id": address, "lines": [line(trade, quantity=-3)]},
            (422, "QUANTITY_OUT_OF_RANGE"),
        ),
        (
            {"address_id": address, "lines": [line(trade), line(trade)]},
            (422, "QUANTITY_OUT_OF_RANGE"),
        ),
        ({"address_id": address, "lines": [line(trade)] * 500}, (422, "CART_FULL")),
        ({"address_id": address, "lines": [line(trade, quantity=11)]}, (409, "STOCK_SHORT")),
        ({"address_id": address, "lines": [line(trade, price_fen=1)]}, (409, "PRICE_CHANGED")),
        ({"address_id": address, "lines": [line(trade, sku_id="7")]}, (409, "NOT_FOR_SALE")),
        (
            {"address_id": address, "lines": [line(trade, sku_id="' OR 1=1 --")]},
            (409, "NOT_FOR_SALE"),
        ),
        ({"address_id": "7", "lines": [line(trade)]}, (404, "ADDRESS_NOT_FOUND")),
        ({"address_id": "１２", "lines": [line(trade)]}, (404, "ADDRESS_NOT_FOUND")),
        ({"address_id": 7, "lines": [line(trade)]}, (422, "INVALID_REQUEST")),
        ({"address_id": address, "lines": [line(trade, quantity="1")]}, (422, "INVALID_REQUEST")),
        (
            {"address_id": address, "lines": [line(trade, quantity=10**40)]},
            (422, "QUANTITY_OUT_OF_RANGE"),
        ),
        ({"address_id": address, "lines": [line(trade, extra=1)]}, (422, "INVALID_REQUEST")),
        ({"lines": [line(trade)]}, (422, "INVALID_REQUEST")),
    ):
        answer = await trade.browser.post(PLACE, json=body, headers=key())
        assert told(answer) == expected, (body, answer.text)
    assert await kept(world) == before


NO_JSON = (
    *(b"", b"{", b"[]", b"null", b"\xff\xfe", "{}".encode("utf-16")),
    *(b'{"a":' * 50_000, b"[" * 90_000),
)


async def test_what_is_no_json_is_refused(world: World) -> None:
    trade = await open_trade(world)
    for body in NO_JSON:
        answer = await trade.browser.post(PLACE, content=body, headers=key())
        assert told(answer) == (422, "INVALID_REQUEST"), body[:20]


async def test_a_note_is_only_a_note(world: World) -> None:
    trade = await open_trade(world)
    body = {"address_id": str(trade.address_id), "lines": [line(trade)]}
    nul = await trade.browser.post(PLACE, json={**body, "note": "a\x00b"}, headers=key())
    assert told(nul) == (422, "INVALID_REQUEST")
    for note in ("'; DROP TABLE orders; --", "<script>alert(1)</script>"):
        answer = await trade.browser.post(PLACE, json={**body, "note": note}, headers=key())
        assert answer.status_code == 201
        order_id = answer.json()["order_ids"][0]
        for page in (f"/orders/{order_id}", "/orders"):
            shown = await trade.browser.get(page)
            assert shown.status_code == 200
            assert "<script>alert" not in shown.text


async def test_a_key_answers_once_and_belongs_to_one_body(world: World) -> None:
    trade = await open_trade(world)
    body = {"address_id": str(trade.address_id), "lines": [line(trade)]}
    mine = key()
    first = await trade.browser.post(PLACE, json=body, headers=mine)
    again = await trade.browser.post(PLACE, json=body, headers=mine)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    before = await kept(world)
    other = await trade.browser.post(PLACE, json={**body, "note": "x"}, headers=mine)
    assert told(other) == (409, "IDEMPOTENCY_KEY_REUSED")
    for wrong in ({}, {"idempotency-key": ""}, {"idempotency-key": "x" * 129}):
        answer = await trade.browser.post(PLACE, json=body, headers=wrong)
        assert told(answer) == (422, "IDEMPOTENCY_KEY_REQUIRED")
    receiver = {"name": "演示", "phone": "13900139000", "region": "上海市", "detail": "路 1 号"}
    given = key()
    added = await trade.browser.post("/api/v1/addresses", json=receiver, headers=given)
    twice = await trade.browser.post("/api/v1/addresses", json=receiver, headers=given)
    assert (added.status_code, twice.json()) == (201, added.json())
    moved = await trade.browser.post(
        "/api/v1/addresses", json={**receiver, "detail": "别处"}, headers=given
    )
    assert told(moved) == (409, "IDEMPOTENCY_KEY_REUSED")
    after = await kept(world)
    assert [name for name in after if after[name] != before[name]] == ["addresses"]


async def _owned(trade: Trade) -> dict[str, str]:
    """Something of the first shop, and of its buyer, under every name that an address may have."""
    paid = await trade.paid()
    placed = await trade.placed()
    shop = trade.keeper.shop
    await trade.town.ready_to_ship(trade.keeper_actor, shop.id, carrier="SF")
    async with trade.world.db.reading(actor=SYSTEM) as tx:
        (application,) = await tx.rows("SELECT id FROM applications LIMIT 1")
        (document,) = await tx.rows("SELECT id FROM merchant_documents LIMIT 1")
        account = await merchants.get_payout_account(tx, shop.id)
    number = str(shop.id)
    return {
        "shop_id": number,
        "shop": number,
        "order_id": str(paid),
        "checkout_id": str(placed.checkout_id),
        "product": str(trade.product_id),
        "product_id": str(trade.product_id),
        "application_id": str(application["id"]),
        "document_id": str(document["id"]),
        "address_id": str(trade.address_id),
        "account_id": str(trade.keeper.owner_id),
        "side": "front",
        "kind": "business_licence",
        "code": "SF",
        "decision": "confirm",
    } | dict.fromkeys(
        ("top_up_id", "withdrawal_id", "parcel_id", "run", "paper", "supplement_id"),
        str(account.id),
    )


def _of_somebody(door: Door) -> bool:
    theirs = {"shop", "shop_id", "order_id", "checkout_id", "application_id", "address_id"}
    theirs |= {"product", "document_id"}
    return bool(theirs & set(door.names)) and not door.path.startswith("/s/")


async def _try(browser: httpx.AsyncClient, door: Door, owned: dict[str, str]) -> httpx.Response:
    url = door.at(lambda name: owned.get(name, "383284209571074048"))
    if door.path.startswith("/api/"):
        body = door.body("13900139000") if door.schema is not None else None
        return await browser.request(door.method, url, json=body, headers=key())
    form = dict.fromkeys(form_fields(), "1") | {"_key": new_token()}
    return await browser.request(door.method, url, data=form if door.writes else None)


@pytest.mark.slow
async def test_nothing_of_somebody_else_is_shown_or_changed(world: World) -> None:
    trade = await open_trade(world)
    owned = await _owned(trade)
    async with world.db.transaction(actor=SYSTEM) as tx:
        merchant = await merchant_account(tx, "13700137001", "别家商家")
        buyer = await accounts.create_buyer(tx, phone="13700137000")
        operator = await accounts.create_operator(
            tx,
            name="财务",
            email="none@x.example",
            roles=["finance"],
            password="quiet-harbour-2025",
        )
    stranger = await browser_of(world, merchant, "merchant")
    stranger.cookies.update((await browser_of(world, buyer.id, "buyer")).cookies)
    unfit = await browser_of(world, operator.id, "operator")
    before = await kept(world)
    tried, let_in = 0, []
    for door in doors():
        if not _of_somebody(door):
            continue
        tried += 1
        answer = await _try(stranger, door, owned)
        sent_away = "sign-in" in answer.headers.get("location", "")
        if not (400 <= answer.status_code < 500 or (answer.status_code == 303 and sent_away)):
            let_in.append(
                (door.method, door.path, answer.status_code, answer.headers.get("location"))
            )
    assert let_in == []
    assert tried > 60
    assert await kept(world) == before, "and nothing was done by half"
    # The same addresses are real: to their owner they open.
    opened = 0
    for door in doors():
        if _of_somebody(door) and not door.writes:
            for browser in (trade.keeper.browser, trade.browser):
                answer = await _try(browser, door, owned)
                opened += answer.status_code == 200
                assert answer.status_code < 500, door
    assert opened > 20
    before = await kept(world)  # the payment page has registered a charge
    # An operator whose role is another's work decides nothing of it.
    for door in doors():
        if door.writes and door.path.startswith("/api/v1/operator/applications"):
            answer = await _try(unfit, door, owned)
            assert told(answer)[1] in {"ROLE_REQUIRED", "INVALID_REQUEST"}, door
    assert await kept(world) == before
