"""Wrong data stops the boot, and says where and why."""

import copy
import shutil
import tomllib
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xiaodian import rulebooks
from xiaodian.consoles.comparison import Question, compare
from xiaodian.deposits import rules as deposits
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.rulebooks import Origin, RulebookError
from xiaodian.rulebooks.loader import parse_rulebook
from xiaodian.settlement import rules as settlement

LIBRARY = rulebooks.load_all()
DATA = files("xiaodian.rulebooks") / "data"
TEXTS = {
    market: (DATA / market / "1.0.0.toml").read_text(encoding="utf-8")
    for market in ("wechat", "douyin", "kuaishou", "xiaohongshu")
}
DOCUMENTS = {market: tomllib.loads(text) for market, text in TEXTS.items()}
OPEN = {
    "registration.documents.PERSONAL",
    "registration.documents.ENTERPRISE",
    "registration.documents.SOLE_PROP",
    "registration.category_denials",
    "registration.category_denials.virtual",
    "deposit.categories",
    "deposit.surcharges",
    "product.audit",
    "product.attributes",
    "product.certificates",
    "product.violation.steps",
    "product.violation.thresholds",
    "product.violation.actions",
    "trade.payment.methods",
    "trade.fees.lines",
    "trade.fees.lines.handling.rates",
    "trade.fees.lines.tech.rates",
    "data.metrics",
    "data.tools",
    "promotion.free_sources",
    "promotion.paid_tools",
    "logistics.breaches",
    "categories.tree",
}
"""The tables to which a market adds rows of its own; everything else is fixed by the schema."""


def parse(document, file="proposal.toml"):
    return parse_rulebook(document, file=file, shelf=LIBRARY.shelf)


def is_leaf(raw):
    return isinstance(raw, dict) and ("value" in raw or "none" in raw)


def walk(table, path=()):
    """List the paths of all tables and leaves of a document."""
    for key, raw in table.items():
        here = (*path, key)
        if is_leaf(raw):
            yield here, True
        elif isinstance(raw, dict) and key != "*":
            yield here, False
            yield from walk(raw, here)


BODY = {
    market: [
        (path, leaf)
        for path, leaf in walk(document)
        if path[0] not in {"market", "version", "source"}
    ]
    for market, document in DOCUMENTS.items()
}


def at(document, path):
    for step in path:
        document = document[step]
    return document


def wrong(value):
    """List values that cannot stand for this one."""
    if isinstance(value, bool):
        return ["yes", 1, [], 1.5]
    if isinstance(value, int):
        return ["12", True, [1], {}, 1.5, -1, 10**15, date(2024, 1, 1)]
    if isinstance(value, str):
        return [7, True, [], 1.5, "", datetime(2024, 1, 1, tzinfo=UTC)]
    return [7, "x", True, [[[]]], float("nan")]


def no_proof(raw):
    """Take away what vouches for a leaf, or give an assumed one what cannot."""
    for key in ("quote", "confidence", "source"):
        raw.pop(key, None)
    if raw["origin"] == "assumed":
        raw["quote"] = "没有人说过"


SPOIL = {
    "extra": lambda raw, _draw: raw.update(comment="?"),
    "origin": lambda raw, draw: raw.update(
        origin=draw(st.sampled_from(["gossip", "", 7, None, "SEED"]))
    ),
    "rule": lambda raw, draw: raw.update(
        rule=draw(st.sampled_from(["", "DEP-1", 7, [], ["W-DEP-02", "?"], [7]]))
    ),
    "reading": lambda raw, draw: raw.update(reading=draw(st.sampled_from(["AMB-99", 7]))),
    "source": lambda raw, draw: raw.update(source=draw(st.sampled_from(["S999", "ftp://x", 7]))),
    "proof": lambda raw, _draw: no_proof(raw),
    "value": lambda raw, draw: raw.update(
        value=draw(st.sampled_from([1.5] if raw.pop("none", None) else wrong(raw["value"])))
    ),
}


@st.composite
def spoiled(draw):
    """Draw a document with one fault, and the dotted key that the fault is at."""
    document = copy.deepcopy(DOCUMENTS[market := draw(st.sampled_from(sorted(DOCUMENTS)))])
    path, leaf = draw(st.sampled_from(BODY[market]))
    parent, name = at(document, path[:-1]), path[-1]
    dotted = ".".join(path)
    whole = ["bare", "drop"] if ".".join(path[:-1]) not in OPEN else ["bare"]
    if leaf and (fault := draw(st.sampled_from([*SPOIL, *whole]))) in SPOIL:
        SPOIL[fault](parent[name], draw)
    elif leaf and fault == "drop":
        del parent[name]
    elif leaf:
        parent[name] = parent[name].get("value", 7)
    elif dotted in OPEN or draw(st.booleans()):
        parent[name] = draw(st.sampled_from([7, "x", [], None, True]))
    else:
        parent[name]["surprise"] = {"value": 1, "origin": "assumed", "rule": "A-DEP-01"}
        dotted += ".surprise"
    return document, dotted


@given(case=spoiled())
@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_fault_names_file_and_key(case):
    document, dotted = case
    with pytest.raises(RulebookError) as caught:
        parse(document)
    error = caught.value
    assert error.file == "proposal.toml"
    assert error.key
    assert error.reason
    assert error.key.startswith(dotted) or dotted.startswith(error.key), (error, dotted)
    assert str(error).startswith(f"proposal.toml: {error.key}: ")


@given(data=st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_torn_file_is_refused_or_read_but_never_breaks(data):
    lines = TEXTS[data.draw(st.sampled_from(sorted(TEXTS)))].splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at_ = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["delete", "cut", "double", "swap", "noise"])):
            case "delete":
                del lines[at_]
            case "cut":
                lines[at_] = lines[at_][: len(lines[at_]) // 2]
            case "double":
                lines.insert(at_, lines[at_])
            case "swap":
                other = data.draw(st.integers(0, len(lines) - 1))
                lines[at_], lines[other] = lines[other], lines[at_]
            case _:
                noise = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=9)
                lines[at_] += data.draw(noise)
    found = outcome("\n".join(lines))
    if isinstance(found, RulebookError):
        assert found.file == "proposal.toml"
        assert found.reason
    else:
        assert found.leaves


def outcome(text):
    try:
        return LIBRARY.parse(text, file="proposal.toml")
    except RulebookError as error:
        return error


def changed(market, path, **leaf):
    document = copy.deepcopy(DOCUMENTS[market])
    at(document, path.split("."))
    parent = at(document, path.split(".")[:-1])
    parent[path.split(".")[-1]] = {
        "origin": "assumed",
        "rule": "A-DEP-01",
        **leaf,
    }
    return document


@pytest.mark.parametrize(
    ("market", "path", "value", "key", "reason"),
    [
        ("wechat", "deposit.base_fen", 5_000_001, "deposit.base_fen", "exceeds deposit.cap_fen"),
        (
            "wechat",
            "deposit.categories.pet.tiers",
            [{"gmv_over_fen": 1, "amount_fen": 5_000_001}],
            "deposit.categories.pet.tiers",
            "exceeds deposit.cap_fen",
        ),
        (
            "wechat",
            "deposit.categories.pet.tiers",
            [{"gmv_over_fen": 1, "amount_fen": 300_000}],
            "deposit.categories.pet.tiers",
            "rise",
        ),
        (
            "wechat",
            "deposit.categories.pet.tiers",
            [{"gmv_over_fen": 1, "amount": 300_000}],
            "deposit.categories.pet.tiers.0.amount_fen",
            "required",
        ),
        (
            "kuaishou",
            "deposit.steps",
            [{"orders_over": 5, "amount_fen": 60_000}, {"orders_over": 5, "amount_fen": 70_000}],
            "deposit.steps",
            "rise",
        ),
        ("douyin", "deposit.surcharges.SERIOUS", 2_000_001, "deposit.surcharges.SERIOUS", "cap"),
        (
            "douyin",
            "trade.fees.lines.handling.rates.food",
            79,
            "trade.fees.lines.handling.rates.food",
            "79 bps",
        ),
        (
            "kuaishou",
            "trade.fees.lines.tech.rates.beauty",
            61,
            "trade.fees.lines.tech.rates.beauty",
            "121 bps",
        ),
        ("wechat", "data.latency.min_hours", 3, "data.latency.min_hours", "max_hours"),
        ("wechat", "registration.audit.min_days", 4, "registration.audit.min_days", "max_days"),
        ("wechat", "deposit.kind", "LOTTERY", "deposit", "LOTTERY"),
        ("douyin", "trade.settlement.kind", "T_PLUS", "trade.settlement.kind", "agree"),
        ("douyin", "trade.settlement.novice.days", 2, "trade.settlement.novice.days", "less"),
        ("kuaishou", "logistics.breaches.LATE_SHIP.max_fen", 1, ".max_fen", "min_fen"),
        ("wechat", "service.reviews.bad_stars_max", 4, "service.reviews", "good_stars_min"),
        (
            "wechat",
            "trade.waterfalls.fake_ship",
            ["AVAILABLE", "AVAILABLE", "SHOP_DEBT"],
            "trade.waterfalls.fake_ship",
            "once",
        ),
        (
            "wechat",
            "trade.waterfalls.fake_ship",
            ["SHOP_DEBT", "AVAILABLE"],
            "trade.waterfalls.fake_ship",
            "ends with",
        ),
        (
            "wechat",
            "registration.subjects",
            ["PERSONAL", "PERSONAL", "SOLE_PROP", "ENTERPRISE"],
            "registration.subjects",
            "once",
        ),
        (
            "wechat",
            "registration.subjects",
            ["PERSONAL"],
            "registration.documents.SOLE_PROP",
            "allowed subjects",
        ),
        ("wechat", "platform.colour", "green", "platform.colour", "pattern"),
        ("wechat", "platform.schedule.month_roll_at", "25:00", "month_roll_at", "pattern"),
        (
            "douyin",
            "service.after_sale.instant.categories",
            ["apparel", "unicorns"],
            "service.after_sale.instant.categories.1",
            "unknown category 'unicorns'",
        ),
    ],
)
def test_contradictions(market, path, value, key, reason):
    with pytest.raises(RulebookError) as caught:
        parse(changed(market, path, value=value))
    assert key in caught.value.key
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        (
            "deposit.categories",
            {"unicorns": {"value": 1, "origin": "assumed", "rule": "D-DEP-03"}},
            "unknown category",
        ),
        (
            "registration.category_denials",
            {"sparkling": {"PERSONAL": {"value": "NO", "origin": "assumed", "rule": "D-REG-01"}}},
            "unknown category flag",
        ),
        (
            "categories.tree",
            {"unicorns": {"value": "马", "origin": "assumed", "rule": "D-REG-01"}},
            "unknown category",
        ),
    ],
)
def test_unknown_categories_are_named(table, row, reason):
    document = copy.deepcopy(DOCUMENTS["douyin"])
    at(document, table.split(".")).update(row)
    with pytest.raises(RulebookError) as caught:
        parse(document)
    assert caught.value.key.startswith(f"{table}.{next(iter(row))}")
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("market", None, "missing"),
        ("market", 7, "text"),
        ("market", "We Chat", "well formed"),
        ("version", "1.0", "well formed"),
        ("version", "01.0.0", "well formed"),
        ("effective_from", None, "missing"),
        ("effective_from", "2024-01-01", "date"),
        ("effective_from", datetime(2024, 1, 1, tzinfo=UTC), "date"),
        ("effective_to", date(2023, 1, 1), "after"),
        ("source", "", "text"),
        ("extends", "nothing@1.0.0", "unknown rulebook"),
        ("extends", "wechat-open@1.0.0", "complete"),
        ("extends", 7, "unknown rulebook"),
    ],
)
def test_the_header(key, value, reason):
    document = copy.deepcopy(DOCUMENTS["wechat"])
    document.pop(key, None)
    if value is not None:
        document[key] = value
    with pytest.raises(RulebookError) as caught:
        parse(document)
    assert caught.value.key == key
    assert reason in caught.value.reason


def proposal(version, begins, ends=None, market="wechat"):
    end = f"effective_to = {ends}\n" if ends else ""
    return (
        f'market = "{market}"\nversion = "{version}"\neffective_from = {begins}\n{end}'
        'source = "运营调整"\nextends = "wechat@1.0.0"\n'
        "[trade.settlement]\n"
        'days = { value = 2, origin = "assumed", rule = "W-TRX-03" }\n'
    )


def test_versions_follow_each_other():
    text = proposal("1.1.0", "2025-06-01")
    book = LIBRARY.parse(text, file="proposal.toml")
    library = LIBRARY.including(book, file="proposal.toml")
    eve = datetime(2025, 5, 31, 23, 59, tzinfo=SHANGHAI)
    assert library.at("wechat", eve).ref == "wechat@1.0.0"
    assert library.at("wechat", eve + timedelta(minutes=1)).ref == "wechat@1.1.0"
    assert library.at("wechat", datetime(2020, 1, 1, tzinfo=UTC)).ref == "wechat@1.0.0"
    assert library.market("wechat").trade.settlement.days == 2
    assert library.version("wechat@1.0.0").trade.settlement.days == 1
    assert library.version("wechat", "1.1.0") is book
    assert LIBRARY.market("wechat").version == "1.0.0"
    with pytest.raises(KeyError):
        LIBRARY.version("wechat@1.1.0")


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ([proposal("1.1.0", "2024-01-01")], "overlaps wechat@1.0.0"),
        ([proposal("1.0.0", "2025-01-01")], "used twice"),
        (
            [proposal("1.1.0", "2025-01-01", "2025-07-01"), proposal("1.2.0", "2025-06-30")],
            "overlaps wechat@1.1.0",
        ),
    ],
)
def test_periods_may_not_overlap(texts, reason):
    library = LIBRARY
    with pytest.raises(RulebookError) as caught:  # noqa: PT012 - the last one is refused
        for text in texts:
            book = library.parse(text, file="proposal.toml")
            library = library.including(book, file="proposal.toml")
    assert reason in caught.value.reason
    assert caught.value.file == "proposal.toml"


FIFTH = (
    TEXTS["kuaishou"]
    .replace('market = "kuaishou"', 'market = "fifth"')
    .replace("compare_position = { value = 3,", "compare_position = { value = 5,")
    .replace('name = { value = "快手"', 'name = { value = "第五市场"')
)


def fifth_folder(root: Path) -> Path:
    """Copy the shipped data beside a fifth market with kinds that no other market combines."""
    with_reserve = FIFTH.replace(
        'reserve = { none = true, origin = "assumed", rule = "K-TRX-02" }', ""
    )
    deposit = with_reserve[with_reserve.index("[deposit]") : with_reserve.index("[deposit.shop_")]
    flat = (
        "\n".join(
            line
            for line in deposit.splitlines()
            if not line.startswith(("steps", "period", "insurance"))
        )
        .replace("ORDER_COUNT_LADDER", "FLAT")
        .replace("50_000", "70_000")
        + "\n"
    )
    table = with_reserve[
        with_reserve.index("[deposit.categories]") : with_reserve.index("[product]")
    ]
    text = with_reserve.replace(deposit, flat).replace(table, "") + (
        "\n[deposit.insurance]\n"
        'subjects = { value = ["PERSONAL"], origin = "assumed", rule = "A-DEP-01" }\n'
        'denial = { value = "NOT_FOR_YOU", origin = "assumed", rule = "A-DEP-01" }\n'
        'premium_bps_year = { value = 100, origin = "assumed", rule = "A-DEP-01" }\n'
        'partial = { value = true, origin = "assumed", rule = "A-DEP-01" }\n'
        'frees_cash = { value = true, origin = "assumed", rule = "A-DEP-01" }\n'
        "\n[trade.settlement.reserve]\n"
        'kept = { value = true, origin = "assumed", rule = "A-DEP-01" }\n'
        'rate_bps = { value = 1000, origin = "assumed", rule = "A-DEP-01" }\n'
        'hold_days = { value = 10, origin = "assumed", rule = "A-DEP-01" }\n'
    )
    for market in DOCUMENTS:
        (root / market).mkdir()
        (root / market / "1.0.0.toml").write_text(TEXTS[market], encoding="utf-8")
    (root / "fifth").mkdir()
    (root / "fifth" / "1.0.0.toml").write_text(text, encoding="utf-8")
    return root


def test_a_fifth_market_is_a_file(tmp_path):
    library = rulebooks.load_all(fifth_folder(tmp_path))
    book = library.market("fifth")
    facts = deposits.DepositFacts(categories=("gold",), orders_last_month=99_999)
    assert deposits.required(book, facts, library.categories).value == 70_000
    assert deposits.premium(book, 70_000).value == 700
    sale = settlement.Remaining(paid_fen=19_900)
    found = settlement.split(book, sale, "apparel", library.categories).value
    assert (found.fee_fen, found.reserve_fen, found.net_fen) == (179, 1_972, 17_749)
    case = datetime(2025, 3, 20, tzinfo=SHANGHAI)
    due = settlement.due(
        book, settlement.SettleFacts(confirmed_at=case - timedelta(days=9), cases_ended_at=case)
    )
    assert due.value.on == date(2025, 3, 22)
    compared = compare(library, Question(category="apparel"))
    assert [offer.book.market for offer in compared.offers][-1] == "fifth"
    assert compared.offers[-1].origin is Origin.ASSUMED


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("fifth/1.0.0.toml", b"\xff", "UTF-8"),
        ("fifth/1.0.0.toml", b"[", "TOML"),
        ("fifth/1.0.0.toml", b'market = "other"', "folder"),
        ("fifth/1.0.0.toml", b'market = "fifth"\nversion = "2.0.0"', "name of the file"),
        ("sources.toml", b"S1 = 7", "address"),
        ("readings.toml", b"AMB-01 = 7", "chosen"),
        ("categories.toml", b"[flags]\n[categories]\n", "missing"),
        (
            "categories.toml",
            '[flags]\n[categories]\na = { zh = "甲", en = "A", parent = "b" }\n'.encode()
            + 'general = { zh = "通", en = "G" }\n'.encode(),
            "not above",
        ),
        (
            "categories.toml",
            '[flags]\n[categories]\ngeneral = { zh = "通", en = "G", flags = ["x"] }\n'.encode(),
            "unknown flag",
        ),
        (
            "categories.toml",
            '[flags]\n[categories]\ngeneral = { zh = "通", en = "" }\n'.encode(),
            "name",
        ),
        (
            "categories.toml",
            '[flags]\n[categories]\ngeneral = { zh = "通", en = "G", x = 1 }\n'.encode(),
            "unknown key",
        ),
    ],
)
def test_broken_files_of_a_folder(tmp_path, name, content, reason):
    root = fifth_folder(tmp_path / "data") if (tmp_path / "data").mkdir() is None else tmp_path
    (root / name).write_bytes(content)
    with pytest.raises(RulebookError) as caught:
        rulebooks.load_all(root)
    assert caught.value.file == name
    assert reason in str(caught.value)


def test_a_folder_may_hold_other_files(tmp_path):
    root = fifth_folder(tmp_path)
    (root / "fifth" / "README.md").write_text("not a version", encoding="utf-8")
    (root / "fifth" / "draft.toml").write_text("nor this", encoding="utf-8")
    shutil.copy(root / "fifth" / "1.0.0.toml", root / "fifth" / "copy.toml")
    assert [book.version for book in rulebooks.load_all(root).markets["fifth"]] == ["1.0.0"]
