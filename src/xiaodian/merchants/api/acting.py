"""What several doors of merchants do alike: one transaction, one act, one view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian.infra import http
from xiaodian.kernel.ids import parse_id
from xiaodian.merchants import queries, service
from xiaodian.merchants.schemas import ApplicationAnswer, ShopAnswer
from xiaodian.merchants.states import EDITABLE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from xiaodian.infra.db import Tx
    from xiaodian.infra.sessions import Audience
    from xiaodian.merchants.queries import ApplicationView

__all__ = ["whole", "with_application", "with_shop"]


async def with_application(
    request: Request,
    application_id: str,
    act: Callable[[Tx, int], Awaitable[ApplicationView]],
    *,
    audience: Audience = "merchant",
    status: int = 200,
) -> Response:
    """Do one thing to one application and answer it."""
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, audience), key=await http.key(request)
    ) as tx:
        done = await act(tx, parse_id(application_id) or 0)
        return await http.answer(tx, await whole(request, tx, done), status=status)


async def with_shop(
    request: Request,
    shop_id: str,
    act: Callable[[Tx, int], Awaitable[None]],
    *,
    audience: Audience = "merchant",
    status: int = 200,
) -> Response:
    """Do one thing to one shop and answer the shop."""
    async with http.runtime(request).db.transaction(
        actor=http.actor(request, audience), key=await http.key(request)
    ) as tx:
        number = parse_id(shop_id) or 0
        await act(tx, number)
        return await http.answer(
            tx, ShopAnswer.of(await queries.get_shop(tx, number)), status=status
        )


async def whole(request: Request, tx: Tx, view: ApplicationView) -> ApplicationAnswer:
    """Gather an application's parts; while it may be changed, also what stands against it."""
    objections = await service.objections_to(tx, view) if view.state in EDITABLE else ()
    return ApplicationAnswer.of(
        view,
        documents=list((await queries.documents_of(tx, view.id)).values()),
        checks=await queries.checks_of(tx, view.id, view.round),
        supplements=await queries.supplements_of(tx, view.id),
        objections=objections,
        lang=request.state.lang,
    )
