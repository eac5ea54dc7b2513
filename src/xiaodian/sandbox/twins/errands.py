"""Brings word to the product, again and again until it listens or the tries are used up."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import structlog

from xiaodian.infra.clock import wall_now
from xiaodian.infra.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

    from xiaodian.infra.faults import FaultOrder, FaultPlan

__all__ = ["DAMAGES", "NOTIFY_FAULTS", "Attempt", "Courier", "Errand", "Post"]

DAMAGES = frozenset({Fault.FORGE, Fault.ALTER, Fault.REPLAY, Fault.SERIAL, Fault.GARBLE})
"""Faults that spoil one attempt; the next one is sound again."""
NOTIFY_FAULTS = DAMAGES | {Fault.LOSE, Fault.LATE, Fault.DUPLICATE}
_AT_ONCE = 32
_REMEMBERED = 500
_log = structlog.get_logger(__name__)

Post = tuple[dict[str, str], bytes]
"""Headers and body, made anew for each attempt: each has its own time, nonce and signature."""


class Attempt(msgspec.Struct, frozen=True):
    """One try: when, what came back (a status, or what went wrong), and the fault acted out."""

    at: datetime
    outcome: str
    fault: str = ""


@dataclass(slots=True)
class Errand:
    """One word to bring. ``make`` writes it, spoilt in the way of the given fault."""

    id: str
    url: str
    subject: str
    make: Callable[[Fault | None], Post]
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    state: str = "waiting"
    """``waiting``, then ``heard``, ``lost`` or ``given_up``."""


class Courier:
    """Runs the errands of one twin."""

    def __init__(
        self,
        *,
        twin: str,
        plan: FaultPlan,
        delays_s: tuple[float, ...],
        answer_s: float,
        done: Callable[[Errand], Awaitable[None]],
    ) -> None:
        assert delays_s, "there is at least one attempt"
        self._twin = twin
        self._plan = plan
        self._delays_s = delays_s
        self._answer_s = answer_s
        self._done = done
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._known: deque[Errand] = deque(maxlen=_REMEMBERED)
        self._client: httpx.AsyncClient | None = None

    def send(self, errand: Errand) -> None:
        """Set out; answers at once."""
        self._known.append(errand)
        self._start(self._run(errand))

    def again(self, errand_id: str) -> bool:
        """Bring a word once more, at once and once; False when it is not remembered."""
        for errand in self._known:
            if errand.id == errand_id:
                self._start(self._attempt(errand, None))
                return True
        return False

    def known(self) -> list[Errand]:
        """Answer the newest errands, newest first."""
        return list(reversed(self._known))

    async def stop(self) -> None:
        """Leave everything where it is; what was not heard is brought after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _start(self, work: Awaitable[object]) -> None:
        async def run() -> None:
            await work

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, errand: Errand) -> None:
        for delay_s in self._delays_s:
            await asyncio.sleep(delay_s)
            order = self._plan.take(self._twin, "notify", subject=errand.subject)
            if order is not None and order.fault is Fault.LOSE:
                errand.state = "lost"
                break
            if order is not None and order.fault is Fault.LATE:
                await asyncio.sleep(order.delay_s)
            if await self._attempt(errand, order):
                errand.state = "heard"
                if order is not None and order.fault is Fault.DUPLICATE:
                    await self._attempt(errand, order)
                break
        else:
            errand.state = "given_up"
        _log.info(
            "twin.told",
            twin=self._twin,
            id=errand.id,
            state=errand.state,
            tries=len(errand.attempts),
        )
        await self._done(errand)

    async def _attempt(self, errand: Errand, order: FaultOrder | None) -> bool:
        fault = order.fault if order is not None else None
        headers, body = errand.make(fault if fault in DAMAGES else None)
        async with self._places:
            outcome = await self._post(errand.url, headers, body)
        heard = outcome in ("200", "204")
        errand.attempts.append(Attempt(wall_now(), outcome, fault or ""))
        return heard

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> str:
        # The HTTP client takes longer to import than everything else together, and the twins
        # must be there at once: it is imported when there is first something to tell.
        from httpx import HTTPError, InvalidURL  # noqa: PLC0415

        from xiaodian.infra.peers import http_client  # noqa: PLC0415

        if self._client is None:
            self._client = http_client(url, answer_s=self._answer_s)
        try:
            answer = await self._client.post(url, headers=headers, content=body)
        except (HTTPError, InvalidURL) as error:
            return type(error).__name__
        return str(answer.status_code)
