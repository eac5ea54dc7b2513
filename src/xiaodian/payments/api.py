"""The provider's door: notifications come in here (hot, bare Starlette)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xiaodian.infra import http, limits
from xiaodian.infra.db import SYSTEM
from xiaodian.payments.gateway import PayGateway, Rejection
from xiaodian.payments.service.booking import Notices, record_rejected

__all__ = ["notify"]

_REJECTED_PER_MINUTE = 600


async def notify(request: Request) -> Response:
    """Take a notification of the payment provider (``POST /notify/wxpay``).

    What is not believed (forged, altered, older than five minutes of wall time) changes nothing,
    is recorded with its reason, and answers 401. What is believed is booked once and answers 204
    after the commit; an outage answers 503, and the provider sends it again.
    """
    runtime = http.runtime(request)
    body = await request.body()
    read = runtime.gateway(PayGateway).read_notification(request.headers, body)
    if isinstance(read, Rejection):
        await limits.take(runtime.db, "notify:rejected", at_most=_REJECTED_PER_MINUTE, per_s=60)
        async with runtime.db.transaction(actor=SYSTEM) as tx:
            await record_rejected(tx, read, body)
        return JSONResponse({"code": "SIGN_ERROR", "message": read.reason.value}, 401)
    await runtime.gateway(Notices).take(read, body)
    return Response(status_code=204)
