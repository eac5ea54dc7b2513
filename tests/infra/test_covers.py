from __future__ import annotations

import tomllib
from importlib import resources
from xml.etree import ElementTree as ET

import pytest

from xiaodian.infra.covers import cover_address, draw_cover

SVG = "{http://www.w3.org/2000/svg}"
TITLES = [
    "",
    "轻奢纯棉刺绣水洗四件套",
    "绿茶蛋黄酥 200 克 4 枚装",
    "Carat 钻石炒锅 30cm <script>alert(1)</script> & Co.",
    "控制\x00符\n和\ud800半个字",
    "字" * 5000,
]


def texts_of(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("category", ["bedding_set", "unknown", ""])
def test_any_title_gives_a_well_formed_square_without_style_or_foreign_addresses(title, category):
    svg = draw_cover(title, category, 7)
    root = ET.fromstring(svg)
    assert root.get("viewBox") == "0 0 400 400"
    assert len(texts_of(svg)) <= 2
    for element in root.iter():
        assert "style" not in element.attrib
        assert element.tag.removeprefix(SVG) in {
            "svg",
            "defs",
            "linearGradient",
            "stop",
            "rect",
            "g",
            "path",
            "circle",
            "ellipse",
            "text",
        }
        assert not any("href" in name for name in element.attrib)


def test_the_same_goods_wear_the_same_cover_and_others_another():
    first = draw_cover("清新条纹开放式宠物窝", "pet_gear", 1)
    assert draw_cover("清新条纹开放式宠物窝", "pet_gear", 1) == first
    assert len({draw_cover("清新条纹开放式宠物窝", "pet_gear", seed) for seed in range(12)}) > 6


def test_a_short_title_stands_whole_and_a_long_one_ends_in_dots():
    assert texts_of(draw_cover("羊毛被", "quilts_pillows")) == ["羊毛被"]
    assert (
        "".join(texts_of(draw_cover("轻奢纯棉刺绣水洗四件套", "bedding_set")))
        == "轻奢纯棉刺绣水洗四件套"
    )
    assert texts_of(draw_cover("很长" * 30, "home"))[1].endswith("…")


def test_a_category_decides_the_thing_and_else_the_title_does():
    pot = draw_cover("甲", "cookware", 1).split('scale(1.08)">')[1].split("</g>")[0]
    guessed = draw_cover("加厚珐琅锅", "general", 1).split('scale(1.08)">')[1].split("</g>")[0]
    assert pot.count("<") == guessed.count("<") > 4
    assert draw_cover("甲", "general", 1) != draw_cover("甲", "cookware", 1)


def test_every_category_of_the_rulebooks_has_a_thing_of_its_own():
    data = resources.files("xiaodian")
    categories = tomllib.loads(
        (data / "rulebooks" / "data" / "categories.toml").read_text("utf-8")
    )["categories"]
    glyphs = tomllib.loads((data / "infra" / "covers" / "glyphs.toml").read_text("utf-8"))
    drawn = [code for glyph in glyphs.values() for code in glyph["categories"]]
    assert sorted(drawn) == sorted(set(drawn)), "a category has one thing"
    assert set(categories) - set(drawn) == set()


def test_a_cover_is_an_address_that_an_image_can_show():
    address = cover_address('引号"和<尖括号>', "home")
    assert address.startswith("data:image/svg+xml,")
    assert not {'"', "<", ">", "#", "\n"} & set(address)
