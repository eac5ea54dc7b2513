"""The rulebooks on the command line."""

import pytest

from xiaodian import rulebooks

MARKETS = ["wechat", "douyin", "kuaishou", "xiaohongshu"]


@pytest.fixture
def run(cli, monkeypatch):
    """Run a command on a wide terminal."""
    monkeypatch.setenv("COLUMNS", "240")
    return lambda *arguments: cli(*(str(argument) for argument in arguments))


@pytest.fixture
def answer(run):
    """Run a command and read its one JSON object."""

    def ask(*arguments):
        found = run(*arguments, "--json")
        assert found.exit_code == 0, found.err
        return found.json

    return ask


def test_check(run, answer):
    found = answer("rules", "check")
    assert {"rulebook": "wechat@1.0.0"}.items() <= found["rulebooks"][2].items()
    assert len(found["rulebooks"]) == 5
    assert found["categories"] >= 60
    assert "xiaohongshu@1.0.0" in run("rules", "check").out


def test_check_names_file_key_and_reason(run, tmp_path):
    proposal = tmp_path / "9.9.9.toml"
    proposal.write_text(
        'market = "wechat"\nversion = "9.9.9"\neffective_from = 2030-01-01\nsource = "x"\n'
        'extends = "wechat@1.0.0"\n[deposit]\n'
        'base_fen = { value = 9_000_000, origin = "assumed", rule = "W-DEP-02" }\n',
        encoding="utf-8",
    )
    found = run("rules", "check", proposal)
    assert found.exit_code != 0
    assert "RULEBOOK_BROKEN" in found.err
    assert "9.9.9.toml deposit.base_fen" in found.err
    assert "deposit.cap_fen" in found.err
    proposal.write_text(
        proposal.read_text(encoding="utf-8").replace("9_000_000", "300_000"), encoding="utf-8"
    )
    assert run("rules", "check", proposal).exit_code == 0


@pytest.mark.parametrize("file", ["missing.toml", "bad.toml"])
def test_check_of_an_unreadable_file(run, tmp_path, file):
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    found = run("rules", "check", tmp_path / file)
    assert found.exit_code != 0
    assert "FILE_UNREADABLE" in found.err


def test_show(run, answer):
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
    assert "deposit.base_fen" in run("rules", "show", "kuaishou", "--part", "deposit").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["rules", "show", "nowhere"], "MARKET_UNKNOWN"),
        (["rules", "show", "wechat@9.9.9"], "MARKET_UNKNOWN"),
        (["rules", "show", "wechat", "--part", "nothing"], "PART_UNKNOWN"),
        (["rules", "diff", "wechat", "nowhere"], "MARKET_UNKNOWN"),
        (["rules", "coverage", "--tests", "/nowhere"], "NO_TESTS"),
        (["guide", "nowhere"], "MARKET_UNKNOWN"),
        (["rules", "move", "wechat", "nowhere"], "MARKET_UNKNOWN"),
        (["rules", "move", "wechat", "douyin", "--category", "x"], "CATEGORY_UNKNOWN"),
        (["guide", "wechat", "--category", "nothing"], "CATEGORY_UNKNOWN"),
        (["compare", "--category", "nothing"], "CATEGORY_UNKNOWN"),
    ],
)
def test_refusals_have_a_name_and_a_code(run, arguments, code):
    found = run(*arguments)
    assert found.exit_code == 2
    assert code in found.err


def test_diff(run, answer):
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
    assert "trade.settlement.days" in run("rules", "diff", "wechat", "douyin").out


def test_coverage(run, answer, tmp_path):
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
    assert "W-DEP-08" in run("rules", "coverage", "--tests", tmp_path).out


def test_compare_is_the_agreed_contract(answer):
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


def test_compare_defaults_and_options(answer):
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


def test_compare_says_why_not(answer):
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


@pytest.mark.req("G-GEN-06")
def test_compare_for_people(run):
    found = run("compare", "--category", "apparel", "--private-followers", 5)
    assert found.exit_code == 0
    assert "1. 微信视频号" in found.out
    assert "模型" in found.out


@pytest.mark.parametrize("order", [0, -1, "x", 10**12])
def test_compare_refuses_nonsense(run, order):
    assert run("compare", "--order-fen", order).exit_code == 2


@pytest.mark.req("G-GEN-09")
def test_guide(run, answer):
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
    assert "绑定账号" in run("guide", "wechat").out


@pytest.mark.req("G-GEN-08", market="wechat")
@pytest.mark.req("G-GEN-08", market="douyin")
@pytest.mark.req("G-GEN-08", market="kuaishou")
@pytest.mark.req("G-GEN-08", market="xiaohongshu")
def test_compare_has_eight_dimensions_and_four_columns(run):
    shown = run("compare").out
    for column in ("微信视频号", "抖音", "快手", "小红书"):
        assert column in shown
    for dimension in (
        "注册与资质",
        "店铺类型与保证金",
        "商品与上架",
        "交易与结算",
        "数据与工具",
        "流量与推广",
        "客服与纠纷",
        "物流与供应链",
    ):
        assert dimension in shown


@pytest.mark.req("W-TRX-10")
def test_wechat_settles_sooner_than_the_others(answer):
    days = {market: each["settle_days"] for market, each in answer("compare").items()}
    assert all(days["wechat"] < days[market] for market in MARKETS[1:])


@pytest.mark.req("G-GEN-02")
def test_wechat_takes_persons_and_enterprises(answer):
    for subject in ("personal", "enterprise"):
        assert answer("compare", "--subject", subject)["wechat"]["eligible"] is True


@pytest.mark.req("G-GEN-04")
@pytest.mark.req("G-GEN-05", market="wechat")
@pytest.mark.req("G-GEN-05", market="douyin")
@pytest.mark.req("G-GEN-05", market="kuaishou")
@pytest.mark.req("G-GEN-05", market="xiaohongshu")
def test_platforms_say_what_they_are(answer):
    def value(market, path):
        (leaf,) = answer("rules", "show", market, "--part", path)["leaves"]
        return leaf["value"]

    assert value("wechat", "platform.monthly_active_users_over") == 1_300_000_000
    assert [value(market, "platform.traffic_model") for market in MARKETS] == [
        "SOCIAL_GRAPH",
        "ALGO_FEED",
        "FOLLOW_AND_LOCAL",
        "SEARCH_AND_SEED",
    ]


def deposits(answer, *arguments):
    found = answer("compare", *arguments)
    return [found[market]["deposit_fen"] for market in MARKETS]


@pytest.mark.req("W-DEP-10")
@pytest.mark.req("D-DEP-02")
@pytest.mark.req("D-DEP-03")
@pytest.mark.req("K-DEP-02")
@pytest.mark.req("X-DEP-02")
def test_what_each_category_costs(answer):
    assert deposits(answer) == [200_000, 200_000, 50_000, 1_000_000]
    assert deposits(answer, "--category", "jewellery") == [
        5_000_000,
        2_000_000,
        1_000_000,
        1_000_000,
    ]
    assert deposits(answer, "--category", "skincare") == [1_000_000, 500_000, 50_000, 1_000_000]


@pytest.mark.req("D-DEP-04")
def test_sales_never_change_the_deposit_of_douyin(answer):
    for gmv in (0, 50_000_001, 9_000_000_000):
        assert deposits(answer, "--monthly-gmv-fen", gmv)[1] == 200_000


@pytest.mark.req("G-GEN-07", market="wechat")
@pytest.mark.req("G-GEN-07", market="douyin")
@pytest.mark.req("G-GEN-07", market="kuaishou")
@pytest.mark.req("G-GEN-07", market="xiaohongshu")
def test_what_changes_when_a_shop_moves(run, answer):
    for before, after in zip(MARKETS, [*MARKETS[1:], MARKETS[0]], strict=True):
        found = answer("rules", "move", before, after, "--category", "apparel")
        assert found["eligible"] is True
        assert found["cautions"] == [
            "complex_rules",
            "traffic_competition",
            "cross_platform_differences",
        ]
        changes = {change["label"]: change for change in found["changes"]}
        assert all(change["before"] != change["after"] for change in found["changes"])
        assert changes["结算周期"]["before"].startswith("T+")
        assert changes["必填属性"]["after"] != changes["必填属性"]["before"]
        assert answer("rules", "diff", before, after)["differences"]
    personal = answer("rules", "move", "wechat", "xiaohongshu", "--subject", "personal")
    assert personal["eligible"] is False
    assert "平台规则复杂" in run("rules", "move", "wechat", "douyin").out
