"""How urgent work is, who may decide, and what may follow what, by tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaodian.desk import rules
from xiaodian.desk.errors import OwnRequest, ReasonMissing
from xiaodian.desk.states import APPROVAL, ITEM, ApprovalEvent, ApprovalState, ItemEvent, ItemState
from xiaodian.kernel.states import IllegalTransition

NOW = datetime(2025, 3, 10, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due_at", "overdue"),
    [(None, False), (NOW, False), (NOW - timedelta(microseconds=1), True)],
)
def test_the_deadlines_own_instant_is_in_time(due_at: datetime | None, *, overdue: bool) -> None:
    assert rules.is_overdue(due_at, NOW) is overdue


def test_priority_rises_and_stops() -> None:
    assert rules.escalated(0) == 1
    assert rules.escalated(rules.PRIORITY_MAX) == rules.PRIORITY_MAX


def test_who_asks_never_decides() -> None:
    rules.check_eyes(asked_by=1, decides=2, one_person=False)
    for asked_by, decides, one_person in ((1, 1, False), (1, 1, True), (1, 2, True)):
        with pytest.raises(OwnRequest):
            rules.check_eyes(asked_by=asked_by, decides=decides, one_person=one_person)


@pytest.mark.parametrize("reason", ["", "  ", "\n", "长" * 201, "a\x00b"])
def test_a_reason_is_words(reason: str) -> None:
    with pytest.raises(ReasonMissing):
        rules.check_reason(reason)


def test_a_reason_is_kept_on_one_line() -> None:
    assert rules.check_reason(" 材料\n不全 ") == "材料 不全"


@settings(max_examples=200)
@given(st.lists(st.sampled_from(list(ItemEvent)), max_size=50))
def test_closed_work_stays_closed(events: list[ItemEvent]) -> None:
    state = ItemState.WAITING
    for event in events:
        before = state
        try:
            state = ITEM.after(state, event)
        except IllegalTransition:
            continue
        assert before is not ItemState.CLOSED
        if event is ItemEvent.OVERDUE:
            assert state is before


@settings(max_examples=200)
@given(st.lists(st.sampled_from(list(ApprovalEvent)), max_size=50))
def test_a_request_is_decided_once(events: list[ApprovalEvent]) -> None:
    state, decided = ApprovalState.PENDING, 0
    for event in events:
        if APPROVAL.allows(state, event):
            state = APPROVAL.after(state, event)
            decided += 1
    assert decided == min(1, len(events))
