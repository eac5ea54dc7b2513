"""Whom a shop ships with, and where its buyers send things back to."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
import phonenumbers
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from xiaodian import rulebooks
from xiaodian.infra import audit
from xiaodian.infra.crypto import mask_account, mask_phone
from xiaodian.logistics import rules
from xiaodian.logistics.errors import (
    AccountNumberInvalid,
    AddressIncomplete,
    CarrierNotSupported,
)
from xiaodian.logistics.models import CarrierAccountRow, ReturnAddressRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ShopView
    from xiaodian.rulebooks import Verdict

__all__ = [
    "FIELD_WORDS",
    "Address",
    "CarrierView",
    "ReturnAddressView",
    "WaybillForm",
    "carrier_name",
    "carriers_for",
    "drop_carrier",
    "find_return_address",
    "open_return_address",
    "register_carrier",
    "set_return_address",
    "waybill_forms",
]

_ACCOUNT = re.compile(r"[A-Za-z0-9-]{4,32}")
_LENGTHS = {"name": 40, "region": 60, "detail": 120}
FIELD_WORDS = {"name": "联系人", "phone": "电话", "region": "所在地区", "detail": "详细地址"}
"""What people call the fields of an address."""


@dataclass(frozen=True, slots=True)
class WaybillForm:
    """What the waybills of one carrier look like."""

    pattern: re.Pattern[str]
    example: str

    def fits(self, waybill: str) -> bool:
        """Tell whether this can be a number of the carrier's."""
        return self.pattern.fullmatch(waybill) is not None


class Address(msgspec.Struct, frozen=True):
    """Where parcels come back to, and who takes them."""

    name: str
    phone: str
    region: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReturnAddressView:
    """A return address as pages show it: masked."""

    label: str


@dataclass(frozen=True, slots=True)
class CarrierView:
    """A carrier as one shop meets it; ``verdict`` says whether and why it may be used.

    A shop without an account with it has an empty ``account_masked``.
    """

    code: str
    name: str
    example: str
    account_masked: str
    usable: bool
    verdict: Verdict[str | None]

    @property
    def registered(self) -> bool:
        """Tell whether the shop has an account with this carrier."""
        return bool(self.account_masked)


@cache
def waybill_forms() -> Mapping[str, WaybillForm]:
    """Answer every carrier that this house knows, with the look of its waybills."""
    file = files("xiaodian.logistics") / "data" / "carriers.toml"
    read = tomllib.loads(file.read_text("utf-8"))
    return {
        code: WaybillForm(re.compile(one["waybill"], re.ASCII), one["example"])
        for code, one in read.items()
    }


def carrier_name(code: str, language: str = "zh-CN") -> str:
    """Answer what people call a carrier."""
    return rulebooks.name_of("carrier", code, language)


async def register_carrier(tx: Tx, shop: ShopView, *, carrier: str, account_no: str) -> CarrierView:
    """Register a shop's account with a carrier; again replaces the number (W-LOG-03).

    The shop was found visible before. Refuses ``CARRIER_NOT_SUPPORTED`` and
    ``ACCOUNT_NUMBER_INVALID``.
    """
    offered = _offered(shop.rulebook)
    if carrier not in offered:
        raise CarrierNotSupported(carrier=carrier[:16])
    given = account_no.strip()
    if _ACCOUNT.fullmatch(given) is None:
        raise AccountNumberInvalid
    before = await tx.session.get(CarrierAccountRow, (shop.id, carrier), with_for_update=True)
    was = "" if before is None else mask_account(before.account_no)
    values = {
        "account_no": given,
        "registered_at": tx.now,
        "registered_by": tx.actor.account_id,
    }
    await tx.session.execute(
        insert(CarrierAccountRow)
        .values(shop_id=shop.id, carrier=carrier, **values)
        .on_conflict_do_update(index_elements=["shop_id", "carrier"], set_=values)
    )
    await audit.record(
        tx,
        "logistics.carrier_registered",
        subject="shop",
        subject_id=shop.id,
        before={"carrier": carrier, "account": was},
        after={"carrier": carrier, "account": mask_account(given)},
    )
    return next(view for view in await carriers_for(tx, shop) if view.code == carrier)


async def drop_carrier(tx: Tx, shop: ShopView, carrier: str) -> None:
    """End the registration of a carrier; there may be none. Parcels under way stay with it."""
    gone = await tx.session.scalar(
        delete(CarrierAccountRow)
        .where(CarrierAccountRow.shop_id == shop.id, CarrierAccountRow.carrier == carrier)
        .returning(CarrierAccountRow.account_no)
    )
    if gone is not None:
        await audit.record(
            tx,
            "logistics.carrier_dropped",
            subject="shop",
            subject_id=shop.id,
            before={"carrier": carrier, "account": mask_account(gone)},
        )


async def carriers_for(tx: Tx, shop: ShopView) -> list[CarrierView]:
    """Answer the carriers of the shop's market in the rulebook's order, and which it may use.

    Where only the platform issues waybills, these are the carriers it issues them for.
    """
    book = rulebooks.version(shop.rulebook)
    rows = await tx.session.scalars(
        select(CarrierAccountRow)
        .where(CarrierAccountRow.shop_id == shop.id)
        .execution_options(populate_existing=True)
    )
    accounts = {row.carrier: row.account_no for row in rows}
    views: list[CarrierView] = []
    for code in _offered(shop.rulebook):
        verdict = rules.carrier_allowed(
            book, rules.Waybill(carrier=code, registered=frozenset(accounts))
        )
        form = waybill_forms().get(code)
        views.append(
            CarrierView(
                code=code,
                name=carrier_name(code),
                example=form.example if form else "",
                account_masked=mask_account(accounts[code]) if code in accounts else "",
                usable=verdict.value is None,
                verdict=verdict,
            )
        )
    return views


async def set_return_address(tx: Tx, shop: ShopView, *, address: Address) -> ReturnAddressView:
    """Set where a shop's returns go (A-AFS-08); refuses ``ADDRESS_INCOMPLETE`` naming a field."""
    kept = Address(
        name=_line(address, "name"),
        phone=_phone(address.phone),
        region=_line(address, "region"),
        detail=_line(address, "detail"),
    )
    values = {
        "address_sealed": tx.vault.seal(msgspec.json.encode(kept).decode()),
        "label": f"{kept.name[:1]}** {mask_phone(kept.phone)} {kept.region}"[:80],
        "set_at": tx.now,
        "set_by": tx.actor.account_id,
    }
    before = await find_return_address(tx, shop.id)
    await tx.session.execute(
        insert(ReturnAddressRow)
        .values(shop_id=shop.id, **values)
        .on_conflict_do_update(index_elements=["shop_id"], set_=values)
    )
    await audit.record(
        tx,
        "logistics.return_address_set",
        subject="shop",
        subject_id=shop.id,
        before={"label": before.label if before else ""},
        after={"label": values["label"]},
    )
    return ReturnAddressView(str(values["label"]))


async def find_return_address(tx: Tx, shop_id: int) -> ReturnAddressView | None:
    """Answer a shop's return address, masked; None while it has none."""
    label = await tx.session.scalar(
        select(ReturnAddressRow.label).where(ReturnAddressRow.shop_id == shop_id)
    )
    return None if label is None else ReturnAddressView(label)


async def open_return_address(tx: Tx, shop_id: int) -> Address | None:
    """Answer a shop's return address in full: for the shop's own form and a buyer who returns."""
    sealed = await tx.session.scalar(
        select(ReturnAddressRow.address_sealed).where(ReturnAddressRow.shop_id == shop_id)
    )
    return None if sealed is None else msgspec.json.decode(tx.vault.open(sealed), type=Address)


def _offered(rulebook: str) -> tuple[str, ...]:
    return rules.carriers(rulebooks.version(rulebook)).value or tuple(waybill_forms())


def _line(address: Address, field: str) -> str:
    value = str(getattr(address, field)).strip()
    if not value or len(value) > _LENGTHS[field] or not value.isprintable():
        raise AddressIncomplete(field=FIELD_WORDS[field])
    return value


def _phone(text: str) -> str:
    """Read a phone of the mainland, a shop's landline too."""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException as error:
        raise AddressIncomplete(field=FIELD_WORDS["phone"]) from error
    if not phonenumbers.is_valid_number(number):
        raise AddressIncomplete(field=FIELD_WORDS["phone"])
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix(
        "+86"
    )
