"""What the pages of the trade share: reading forms, what an order looks like, its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from xiaodian import catalog, merchants, rulebooks
from xiaodian.infra.i18n import sentence
from xiaodian.infra.problem import STATUS
from xiaodian.kernel.ids import parse_id
from xiaodian.logistics import ShipFacts, ship_deadline
from xiaodian.orders import rules
from xiaodian.orders.errors import AddressIncomplete, OrderNotFound
from xiaodian.orders.pages import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from xiaodian.infra.db import Tx
    from xiaodian.kernel.errors import Refusal
    from xiaodian.logistics import ParcelView
    from xiaodian.orders.queries import HistoryLine, OrderView
    from xiaodian.rulebooks import Verdict

__all__ = [
    "form_of",
    "id_of",
    "moments",
    "names_of_shops",
    "own_place",
    "pictures_of",
    "reasons_of",
    "status_of",
    "text",
    "track",
]

_LINK_MAX = 2000


def id_of(given: str) -> int:
    """Read an order's id from an address; what cannot be one is no order."""
    number = parse_id(given)
    if number is None:
        raise OrderNotFound
    return number


def text(form: FormData, name: str) -> str:
    """Answer a text field; empty when it is missing or a file was sent in its place."""
    given = form.get(name)
    return given.strip() if isinstance(given, str) else ""


def status_of(refusal: Refusal | None) -> int:
    """Answer the status of a page that shows a refusal."""
    return 200 if refusal is None else STATUS[refusal.kind]


def form_of(
    request: Request, typed: Mapping[str, str], refusal: Refusal | None, field: str = "form"
) -> dict[str, object]:
    """Answer a form as the field macros take it: what was typed, and what is wrong with it."""
    errors: dict[str, str] = {}
    if refusal is not None:
        where = str(refusal.facts["field"]) if isinstance(refusal, AddressIncomplete) else field
        errors[where] = (
            sentence("请检查这一项", {}, request.state.lang)
            if where != field
            else sentence(refusal.sentence, refusal.facts, request.state.lang)
        )
    return {"typed": dict(typed), "errors": errors}


def own_place(wished: str, prefixes: Sequence[str], otherwise: str) -> str:
    """Answer a place on our own pages that begins with one of the prefixes, else another."""
    parts = urlsplit(wished)
    ours = not parts.scheme and not parts.netloc and wished.startswith("/")
    plain = wished.isprintable() and "\\" not in wished and len(wished) <= _LINK_MAX
    listed = any(parts.path == one or parts.path.startswith(f"{one}/") for one in prefixes)
    return wished if ours and plain and listed else otherwise


async def pictures_of(tx: Tx, product_ids: Iterable[int]) -> Mapping[int, str]:
    """Answer the address of the first picture of each product that buyers see and that has one."""
    cards = await catalog.cards_of(tx, sorted(set(product_ids)))
    return {card.id: f"/pictures/{card.picture}" for card in cards.values() if card.picture}


async def names_of_shops(tx: Tx, orders: Iterable[OrderView]) -> Mapping[int, merchants.ShopView]:
    """Answer the shops of orders."""
    return await merchants.get_shops(tx, sorted({order.shop_id for order in orders}))


def moments(history: Sequence[HistoryLine]) -> list[dict[str, object]]:
    """Answer a history as a timeline shows it, newest first."""
    return [
        {
            "at": line.at,
            "title": words.EVENTS.get(line.event, (line.event, ""))[0],
            "tone": words.EVENTS.get(line.event, ("", ""))[1],
            "who": line.actor_kind,
        }
        for line in reversed(history)
    ]


def track(parcels: Sequence[ParcelView]) -> list[dict[str, object]]:
    """Answer parcels as pages show them: number, state, and the scans as a timeline."""
    return [
        {
            "parcel": parcel,
            "word": words.PARCELS[parcel.state][0],
            "tone": words.PARCELS[parcel.state][1],
            "scans": [
                {
                    "at": scan.at,
                    "title": scan.text or words.PARCELS[scan.state][0],
                    "text": scan.place,
                    "tone": words.PARCELS[scan.state][1] if place == 0 else "",
                }
                for place, scan in enumerate(parcel.scans)
            ],
        }
        for parcel in parcels
    ]


def reasons_of(order: OrderView) -> list[Verdict[object]]:
    """Answer why an order's deadlines are what they are, those that still matter first."""
    book = rulebooks.version(order.rulebook)
    found: list[Verdict[object]] = []
    if order.shipped_at is not None:
        found.append(rules.confirm_deadline(book, order.shipped_at))
    if order.paid_at is not None:
        found.append(ship_deadline(book, ShipFacts(anchor_at=order.paid_at)))
    if order.paid_at is None:
        found.append(rules.pay_deadline(book, order.placed_at))
    return found
