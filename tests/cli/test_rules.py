"""The rulebooks on the command line."""

import json

import pytest
import typer
from typer.testing import CliRunner

from xiaodian import rulebooks
from xiaodian.cli.compare import compare, guide
from xiaodian.cli.rules import rules_app

app = typer.Typer()
app.add_typer(rules_app, name="rules")
app.command("compare")(compare)
app.command("guide")(guide)
MARKETS = ["wechat", "douyin", "kuaishou", "xiaohongshu"]


def run(*arguments):
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(app, words, env={"COLUMNS": "240"})


def answer(*arguments):
    found = run(*arguments, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_check():
    found = answer("rules", "check")
    assert {"rulebook": "wechat@1.0.0"}.items() <= found["rulebooks"][2].items()
    assert len(found["rulebooks"]) == 5
    assert found["categories"] >= 60
    assert "xiaohongshu@1.0.0" in run("rules", "check").output


def test_check_names_file_key_and_reason(tmp_path):
    proposal = tmp_path / "9.9.9.toml"
    proposal.write_text(
        'market = "wechat"\nversion = "9.9.9"\neffective_from = 2030-01-01\nsource = "x"\n'
        'extends = "wechat@1.0.0"\n[deposit]\n'
        'base_fen = { value = 9_000_000, origin = "assumed", rule = "W-DEP-02" }\n',
        encoding="utf-8",
    )
    found = run("rules", "check", proposal)
    assert found.exit_code != 0
    assert "RULEBOOK_BROKEN" in found.output
    assert "9.9.9.toml deposit.base_fen" in found.output
    assert "deposit.cap_fen" in found.output
    proposal.write_text(
        proposal.read_text(encoding="utf-8").replace("9_000_000", "300_000"), encoding="utf-8"
    )
    assert run("rules", "check", proposal).exit_code == 0


@pytest.mark.parametrize("file", ["missing.toml", "bad.toml"])
def test_check_of_an_unreadable_file(tmp_path, file):
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    found = run("rules", "check", tmp_path / file)
    assert found.exit_code != 0
    assert "FILE_UNREADABLE" in found.output


def test_show():
    found = answer("rules", "show", "wechat", "--part", "deposit.categories.pet")
    assert found["rulebook"] == "wechat@1.0.0"
    assert [leaf["path"] for leaf in found["leaves"]] == [
        "deposit.categories.pet.base_fen",
        "deposit.categories.pet.tiers",
    ]
    assert found["leaves"][0]["quotes"] == ["例如宠物用品类目需缴纳3000元,"]
    assert found["leaves"][0]["origin"] == "seed"
    whole = answer("rules", "show", "douyin@1.0.0")
    assert len(whole["leaves"]) == len(rulebooks.market("douyin").leaves)
    assert "deposit.base_fen" in run("rules", "show", "kuaishou", "--part", "deposit").output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["rules", "show", "nowhere"], "MARKET_UNKNOWN"),
        (["rules", "show", "wechat@9.9.9"], "MARKET_UNKNOWN"),
        (["rules", "show", "wechat", "--part", "nothing"], "PART_UNKNOWN"),
        (["rules", "diff", "wechat", "nowhere"], "MARKET_UNKNOWN"),
        (["rules", "coverage", "--tests", "/nowhere"], "NO_TESTS"),
        (["guide", "nowhere"], "MARKET_UNKNOWN"),
        (["guide", "wechat", "--category", "nothing"], "CATEGORY_UNKNOWN"),
        (["compare", "--category", "nothing"], "CATEGORY_UNKNOWN"),
    ],
)
def test_refusals_have_a_name_and_a_code(arguments, code):
    found = run(*arguments)
    assert found.exit_code == 2
    assert code in found.output


def test_diff():
    found = answer("rules", "diff", "wechat", "wechat-open")
    assert {each["path"] for each in found["differences"]} == {
        "data.traffic_source_report",
        "data.advanced_needs_connector",
        "data.latency.min_hours",
        "data.latency.max_hours",
    }
    other = {
        each["path"]: each for each in answer("rules", "diff", "wechat", "douyin")["differences"]
    }
    assert other["trade.settlement.days"]["before"]["value"] == 1
    assert other["trade.settlement.days"]["after"]["value"] == 3
    assert other["trade.settlement.d0.subjects"]["after"] is None
    assert other["trade.settlement.novice.days"]["before"] is None
    assert "trade.settlement.days" in run("rules", "diff", "wechat", "douyin").output


def test_coverage(tmp_path):
    (tmp_path / "test_claims.py").write_text(
        "import pytest\n"
        '@pytest.mark.req("W-DEP-07", "W-DEP-06")\n'
        '@pytest.mark.req("A-DEP-02", market="douyin")\n'
        '@pytest.mark.req("A-DEP-02")\n'
        '@pytest.mark.req("A-LOG-04", market="wechat")\n'
        '@pytest.mark.req("Z-ZZZ-99")\n'
        "def test_it(): ...\n",
        encoding="utf-8",
    )
    found = answer("rules", "coverage", "--tests", tmp_path)
    assert found["claimed"] == 3
    assert found["unquoted"] == []
    open_ = {(each["id"], each["market"]) for each in found["unclaimed"]}
    assert ("W-DEP-07", "wechat") not in open_
    assert ("A-DEP-02", "douyin") not in open_
    assert ("A-DEP-02", "wechat") in open_
    assert ("A-LOG-04", "douyin") in open_
    assert run("rules", "coverage", "--tests", tmp_path, "--strict").exit_code == 1
    assert "W-DEP-08" in run("rules", "coverage", "--tests", tmp_path).output


def test_compare_is_the_agreed_contract():
    found = answer("compare", "--category", "apparel", "--order-fen", 19_900)
    assert list(found) == MARKETS
    assert [found[market]["net_fen"] for market in MARKETS] == [19_781, 19_701, 19_721, 17_847]
    assert [found[market]["reserve_fen"] for market in MARKETS] == [0, 0, 0, 939]
    assert [found[market]["settle_days"] for market in MARKETS] == [1, 3, 2, 7]
    assert [found[market]["settle_days_first"] for market in MARKETS] == [1, 7, 2, 7]
    for each in found.values():
        assert set(each) == {
            "eligible",
            "reasons",
            "documents",
            "audit_days",
            "deposit_fen",
            "settle_days",
            "settle_days_first",
            "fees",
            "fee_fen",
            "net_fen",
            "reserve_fen",
            "origin",
        }
        assert each["fee_fen"] == sum(fee["fen"] for fee in each["fees"])
        assert all(set(fee) == {"line", "bps", "fen", "origin"} for fee in each["fees"])


def test_compare_defaults_and_options():
    plain = answer("compare")
    assert plain["wechat"]["net_fen"] == 9_940
    assert plain["wechat"]["origin"] == "seed"
    assert plain["wechat"]["deposit_fen"] == 200_000
    grown = answer(
        "compare", "--category", "pet", "--monthly-gmv-fen", 50_000_001, "--order-fen", 10_000
    )
    assert grown["wechat"]["deposit_fen"] == 500_000
    assert grown["kuaishou"]["deposit_fen"] == 300_000
    few = answer(
        "compare", "--monthly-gmv-fen", 50_000_001, "--monthly-orders", 3, "--category", "pet"
    )
    assert few["kuaishou"]["deposit_fen"] == 50_000
    resale = answer("compare", "--no-self-operated")
    assert "brand_auth" in resale["xiaohongshu"]["documents"]
    assert "brand_auth" not in resale["wechat"]["documents"]


def test_compare_says_why_not():
    found = answer("compare", "--subject", "personal", "--category", "game_cards")
    assert found["wechat"]["eligible"] is False
    assert found["wechat"]["reasons"] == [
        {
            "code": "VIRTUAL_NOT_FOR_PERSONAL",
            "rule": "W-REG-07",
            "text": "个人不能经营游戏点卡类目",
        }
    ]
    for key in ("deposit_fen", "fee_fen", "net_fen", "reserve_fen"):
        assert found["xiaohongshu"][key] is None
        assert found["douyin"][key] is not None
    assert found["xiaohongshu"]["reasons"][0]["code"] == "ENTERPRISE_ONLY"


def test_compare_for_people():
    found = run("compare", "--category", "apparel", "--private-followers", 5)
    assert found.exit_code == 0
    assert "1. 微信视频号" in found.output
    assert "模型" in found.output


@pytest.mark.parametrize("order", [0, -1, "x", 10**12])
def test_compare_refuses_nonsense(order):
    assert run("compare", "--order-fen", order).exit_code == 2


def test_guide():
    found = answer("guide", "wechat", "--subject", "personal", "--category", "pet")
    assert [item["item"] for item in found["items"]] == [
        "bind_account",
        "documents",
        "audit",
        "deposit",
        "first_product",
    ]
    assert [item["state"] for item in found["items"]] == [
        "missing",
        "missing",
        "blocked",
        "blocked",
        "blocked",
    ]
    ready = answer(
        "guide",
        "wechat",
        "--subject",
        "personal",
        "--have",
        "wechat_account_bound",
        "--have",
        "id_card",
        "--have",
        "channels_realname",
    )
    assert [item["state"] for item in ready["items"]] == [
        "done",
        "done",
        "missing",
        "blocked",
        "blocked",
    ]
    assert "绑定账号" in run("guide", "wechat").output
