"""The pages before any door, over HTTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.world.house import World

AS_BROWSER = {"accept": "text/html"}


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


async def test_the_front_page_has_three_doors_and_four_storefronts(world: World) -> None:
    answer = await world.client().get("/", headers=AS_BROWSER)
    assert answer.status_code == 200
    for door in (
        "/s/wechat",
        "/s/xiaohongshu",
        "/merchant",
        "/operator",
        "/compare",
        "/guide/douyin",
    ):
        assert f'href="{door}"' in answer.text
    assert "¥99.40" in answer.text, "what WeChat leaves of 100 yuan"
    assert 'action="/demo/sign-in/merchant"' in answer.text, "this is a sandbox"


async def test_the_comparison_shows_what_each_platform_leaves_of_an_order(world: World) -> None:
    answer = await world.client().get("/compare", params={"category": "apparel", "order": "199"})
    assert answer.status_code == 200
    shown = words(answer.text)
    for net in ("¥197.81", "¥197.01", "¥197.21", "¥178.47"):
        assert net in shown
    assert "¥9.39" in shown, "the reserve of Xiaohongshu"
    assert shown.count("不代表平台官方口径") == 1, "some figures are assumed, and the page says so"
    assert answer.text.count('class="origin origin-') > 150
    rows = re.findall(r'<tr><th scope="row">', answer.text)
    assert answer.text.count("<td><span") == 4 * len(rows) > 100


async def test_a_subject_that_may_not_open_is_told_why(world: World) -> None:
    answer = await world.client().get("/compare", params={"subject": "PERSONAL"})
    shown = words(answer.text)
    assert "本平台只接受企业开店" in shown
    assert "¥178.47" not in shown
    assert "X-REG-01" in shown


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "GHOST"),
        ("category", "'; DROP TABLE orders; --"),
        ("order", "0"),
        ("order", "1e9"),
        ("order", "-5"),
        ("order", "99999999999999"),
        ("monthly", "NaN"),
        ("orders", "1.5"),
        ("orders", "9" * 40),
        ("followers", "<script>alert(1)</script>"),
    ],
)
async def test_what_cannot_be_calculated_is_named_and_kept(
    world: World, field: str, value: str
) -> None:
    for path in ("/compare", "/guide/wechat"):
        answer = await world.client().get(path, params={field: value}, headers=AS_BROWSER)
        assert answer.status_code == 422, path
        assert 'class="notice tone-bad"' in answer.text
        assert "<script>alert" not in answer.text
    if field not in {"subject", "category"}:
        again = await world.client().get("/compare", params={field: value})
        assert f'href="#f-{field}"' in again.text
        assert re.search(rf'id="f-{field}" name="{field}" type="text" value="[^"]+"', again.text)


@pytest.mark.parametrize("market", ["wechat", "douyin", "kuaishou", "xiaohongshu", "wechat-open"])
async def test_the_guide_lists_the_steps_of_a_market(world: World, market: str) -> None:
    answer = await world.client().get(f"/guide/{market}")
    assert answer.status_code == 200
    assert f'data-market="{market}"' in answer.text
    shown = words(answer.text)
    for step in ("提交资质", "平台审核", "缴纳保证金", "上架首个商品"):
        assert step in shown
    assert answer.text.count('aria-current="step"') == 1


async def test_the_guide_says_why_somebody_cannot_open_there(world: World) -> None:
    answer = await world.client().get("/guide/xiaohongshu", params={"subject": "PERSONAL"})
    assert words(answer.text).count("本平台只接受企业开店") >= 4
    assert "现在就开店" not in answer.text


async def test_an_unknown_market_is_a_refusal_by_name(world: World) -> None:
    page = await world.client().get("/guide/nowhere", headers=AS_BROWSER)
    assert page.status_code == 404
    assert "没有这个市场：nowhere" in page.text
    answer = await world.client().get("/guide/nowhere")
    assert answer.json()["code"] == "MARKET_UNKNOWN"


async def test_a_language_is_remembered_and_the_reader_comes_back(world: World) -> None:
    client = world.client()
    before = await client.get("/compare")
    assert '<html lang="zh-CN"' in before.text
    sent = await client.get("/language/en", params={"next": "/compare?order=5"})
    assert sent.status_code == 303
    assert sent.headers["location"] == "/compare?order=5"
    after = await client.get("/compare")
    assert '<html lang="en"' in after.text
    assert "Four platforms, point by point" in after.text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "/",
            [
                "Choose your door",
                "WeChat Channels Shop",
                "from ¥2,000.00",
                "Eight things every shop",
            ],
        ),
        (
            "/compare?order=199&category=apparel",
            ["Of ¥199.00 you keep", "Compensation", "1–3 working days"],
        ),
        ("/guide/douyin", ["How to open a Douyin Shop", "Submit documents", "Business licence"]),
    ],
)
async def test_english_readers_read_english(world: World, path: str, said: list[str]) -> None:
    answer = await world.client().get(path, headers={"accept-language": "en-GB,en;q=0.8"})
    shown = words(answer.text)
    for part in said:
        assert part in shown


@pytest.mark.parametrize(
    "wish",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:1",
        "/a\r\nb",
    ],
)
async def test_nobody_is_sent_to_another_site(world: World, wish: str) -> None:
    answer = await world.client().get("/language/en", params={"next": wish})
    assert answer.headers["location"] == "/"


async def test_an_unknown_language_is_a_refusal_by_name(world: World) -> None:
    answer = await world.client().get("/language/tlh")
    assert answer.status_code == 404
    assert answer.json()["code"] == "LANGUAGE_UNKNOWN"
    assert "set-cookie" not in answer.headers
