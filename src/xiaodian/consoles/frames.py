"""What a frame shows around every page: who looks, from which shop, and what waits there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xiaodian import accounts, desk, merchants, notices, orders, rulebooks
from xiaodian.consoles import navigation
from xiaodian.infra import http
from xiaodian.kernel.ids import parse_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from xiaodian.infra.db import Tx
    from xiaodian.infra.sessions import Audience
    from xiaodian.merchants import ShopView

__all__ = ["frame_of"]

_SHOP_PATH = re.compile(r"/merchant/shops/(\d{1,19})(?:/([a-z-]+))?")
_MARKET_PATH = re.compile(r"/s/([a-z][a-z0-9-]{0,30})(?:/|$)")
_MARKET_COOKIE = "market"


async def frame_of(request: Request, audience: Audience) -> dict[str, object]:
    """Answer the facts of `infra.templates.FRAME` for whoever is signed in, if anybody is."""
    actor = http.optional_actor(request, audience)
    frame: dict[str, object] = {}
    async with http.runtime(request).db.reading(actor=actor) as tx:
        frame["now"] = tx.now
        if actor.account_id is not None:
            account = await accounts.get_account(tx, actor.account_id)
            note = account.phone_masked or account.email_masked
            frame["viewer"] = {"name": account.name or note, "note": note}
            frame["unread_count"] = await notices.unread_count(tx, actor.account_id)
        if audience == "buyer":
            frame |= await _buyer(tx, request)
        elif actor.account_id is not None:
            draw = _merchant if audience == "merchant" else _operator
            frame |= await draw(tx, request, actor.account_id)
    return frame


async def _buyer(tx: Tx, request: Request) -> dict[str, object]:
    """Place a buyer in the market of the address, else in the one they were in last."""
    found = _MARKET_PATH.match(request.url.path)
    known = rulebooks.shipped()
    market = found[1] if found else request.cookies.get(_MARKET_COOKIE, "")
    if market not in known.codes():
        market = known.compared()[0].market
    buyer = tx.actor.account_id
    return {
        "market": market,
        "cart_count": 0 if buyer is None else await orders.cart_count(tx, buyer),
    }


async def _merchant(tx: Tx, request: Request, account_id: int) -> dict[str, object]:
    shops = await merchants.list_shops_of(tx, account_id)
    found = _SHOP_PATH.match(request.url.path)
    shop = _current(shops, parse_id(found[1]) if found else None)
    app, lang = request.app, request.state.lang
    part = found[2] if found and found[2] else ""
    rights: frozenset[str] = frozenset()
    if shop is not None:
        rights = frozenset(str(right) for right in await merchants.rights_of(tx, shop))
    frame: dict[str, object] = {
        "navigation": navigation.shown(
            navigation.MERCHANT,
            app,
            lang,
            may=rights,
            places={} if shop is None else {"shop": str(shop.id)},
            sandbox=http.runtime(request).settings.sandbox,
        ),
    }
    if shop is None:
        return frame
    counts = await orders.count_by_state(tx, shop_id=shop.id)
    return frame | {
        "market": shop.market,
        "shop": _shown(request, shop, part),
        "shops": [_shown(request, one, part) for one in shops],
        "counts": {f"/merchant/shops/{shop.id}/orders": counts.get("WAIT_SHIP", 0)},
    }


def _current(shops: Sequence[ShopView], wished: int | None) -> ShopView | None:
    """Choose the shop of the address, else the newest; one that is not theirs is not shown."""
    chosen = next((shop for shop in shops if shop.id == wished), None)
    return chosen or (shops[0] if shops else None)


def _shown(request: Request, shop: ShopView, part: str) -> dict[str, object]:
    """Show a shop in the switcher, with the way to the like page there."""
    href = navigation.like_page(request.app, shop.id, part)
    return {"id": shop.id, "name": shop.name, "market": shop.market, "href": href}


async def _operator(tx: Tx, request: Request, account_id: int) -> dict[str, object]:
    roles = await accounts.roles_of(tx, account_id)
    waiting = await desk.open_count(tx, account_id)
    return {
        "navigation": navigation.shown(
            navigation.OPERATOR,
            request.app,
            request.state.lang,
            may=frozenset(str(role) for role in roles),
            places={},
            sandbox=http.runtime(request).settings.sandbox,
        ),
        "counts": {"/operator/desk": waiting},
    }
