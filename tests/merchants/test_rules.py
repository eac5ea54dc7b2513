"""Papers: what is asked, and which numbers can be right."""

from __future__ import annotations

import pytest
from tests.world.merchants import account_number, credit_code, identity_number

from xiaodian import rulebooks
from xiaodian.kernel.states import IllegalTransition
from xiaodian.merchants.rules.papers import (
    SURFACES,
    NumberForm,
    is_account_of,
    normal_number,
    number_fits,
    paper,
)
from xiaodian.merchants.states import (
    APPLICATION,
    SHOP,
    ApplicationEvent,
    ApplicationState,
    ShopEvent,
    ShopState,
)


@pytest.mark.parametrize(
    ("form", "number", "fits"),
    [
        (NumberForm.IDENTITY, identity_number(), True),
        (NumberForm.IDENTITY, identity_number()[:-1] + "5", False),
        (NumberForm.IDENTITY, identity_number()[:-1], False),
        (NumberForm.IDENTITY, "", False),
        (NumberForm.IDENTITY, "１１０１０１１９９００３０７０１５Ｘ", False),
        (NumberForm.CREDIT_CODE, "91110000600037341L", True),
        (NumberForm.CREDIT_CODE, credit_code(), True),
        (NumberForm.CREDIT_CODE, "91110000600037341M", False),
        (NumberForm.CREDIT_CODE, "9111000060003734", False),
        (NumberForm.CARD, account_number(), True),
        (NumberForm.CARD, account_number()[:-1] + "0", False),
        (NumberForm.CARD, "12345678", False),
        (NumberForm.ACCOUNT, "110060739018888", True),
        (NumberForm.ACCOUNT, "12345678", False),
        (NumberForm.ACCOUNT, "1" * 31, False),
        (NumberForm.ACCOUNT, "11006073901888A", False),
        (NumberForm.SERIAL, "CA2025ABCD0017", True),
        (NumberForm.SERIAL, "A1", False),
        (NumberForm.SERIAL, "CA 2025", False),
    ],
)
def test_a_number_fits_its_form(form: NumberForm, number: str, *, fits: bool) -> None:
    assert number_fits(form, number) is fits


def test_spaces_and_dashes_between_digits_do_not_count() -> None:
    assert normal_number(" 6222 0210-0112 345x ") == "622202100112345X"


@pytest.mark.parametrize(
    ("surface", "identifier", "fits"),
    [
        ("wechat", "demo_shop-1", True),
        ("wechat", "1demo_shop", False),
        ("wechat", "demo", False),
        ("wechat", "demo shop", False),
        ("channels", "演示视频号", True),
        ("channels", "号", False),
        ("channels", "a<b>", False),
    ],
)
def test_an_account_looks_like_its_surface(surface: str, identifier: str, *, fits: bool) -> None:
    assert surface in SURFACES
    assert is_account_of(surface, identifier) is fits


def test_every_paper_a_market_asks_for_is_known_here() -> None:
    for market in rulebooks.shipped().codes():
        for needs in rulebooks.market(market).registration.documents.values():
            for kind in needs:
                assert paper(kind).title != kind, f"{market} asks for {kind}"


def test_an_unknown_paper_is_one_upload_for_a_person_to_judge() -> None:
    asked = paper("notarised_letter")
    assert [side.name for side in asked.sides] == ["copy"]
    assert asked.check is None


def test_the_table_of_applications_has_what_the_matrix_lists_and_nothing_else() -> None:
    listed = {
        ("DRAFT", "submit"): "SUBMITTED",
        ("SUBMITTED", "auto_check_start"): "CHECKING",
        ("CHECKING", "auto_check_pass"): "REVIEWING",
        ("CHECKING", "auto_check_fail"): "NEED_SUPPLEMENT",
        ("REVIEWING", "approve"): "APPROVED",
        ("REVIEWING", "reject"): "REJECTED",
        ("REVIEWING", "ask_supplement"): "NEED_SUPPLEMENT",
        ("NEED_SUPPLEMENT", "resubmit"): "SUBMITTED",
        ("NEED_SUPPLEMENT", "timeout"): "EXPIRED",
        **{
            (state, "withdraw"): "WITHDRAWN"
            for state in ("DRAFT", "SUBMITTED", "REVIEWING", "NEED_SUPPLEMENT")
        },
        **{(state, "reopen"): "DRAFT" for state in ("REJECTED", "EXPIRED", "WITHDRAWN")},
        **{(state, "audit_sla_timeout"): state for state in ("SUBMITTED", "CHECKING", "REVIEWING")},
    }
    for state in ApplicationState:
        for event in ApplicationEvent:
            wanted = listed.get((state.value, event.value))
            if wanted is not None:
                assert APPLICATION.after(state, event) == wanted
                continue
            with pytest.raises(IllegalTransition) as refused:
                APPLICATION.after(state, event)
            assert refused.value.facts == {"state": state.value, "event": event.value}


def test_the_table_of_shops_has_what_the_matrix_lists_and_nothing_else() -> None:
    listed = {
        ("PENDING_DEPOSIT", "deposit_changed"): "OPEN",
        ("OPEN", "suspend"): "SUSPENDED",
        ("SUSPENDED", "lift"): "OPEN",
        ("OPEN", "ban"): "BANNED",
        ("SUSPENDED", "ban"): "BANNED",
        ("OPEN", "close_request"): "CLOSING",
        ("CLOSING", "cancel_close"): "OPEN",
        ("CLOSING", "close_check"): "CLOSED",
    }
    for state in ShopState:
        for event in ShopEvent:
            wanted = listed.get((state.value, event.value))
            assert SHOP.allows(state, event) is (wanted is not None)
            if wanted is not None:
                assert SHOP.after(state, event) == wanted
