"""When people are told, and what letters say, by tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xiaodian.kernel.states import IllegalTransition
from xiaodian.notices import rules
from xiaodian.notices.states import DELIVERY, DeliveryEvent, DeliveryState

NOW = datetime(2025, 3, 10, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("due_at", "lead", "told"),
    [
        (NOW + 48 * HOUR, 24 * HOUR, NOW + 24 * HOUR),
        (NOW + 24 * HOUR, 24 * HOUR, NOW),
        (NOW + 2 * HOUR, 24 * HOUR, NOW),
        (NOW, 24 * HOUR, None),
        (NOW - HOUR, 24 * HOUR, None),
    ],
)
def test_a_deadline_is_told_of_in_advance(
    due_at: datetime, lead: timedelta, told: datetime | None
) -> None:
    assert rules.before_at(NOW, due_at, lead) == told


def test_a_text_message_is_short() -> None:
    assert rules.text_of("保证金不足") == "【小店】保证金不足"
    assert len(rules.text_of("长" * 1000)) == rules.SMS_MAX


def test_a_letter_has_one_line_of_subject() -> None:
    subject, text = rules.letter_of("第一行\r\nBcc: x@example.com", "https://shop.example/m")
    assert subject == "第一行 Bcc: x@example.com"
    assert text.endswith("\n\nhttps://shop.example/m\n")
    assert len(rules.letter_of("长" * 1000, "")[0]) == 60


def test_what_ended_stays_ended() -> None:
    for state in DeliveryState:
        for event in DeliveryEvent:
            if state is DeliveryState.WAITING:
                assert DELIVERY.after(state, event) is not state
            else:
                with pytest.raises(IllegalTransition):
                    DELIVERY.after(state, event)
