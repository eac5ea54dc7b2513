"""The plan of faults: what is ordered happens there, so often, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from xiaodian.infra.faults import ORDERS_MAX, Fault, FaultOrder, FaultPlan, Impossible

DOORS = {
    "pay": {"prepay": frozenset({Fault.DECLINE, Fault.OUTAGE}), "notify": frozenset({Fault.LATE})},
    "sms": {"send": frozenset({Fault.DECLINE})},
}


def order(**more) -> FaultOrder:
    return FaultOrder(**({"twin": "pay", "door": "prepay", "fault": Fault.DECLINE} | more))


@pytest.fixture
def plan() -> FaultPlan:
    return FaultPlan(DOORS)


def test_without_orders_all_goes_well(plan: FaultPlan):
    assert plan.take("pay", "prepay") is None


@given(after=some.integers(0, 20), times=some.integers(1, 20))
def test_a_fault_happens_so_often_after_so_many(after: int, times: int):
    plan = FaultPlan(DOORS)
    plan.order(order(after=after, times=times))
    seen = [plan.take("pay", "prepay") is not None for _ in range(after + times + 5)]
    assert seen == [False] * after + [True] * times + [False] * 5
    assert not plan.waiting()


def test_a_fault_stays_at_its_door(plan: FaultPlan):
    plan.order(order())
    assert plan.take("pay", "notify") is None
    assert plan.take("sms", "send") is None
    assert plan.take("pay", "prepay") is not None


def test_a_fault_may_be_about_one_number(plan: FaultPlan):
    plan.order(order(subject="T1"))
    assert plan.take("pay", "prepay", subject="T2") is None
    taken = plan.take("pay", "prepay", subject="T1")
    assert taken is not None
    assert taken.subject == "T1"


def test_orders_are_used_as_they_were_given(plan: FaultPlan):
    plan.order(order(fault=Fault.OUTAGE))
    plan.order(order(fault=Fault.DECLINE))
    seen = [plan.take("pay", "prepay") for _ in range(2)]
    assert [taken.fault for taken in seen if taken] == [Fault.OUTAGE, Fault.DECLINE]


@pytest.mark.parametrize(
    "wrong",
    [
        {"twin": "bank"},
        {"door": "window"},
        {"fault": Fault.LATE},
        {"times": 0},
        {"times": 10_001},
        {"after": -1},
        {"delay_s": -1},
        {"delay_s": 601},
        {"delay_s": float("nan")},
    ],
)
def test_the_impossible_is_refused(plan: FaultPlan, wrong: dict[str, object]):
    with pytest.raises(Impossible):
        plan.order(order(**wrong))
    assert not plan.waiting()


def test_orders_have_a_limit(plan: FaultPlan):
    for _ in range(ORDERS_MAX):
        plan.order(order())
    with pytest.raises(Impossible):
        plan.order(order())


def test_orders_can_be_taken_back(plan: FaultPlan):
    plan.order(order())
    plan.order(order(twin="sms", door="send"))
    assert plan.clear("sms") == 1
    assert plan.clear() == 1
    assert not plan.waiting()
