"""Waterfalls, and what stands against a withdrawal, by tables."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from xiaodian import rulebooks
from xiaodian.funds.rules import (
    WithdrawalFacts,
    arrives_on,
    needs_review,
    plan,
    withdrawal_objections,
)
from xiaodian.kernel.clock import SHANGHAI

NOW = datetime(2025, 3, 10, 10, tzinfo=SHANGHAI)
BOOK = rulebooks.market("wechat")
FALL = ("AVAILABLE", "DEPOSIT_CASH", "SHOP_DEBT")


@pytest.mark.parametrize(
    ("order", "amount", "held", "parts", "short"),
    [
        (FALL, 0, {}, (), 0),
        (FALL, 10, {"AVAILABLE": 10}, (("AVAILABLE", 10),), 0),
        (FALL, 9, {"AVAILABLE": 4, "DEPOSIT_CASH": 9}, (("AVAILABLE", 4), ("DEPOSIT_CASH", 5)), 0),
        (FALL, 10, {"AVAILABLE": 4}, (("AVAILABLE", 4), ("SHOP_DEBT", 6)), 0),
        (FALL[:2], 10, {"AVAILABLE": 4}, (("AVAILABLE", 4),), 6),
        (FALL[::-1], 10, {"AVAILABLE": 4}, (("SHOP_DEBT", 10),), 0),
        (
            ("DEPOSIT_CASH", "INSURANCE_COVER", "AVAILABLE", "SHOP_DEBT"),
            10,
            {"AVAILABLE": 4, "DEPOSIT_CASH": 3, "INSURANCE_COVER": 2},
            (("DEPOSIT_CASH", 3), ("INSURANCE_COVER", 2), ("AVAILABLE", 4), ("SHOP_DEBT", 1)),
            0,
        ),
        (("ORDER_PENDING", "AVAILABLE"), 5, {"AVAILABLE": 9}, (("AVAILABLE", 5),), 0),
    ],
)  # fmt: skip
def test_each_step_gives_as_far_as_it_goes(order, amount, held, parts, short) -> None:
    found = plan(order, amount, held)
    assert (found.parts, found.short_fen) == (parts, short)
    assert sum(fen for _, fen in found.parts) + found.short_fen == amount


def facts(**changes) -> WithdrawalFacts:
    given = {
        "amount_fen": 100,
        "blocked": False,
        "verified": True,
        "account_changed_at": NOW - timedelta(days=9),
        "at": NOW,
    }
    return WithdrawalFacts(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"blocked": True}, ["WITHDRAW_BLOCKED"]),
        ({"verified": False}, ["PAYOUT_ACCOUNT_NOT_VERIFIED"]),
        ({"account_changed_at": NOW - timedelta(hours=24)}, []),
        (
            {"account_changed_at": NOW - timedelta(hours=24) + timedelta(microseconds=1)},
            ["PAYOUT_ACCOUNT_CHANGED"],
        ),
        ({"account_changed_at": NOW}, ["PAYOUT_ACCOUNT_CHANGED"]),
        ({"amount_fen": 1}, []),
        ({"amount_fen": 0}, ["WITHDRAWAL_TOO_SMALL", "WITHDRAWAL_UNDER_FEE"]),
        ({"open_count": 19}, []),
        ({"open_count": 20}, ["TOO_MANY_WITHDRAWALS"]),
        (
            {"blocked": True, "verified": False},
            ["WITHDRAW_BLOCKED", "PAYOUT_ACCOUNT_NOT_VERIFIED"],
        ),
    ],
)
def test_what_stands_against_a_withdrawal(changes, codes) -> None:
    found = withdrawal_objections(BOOK, facts(**changes))
    assert [verdict.value for verdict in found] == codes
    assert all(verdict.text() for verdict in found)


def test_the_block_says_until_when() -> None:
    (verdict,) = withdrawal_objections(BOOK, facts(account_changed_at=NOW))
    assert verdict.text() == "收款账户变更后 24 小时内不能提现，2025-03-11 10:00 后可提现"


@pytest.mark.parametrize(("amount", "review"), [(1, False), (5_000_000, False), (5_000_001, True)])
def test_staff_look_at_what_exceeds_the_limit(amount, review) -> None:
    assert needs_review(BOOK, amount).value is review


def test_money_arrives_the_next_day() -> None:
    verdict = arrives_on(BOOK, NOW)
    assert str(verdict.value) == "2025-03-11"
    assert verdict.rule == "A-ORD-08"
