"""Which account each part of a sale goes to, and how a discount comes back."""

from __future__ import annotations

import itertools

import pytest

from xiaodian import rulebooks
from xiaodian.ledger import Leg, accounts
from xiaodian.settlement import rules

A, B, C, D = (accounts.red_pool(number) for number in range(1, 5))


@pytest.mark.parametrize(
    ("line", "payee", "account"),
    [
        ("channel", "CHANNEL", "L:CHANNEL_FEE:wxpay"),
        ("handling", "PLATFORM", "I:FEE_HANDLING"),
        ("tech", "PLATFORM", "I:FEE_TECH"),
        ("commission", "PLATFORM", "I:COMMISSION"),
        ("anything", "PLATFORM", "I:COMMISSION"),
    ],
)
def test_a_fee_line_has_its_account(line, payee, account) -> None:
    assert rules.fee_account(line, payee, "wxpay").name == account


@pytest.mark.parametrize(
    ("market", "account"),
    [
        ("wechat", "L:CHANNEL_FEE:c"),
        ("douyin", "E:CHANNEL_COST"),
        ("kuaishou", "L:CHANNEL_FEE:c"),
        ("xiaohongshu", "L:CHANNEL_FEE:c"),
    ],
)
def test_who_bears_the_channel_follows_from_the_fee_lines(market, account) -> None:
    assert rules.channel_cost_account(rulebooks.market(market), "c").name == account


@pytest.mark.parametrize(
    ("paid", "subsidy", "refunded", "back"),
    [
        (100, 10, 0, 0),
        (100, 10, 4, 0),
        (100, 10, 5, 1),
        (100, 10, 14, 1),
        (100, 10, 15, 2),
        (100, 10, 99, 10),
        (100, 10, 100, 10),
        (3, 1, 2, 1),
        (0, 10, 0, 10),
    ],
)
def test_a_discount_comes_back_in_proportion(paid, subsidy, refunded, back) -> None:
    assert rules.subsidy_back(paid, subsidy, refunded) == back


def test_a_discount_comes_back_whole_by_any_steps() -> None:
    for parts in itertools.permutations((1, 2, 96, 1)):
        total, back = 0, 0
        for part in parts:
            total += part
            more = rules.subsidy_back(100, 37, total) - back
            assert more >= 0
            back += more
        assert back == 37


@pytest.mark.parametrize(
    ("sources", "targets", "legs", "left", "short"),
    [
        ([], [], [], [], []),
        ([(A, 5)], [(B, 5)], [Leg(A, B, 5)], [], []),
        ([(A, 5)], [(B, 3), (C, 1)], [Leg(A, B, 3), Leg(A, C, 1)], [(A, 1)], []),
        ([(A, 2), (B, 0), (C, 2)], [(D, 5)], [Leg(A, D, 2), Leg(C, D, 2)], [], [(D, 1)]),
        ([(A, 3), (B, 3)], [(C, 4), (D, 2)], [Leg(A, C, 3), Leg(B, C, 1), Leg(B, D, 2)], [], []),
    ],
)
def test_sources_are_spread_over_targets_in_order(sources, targets, legs, left, short) -> None:
    assert rules.spread(sources, targets) == (legs, left, short)
