"""The doors of people, as a browser meets them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

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
PAGE = {"accept": "text/html"}


async def code_of(world: World, audience: str = "buyer", phone: str = PHONE) -> str:
    """Read the code as the SMS job does."""
    async with world.db.reading(actor=SYSTEM) as tx:
        (row,) = await tx.rows(
            "SELECT code_sealed FROM one_time_codes WHERE audience = :audience"
            " AND phone_blind = :blind",
            audience=audience,
            blind=tx.vault.blind(f"+86{phone}", purpose="phone"),
        )
        return tx.vault.open(row["code_sealed"])


def key(text: str) -> str:
    found = re.search(r'name="_key" value="([^"]+)"', text)
    assert found, text
    return found[1]


async def buyer(world: World, phone: str = PHONE) -> httpx.AsyncClient:
    browser = world.client()
    await browser.post("/sign-in/code", data={"phone": phone}, headers=PAGE)
    code = await code_of(world, phone=phone)
    answer = await browser.post(
        "/sign-in", data={"phone": phone, "code": code, "consent": "yes"}, headers=PAGE
    )
    assert answer.status_code == 303, answer.text
    return browser


async def merchant(world: World, phone: str = PHONE, name: str = "演示商家") -> httpx.AsyncClient:
    browser = world.client()
    await browser.post("/merchant/register/code", data={"phone": phone}, headers=PAGE)
    answer = await browser.post(
        "/merchant/register",
        data={
            "phone": phone,
            "code": await code_of(world, "merchant", phone),
            "name": name,
            "password": GOOD,
            "consent": "yes",
        },
        headers=PAGE,
    )
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/merchant"
    return browser


async def operator(world: World, *roles: str) -> httpx.AsyncClient:
    async with world.db.transaction(actor=SYSTEM) as tx:
        made = await accounts.create_operator(
            tx, name="运营", email=f"{'-'.join(roles)}@example.com", roles=roles
        )
        token = await sessions.open_session(tx, made.id, "operator", address="", agent="")
    browser = world.client()
    browser.cookies.set("xd_operator", token)
    return browser


# --- buyers


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/merchant/sign-in",
        "/merchant/register",
        "/merchant/forgot",
        "/operator/sign-in",
        "/operator/set-password?token=x",
        "/privacy",
        "/terms",
    ],
)
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_pages_before_the_door_can_be_drawn(world: World, path: str, lang: str) -> None:
    answer = await world.client().get(path, headers={**PAGE, "accept-language": lang})
    assert answer.status_code == 200
    assert f'lang="{lang}"' in answer.text


async def test_a_buyer_signs_in_and_out(world: World) -> None:
    browser = await buyer(world)
    page = await browser.get("/me/privacy", headers=PAGE)
    assert page.status_code == 200
    assert "138****8000" in page.text
    assert PHONE not in page.text
    cookie = browser.cookies["xd_buyer"]
    answer = await browser.post("/sign-out", headers=PAGE)
    assert answer.headers["location"] == "/sign-in"
    browser.cookies.set("xd_buyer", cookie)
    gone = await browser.get("/me/privacy", headers=PAGE)
    assert gone.status_code == 303
    assert gone.headers["location"] == "/sign-in?next=%2Fme%2Fprivacy"


async def test_the_cookie_is_out_of_reach_of_scripts(world: World) -> None:
    browser = world.client()
    await browser.post("/sign-in/code", data={"phone": PHONE}, headers=PAGE)
    answer = await browser.post(
        "/sign-in", data={"phone": PHONE, "code": await code_of(world), "consent": "yes"}
    )
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_the_same_answer_for_known_and_unknown_phones(world: World) -> None:
    await buyer(world)
    async with world.db.transaction(actor=SYSTEM) as tx:
        await tx.run("DELETE FROM limits")
    said = [
        (await world.client().post("/sign-in/code", data={"phone": phone}, headers=PAGE))
        for phone in (PHONE, "13900139000")
    ]
    known, unknown = (
        re.sub(r"13[89]00?13[89]000|_key\" value=\"[^\"]*|[\w-]{16,}", "", one.text) for one in said
    )
    assert [one.status_code for one in said] == [200, 200]
    assert known == unknown


async def test_one_code_a_minute_for_a_phone(world: World) -> None:
    browser = world.client()
    first = await browser.post("/sign-in/code", data={"phone": PHONE}, headers=PAGE)
    second = await browser.post("/sign-in/code", data={"phone": f"+86{PHONE}"}, headers=PAGE)
    assert (first.status_code, second.status_code) == (200, 429)


async def test_sixty_codes_an_address(world: World) -> None:
    browser = world.client()
    statuses = [
        (await browser.post("/api/v1/sessions/codes", json={"phone": f"138001{n:05d}"})).status_code
        for n in range(61)
    ]
    assert statuses == [202] * 60 + [429]


async def test_five_tries_through_the_door(world: World) -> None:
    browser = world.client()
    await browser.post("/sign-in/code", data={"phone": PHONE}, headers=PAGE)
    code = await code_of(world)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        answer = await browser.post(
            "/sign-in", data={"phone": PHONE, "code": wrong, "consent": "yes"}, headers=PAGE
        )
        assert answer.status_code == 422
    answer = await browser.post(
        "/sign-in", data={"phone": PHONE, "code": code, "consent": "yes"}, headers=PAGE
    )
    assert answer.status_code == 422
    assert "验证码已失效" in answer.text
    assert "xd_buyer" not in browser.cookies


async def test_a_form_keeps_what_was_typed_and_escapes_it(world: World) -> None:
    browser = world.client()
    script = "<script>alert(1)</script>"
    await browser.post("/merchant/register/code", data={"phone": PHONE}, headers=PAGE)
    answer = await browser.post(
        "/merchant/register",
        data={
            "phone": PHONE,
            "code": "x",
            "name": script,
            "email": "a@example.com",
            "password": GOOD,
            "consent": "yes",
        },
        headers=PAGE,
    )
    assert answer.status_code == 422
    assert script not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert 'value="a@example.com"' in answer.text
    assert GOOD not in answer.text


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"phone": "\x00"},
        {"phone": "'; DROP TABLE accounts; --"},
        {"phone": PHONE, "code": "\x00" * 6},
        {"phone": PHONE, "code": "9" * 5000, "consent": "yes"},
        {"phone": ["1", "2"], "code": "1"},
    ],
)
async def test_bad_forms_are_refused_by_name(world: World, data: dict[str, object]) -> None:
    for path in (
        "/sign-in",
        "/sign-in/code",
        "/merchant/sign-in",
        "/merchant/register",
        "/merchant/forgot",
        "/operator/sign-in",
        "/operator/sign-in/second-step",
        "/operator/set-password",
    ):
        answer = await world.client().post(path, data=data, headers=PAGE)
        assert 200 <= answer.status_code < 500, (path, answer.status_code)
        if path != "/sign-in/code" or "code" not in data:
            assert answer.status_code != 200 or path == "/sign-in/code", path


async def test_a_file_in_place_of_a_text_is_nothing(world: World) -> None:
    answer = await world.client().post(
        "/sign-in/code", files={"phone": ("x", b"13800138000")}, headers=PAGE
    )
    assert answer.status_code == 422


async def test_a_body_may_not_be_endless(world: World) -> None:
    answer = await world.client().post("/sign-in", content=b"x" * (13 * 1024 * 1024), headers=PAGE)
    assert answer.status_code == 413


async def test_other_sites_cannot_sign_anybody_in_or_out(world: World) -> None:
    browser = await buyer(world)
    for path in ("/sign-out", "/demo/sign-in/buyer", "/me/privacy/delete"):
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            answer = await browser.post(path, headers=headers)
            assert answer.status_code == 403
            assert answer.json()["code"] == "FOREIGN_ORIGIN"


async def test_one_comes_back_to_our_own_pages_only(world: World) -> None:
    for wished, went in (("/orders?a=1", "/orders?a=1"), ("//evil.example", "/me")):
        browser = world.client()
        async with world.db.transaction(actor=SYSTEM) as tx:
            await tx.run("DELETE FROM limits")
        await browser.post("/sign-in/code", data={"phone": PHONE}, headers=PAGE)
        answer = await browser.post(
            "/sign-in",
            data={
                "phone": PHONE,
                "code": await code_of(world),
                "consent": "yes",
                "next": wished,
            },
        )
        assert answer.headers["location"] == went


# --- sessions


async def test_somebody_elses_session_cannot_be_ended(world: World) -> None:
    mine, theirs = await buyer(world), await buyer(world, "13900139000")
    page = await theirs.get("/me/privacy", headers=PAGE)
    listed = await theirs.get("/api/v1/sessions")
    (foreign,) = listed.json()["items"]
    for number in (foreign["id"], "1", "x", "9" * 30):
        answer = await mine.post(
            f"/me/privacy/sessions/{number}/end", headers={"idempotency-key": f"k{number}"}
        )
        assert answer.status_code == 404, number
    assert (await theirs.get("/me/privacy", headers=PAGE)).status_code == page.status_code == 200


async def test_an_ended_session_is_out_at_once(world: World) -> None:
    laptop = await merchant(world)
    phone = world.client()
    await phone.post("/merchant/sign-in", data={"login": PHONE, "password": GOOD}, headers=PAGE)
    assert (await phone.get("/merchant/account", headers=PAGE)).status_code == 200
    page = await laptop.get("/merchant/account", headers=PAGE)
    other = re.search(r"/merchant/account/sessions/(\d+)/end", page.text)
    assert other
    answer = await laptop.post(
        f"/merchant/account/sessions/{other[1]}/end", data={"_key": key(page.text)}
    )
    assert answer.status_code == 303
    gone = await phone.get("/merchant/account", headers=PAGE)
    assert gone.status_code == 303


async def test_a_changed_password_signs_others_out(world: World) -> None:
    laptop = await merchant(world)
    phone = world.client()
    await phone.post("/merchant/sign-in", data={"login": PHONE, "password": GOOD})
    page = await laptop.get("/merchant/account", headers=PAGE)
    wrong = await laptop.post(
        "/merchant/account/password",
        data={"_key": "k1", "current": OTHER, "password": OTHER},
        headers=PAGE,
    )
    assert wrong.status_code == 401
    answer = await laptop.post(
        "/merchant/account/password",
        data={"_key": key(page.text), "current": GOOD, "password": OTHER},
    )
    assert answer.status_code == 303
    assert (await phone.get("/merchant/account", headers=PAGE)).status_code == 303
    assert (await laptop.get("/merchant/account", headers=PAGE)).status_code == 200


async def test_a_console_is_shut_to_sessions_of_another(world: World) -> None:
    for browser, shut in (
        (await buyer(world), ["/merchant/account", "/operator/account", "/operator/people"]),
        (await merchant(world), ["/me/privacy", "/operator/account", "/operator/people"]),
    ):
        for path in shut:
            assert (await browser.get(path, headers=PAGE)).status_code == 303


# --- passwords and authenticators


async def test_the_sixth_wrong_password_has_to_wait(world: World) -> None:
    await merchant(world)
    browser = world.client()
    statuses = [
        (
            await browser.post(
                "/merchant/sign-in", data={"login": PHONE, "password": OTHER}, headers=PAGE
            )
        ).status_code
        for _ in range(6)
    ]
    assert statuses == [401] * 5 + [429]
    late = await browser.post(
        "/merchant/sign-in", data={"login": PHONE, "password": GOOD}, headers=PAGE
    )
    assert late.status_code == 429


async def test_an_operator_enrols_and_comes_back(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        await accounts.create_operator(
            tx,
            name="<b>管理员</b>",
            email="root@example.com",
            roles=["administrator"],
            password=GOOD,
        )
    browser = world.client()
    form = {"login": "root@example.com", "password": GOOD, "next": "/operator/people"}
    page = await browser.post("/operator/sign-in", data=form, headers=PAGE)
    assert page.status_code == 200
    assert "xd_operator" not in browser.cookies
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', page.text)
    assert token
    assert secret
    totp = TOTP(secret[1])
    step = int(wall_now().timestamp()) // 30
    wrong = await browser.post(
        "/operator/sign-in/second-step", data={"token": token[1], "code": "000"}, headers=PAGE
    )
    assert wrong.status_code == 422
    assert secret[1] in wrong.text
    shown = await browser.post(
        "/operator/sign-in/second-step",
        data={"token": token[1], "code": totp.generate_otp(step - 1), "next": form["next"]},
        headers=PAGE,
    )
    assert shown.status_code == 200
    assert len(re.findall(r">([a-z2-7]{4}-[a-z2-7]{4})<", shown.text)) == 10
    page = await browser.get("/operator/people", headers=PAGE)
    assert "&lt;b&gt;管理员&lt;/b&gt;" in page.text
    again = world.client()
    page = await again.post("/operator/sign-in", data=form, headers=PAGE)
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token
    assert "data-copy" not in page.text
    replayed = await again.post(
        "/operator/sign-in/second-step",
        data={"token": token[1], "code": totp.generate_otp(step - 1)},
        headers=PAGE,
    )
    assert replayed.status_code == 422
    entered = await again.post(
        "/operator/sign-in/second-step",
        data={"token": token[1], "code": totp.generate_otp(step), "next": form["next"]},
        headers=PAGE,
    )
    assert entered.headers["location"] == "/operator/people"


async def test_a_merchant_binds_and_unbinds_an_authenticator(world: World) -> None:
    browser = await merchant(world)
    page = await browser.get("/merchant/account", headers=PAGE)
    answer = await browser.post("/merchant/account/factor", data={"_key": key(page.text)})
    assert answer.headers["location"] == "/merchant/account/factor"
    page = await browser.get("/merchant/account/factor", headers=PAGE)
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', page.text)
    assert secret
    shown = await browser.post(
        "/merchant/account/factor/confirm",
        data={"code": TOTP(secret[1]).generate_otp(int(wall_now().timestamp()) // 30)},
        headers=PAGE,
    )
    assert shown.status_code == 200
    asked = await world.client().post(
        "/merchant/sign-in", data={"login": PHONE, "password": GOOD}, headers=PAGE
    )
    assert asked.status_code == 200
    page = await browser.get("/merchant/account", headers=PAGE)
    refused = await browser.post(
        "/merchant/account/factor/remove",
        data={"_key": "a", "factor_password": OTHER},
        headers=PAGE,
    )
    assert refused.status_code == 401
    answer = await browser.post(
        "/merchant/account/factor/remove", data={"_key": key(page.text), "factor_password": GOOD}
    )
    assert answer.status_code == 303


async def test_a_forgotten_password_is_set_by_code(world: World) -> None:
    await merchant(world)
    async with world.db.transaction(actor=SYSTEM) as tx:
        await tx.run("DELETE FROM limits")
    browser = world.client()
    await browser.post("/merchant/forgot/code", data={"phone": PHONE}, headers=PAGE)
    answer = await browser.post(
        "/merchant/forgot",
        data={"phone": PHONE, "code": await code_of(world, "merchant"), "password": OTHER},
        headers=PAGE,
    )
    assert answer.status_code == 200
    entered = await browser.post(
        "/merchant/sign-in", data={"login": PHONE, "password": OTHER}, headers=PAGE
    )
    assert entered.status_code == 303


# --- operators


async def test_an_administrator_makes_an_operator_who_sets_a_password(world: World) -> None:
    root = await operator(world, "administrator")
    page = await root.get("/operator/people", headers=PAGE)
    assert page.status_code == 200
    page = await root.post(
        "/operator/people",
        data={
            "_key": key(page.text),
            "name": "审核",
            "email": "new@example.com",
            "roles": ["reviewer", "finance"],
        },
        headers=PAGE,
    )
    link = re.search(r'data-copy="http://[^"/]+(/operator/set-password\?token=[^"]+)"', page.text)
    assert link
    browser = world.client()
    form = await browser.get(link[1], headers=PAGE)
    token = re.search(r'name="token" value="([^"]+)"', form.text)
    assert token
    weak = await browser.post(
        "/operator/set-password", data={"token": token[1], "password": "1234567890"}, headers=PAGE
    )
    assert weak.status_code == 422
    done = await browser.post(
        "/operator/set-password", data={"token": token[1], "password": GOOD}, headers=PAGE
    )
    assert done.status_code == 200
    again = await browser.post(
        "/operator/set-password", data={"token": token[1], "password": OTHER}, headers=PAGE
    )
    assert again.status_code == 404
    step = await browser.post(
        "/operator/sign-in", data={"login": "new@example.com", "password": GOOD}, headers=PAGE
    )
    assert "otpauth" not in step.text
    assert 'name="token"' in step.text


async def test_other_roles_do_not_manage_people(world: World) -> None:
    root = await operator(world, "administrator")
    (me,) = [
        row["id"]
        for row in await _rows(world, "SELECT id FROM accounts WHERE audience = 'operator'")
    ]
    reviewer = await operator(world, "reviewer")
    assert (await reviewer.get("/operator/people", headers=PAGE)).status_code == 403
    for path in (
        "/operator/people",
        f"/operator/people/{me}/roles",
        f"/operator/people/{me}/suspend",
        f"/operator/people/{me}/restore",
        f"/operator/people/{me}/reset-factor",
        f"/operator/people/{me}/link",
    ):
        answer = await reviewer.post(
            path,
            data={"_key": path, "name": "x", "email": "x@example.com", "roles": "finance"},
        )
        assert answer.status_code == 403, path
        assert answer.json()["code"] == "ROLE_REQUIRED"
    for path in ("/operator/people/x/roles", "/operator/people/1/roles"):
        answer = await root.post(path, data={"_key": path, "roles": "finance"})
        assert answer.status_code == 404
    page = await root.get("/operator/people", headers=PAGE)
    answer = await root.post(
        f"/operator/people/{me}/suspend", data={"_key": key(page.text)}, headers=PAGE
    )
    assert answer.status_code == 409
    assert "至少保留一名管理员" in answer.text


async def _rows(world: World, sql: str):
    async with world.db.reading(actor=SYSTEM) as tx:
        return await tx.rows(sql)


# --- the demo


async def test_the_demo_signs_in_with_one_click(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        await accounts.make_demo_accounts(tx)
    for who, home in (
        ("buyer", "/me"),
        ("merchant", "/merchant"),
        ("reviewer", "/operator"),
        ("finance", "/operator"),
        ("administrator", "/operator"),
    ):
        browser = world.client()
        answer = await browser.post(f"/demo/sign-in/{who}", headers=PAGE)
        assert (answer.status_code, answer.headers["location"]) == (303, home)
    assert (await world.client().post("/demo/sign-in/nobody")).status_code == 404
    assert (await world.client().get("/demo/sign-in/buyer")).status_code == 405


# --- privacy


async def test_a_buyer_takes_their_data_and_leaves(world: World) -> None:
    browser = await buyer(world)
    phone = await buyer_again(world)
    page = await browser.get("/me/privacy", headers=PAGE)
    assert "交易记录保存三年" in page.text
    data = await browser.post("/me/privacy/export", data={"_key": key(page.text)})
    assert data.headers["content-disposition"].startswith("attachment")
    assert data.json()["parts"]["account"][0]["phone"] == PHONE
    unconfirmed = await browser.post("/me/privacy/delete", headers=PAGE)
    assert unconfirmed.status_code == 422
    answer = await browser.post("/me/privacy/delete", data={"confirm": "yes"}, headers=PAGE)
    assert answer.status_code == 303
    for one in (browser, phone):
        assert (await one.get("/me/privacy", headers=PAGE)).status_code == 303


async def buyer_again(world: World) -> httpx.AsyncClient:
    async with world.db.transaction(actor=SYSTEM) as tx:
        await tx.run("DELETE FROM limits")
    return await buyer(world)


@pytest.mark.parametrize(
    ("changes", "typed", "statuses"),
    [
        ({"sandbox": False}, "", (404, 404)),
        ({"sandbox_key": "open-sesame"}, "", (403, 403)),
        ({"sandbox_key": "open-sesame"}, "wrong", (403, 403)),
        ({"sandbox_key": "open-sesame"}, "open-sesame", (303, 200)),
    ],
)
async def test_the_sandbox_has_a_door_of_its_own(
    world: World, changes: dict[str, object], typed: str, statuses: tuple[int, int]
) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        await accounts.make_demo_accounts(tx)
    world.runtime.settings = replace(world.runtime.settings, **changes)
    browser = world.client()
    form = {"sandbox_key": typed, "phone": PHONE}
    entered = await browser.post("/demo/sign-in/administrator", data=form)
    shown = await browser.post("/sign-in/on-screen", data=form)
    assert (entered.status_code, shown.status_code) == statuses


async def test_a_name_that_only_resolves_here_does_not_open_the_sandbox(world: World) -> None:
    async with world.db.transaction(actor=SYSTEM) as tx:
        await accounts.make_demo_accounts(tx)
    answer = await world.client().post(
        "/demo/sign-in/administrator", headers={"host": "rebound.example"}
    )
    assert answer.status_code == 404


async def test_the_sandbox_shows_the_code_the_phone_got(world: World) -> None:
    browser = world.client()
    await browser.post("/sign-in/code", data={"phone": PHONE}, headers=PAGE)
    waiting = await browser.post("/sign-in/on-screen", data={"phone": PHONE, "looks": "3"})
    code = await code_of(world)
    if code not in waiting.text:
        assert 'name="looks" value="4"' in waiting.text
    await world.run_jobs()
    shown = await browser.post("/sign-in/on-screen", data={"phone": PHONE})
    assert f"data-code>{code}<" in shown.text
    async with world.db.reading(actor=SYSTEM) as tx:
        (row,) = await tx.rows("SELECT code_sealed FROM one_time_codes")
    assert row["code_sealed"] is None
