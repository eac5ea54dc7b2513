"""The life of a parcel, whatever order its scans come in."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaodian.kernel.states import IllegalTransition
from xiaodian.logistics.states import (
    ENDED,
    MOVING,
    PARCEL,
    SCANS,
    ParcelEvent,
    ParcelState,
    after_scan,
)

S, E = ParcelState, ParcelEvent
T0 = datetime(2025, 3, 10, 2, tzinfo=UTC)
ONWARDS = [E.PICKED_UP, E.IN_TRANSIT, E.DELIVERING, E.SIGNED]


def walk(scans: list[tuple[ParcelEvent, int]]) -> ParcelState:
    """Hear scans (what, carrier's minute) one after the other."""
    state, last_at = S.DECLARED, None
    for event, minute in scans:
        at = T0 + timedelta(minutes=minute)
        state = after_scan(state, event, scan_at=at, last_at=last_at) or state
        last_at = max(at, last_at or at)
    return state


@pytest.mark.parametrize(
    ("state", "event", "to"),
    [
        (S.CREATED, E.DECLARED, S.DECLARED),
        (S.DECLARED, E.PICKED_UP, S.PICKED_UP),
        (S.PICKED_UP, E.IN_TRANSIT, S.IN_TRANSIT),
        (S.IN_TRANSIT, E.DELIVERING, S.DELIVERING),
        (S.DELIVERING, E.SIGNED, S.SIGNED),
        (S.DECLARED, E.PICKUP_TIMEOUT, S.PICKUP_OVERDUE),
        (S.PICKUP_OVERDUE, E.PICKED_UP, S.PICKED_UP),
        (S.DECLARED, E.NO_SCAN, S.FAKE_SUSPECTED),
        (S.PICKUP_OVERDUE, E.CONTRADICTION, S.FAKE_SUSPECTED),
        (S.FAKE_SUSPECTED, E.EVIDENCE_ACCEPTED, S.DECLARED),
        (S.FAKE_SUSPECTED, E.EVIDENCE_FAILED, S.FAKE_CONFIRMED),
        (S.IN_TRANSIT, E.LOST, S.LOST),
        (S.IN_TRANSIT, E.REFUSED, S.REFUSED),
        (S.LOST, E.IN_TRANSIT, S.IN_TRANSIT),
        (S.DECLARED, E.CORRECTED, S.DECLARED),
    ],
)
def test_the_table_of_the_matrix(state, event, to):
    assert PARCEL.after(state, event) is to


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (S.CREATED, E.PICKED_UP),
        (S.PICKED_UP, E.CORRECTED),
        (S.PICKED_UP, E.PICKUP_TIMEOUT),
        (S.FAKE_CONFIRMED, E.EVIDENCE_ACCEPTED),
        *((state, event) for state in sorted(ENDED) for event in sorted(SCANS)),
    ],
)
def test_what_is_not_listed_is_refused(state, event):
    with pytest.raises(IllegalTransition):
        PARCEL.after(state, event)


def test_every_state_that_may_still_move_hears_a_signature():
    assert all(PARCEL.allows(state, E.SIGNED) for state in MOVING)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_a_track_ends_the_same_in_whatever_order_it_comes(order):
    scans = [(ONWARDS[place], place) for place in order]
    assert walk(scans) is S.SIGNED


@given(st.lists(st.tuples(st.sampled_from(ONWARDS), st.integers(0, 600)), max_size=12))
def test_a_parcel_never_moves_back(scans):
    rank = [S.DECLARED, S.PICKED_UP, S.IN_TRANSIT, S.DELIVERING, S.SIGNED]
    places = [rank.index(walk(scans[:count])) for count in range(len(scans) + 1)]
    assert places == sorted(places)
    assert places[-1] == max((rank.index(S(event.value)) for event, _ in scans), default=0)


@pytest.mark.parametrize(
    ("scans", "state"),
    [
        ([(E.IN_TRANSIT, 1), (E.LOST, 5)], S.LOST),
        ([(E.LOST, 5), (E.IN_TRANSIT, 1)], S.LOST),
        ([(E.LOST, 5), (E.IN_TRANSIT, 9)], S.IN_TRANSIT),
        ([(E.IN_TRANSIT, 9), (E.LOST, 5)], S.IN_TRANSIT),
        ([(E.LOST, 5), (E.SIGNED, 9)], S.SIGNED),
        ([(E.SIGNED, 9), (E.LOST, 5)], S.SIGNED),
        ([(E.SIGNED, 5), (E.REFUSED, 9)], S.SIGNED),
        ([(E.DELIVERING, 3), (E.REFUSED, 4), (E.SIGNED, 9)], S.REFUSED),
    ],
)
def test_lost_and_refused_go_by_the_carriers_clock(scans, state):
    assert walk(scans) is state


def test_scans_of_a_suspected_parcel_wait_for_staff():
    assert after_scan(S.FAKE_SUSPECTED, E.PICKED_UP, scan_at=T0, last_at=None) is None
