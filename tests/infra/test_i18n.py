from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from xiaodian.infra import i18n, texts

OURS = ("consoles.po", "infra.po", "kernel.po")


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("", "", "zh-CN"),
        ("en", "zh-CN", "en"),
        ("zh-CN", "en", "zh-CN"),
        ("xx", "en-GB,en;q=0.8", "en"),
        ("", "zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("", "en;q=0.3, zh-Hans-CN;q=0.9", "zh-CN"),
        ("", "fr, de;q=0.7", "zh-CN"),
        ("", "fr, en;q=0.1", "en"),
        ("", "en;q=0", "zh-CN"),
        ("", "*", "zh-CN"),
        ("'; drop", ";;;q=,,\x00", "zh-CN"),
        ("", "en," * 5000, "en"),
    ],
)
def test_the_readers_choice_comes_before_the_browsers_wish(chosen, accepted, language):
    assert i18n.negotiate(chosen, accepted) == language


@pytest.mark.parametrize(
    ("name", "value", "chinese"),
    [
        ("short_fen", 200_000, "¥2,000.00"),
        ("short_fen", -5, "¥-0.05"),
        ("rate_bps", 60, "0.6%"),
        ("rate_bps", 3000, "30%"),
        ("rate_bps", 125, "1.25%"),
        ("due_at", datetime(2025, 3, 10, 2, 0, tzinfo=UTC), "2025-03-10 10:00"),
        ("due_at", "2025-03-10T02:00:00Z", "2025-03-10 10:00"),
        ("due_at", "soon", "soon"),
        ("due_on", date(2025, 3, 13), "2025-03-13"),
        ("count", 12_345, "12345"),
        ("open", True, "是"),
        ("missing", None, "—"),
        ("missing", "", "—"),
        ("missing", [], "—"),
        ("documents", ["营业执照", "法人身份证"], "营业执照、法人身份证"),
        ("parts_fen", (100, 250), "¥1.00、¥2.50"),
    ],
)
def test_a_fact_is_written_the_way_its_name_ends(name, value, chinese):
    assert i18n.shown(name, value, "zh-CN") == chinese


def test_a_sentence_takes_only_whole_names():
    filled = i18n.sentence(
        "还差 {short_fen}，{who.__class__} {0} {who}",
        {"short_fen": 100, "who": "{short_fen}"},
        "zh-CN",
    )
    assert filled == "还差 ¥1.00，{who.__class__} — {short_fen}"


def test_english_comes_from_the_catalogues_and_falls_back_to_the_source():
    assert i18n.translate("平台对比", "en") == "Compare platforms"
    assert i18n.translate("平台对比", "zh-CN") == "平台对比"
    assert i18n.translate("没有人说过这句话", "en") == "没有人说过这句话"
    assert i18n.sentence("代码", {}, "en") == "Code"


def test_a_number_chooses_its_form():
    assert i18n.plural("{n} 天前", 1, "en") == "1 day ago"
    assert i18n.plural("{n} 天前", 3, "en") == "3 days ago"
    assert i18n.plural("{n} 天前", 1, "zh-CN") == "1 天前"
    assert i18n.plural("{n} 天前", 1234, "zh-CN") == "1,234 天前"


def test_the_finder_sees_templates_code_and_refusals():
    places = dict(texts.said())
    assert places["跳到正文"].startswith("consoles/templates/frame.html")
    assert places["请先登录"].startswith("infra/http/")
    assert places["刚刚"].startswith("infra/templates.py")


def test_english_has_every_word_of_the_frames_and_the_edges():
    """Rooms are held to the same by the test of the whole house."""
    lacking = {
        text: place
        for text, place in texts.missing("en").items()
        if place.startswith(("consoles/", "infra/", "kernel/"))
    }
    assert lacking == {}


def test_no_text_of_ours_has_two_translations():
    """Rooms are held to the same by the test of the whole house."""
    ours = {text for file in OURS for text in texts.said_in("en", file)}
    assert {text: words for text, words in texts.conflicts("en").items() if text in ours} == {}


@pytest.mark.parametrize("file", OURS)
def test_no_translation_outlives_its_text(file):
    assert texts.stale("en", file=file) == []
