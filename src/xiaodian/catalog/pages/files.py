"""Pictures of products, as buyers and merchants see them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.infra import http
from xiaodian.infra.db import ANONYMOUS
from xiaodian.infra.files import FileNotFound, Store
from xiaodian.kernel.ids import parse_id

__all__ = ["router"]

router = APIRouter()
_HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
}


@router.get("/pictures/{file}")
async def picture(request: Request, file: str) -> Response:
    """Answer a picture that was drawn anew when it came in; nothing else is served here."""
    number = parse_id(file)
    if number is None:
        raise FileNotFound
    runtime = http.runtime(request)
    async with runtime.db.reading(actor=ANONYMOUS) as tx:
        row, data = await runtime.gateway(Store).get(tx, number)
    if row.purpose != "picture":
        raise FileNotFound
    return Response(data, media_type=row.content_type, headers=_HEADERS)
