"""The books on the command line: a contract for scripts."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.world.money import opened, pass_time, sell

from xiaodian.cli.session import opened as session
from xiaodian.infra.db import SYSTEM
from xiaodian.ledger import reference

if TYPE_CHECKING:
    from tests.world.commands import Cli


@pytest.fixture
def shop_id(cli: Cli) -> int:
    del cli  # it sets the database

    async def trade() -> int:
        async with session() as runtime, runtime.db.transaction(actor=SYSTEM) as tx:
            shop = await opened(tx)
            await sell(tx, shop, 1, 19_900, confirmed=True)
            await pass_time(tx, days=1)
            return shop.id

    return asyncio.run(trade())


def test_sound_books_end_with_zero_and_one_fen_of_damage_does_not(cli: Cli, shop_id) -> None:
    said = cli("ledger", "verify", "--json")
    assert said.exit_code == 0
    assert said.json["sound"]
    assert {check["name"] for check in said.json["checks"]} >= {
        "trial_balance", "balances", "roll_ups", "safeguarding", "withdrawals", "sale_columns",
    }  # fmt: skip
    with psycopg.connect(os.environ["XIAODIAN_DATABASE_URL"]) as connection:
        connection.execute("UPDATE balances SET balance_fen = balance_fen + 1")
    broken = cli("ledger", "verify", "--json")
    assert broken.exit_code == 1
    assert not broken.json["sound"]
    (finding,) = [check for check in broken.json["checks"] if not check["holds"]]
    assert finding["differences"][0] == {
        "subject": f"L:AVAILABLE:{shop_id}",
        "expected_fen": 19_781,
        "found_fen": 19_782,
    }
    told = cli("ledger", "verify")
    assert told.exit_code == 1
    assert f"L:AVAILABLE:{shop_id}" in told.out


def test_the_trial_balance_is_zero(cli: Cli, shop_id) -> None:
    said = cli("ledger", "trial-balance", "--json").json
    assert said["trial_balance_fen"] == 0
    assert {line["account"]: line["balance_fen"] for line in said["accounts"]} == {
        "A:CLEARING:wxpay": 0,
        "A:POOL": 19_781,
        "L:PENDING": 0,
        "L:AVAILABLE": -19_781,
        "L:CHANNEL_FEE:wxpay": 0,
    }
    assert "L:AVAILABLE" in cli("ledger", "trial-balance").out
    assert shop_id


def test_a_statement_lists_an_account_newest_first(cli: Cli, shop_id) -> None:
    account = f"L:AVAILABLE:{shop_id}"
    said = cli("ledger", "statement", account, "--json").json
    assert said["balance_fen"] == 19_781
    (line,) = said["transfers"]
    assert (line["kind"], line["event"], line["change_fen"], line["after_fen"]) == (
        "E03", "settled:1", 19_781, 19_781,
    )  # fmt: skip
    assert line["other"] == f"L:PENDING:{shop_id}:1"
    assert account in cli("ledger", "statement", account).out
    unknown = cli("ledger", "statement", "L:NOTHING:1")
    assert unknown.exit_code == 2
    assert "UNKNOWN_ACCOUNT" in unknown.err
    odd = cli("ledger", "statement", account, "--after", "nonsense")
    assert odd.exit_code == 2


def test_the_reference_is_printed(cli: Cli) -> None:
    assert cli("ledger", "postings").out == reference()
