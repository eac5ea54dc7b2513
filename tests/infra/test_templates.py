from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from markupsafe import Markup

from xiaodian.consoles.navigation import MERCHANT, OPERATOR
from xiaodian.infra import templates
from xiaodian.infra.looks import HOUSE, LOOKS
from xiaodian.infra.templates import address, environment, here, render
from xiaodian.kernel.errors import Refusal

NOW = datetime(2025, 3, 10, 2, 0, tzinfo=UTC)
SOURCE = Path(templates.__file__).parents[1]
FRONTEND = SOURCE.parents[1] / "frontend"
FRAMES = ["merchant", "operator", "buyer", "public"]


def drawn(text: str, lang: str = "zh-CN", **context: object) -> str:
    return environment(lang).from_string(text).render(**context)


def request(path: str, query: str = "") -> SimpleNamespace:
    return SimpleNamespace(
        url=SimpleNamespace(path=path, query=query), state=SimpleNamespace(request_id="r-1")
    )


def guide(base: str, **frame: object) -> str:
    return render(
        "consoles/styleguide.html",
        lang="zh-CN",
        request=request("/merchant/orders", "state=paid"),
        frame=frame,
        base=f"consoles/{base}.html",
        markets=list(LOOKS),
        now=NOW,
        week=timedelta(days=7),
    )


class Reader(HTMLParser):
    """Reads a page the way a strict reader does: ids, labels, names, styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.described: set[str] = set()
        self.fields: list[dict[str, str]] = []
        self.styled: list[str] = []
        self.label_depth = 0
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if "id" in given:
            self.ids.append(given["id"])
        if "style" in given or tag == "style" or any(name.startswith("on") for name in given):
            self.styled.append(self.get_starttag_text() or tag)
        if tag == "label" and "for" in given:
            self.labelled.add(given["for"])
        self.described |= set(given.get("aria-describedby", "").split())
        self.label_depth += tag == "label"
        if tag in {"input", "select", "textarea"}:
            self.fields.append({**given, "in label": "yes"} if self.label_depth else given)

    def handle_endtag(self, tag):
        self.label_depth -= tag == "label"


@pytest.mark.parametrize("base", FRAMES)
def test_the_style_guide_draws_every_part_in_every_frame(base):
    page = guide(base)
    reader = Reader(page)
    assert reader.styled == [], "the content policy forbids inline styles and scripts"
    assert page.count("<main ") == page.count("<h1 ") + page.count("<h1>") == 1
    assert reader.described <= set(reader.ids)
    assert "None" not in re.sub(r'points="[^"]*"', "", page)


def test_the_style_guide_uses_every_part():
    named = set(
        re.findall(r"{% set (\w+) =", (SOURCE / "consoles/templates/ui.html").read_text("utf-8"))
    )
    used = set(
        re.findall(
            r"ui\.(\w+)\(", (SOURCE / "consoles/templates/styleguide.html").read_text("utf-8")
        )
    )
    inner = set(
        re.findall(r"\b(\w+)\(", (SOURCE / "consoles/templates/ui/goods.html").read_text("utf-8"))
    )
    assert named - used - inner == {"code"}


@pytest.mark.parametrize("base", FRAMES)
def test_every_field_has_a_name_that_readers_hear(base):
    reader = Reader(guide(base))
    assert len(reader.fields) > 60
    for field in reader.fields:
        named = field.get("id") in reader.labelled or "aria-label" in field or "in label" in field
        assert named or field.get("type") == "hidden", field


def test_a_field_keeps_what_was_typed_and_says_what_is_wrong():
    form = {"typed": {"licence": '"><script>'}, "errors": {"licence": "应为 18 位"}}
    page = drawn(
        '{% import "consoles/ui.html" as ui %}'
        '{{ ui.field("licence", "信用代码", form=form, required=True, hint="看执照") }}',
        form=form,
    )
    assert 'value="&#34;&gt;&lt;script&gt;"' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="f-licence-error f-licence-hint"' in page
    assert "应为 18 位" in page
    assert '<label class="field-label" for="f-licence">' in page


def test_a_password_is_never_drawn_again():
    page = drawn(
        '{% import "consoles/ui.html" as ui %}'
        '{{ ui.field("password", "密码", type="password", form=form) }}',
        form={"typed": {"password": "hunter2"}, "errors": {}},
    )
    assert "hunter2" not in page


def test_an_undefined_name_is_an_error_and_so_is_a_strange_template():
    with pytest.raises(UndefinedError):
        drawn("{{ nobody }}")
    for name in (
        "consoles/nothing.html",
        "../infra/looks.py",
        "consoles/../../settings.py",
        "frame.html",
        "/etc/passwd",
    ):
        with pytest.raises(TemplateNotFound):
            environment("zh-CN").get_template(name)


def test_money_stands_with_a_small_sign_and_small_cents():
    assert drawn("{{ 123456|yuan }}") == "1,234.56"
    assert drawn("{{ 123456|money }}") == (
        '<span class="money"><span class="money-sign">¥</span>1,234'
        '<span class="money-cents">.56</span></span>'
    )
    assert drawn("{{ (-50)|money }}").startswith('<span class="money">-<span')


def test_instants_are_told_in_shanghai():
    assert (
        drawn("{{ at|when }} {{ at|day }}", at=datetime(2025, 3, 9, 16, 30, tzinfo=UTC))
        == "2025-03-10 00:30 2025-03-10"
    )
    assert drawn("{{ at|when }} {{ at|day }}", at=None) == "— —"


@pytest.mark.parametrize(
    ("gone", "words", "english"),
    [
        (timedelta(seconds=5), "刚刚", "just now"),
        (timedelta(minutes=1), "1 分钟前", "1 minute ago"),
        (timedelta(hours=5), "5 小时前", "5 hours ago"),
        (timedelta(days=29), "29 天前", "29 days ago"),
        (timedelta(days=31), "2025-02-07", "2025-02-07"),
    ],
)
def test_how_long_ago_is_counted_from_a_given_instant(gone, words, english):
    assert drawn("{{ at|ago(now) }}", at=NOW - gone, now=NOW) == words
    assert drawn("{{ at|ago(now) }}", "en", at=NOW - gone, now=NOW) == english


def test_words_are_escaped_and_facts_that_are_markup_stay_so():
    assert drawn('{{ _("你好，{name}", name=name) }}', name="<b>") == "你好，&lt;b&gt;"
    assert (
        drawn(
            '{{ _("看 {link} 与 {name}", link=link, name=name) }}',
            link=Markup("<a>此处</a>"),
            name="<b>",
        )
        == "看 <a>此处</a> 与 &lt;b&gt;"
    )


def test_a_refusal_and_a_verdict_say_their_sentence():
    class TooShort(Refusal):
        code = "TOO_SHORT"
        sentence = "还差 {short_fen}"

    assert drawn("{{ say(no) }}", no=TooShort(short_fen=200_000)) == "还差 ¥2,000.00"
    verdict = {
        "sentence": "应缴 {required_fen}",
        "rule": "W-DEP-02",
        "rulebook": "wechat@1",
        "origin": "seed",
        "inputs": {"required_fen": 5},
    }
    assert drawn("{{ say(verdict) }}", verdict=SimpleNamespace(**verdict)) == "应缴 ¥0.05"
    box = drawn('{% import "consoles/ui.html" as ui %}{{ ui.why(verdict) }}', verdict=verdict)
    for part in ("应缴 ¥0.05", "W-DEP-02", "wechat@1", "种子", "required_fen"):
        assert part in box


def test_each_form_carries_a_key_of_its_own():
    keys = re.findall(r'name="_key" value="([^"]{20,})"', drawn("{{ form_key() }}{{ form_key() }}"))
    assert len(set(keys)) == 2


def test_addresses_change_one_parameter_and_keep_the_others():
    assert (
        address("/orders", "state=paid&cursor=x", cursor=None, sort="-at")
        == "/orders?state=paid&sort=-at"
    )
    assert address("/orders", "", cursor="") == "/orders"
    assert address("/orders", "q=%E9%94%85", sort="a&b") == "/orders?q=%E9%94%85&sort=a%26b"


def test_the_navigation_marks_where_a_page_stands():
    assert here("/merchant/orders", "/merchant/orders/7")
    assert here("/merchant", "/merchant")
    assert not here("/merchant", "/merchant/orders")
    assert not here("/merchant/orders", "/merchant/orders-old")
    entry = {"href": "/merchant/orders", "label": "订单发货", "sign": "truck"}
    navigation = [{"title": "交易", "entries": [entry]}]
    page = guide("merchant", counts={"/merchant/orders": 120}, navigation=navigation)
    assert re.search(r'href="/merchant/orders" aria-current="page"', page)
    assert "99+" in page


def test_a_frame_shows_what_it_is_given_and_hides_what_it_is_not():
    empty = guide("merchant")
    assert "/merchant/sign-out" not in empty
    shop = {"id": "7", "name": "示例<店>", "market": "douyin", "href": "/merchant"}
    full = guide(
        "merchant",
        viewer={"name": "演示商家", "note": "店主"},
        market="douyin",
        shop=shop,
        shops=[shop, {"id": "8", "name": "第二家店", "market": "wechat", "href": "/x"}],
        unread_count=120,
        sandbox=True,
        now=NOW,
    )
    assert '<html lang="zh-CN" data-frame="merchant" data-market="douyin">' in full
    for part in (
        "示例&lt;店&gt;",
        "第二家店",
        "/merchant/sign-out",
        "99+",
        "2025-03-10 10:00",
        "抖音小店",
    ):
        assert part in full


def test_the_language_menu_comes_back_to_where_the_reader_was():
    page = guide("public")
    assert "/language/en?next=%2Fmerchant%2Forders%3Fstate%3Dpaid" in page


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422, 429, 500, 503, 418])
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_refusal_page_tells_what_to_do(status, lang):
    page = render(
        "consoles/error.html",
        lang=lang,
        request=request("/x"),
        status=status,
        code="NO",
        sentence="不行<",
        facts={"errors": [{"field": "body.a", "reason": "missing"}]},
    )
    for part in ("不行&lt;", "NO", str(status), "r-1", "body.a"):
        assert part in page


def test_pages_name_only_icons_that_the_sprite_has():
    known = set((FRONTEND / "icons.txt").read_text("utf-8").split())
    named: dict[str, str] = {}
    for path in SOURCE.glob("*/templates/**/*.html"):
        text = path.read_text("utf-8")
        for found in re.findall(r'(?:icon_of\(|icon=)"([a-z0-9-]+)"', text):
            named[found] = path.name
    for group in (*MERCHANT, *OPERATOR):
        named |= {entry.sign: entry.path for entry in group.entries}
    assert {name: place for name, place in named.items() if name not in known} == {}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", [HOUSE, *LOOKS.values()], ids=lambda look: look.code or "house")
def test_text_in_the_colours_of_a_market_can_be_read(look):
    assert contrast(look.fill, "#ffffff") >= 4.5
    for ground in ("#ffffff", "#f7f7f7", look.soft):
        assert contrast(look.strong, ground) >= 4.5, ground


@pytest.mark.parametrize("look", [HOUSE, *LOOKS.values()], ids=lambda look: look.code or "house")
def test_the_stylesheet_has_the_same_colours_as_the_code(look):
    css = (FRONTEND / "styles" / "tokens.css").read_text("utf-8")
    head = f'[data-market="{look.code}"]' if look.code else ":root"
    block = css[css.index(head) :].split("}")[0]
    for token, colour in (
        ("brand", look.brand),
        ("brand-strong", look.strong),
        ("brand-soft", look.soft),
        ("brand-fill", look.fill),
    ):
        assert f"--{token}: {colour};" in block, token


def test_assets_are_found_by_the_manifest_and_stand_under_their_plain_name_without_one(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(templates, "static_folder", lambda: tmp_path)
    templates._manifest.cache_clear()
    try:
        assert templates.asset("app.css") == "/static/app.css"
        (tmp_path / "manifest.json").write_text(json.dumps({"files": {"app.css": "app.123.css"}}))
        templates._manifest.cache_clear()
        assert templates.asset("app.css") == "/static/app.123.css"
    finally:
        templates._manifest.cache_clear()


def test_the_lock_names_no_registry_and_pins_every_package():
    lock = json.loads((FRONTEND / "package-lock.json").read_text("utf-8"))
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        if name:
            assert package["version"], name
            assert package["integrity"].startswith("sha512-"), name


def test_every_package_of_the_build_has_a_licence_that_agrees_with_ours():
    lock = json.loads((FRONTEND / "package-lock.json").read_text("utf-8"))
    agreed = {"MIT", "ISC", "Apache-2.0", "BSD-3-Clause", "BSD-0-Clause", "0BSD", "BlueOak-1.0.0"}
    build_only = {"lightningcss": "MPL-2.0"}
    for name, package in lock["packages"].items():
        if name:
            plain = name.removeprefix("node_modules/")
            family = plain.split("-")[0]
            assert package["license"] in agreed or package["license"] == build_only[family], plain
