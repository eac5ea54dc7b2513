"""Whatever is sent to whichever door is answered by name, and nothing is done by half."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.world.doors import Door, doors, form_fields
from tests.world.house import ORIGIN
from tests.world.trades import open_trade

from xiaodian import accounts, ledger, wiring
from xiaodian.infra.crypto import new_token
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.http.middleware import BODY_MAX
from xiaodian.infra.sessions import open_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.world.house import World

    from xiaodian.infra.sessions import Audience

SQL = "'; DROP TABLE orders; --"
SCRIPT = '"><script>alert(1)</script>'
TEXTS = (SQL, SCRIPT, "a\x00b", "\ud83d\ude00" * 40, "0", "-1", " ", "9" * 400, "{{7*7}}%s%n")
PATHS = ("9" * 30, "１２３%00", "a%27%20OR%201=1")
QUERIES = (
    "cursor=%27&size=-1&state=%27&q=%00&page=99999999999999999999&market=x&category=%00&lang=xx",
    "cursor=AAAA&size=9999999999999&since=0001-01-01&until=9999-12-31&account=x&sort=%27&kind=%00",
)
JSONS = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe{\x00}\x00",
    b"\x1f\x8b\x08\x00",
    b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    b"[" * 100_000,
    b'{"x": 1e999, "y": NaN}',
)
FORMS = (
    ("application/x-www-form-urlencoded", b"\xff\xfe=%ff%fe&&&===&_key=%00"),
    ("application/x-www-form-urlencoded; charset=nonsense", b"_key=k&a=b"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    ("text/plain", b"_key=k"),
)


@pytest.fixture
async def guest(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody in particular; bugs are answered as the world would see them."""
    transport = httpx.ASGITransport(world.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


@pytest.fixture
async def everybody(world: World, guest: httpx.AsyncClient) -> httpx.AsyncClient:
    """One browser in which a shop's owner, a buyer and an operator with all roles are signed in."""
    trade = await open_trade(world)
    async with world.db.transaction(actor=SYSTEM) as tx:
        operator = await accounts.create_operator(
            tx,
            name="全能管理员",
            email="all@example.com",
            roles=["reviewer", "finance", "administrator"],
            password="quiet-harbour-2025",
        )
    held: dict[Audience, int] = {
        "buyer": trade.buyer.account_id or 0,
        "merchant": trade.keeper.owner_id,
        "operator": operator.id,
    }
    for audience, account_id in held.items():
        await _sign_in(world, guest, audience, account_id)
    return guest


async def _sign_in(
    world: World, client: httpx.AsyncClient, audience: Audience, account_id: int
) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        token = await open_session(tx, account_id, audience, address="127.0.0.1", agent="test")
    client.cookies.set(f"xd_{audience}", token)


class Walk:
    """Knocks at doors, and remembers which did not answer as they should."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.bad: list[str] = []
        self.knocks = 0

    async def knock(self, method: str, url: str, **how: Any) -> httpx.Response:
        self.knocks += 1
        headers = {"idempotency-key": new_token(), **how.pop("headers", {})}
        answer = await self.client.request(method, url, headers=headers, **how)
        if answer.status_code >= 500 and answer.status_code != 503:
            self.bad.append(f"{method} {url[:120]} {str(how)[:200]} -> {answer.status_code}")
        elif answer.status_code >= 400 and url.startswith("/api/") and not _named(answer):
            self.bad.append(f"{method} {url[:120]} {str(how)[:200]} has no name: {answer.text}")
        return answer


def _named(answer: httpx.Response) -> bool:
    problem = answer.headers["content-type"] == "application/problem+json"
    return problem and bool(answer.json()["code"]) and "Traceback" not in answer.text


def _any(_name: str) -> str:
    return "383284209571074048"


async def _sound(world: World) -> None:
    async with world.db.reading(actor=SYSTEM) as tx:
        findings = await ledger.verify(tx, wiring.CHECKS)
    assert [finding for finding in findings if not finding.holds] == []


def _leaves(door: Door) -> bool:
    """Whether a door would sign this browser out, after which nothing behind it is tried."""
    return "sign-out" in door.path or "session" in door.path or "deletion" in door.path


def _walked() -> list[Door]:
    return sorted(doors(), key=_leaves)


@pytest.mark.slow
async def test_junk_in_addresses_and_queries(everybody: httpx.AsyncClient) -> None:
    walk = Walk(everybody)
    for door in _walked():
        for junk in PATHS if door.names else ():
            await walk.knock(door.method, door.at(lambda _name, junk=junk: junk))
        for query in QUERIES:
            if not door.writes:
                await walk.knock("GET", f"{door.at(_any)}?{query}")
    assert walk.bad == []
    assert walk.knocks > 300


@pytest.mark.slow
async def test_junk_bodies_at_every_door(everybody: httpx.AsyncClient, world: World) -> None:
    walk = Walk(everybody)
    for door in _walked():
        if not door.writes:
            continue
        url = door.at(_any)
        if door.path.startswith(("/api/", "/notify/")):
            for body in JSONS:
                headers = {"content-type": "application/json"}
                await walk.knock(door.method, url, content=body, headers=headers)
        else:
            for kind, body in FORMS:
                await walk.knock(door.method, url, content=body, headers={"content-type": kind})
    assert walk.bad == []
    await _sound(world)


@pytest.mark.slow
async def test_wrong_types_and_injections_in_every_field(
    everybody: httpx.AsyncClient, world: World
) -> None:
    walk = Walk(everybody)
    for door in _walked():
        if not door.writes:
            continue
        url = door.at(_any)
        for text in TEXTS:
            if door.schema is not None:
                for whole in (1, -1, 10**30) if text == SQL else (1,):
                    await walk.knock(door.method, url, content=_json(door.body(text, whole)))
            elif not door.path.startswith(("/api/", "/notify/")):
                fields = dict.fromkeys(form_fields(), text) | {"_key": new_token()}
                fields = {name: value.encode(errors="replace") for name, value in fields.items()}
                await walk.knock(door.method, url, data=fields)
        for body in _of_wrong_types(door):
            await walk.knock(door.method, url, content=_json(body))
    assert walk.bad == []
    async with world.db.reading(actor=SYSTEM) as tx:
        assert await tx.rows("SELECT count(*) FROM orders"), "the table is still there"
    await _sound(world)


def _json(body: object) -> bytes:
    return json.dumps(body).encode()


def _of_wrong_types(door: Door) -> list[object]:
    if not isinstance(sound := door.body("x"), dict):
        return []
    junk: tuple[object, ...] = (None, [], {}, -1, 1.5, "x", True, [[[]]])
    return [dict.fromkeys(sound, wrong) for wrong in junk] + [{**sound, "unknown": 1}]


async def test_a_body_that_is_too_large_is_refused_whether_announced_or_not(
    everybody: httpx.AsyncClient,
) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(BODY_MAX // 2**20 + 1):
            yield b" " * 2**20

    whole = await everybody.post("/api/v1/orders", content=b" " * (BODY_MAX + 1))
    dripped = await everybody.post(
        "/api/v1/orders", content=drip(), headers={"idempotency-key": new_token()}
    )
    for answer in (whole, dripped):
        assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")
    lied = await everybody.post("/api/v1/orders", headers={"content-length": "-5"})
    assert (lied.status_code, lied.json()["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.slow
async def test_foreign_origins_write_nowhere(everybody: httpx.AsyncClient) -> None:
    walk = Walk(everybody)
    for door in _walked():
        if not door.writes:
            continue
        for headers in (
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site", "origin": ORIGIN},
        ):
            answer = await walk.knock(door.method, door.at(_any), headers=headers)
            assert answer.status_code == 403, (door, headers)
    assert walk.bad == []


@pytest.mark.slow
async def test_every_door_asks_strangers_who_they_are(guest: httpx.AsyncClient) -> None:
    walk = Walk(guest)
    for door in doors():
        for headers in ({}, {"authorization": "Bearer x"}, {"cookie": 'xd_buyer="\\000'}):
            body = _json(door.body("x")) if door.schema is not None else b""
            answer = await walk.knock(
                door.method, door.at(_any), content=body, headers={"accept": "*/*", **headers}
            )
            inside = door.path.startswith(("/api/v1/shops", "/api/v1/operator", "/api/v1/me"))
            assert not (inside and answer.is_success), (door, answer.text[:200])
    assert walk.bad == []
