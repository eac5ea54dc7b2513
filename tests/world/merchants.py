"""Merchants made through the front doors: accounts, papers with numbers that add up, shops."""

from __future__ import annotations

import io
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from PIL import Image
from stdnum import luhn
from stdnum.cn import ric, uscc

from xiaodian import accounts, merchants, rulebooks
from xiaodian.infra.db import SYSTEM, Actor
from xiaodian.merchants import service
from xiaodian.merchants.gateway import SandboxProviders
from xiaodian.merchants.rules.papers import NumberForm, paper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xiaodian.infra.db import Tx
    from xiaodian.infra.files import Store
    from xiaodian.merchants import ApplicationView, ShopView

PASSWORD = "quiet-harbour-2025"


def identity_number(order: str = "015") -> str:
    """An identity number with its check digit; the order code decides what the twin answers."""
    number = f"11010119900307{order}"
    return number + ric.calc_check_digit(number + "0")


def credit_code(order: str = "123") -> str:
    """A unified social credit code with its check character."""
    number = f"91110108MA01A{'0' * (4 - len(order))}{order}"
    return number + uscc.calc_check_digit(number)


def account_number(order: str = "123") -> str:
    """A bank card number that Luhn accepts."""
    number = f"622202100112345{order}"
    return number + luhn.calc_check_digit(number)


def number_for(form: NumberForm, order: str = "123") -> str:
    """A number of a form that adds up."""
    match form:
        case NumberForm.IDENTITY:
            return identity_number("015" if order == "123" else order)
        case NumberForm.CREDIT_CODE:
            return credit_code(order)
        case NumberForm.CARD | NumberForm.ACCOUNT:
            return account_number(order)
        case NumberForm.SERIAL:
            return f"CA2025ABCD{order}7"


def picture(colour: str = "#cccccc") -> bytes:
    """A small picture file."""
    out = io.BytesIO()
    Image.new("RGB", (64, 40), colour).save(out, "PNG")
    return out.getvalue()


@contextmanager
def acting(tx: Tx, kind: str, account_id: int) -> Iterator[Tx]:
    """Let somebody else act in an open transaction for a while."""
    before, tx.actor = tx.actor, Actor(kind, account_id, None, "203.0.113.5")
    try:
        yield tx
    finally:
        tx.actor = before


async def merchant_account(tx: Tx, phone: str = "13800138001", name: str = "演示商家") -> int:
    """Register a merchant."""
    made = await accounts.create_merchant(tx, name=name, phone=phone, password=PASSWORD)
    return made.id


async def reviewer_account(tx: Tx, email: str = "reviewer@example.com", *roles: str) -> int:
    """Make an operator, a reviewer unless other roles are named."""
    made = await accounts.create_operator(
        tx, name="审核员", email=email, roles=list(roles or ["reviewer"]), password=PASSWORD
    )
    return made.id


def values_for(kind: str, order: str = "123") -> dict[str, str]:
    """What is typed beside a paper."""
    asked = paper(kind)
    values = {field.name: f"示例{field.label}" for field in asked.fields}
    if asked.holder:
        values["name"] = "示例商贸有限公司"
    if asked.form:
        values["number"] = number_for(asked.form, order)
    return values


async def hand_in(
    tx: Tx,
    store: Store,
    application_id: int,
    kind: str,
    *,
    order: str = "123",
    valid_to: date | None = date(2030, 12, 31),
) -> int:
    """Hand in one paper as the acting merchant."""
    asked = paper(kind)
    return await service.save_document(
        tx,
        application_id,
        store=store,
        kind=kind,
        values=values_for(kind, order),
        valid_to=valid_to if asked.expires else None,
        files={side.name: picture() for side in asked.sides},
    )


async def drafted(
    tx: Tx,
    store: Store,
    *,
    market: str = "wechat",
    subject: str = "ENTERPRISE",
    categories: tuple[str, ...] = ("general",),
    self_operated: bool = True,
    orders: dict[str, str] | None = None,
    shop_name: str = "示例店",
) -> ApplicationView:
    """Draft an application with all its papers and bindings, as the acting merchant."""
    book = rulebooks.at(market, tx.now)
    draft = await merchants.start_application(
        tx,
        market=market,
        subject=subject,
        categories=categories,
        shop_name=shop_name,
        self_operated=self_operated,
    )
    if book.registration.preconditions:
        await merchants.bind_account(tx, surface="wechat", identifier="demo_shop_01")
        await merchants.bind_account(tx, surface="channels", identifier="演示视频号01")
    needs = book.registration.documents.get(rulebooks.Subject(subject), {})
    for kind, when in needs.items():
        if when == "ALWAYS" or not self_operated:
            await hand_in(tx, store, draft.id, kind, order=(orders or {}).get(kind, "123"))
    return draft


async def run_checks(tx: Tx, store: Store, application_id: int) -> None:
    """Do what the job does, with the twin's answers, in the open transaction."""
    from xiaodian.kernel.errors import Outage  # noqa: PLC0415
    from xiaodian.merchants import jobs  # noqa: PLC0415

    class Twins:
        def gateway(self, _kind: type) -> object:
            return SandboxProviders()

    with acting(tx, SYSTEM.kind, 0):
        questions = await service.begin_checks(tx, application_id, store=store)
        answers = {}
        for question in questions:
            try:
                answers[question.item] = await jobs._put(Twins(), question)
            except Outage:
                answers[question.item] = None
        if answers:
            await service.finish_checks(tx, application_id, answers)


async def approved_shop(tx: Tx, store: Store, owner_id: int, **changes: object) -> ShopView:
    """Walk an application to its approval and answer the shop, which waits for its deposit."""
    with acting(tx, "merchant", owner_id):
        draft = await drafted(tx, store, **changes)  # type: ignore[arg-type]
        await merchants.submit(tx, draft.id)
    await run_checks(tx, store, draft.id)
    found = await accounts.find_account(tx, "operator", "reviewer@example.com")
    reviewer = found.id if found else await reviewer_account(tx)
    with acting(tx, "operator", reviewer):
        await merchants.claim_review(tx, draft.id)
        done = await merchants.approve(tx, draft.id)
    assert done.shop_id is not None
    return await merchants.get_shop(tx, done.shop_id)
