"""The pictures of papers, behind signed links that live for five minutes."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.infra import http
from xiaodian.infra.files import Store
from xiaodian.kernel.ids import parse_id
from xiaodian.merchants import service
from xiaodian.merchants.errors import LinkExpired

__all__ = ["router"]

router = APIRouter()
_UNTIL_DIGITS = 11


@router.get("/papers/{document_id}/{side}")
async def paper(
    request: Request,
    document_id: str,
    side: str,
    by: str = "",
    until: str = "",
    signature: str = "",
) -> Response:
    """Show one picture to whom the link was made for; every look is written down."""
    audience = "operator" if by == "operator" else "merchant"
    readable = until.isascii() and until.isdecimal() and len(until) < _UNTIL_DIGITS
    if not readable:
        raise LinkExpired
    store = http.runtime(request).gateway(Store)
    async with http.runtime(request).db.transaction(actor=http.actor(request, audience)) as tx:
        content_type, data = await service.open_paper(
            tx,
            parse_id(document_id) or 0,
            store=store,
            side=side[:16],
            until=int(until),
            signature=signature[:64],
        )
    return Response(data, media_type=content_type, headers={"Content-Disposition": "inline"})
