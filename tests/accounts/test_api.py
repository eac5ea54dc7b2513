"""The doors of people, as programs meet them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from pyotp.totp import TOTP

from xiaodian import accounts
from xiaodian.infra import sessions
from xiaodian.infra.clock import wall_now
from xiaodian.infra.db import SYSTEM

if TYPE_CHECKING:
    import httpx
    from tests.world.house import World

PHONE = "13800138000"
GOOD = "demo-merchant-2025"
OTHER = "another-pass-phrase-8"


async def code_of(world: World, audience: str = "buyer", phone: str = PHONE) -> str:
    """Read the code where the sandbox's phone shows it."""
    asked = await world.client().post(
        "/api/v1/sessions/codes", json={"phone": phone, "audience": audience}
    )
    assert asked.status_code == 202, asked.text
    async with world.db.reading(actor=SYSTEM) as tx:
        (row,) = await tx.rows(
            "SELECT code_sealed FROM one_time_codes WHERE audience = :audience"
            " AND phone_blind = :blind",
            audience=audience,
            blind=tx.vault.blind(f"+86{phone}", purpose="phone"),
        )
        return tx.vault.open(row["code_sealed"])


async def buyer(world: World, phone: str = PHONE) -> httpx.AsyncClient:
    answer = await world.client().post(
        "/api/v1/sessions",
        json={"phone": phone, "code": await code_of(world, phone=phone), "consent": True},
    )
    assert answer.status_code == 201, answer.text
    return world.client(answer.json()["token"])


async def register(world: World) -> httpx.Response:
    return await world.client().post(
        "/api/v1/merchants/registrations",
        json={
            "phone": PHONE,
            "code": await code_of(world, "merchant"),
            "name": "演示商家",
            "password": GOOD,
            "consent": True,
        },
    )


async def test_a_buyer_gets_a_bearer_token(world: World) -> None:
    asked = await world.client().post("/api/v1/sessions/codes", json={"phone": "13900139000"})
    assert set(asked.json()) == {"expires_at"}
    client = await buyer(world)
    me = (await client.get("/api/v1/me")).json()
    assert (me["audience"], me["phone_masked"], me["roles"]) == ("buyer", "138****8000", [])
    listed = (await client.get("/api/v1/sessions")).json()["items"]
    assert [one["present"] for one in listed] == [True]
    assert (await client.delete("/api/v1/sessions/current")).status_code == 204
    assert (await client.get("/api/v1/me")).status_code == 401


async def test_consent_is_asked_for_once_a_version(world: World) -> None:
    code = await code_of(world)
    refused = await world.client().post("/api/v1/sessions", json={"phone": PHONE, "code": code})
    assert (refused.status_code, refused.json()["code"]) == (422, "CONSENT_REQUIRED")
    entered = await world.client().post(
        "/api/v1/sessions", json={"phone": PHONE, "code": code, "consent": True}
    )
    assert entered.status_code == 201


async def test_wrong_codes_count_down(world: World) -> None:
    code = await code_of(world)
    wrong = {"phone": PHONE, "code": f"{(int(code) + 1) % 1_000_000:06d}", "consent": True}
    said = [(await world.client().post("/api/v1/sessions", json=wrong)).json() for _ in range(6)]
    assert [one["code"] for one in said] == ["CODE_WRONG"] * 4 + ["CODE_EXPIRED"] * 2
    assert [one["facts"]["left"] for one in said[:4]] == [4, 3, 2, 1]


async def test_fifty_tries_at_once_are_five(world: World) -> None:
    import asyncio  # noqa: PLC0415

    code = await code_of(world)
    wrong = {"phone": PHONE, "code": f"{(int(code) + 1) % 1_000_000:06d}", "consent": True}
    client = world.client()
    said = await asyncio.gather(*(client.post("/api/v1/sessions", json=wrong) for _ in range(50)))
    codes = [one.json()["code"] for one in said]
    assert codes.count("CODE_WRONG") == 4
    assert codes.count("CODE_EXPIRED") == 46


async def test_one_code_opens_one_session_however_often_it_is_sent(world: World) -> None:
    import asyncio  # noqa: PLC0415

    right = {"phone": PHONE, "code": await code_of(world), "consent": True}
    client = world.client()
    said = await asyncio.gather(*(client.post("/api/v1/sessions", json=right) for _ in range(20)))
    assert sorted(one.status_code for one in said) == [201] + [422] * 19
    async with world.db.reading(actor=SYSTEM) as tx:
        (row,) = await tx.rows("SELECT count(*) AS n FROM accounts")
    assert row["n"] == 1


async def test_a_merchant_registers_and_signs_in(world: World) -> None:
    made = await register(world)
    assert made.status_code == 201, made.text
    body = {"audience": "merchant", "login": PHONE, "password": GOOD}
    entered = await world.client().post("/api/v1/sessions/password", json=body)
    assert entered.status_code == 201
    assert entered.json()["expires_in_s"] == 7 * 86400
    for changed in ({"password": OTHER}, {"login": "13900139000"}, {"audience": "operator"}):
        refused = await world.client().post("/api/v1/sessions/password", json=body | changed)
        assert (refused.status_code, refused.json()["code"]) == (401, "CREDENTIALS_WRONG")


async def test_tokens_and_passwords_are_kept_nowhere(world: World) -> None:
    made = (await register(world)).json()
    client = world.client(made["token"])
    changed = await client.post(
        "/api/v1/me/password",
        json={"current": GOOD, "new": OTHER},
        headers={"idempotency-key": "change-1"},
    )
    assert changed.status_code == 200
    async with world.db.reading(actor=SYSTEM) as tx:
        for table in ("idempotency_keys", "sessions", "accounts", "audit_entries", "limits"):
            rows = await tx.rows(f"SELECT t::text AS all_of_it FROM {table} t")
            text = "".join(row["all_of_it"] for row in rows)
            for secret in (made["token"], GOOD, OTHER, PHONE):
                assert secret not in text, table


async def test_a_replayed_key_answers_the_same_and_another_body_is_refused(world: World) -> None:
    client = world.client((await register(world)).json()["token"])
    body = {"current": GOOD, "new": OTHER}
    headers = {"idempotency-key": "k"}
    first = await client.post("/api/v1/me/password", json=body, headers=headers)
    second = await client.post("/api/v1/me/password", json=body, headers=headers)
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    reused = await client.post("/api/v1/me/password", json=body | {"new": GOOD}, headers=headers)
    assert (reused.status_code, reused.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    unkeyed = await client.post("/api/v1/me/password", json=body)
    assert (unkeyed.status_code, unkeyed.json()["code"]) == (422, "IDEMPOTENCY_KEY_REQUIRED")


async def test_an_operator_enrols_through_the_api(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        await accounts.create_operator(
            tx, name="管理员", email="root@example.com", roles=["administrator"], password=GOOD
        )
    body = {"audience": "operator", "login": "root@example.com", "password": GOOD}
    step = await world.client().post("/api/v1/sessions/password", json=body)
    assert (step.status_code, step.json()["step"]) == (202, "enrol")
    code = TOTP(step.json()["secret"]).generate_otp(int(wall_now().timestamp()) // 30)
    second = {"step_token": step.json()["step_token"], "code": code}
    entered = await world.client().post("/api/v1/sessions/second-step", json=second)
    assert entered.status_code == 201
    assert len(entered.json()["recovery_codes"]) == 10
    me = await world.client(entered.json()["token"]).get("/api/v1/me")
    assert me.json()["roles"] == ["administrator"]
    again = await world.client().post("/api/v1/sessions/second-step", json=second)
    assert (again.status_code, again.json()["code"]) == (401, "STEP_EXPIRED")
    step = await world.client().post("/api/v1/sessions/password", json=body)
    assert step.json()["step"] == "totp"
    assert step.json()["secret"] is None
    replayed = await world.client().post(
        "/api/v1/sessions/second-step",
        json={"step_token": step.json()["step_token"], "code": code},
    )
    assert (replayed.status_code, replayed.json()["code"]) == (422, "FACTOR_CODE_WRONG")


async def test_somebody_elses_session_is_nobodys(world: World) -> None:
    mine, theirs = await buyer(world), await buyer(world, "13900139000")
    (foreign,) = (await theirs.get("/api/v1/sessions")).json()["items"]
    for number in (foreign["id"], "0", "-1", "1", "abc", "9" * 40, "%00"):
        answer = await mine.delete(f"/api/v1/sessions/{number}")
        assert (answer.status_code, answer.json()["code"]) == (404, "SESSION_NOT_FOUND")
    assert (await theirs.get("/api/v1/me")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/me"),
        ("GET", "/api/v1/me/export"),
        ("GET", "/api/v1/sessions"),
        ("DELETE", "/api/v1/sessions/current"),
        ("DELETE", "/api/v1/sessions/1"),
    ],
)
async def test_nobody_has_no_account(world: World, method: str, path: str) -> None:
    for client in (world.client(), world.client("nonsense")):
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_IN_REQUIRED")


async def test_only_buyers_export_and_leave_by_themselves(world: World) -> None:
    merchant = world.client((await register(world)).json()["token"])
    assert (await merchant.get("/api/v1/me/export")).status_code == 401
    gone = await merchant.post("/api/v1/me/deletion", json={"confirm": True})
    assert gone.status_code == 401
    client = await buyer(world, "13900139000")
    data = (await client.get("/api/v1/me/export")).json()
    assert {"account", "consents", "sessions", "notices"} <= set(data["parts"])
    kept = await client.post("/api/v1/me/deletion", json={})
    assert (kept.status_code, kept.json()["code"]) == (422, "DELETION_NOT_CONFIRMED")
    gone = await client.post("/api/v1/me/deletion", json={"confirm": True})
    assert gone.status_code == 204
    assert (await client.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"x"', 422),
        (b"\xff\xfe{}", 400),
        (b'{"phone": 1}', 422),
        (b'{"phone": {"a": 1}}', 422),
        (b'{"phone": "13800138000", "extra": 1}', 422),
        (b'{"phone": "\\u0000"}', 422),
        (b'{"phone": "1\' OR 1=1 --"}', 422),
        (b'{"phone": "' + b"1" * 10_000 + b'"}', 422),
        (b'{"phone": "13800138000", "audience": "operator"}', 422),
        (b"[" * 50_000, 400),
    ],
)
async def test_bad_bodies_are_refused_by_name(world: World, content: bytes, status: int) -> None:
    answer = await world.client().post(
        "/api/v1/sessions/codes", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == status, answer.text
    assert answer.json()["code"]
    async with world.db.reading(actor=SYSTEM) as tx:
        (row,) = await tx.rows("SELECT count(*) AS n FROM one_time_codes")
    assert row["n"] == 0


async def test_text_no_column_can_hold_is_refused(world: World) -> None:
    made = await world.client().post(
        "/api/v1/merchants/registrations",
        json={
            "phone": PHONE,
            "code": await code_of(world, "merchant"),
            "name": "a\x00b",
            "password": GOOD,
            "consent": True,
        },
    )
    assert (made.status_code, made.json()["code"]) == (422, "NAME_INVALID")


async def test_a_session_outlives_moves_of_the_business_clock(world: World) -> None:
    client = await buyer(world)
    await world.advance(days=40)
    assert (await client.get("/api/v1/me")).status_code == 200


async def test_a_session_ends_by_wall_time(world: World) -> None:
    client = await buyer(world)
    async with world.db.transaction(actor=SYSTEM) as tx:
        (row,) = await tx.rows("SELECT account_id FROM sessions")
        await tx.run("UPDATE sessions SET expires_at = :now", now=wall_now())
        assert await sessions.list_sessions(tx, row["account_id"]) == []
    assert (await client.get("/api/v1/me")).status_code == 401
