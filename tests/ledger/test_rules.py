"""The chart, the names of accounts and the table of postings."""

from __future__ import annotations

from pathlib import Path

import pytest

from xiaodian import ledger
from xiaodian.ledger import accounts
from xiaodian.ledger.rules.accounts import parse
from xiaodian.ledger.rules.chart import CHART, Keeping
from xiaodian.ledger.rules.postings import COMPANIONS, KINDS, allows, bank_move, reference

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "postings.md"


@pytest.mark.parametrize(
    ("account", "name"),
    [
        (accounts.pool(), "A:POOL"),
        (accounts.clearing("wxpay"), "A:CLEARING:wxpay"),
        (accounts.pending(7, 9), "L:PENDING:7:9"),
        (accounts.available(7), "L:AVAILABLE:7"),
        (accounts.buyer_wallet(5), "L:BUYER_WALLET:5"),
        (accounts.foreign_available(7, "USD"), "L:FOREIGN_AVAILABLE:7:USD"),
        (accounts.fee_income("COMMISSION"), "I:COMMISSION"),
        (accounts.cover(7), "M:COVER:7"),
    ],
)
def test_an_account_is_named_as_the_matrix_names_it(account, name) -> None:
    assert account.name == name
    assert parse(name) == account


@pytest.mark.parametrize(
    "name",
    [
        "", "A", "A:POOLS", "A:POOL:1", "L:AVAILABLE", "L:AVAILABLE:x", "L:PENDING:1",
        "L:AVAILABLE:-1", "L:AVAILABLE:９", "A:CLEARING:wx pay", "A:CLEARING:" + "x" * 40,
        "L:AVAILABLE:99999999999999999999", "L:AVAILABLE:1' OR 1=1",
    ],
)  # fmt: skip
def test_a_name_that_is_no_account_is_refused(name) -> None:
    with pytest.raises(ledger.UnknownAccount):
        parse(name)


def test_every_constructor_makes_an_account_of_the_chart() -> None:
    heads = {
        accounts.pool().head, accounts.deposit_bank().head, accounts.insurer("a").head,
        accounts.shop_debt(1).head, accounts.kol_debt(1).head, accounts.paylater(1).head,
        accounts.fx("zhihuie").head, accounts.fx_foreign("USD").head,
        accounts.fx_position("USD").head, accounts.pending(1, 1).head,
        accounts.available(1).head, accounts.reserve(1, 1).head, accounts.deposit(1).head,
        accounts.quality_deposit(1).head, accounts.risk_deposit(1).head,
        accounts.withdrawing(1).head, accounts.ad_wallet(1).head, accounts.red_pool(1).head,
        accounts.buyer_wallet(1).head, accounts.kol_pending(1).head, accounts.kol_escrow(1).head,
        accounts.kol_available(1).head, accounts.kol_withdrawing(1).head,
        accounts.channel_fee("wxpay").head, accounts.insurer_premium("a").head,
        accounts.foreign_available(1, "USD").head, accounts.fee_handling().head,
        accounts.fee_tech().head, accounts.commission().head, accounts.penalty().head,
        accounts.ad_income().head, accounts.review_service().head, accounts.subsidy().head,
        accounts.channel_cost().head, accounts.bad_debt().head, accounts.compensation().head,
        accounts.own_funds().head, accounts.direct(1).head, accounts.direct_contra().head,
        accounts.cover(1).head, accounts.cover_contra().head, accounts.clearing("wxpay").head,
    }  # fmt: skip
    assert heads == set(CHART)


def test_money_that_somebody_could_overdraw_is_guarded() -> None:
    guarded = {code for code, entry in CHART.items() if entry.keeping is Keeping.ROW}
    assert guarded >= {
        "L:AVAILABLE", "L:DEPOSIT", "L:QUALITY_DEPOSIT", "L:RISK_DEPOSIT", "L:AD_WALLET",
        "L:BUYER_WALLET", "L:RED_POOL", "L:KOL_PENDING", "L:KOL_ESCROW", "L:KOL_AVAILABLE",
        "L:KOL_WITHDRAWING", "L:WITHDRAWING",
    }  # fmt: skip
    # No order may queue on a row of the platform's own.
    assert not guarded & {
        "A:CLEARING", "A:POOL", "A:DEPOSIT_BANK", "L:CHANNEL_FEE", "E:SUBSIDY", "I:COMMISSION",
    }  # fmt: skip
    assert CHART["L:PENDING"].keeping is CHART["L:RESERVE"].keeping is Keeping.SALE


def test_all_thirty_six_events_have_their_row() -> None:
    assert list(KINDS) == [*(f"E{number:02d}" for number in range(1, 37)), "E90"]
    for kind in KINDS.values():
        assert kind.pairs or kind.code == "E35"
        for pair in kind.pairs:
            assert pair.debit in CHART, pair
            assert pair.credit in CHART, pair
            assert pair.debit != pair.credit
        assert len({(p.debit, p.credit, p.when, p.amount) for p in kind.pairs}) == len(kind.pairs)


@pytest.mark.parametrize(
    ("kind", "debit", "credit", "allowed"),
    [
        ("E01", "A:CLEARING:wxpay", "L:PENDING", True),
        ("E01", "L:PENDING", "A:CLEARING:wxpay", False),
        ("E03", "L:PENDING", "L:AVAILABLE", True),
        ("E03", "L:AVAILABLE", "A:SHOP_DEBT", True),
        ("E03", "A:POOL", "L:AVAILABLE", False),
        ("E35", "L:PENDING", "A:CLEARING:wxpay", True),
        ("E35", "I:AD", "I:PENALTY", False),
        ("E99", "A:POOL", "L:AVAILABLE", False),
    ],
)
def test_an_event_makes_its_own_transfers_only(kind, debit, credit, allowed) -> None:
    assert allows(kind, debit, credit) is allowed


@pytest.mark.parametrize(
    ("debit", "credit", "move"),
    [
        ("L:DEPOSIT", "I:PENALTY", ("A:POOL", "A:DEPOSIT_BANK")),
        ("L:RISK_DEPOSIT", "A:PAYLATER", ("A:POOL", "A:DEPOSIT_BANK")),
        ("A:CLEARING:wxpay", "L:RISK_DEPOSIT", ("A:DEPOSIT_BANK", "A:POOL")),
        ("A:DEPOSIT_BANK", "L:DEPOSIT", None),
        ("L:DEPOSIT", "A:DEPOSIT_BANK", None),
        ("L:DEPOSIT", "L:QUALITY_DEPOSIT", None),
        ("L:AVAILABLE", "L:BUYER_WALLET", None),
    ],
)
def test_the_bank_moves_with_a_deposit_that_pays_for_something(debit, credit, move) -> None:
    assert bank_move(debit, credit) == move


def test_the_reference_is_current() -> None:
    assert REFERENCE.read_text("utf-8") == reference(), "run: xiaodian ledger postings > " + str(
        REFERENCE.relative_to(REFERENCE.parents[2])
    )


def test_the_reference_names_every_account_and_event() -> None:
    text = reference()
    assert all(f"`{code}" in text for code in CHART)
    assert all(f"### {code} " in text for code in KINDS)
    assert all(f"`{pair.debit}` | `{pair.credit}`" in text for pair in COMPANIONS)
