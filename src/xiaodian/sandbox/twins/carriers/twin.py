"""The carriers' doors, their scans, and the word they send of each."""

from __future__ import annotations

import asyncio
import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from starlette.routing import Mount, Route

from xiaodian.infra.clock import wall_now
from xiaodian.infra.faults import Fault
from xiaodian.infra.signing import derived, signed_headers
from xiaodian.sandbox.twins import looks
from xiaodian.sandbox.twins.carriers.book import (
    AFTER,
    SCANS_MAX,
    TEXTS,
    AccountAsked,
    AccountOpened,
    Entry,
    Parcel,
    ScanAsked,
    Scanned,
    Told,
    WaybillAsked,
    WaybillMade,
)
from xiaodian.sandbox.twins.doors import (
    Sorry,
    Weather,
    demand_signature,
    json_answer,
    read_body,
    read_json,
)
from xiaodian.sandbox.twins.errands import Courier, Errand, Post
from xiaodian.sandbox.twins.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from xiaodian.infra.faults import FaultPlan
    from xiaodian.sandbox.twins.config import TwinsConfig
    from xiaodian.sandbox.twins.doors import Guard

__all__ = ["CARRIERS_DOORS", "CarriersTwin"]

TWIN = "carriers"
_CODE = r"[A-Z0-9_]{2,20}"
_WAYBILL = r"[A-Za-z0-9]{6,32}"
_SHOWN = 100
_REPLAY_AGE = timedelta(minutes=6)
_API = frozenset({Fault.DECLINE, Fault.OUTAGE, Fault.HANG, Fault.TIMEOUT})
CARRIERS_DOORS = {
    "account": _API,
    "waybill": _API,
    "subscribe": _API,
    "query": _API - {Fault.DECLINE},
    "notify": frozenset(
        {Fault.FORGE, Fault.ALTER, Fault.REPLAY, Fault.LOSE, Fault.LATE, Fault.DUPLICATE}
    ),
}


class CarriersTwin:
    """All carriers, told apart by the code in the path.

    Each shares with the product a secret derived from the sandbox's and its code. A number that
    was issued elsewhere becomes known when the product subscribes to it: only scans say that
    there is a parcel behind it.
    """

    def __init__(self, config: TwinsConfig, plan: FaultPlan, guard: Guard) -> None:
        self._config = config
        self._weather = Weather(plan, TWIN)
        self._guard = guard
        self._journal: Journal[Entry] = Journal(config.folder / "carriers.jsonl", Entry)  # pyright: ignore[reportArgumentType] - msgspec takes unions
        self._courier = Courier(
            twin=TWIN,
            plan=plan,
            delays_s=config.notify_delays_s,
            answer_s=config.notify_answer_s,
            done=self._told,
        )
        self._accounts: dict[str, AccountOpened] = {}
        self._parcels: dict[tuple[str, str], Parcel] = {}
        self._by_request: dict[tuple[str, str], Parcel] = {}
        self._untold: dict[str, Scanned] = {}
        self._travels: set[asyncio.Task[None]] = set()

    def mount(self) -> BaseRoute:
        """Answer everything under ``/carriers``."""
        api, page = self._guard.api, self._guard.page
        waybill = "/{code}/waybills/{number}"
        return Mount(
            f"/{TWIN}",
            routes=[
                Route(
                    "/{code}/accounts",
                    self._signed("account", self._open_account),
                    methods=["POST"],
                ),
                Route("/{code}/waybills", self._signed("waybill", self._make), methods=["POST"]),
                Route(waybill, self._signed("query", self._query), methods=["GET"]),
                Route(
                    f"{waybill}/subscription",
                    self._signed("subscribe", self._subscribe),
                    methods=["POST"],
                ),
                Route("/{code}/parcels/{number}/scan", api(self._scan), methods=["POST"]),
                Route("/{code}/parcels/{number}", api(self._look), methods=["GET"]),
                Route("/", page(self._shown), methods=["GET"]),
            ],
        )

    async def start(self) -> None:
        """Remember everything, and go on with what was under way."""
        for entry in self._journal.open():
            self._apply(entry)
        for scan in list(self._untold.values()):
            self._tell(scan)
        for parcel in self._parcels.values():
            self._set_out(parcel)

    async def stop(self) -> None:
        """Leave everything where it is."""
        self._weather.stop()
        for task in self._travels:
            task.cancel()
        await asyncio.gather(*self._travels, return_exceptions=True)
        await self._courier.stop()
        await self._journal.aclose()

    def _signed(
        self, door: str, work: Callable[[Request, bytes], Awaitable[object]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            order = None
            try:
                code = _code(request)
                body = await read_body(request)
                demand_signature(self._secret(code), request, body)
                order = self._weather.take(door, request.path_params.get("number", ""))
                await self._weather.before(
                    order, Sorry(400, "CARRIER_REFUSED", "快递公司拒绝了请求")
                )
                answer = await work(request, body)
                await self._journal.settled()
            except Sorry as sorry:
                return json_answer({"code": sorry.code, "message": sorry.message}, sorry.status)
            await self._weather.after(order)
            return json_answer(answer)

        return endpoint

    async def _open_account(self, request: Request, body: bytes) -> object:
        asked, code = read_json(body, AccountAsked), _code(request)
        for account in self._accounts.values():
            if (account.code, account.shop, account.site) == (code, asked.shop, asked.site):
                return {"account_no": account.account_no}
        opened = AccountOpened(
            code=code,
            shop=asked.shop,
            site=asked.site,
            account_no=f"{code}{secrets.randbelow(10**10):010d}",
        )
        self._record(opened)
        return {"account_no": opened.account_no}

    async def _make(self, request: Request, body: bytes) -> object:
        asked, code = read_json(body, WaybillAsked), _code(request)
        account = self._accounts.get(asked.account_no)
        if account is None or account.code != code:
            raise Sorry(404, "ACCOUNT_UNKNOWN", "没有这个月结账号")
        known = self._by_request.get((code, asked.request_id))
        if known is not None:
            return {"waybill_no": known.made.waybill_no}
        made = WaybillMade(
            at=wall_now(),
            code=code,
            waybill_no=f"{code[:2]}{secrets.randbelow(10**13):013d}",
            request_id=asked.request_id,
            account_no=asked.account_no,
        )
        self._record(made)
        self._set_out(self._parcels[code, made.waybill_no])
        return {"waybill_no": made.waybill_no}

    async def _subscribe(self, request: Request, body: bytes) -> object:
        del body
        code, number = _code(request), str(request.path_params["number"])
        if not re.fullmatch(_WAYBILL, number):
            raise Sorry(400, "WAYBILL_MALFORMED", "运单号格式不正确")
        if (code, number) not in self._parcels:
            self._record(WaybillMade(at=wall_now(), code=code, waybill_no=number))
            self._set_out(self._parcels[code, number])
        return self._parcels[code, number].track()

    async def _query(self, request: Request, body: bytes) -> object:
        del body
        return self._parcel(request).track()

    async def _scan(self, request: Request) -> Response:
        parcel = self._parcel(request)
        scan = self._seen(parcel, read_json(await read_body(request), ScanAsked))
        await self._journal.settled()
        self._tell(scan)
        return json_answer(parcel.track(), 201)

    async def _look(self, request: Request) -> Response:
        return json_answer(self._parcel(request).track())

    async def _shown(self, request: Request) -> Response:
        del request
        newest = sorted(self._parcels.values(), key=lambda parcel: parcel.made.at, reverse=True)
        return looks.page("carriers.html", parcels=newest[:_SHOWN])

    def _seen(self, parcel: Parcel, asked: ScanAsked) -> Scanned:
        if asked.state not in AFTER[parcel.state]:
            raise Sorry(409, "SCAN_OUT_OF_ORDER", f"{parcel.state} 之后不能是 {asked.state}")
        if len(parcel.scans) >= SCANS_MAX:
            raise Sorry(409, "TOO_MANY_SCANS", f"一个包裹最多 {SCANS_MAX} 次扫描")
        scan = Scanned(
            id=f"SC-{secrets.token_hex(12)}",
            code=parcel.made.code,
            waybill_no=parcel.made.waybill_no,
            state=asked.state,
            at=asked.at or wall_now(),
            place=asked.place,
            text=asked.text or TEXTS[asked.state],
        )
        self._record(scan)
        return scan

    def _set_out(self, parcel: Parcel) -> None:
        """Let a parcel travel by itself, when there is a plan for it."""
        if not self._config.scan_plan or parcel.state in ("SIGNED", "REFUSED", "LOST"):
            return

        async def travel() -> None:
            for number, step in enumerate(self._config.scan_plan):
                if number < len(parcel.scans):
                    continue
                await asyncio.sleep(step.after_s)
                try:
                    asked = msgspec.convert({"state": step.state}, ScanAsked)
                    scan = self._seen(parcel, asked)
                except Sorry:
                    # Somebody ordered a scan by hand and the plan no longer fits: leave it to them.
                    return
                await self._journal.settled()
                self._tell(scan)

        task = asyncio.create_task(travel())
        self._travels.add(task)
        task.add_done_callback(self._travels.discard)

    def _tell(self, scan: Scanned) -> None:
        url = f"{self._config.product_url.rstrip('/')}/notify/carriers/{scan.code}"
        self._courier.send(
            Errand(
                id=scan.id,
                url=url,
                subject=scan.waybill_no,
                make=lambda fault: self._written(scan, fault),
            )
        )

    async def _told(self, errand: Errand) -> None:
        self._record(Told(id=errand.id, state=errand.state))
        await self._journal.settled()

    def _written(self, scan: Scanned, fault: Fault | None) -> Post:
        body = msgspec.json.encode(
            {
                "id": scan.id,
                "carrier": scan.code,
                "waybill_no": scan.waybill_no,
                "state": scan.state,
                "at": scan.at,
                "place": scan.place,
                "text": scan.text,
            }
        )
        secret = secrets.token_hex(32) if fault is Fault.FORGE else self._secret(scan.code)
        at = wall_now() - _REPLAY_AGE if fault is Fault.REPLAY else None
        headers = signed_headers(secret, line=f"push {scan.code}", body=body, at=at)
        if fault is Fault.ALTER:
            body = body.replace(scan.id.encode(), f"SC-{secrets.token_hex(12)}".encode())
        return headers | {"Content-Type": "application/json"}, body

    def _secret(self, code: str) -> str:
        return derived(self._config.keys.carrier_secret, code)

    def _parcel(self, request: Request) -> Parcel:
        parcel = self._parcels.get((_code(request), request.path_params["number"]))
        if parcel is None:
            raise Sorry(404, "WAYBILL_UNKNOWN", "没有这个运单号")
        return parcel

    def _record(self, entry: Entry) -> None:
        self._apply(entry)
        self._journal.note(entry)

    def _apply(self, entry: Entry) -> None:
        match entry:
            case AccountOpened():
                self._accounts[entry.account_no] = entry
            case WaybillMade():
                parcel = Parcel(entry)
                self._parcels[entry.code, entry.waybill_no] = parcel
                if entry.request_id:
                    self._by_request[entry.code, entry.request_id] = parcel
            case Scanned():
                self._parcels[entry.code, entry.waybill_no].scans.append(entry)
                self._untold[entry.id] = entry
            case Told():
                self._untold.pop(entry.id, None)


def _code(request: Request) -> str:
    code = str(request.path_params["code"])
    if not re.fullmatch(_CODE, code):
        raise Sorry(404, "CARRIER_UNKNOWN", "没有这家快递公司")
    return code
