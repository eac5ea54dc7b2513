"""Where an applicant or a shop really stands in the opening guide (G-GEN-09)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian import catalog, deposits, merchants, rulebooks
from xiaodian.consoles.guide import Guide, GuideFacts, GuideState, guide

if TYPE_CHECKING:
    from xiaodian.consoles.guide import GuideItem
    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ApplicationView

__all__ = ["guide_of", "place_of", "steps_of"]


async def guide_of(tx: Tx, application: ApplicationView) -> Guide:
    """Make the checklist of an application, and of the shop it led to."""
    applicant = await merchants.applicant_of(tx, application)
    deposit = None
    listed = 0
    if application.shop_id is not None:
        deposit = await deposits.find_deposit(tx, application.shop_id)
        listed = (await catalog.product_counts(tx, application.shop_id)).get("ONLINE", 0)
    approved = application.state is merchants.ApplicationState.APPROVED
    return guide(
        rulebooks.version(application.rulebook),
        rulebooks.Subject(application.subject),
        application.categories[0],
        rulebooks.categories(),
        GuideFacts(
            self_operated=application.self_operated,
            bound=applicant.bound,
            papers=applicant.papers,
            submitted=application.state in merchants.UNDER_AUDIT,
            approved=approved,
            required=None if deposit is None else deposit.required,
            cash_fen=0 if deposit is None else deposit.cash_fen,
            cover_fen=0 if deposit is None else deposit.cover_fen,
            products_listed=listed,
        ),
    )


def place_of(application: ApplicationView, step: str) -> str:
    """Answer the page on which a step is done."""
    form = f"/merchant/applications/{application.id}"
    shop = f"/merchant/shops/{application.shop_id}"
    places = {
        "bind_account": f"{form}#bind",
        "documents": f"{form}#papers",
        "audit": f"{form}#audit",
        "deposit": f"{shop}/deposit" if application.shop_id else "",
        "first_product": f"{shop}/products" if application.shop_id else "",
    }
    return places.get(step, "")


def steps_of(found: Guide, application: ApplicationView, lang: str) -> list[dict[str, object]]:
    """Answer the checklist as the steps of a page: done, now, to do, or blocked, and why."""
    doable = found.next is not None or any(item.state is GuideState.DONE for item in found.items)
    return [
        {
            "step": item.step,
            "state": _state(item, found, doable=doable),
            "why": item.why(lang),
            "rule": item.rule,
            "origin": item.origin,
            "needs": item.needs,
            "href": place_of(application, item.step),
        }
        for item in found.items
    ]


def _state(item: GuideItem, found: Guide, *, doable: bool) -> str:
    if item.state is GuideState.DONE:
        return "done"
    if item is found.next:
        return "now"
    # What waits for an earlier step is to do; where nothing can be done at all, it is blocked.
    return "todo" if doable else "blocked"
