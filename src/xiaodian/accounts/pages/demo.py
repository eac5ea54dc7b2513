"""One-click sign-in to the accounts of the demo. Only the sandbox has this door."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from xiaodian.accounts import service
from xiaodian.accounts.pages.drawing import agent_of, enter, text
from xiaodian.infra import http

__all__ = ["router"]

router = APIRouter()


@router.post("/demo/sign-in/{who}")
async def sign_in(request: Request, who: str) -> Response:
    """Sign a part of the demo in: buyer, merchant, reviewer, finance or administrator.

    Refuses ``SANDBOX_CLOSED`` outside the sandbox, ``SANDBOX_KEY_REQUIRED`` where a key is set,
    and ``DEMO_ACCOUNT_NOT_FOUND`` for parts that were not seeded. Other sites are refused at the
    edge, as for every write.
    """
    form = await http.form(request)
    http.admit_to_sandbox(request, typed=text(form, "sandbox_key"))
    actor = http.optional_actor(request, "buyer")
    async with http.runtime(request).db.transaction(actor=actor) as tx:
        signed = await service.sign_in_demo(tx, who, agent=agent_of(request))
    return enter(request, signed, text(form, "next"))
