"""The door at which faults are ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.routing import Route

from xiaodian.infra.faults import Fault, FaultOrder, Impossible
from xiaodian.sandbox.twins.doors import Guard, Sorry, json_answer, read_body, read_json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from xiaodian.infra.faults import FaultPlan

__all__ = ["FaultsDoor"]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault to order. Without a door the only one of the twin where it can happen is meant."""

    twin: str
    fault: Fault
    door: str = ""
    times: int = 1
    after: int = 0
    delay_s: float = 5.0
    subject: str = ""


class FaultsDoor:
    """``POST /faults`` orders, ``GET`` lists what waits, ``DELETE`` takes back."""

    def __init__(self, plan: FaultPlan, guard: Guard) -> None:
        self._plan = plan
        self._guard = guard

    def route(self) -> list[BaseRoute]:
        """Answer the door; it is guarded."""
        api = self._guard.api
        return [
            Route("/faults", api(self._order), methods=["POST"]),
            Route("/faults", api(self._list), methods=["GET"]),
            Route("/faults", api(self._clear), methods=["DELETE"]),
        ]

    async def _order(self, request: Request) -> Response:
        asked = read_json(await read_body(request), Asked)
        order = FaultOrder(
            twin=asked.twin,
            door=asked.door or self._meant(asked),
            fault=asked.fault,
            times=asked.times,
            after=asked.after,
            delay_s=asked.delay_s,
            subject=asked.subject,
        )
        try:
            self._plan.order(order)
        except Impossible as error:
            raise Sorry(400, "FAULT_IMPOSSIBLE", str(error)) from error
        return json_answer({"ordered": order}, 201)

    async def _list(self, request: Request) -> Response:
        del request
        doors = {
            twin: {door: sorted(faults) for door, faults in at_twin.items()}
            for twin, at_twin in self._plan.doors.items()
        }
        return json_answer({"waiting": self._plan.waiting(), "possible": doors})

    async def _clear(self, request: Request) -> Response:
        return json_answer({"cleared": self._plan.clear(request.query_params.get("twin"))})

    def _meant(self, asked: Asked) -> str:
        """Answer the door where this fault can happen, when there is exactly one."""
        doors = [
            door
            for door, faults in self._plan.doors.get(asked.twin, {}).items()
            if asked.fault in faults
        ]
        if len(doors) > 1:
            raise Sorry(400, "DOOR_REQUIRED", f"请指明 door：{', '.join(sorted(doors))}")
        return doors[0] if doors else ""
