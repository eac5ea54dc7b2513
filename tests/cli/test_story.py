"""One whole trade on the command line, as a script would ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.world.commands import Cli

STEPS = [
    "apply", "review", "deposit", "list", "order", "pay", "ship", "deliver", "confirm", "settle",
    "withdraw",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.req("W-TRX-03")
@pytest.mark.req("W-TRX-05")
@pytest.mark.req("W-DEP-02")
def test_the_story_settles_on_the_day_after_receipt_with_books_at_zero(cli: Cli) -> None:
    said = cli("story", "wechat", "--json")
    assert said.exit_code == 0, said.err
    story = said.json
    assert [step["name"] for step in story["steps"]] == STEPS
    assert story["order"] == {
        "paid_fen": 19_900,
        "fee_fen": 119,
        "net_fen": 19_781,
        "settled_on": "2025-03-11",
    }
    assert story["trial_balance_fen"] == 0
    facts = {step["name"]: step["facts"] for step in story["steps"]}
    assert facts["deposit"]["paid_fen"] == 200_000
    assert facts["withdraw"] == {"amount_fen": 19_781, "available_fen": 0, "arrival_days": 1}


def test_a_market_that_does_not_exist_is_refused_by_name(cli: Cli) -> None:
    said = cli("story", "amazon", "--json")
    assert said.exit_code == 2
    assert "MARKET_UNKNOWN" in said.err


def test_the_clock_moves_forward_in_whole_steps_only(cli: Cli) -> None:
    assert cli("clock", "advance", "yesterday").exit_code == 2
    before = cli("clock", "show", "--json").json["now"]
    after = cli("clock", "advance", "1d", "--json").json["now"]
    assert before[:10] == "2025-03-10"
    assert after[:10] == "2025-03-11"


def test_the_books_of_a_fresh_house_are_clean(cli: Cli) -> None:
    said = cli("ledger", "verify", "--json")
    assert said.exit_code == 0, said.out + said.err
