"""The two tables of 4.4, and that a product can only live by them."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from xiaodian.catalog.states import (
    DRAFT,
    EDIT_CODES,
    EDIT_WORDS,
    EDITABLE,
    ONLINE,
    STATUS_CODES,
    STATUS_WORDS,
    DraftEvent,
    EditState,
    OnlineEvent,
    Status,
    status_shown,
)
from xiaodian.kernel.states import IllegalTransition

DRAFT_STEPS = {
    ("NEW", "save"): "EDITING",
    ("EDITING", "save"): "EDITING",
    ("AUDIT_FAILED", "save"): "EDITING",
    ("AUDIT_PASSED", "save"): "EDITING",
    ("UPLOAD_FAILED", "save"): "EDITING",
    ("EDITING", "submit"): "AUDITING",
    ("AUDITING", "withdraw"): "EDITING",
    ("AUDITING", "audit_pass"): "AUDIT_PASSED",
    ("AUDITING", "audit_fail"): "AUDIT_FAILED",
    ("EDITING", "upload"): "UPLOADING",
    ("UPLOADING", "uploaded"): "EDITING",
    ("UPLOADING", "upload_broke"): "UPLOAD_FAILED",
}
PUBLISHED = ("ONLINE", "SELF_DOWN", "VIOLATION_DOWN", "DEPOSIT_DOWN", "BRAND_EXPIRED")
ONLINE_STEPS = {
    **{(state, "publish"): "ONLINE" for state in ("NONE", *PUBLISHED[:3])},
    ("DEPOSIT_DOWN", "publish"): "DEPOSIT_DOWN",
    ("BRAND_EXPIRED", "publish"): "BRAND_EXPIRED",
    ("ONLINE", "take_down"): "SELF_DOWN",
    ("SELF_DOWN", "list"): "ONLINE",
    ("ONLINE", "violation"): "VIOLATION_DOWN",
    ("SELF_DOWN", "violation"): "VIOLATION_DOWN",
    ("VIOLATION_DOWN", "restore"): "ONLINE",
    ("ONLINE", "deposit_overdue"): "DEPOSIT_DOWN",
    ("DEPOSIT_DOWN", "deposit_cured"): "ONLINE",
    ("ONLINE", "brand_lapsed"): "BRAND_EXPIRED",
    ("BRAND_EXPIRED", "brand_renewed"): "ONLINE",
    **{(state, "ban"): "BANNED" for state in PUBLISHED},
    ("NONE", "delete"): "DELETED",
    ("SELF_DOWN", "delete"): "DELETED",
}


def test_the_draft_has_these_steps_and_no_others() -> None:
    for state in EditState:
        for happened in DraftEvent:
            wanted = DRAFT_STEPS.get((state.value, happened.value))
            assert DRAFT.allows(state, happened) is (wanted is not None)
            if wanted is None:
                with pytest.raises(IllegalTransition):
                    DRAFT.after(state, happened)
            else:
                assert DRAFT.after(state, happened) == wanted


def test_the_online_copy_has_these_steps_and_no_others() -> None:
    for state in Status:
        for happened in OnlineEvent:
            wanted = ONLINE_STEPS.get((state.value, happened.value))
            assert ONLINE.allows(state, happened) is (wanted is not None)
            if wanted is not None:
                assert ONLINE.after(state, happened) == wanted


def test_every_state_has_its_word_and_its_number() -> None:
    assert set(EDIT_WORDS) == set(EDIT_CODES) == set(EditState)
    assert set(STATUS_WORDS) == set(Status)
    assert set(STATUS_CODES) == set(Status) - {Status.DELETED}
    assert (EDIT_CODES[EditState.UPLOAD_FAILED], STATUS_CODES[Status.BANNED]) == (8, 20)


@pytest.mark.parametrize(
    ("status", "stock", "shown"),
    [
        (Status.ONLINE, 0, Status.SOLD_OUT),
        (Status.ONLINE, 1, Status.ONLINE),
        (Status.SELF_DOWN, 0, Status.SELF_DOWN),
        (Status.BANNED, 0, Status.BANNED),
    ],
)
def test_sold_out_is_what_stock_makes_of_online(status: Status, stock: int, shown: Status) -> None:
    assert status_shown(status, stock) is shown


class ProductLife(RuleBasedStateMachine):
    """A product lives through anything that may be tried on it."""

    def __init__(self) -> None:
        super().__init__()
        self.edit, self.status = EditState.NEW, Status.NONE
        self.passed = 0

    @rule(happened=st.sampled_from(DraftEvent))
    def touch_the_draft(self, happened: DraftEvent) -> None:
        if not DRAFT.allows(self.edit, happened):
            return
        if happened is DraftEvent.AUDIT_PASS:
            if not ONLINE.allows(self.status, OnlineEvent.PUBLISH):
                return
            self.status = ONLINE.after(self.status, OnlineEvent.PUBLISH)
            self.passed += 1
        if happened is DraftEvent.SAVE:
            assert self.edit in EDITABLE
        self.edit = DRAFT.after(self.edit, happened)

    @rule(happened=st.sampled_from([one for one in OnlineEvent if one is not OnlineEvent.PUBLISH]))
    def touch_the_online_copy(self, happened: OnlineEvent) -> None:
        if ONLINE.allows(self.status, happened):
            self.status = ONLINE.after(self.status, happened)

    @invariant()
    def nothing_is_online_that_no_review_passed(self) -> None:
        assert self.passed or self.status in {Status.NONE, Status.DELETED}

    @invariant()
    def what_is_banned_or_deleted_stays_so(self) -> None:
        if self.status in {Status.BANNED, Status.DELETED}:
            assert not any(ONLINE.allows(self.status, happened) for happened in OnlineEvent)

    @invariant()
    def sold_out_is_never_stored(self) -> None:
        assert self.status is not Status.SOLD_OUT


TestProductLife = ProductLife.TestCase
TestProductLife.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
