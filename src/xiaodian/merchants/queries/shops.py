"""Reads of shops: what a shop is, who may act for it, its licence, staff and payout account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian.kernel.paging import PAGE_MAX, Page, PageRequest, cut
from xiaodian.merchants.errors import PayoutAccountNotSet, RightMissing, ShopNotFound
from xiaodian.merchants.models import (
    InvitationRow,
    PayoutAccountRow,
    ShopFlagRow,
    ShopRow,
    StaffRow,
)
from xiaodian.merchants.states import RIGHT_WORDS, CheckOutcome, Flag, Right, ShopState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from xiaodian.infra.db import Tx

__all__ = [
    "FlagView",
    "InvitationView",
    "LicenceView",
    "PayoutAccount",
    "ShopView",
    "StaffView",
    "export_of",
    "find_payout_account",
    "flag_history",
    "get_payout_account",
    "get_shop",
    "get_shops",
    "has_living_shop",
    "licence_of",
    "list_invitations",
    "list_shops",
    "list_shops_of",
    "list_staff",
    "rights_of",
    "visible_shop",
]


@dataclass(frozen=True, slots=True)
class ShopView:
    """A shop as other rooms know it. ``rulebook`` is market@version."""

    id: int
    merchant_id: int
    market: str
    subject: str
    type: str
    state: ShopState
    flags: frozenset[str]
    rulebook: str
    name: str
    categories: tuple[str, ...]
    opened_at: datetime | None
    owner_id: int
    self_operated: bool
    created_at: datetime

    @property
    def is_open(self) -> bool:
        """Tell whether the shop may trade."""
        return self.state is ShopState.OPEN


@dataclass(frozen=True, slots=True)
class FlagView:
    """One cause of a restriction, standing or gone."""

    flag: Flag
    cause: str
    why: str
    set_at: datetime
    set_by: int | None
    cleared_at: datetime | None
    cleared_why: str


@dataclass(frozen=True, slots=True)
class LicenceView:
    """What a shop's page must show of who runs it; a person's own facts are never in it."""

    shop_id: int
    subject: str
    name: str
    number: str
    address: str
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of a shop's staff."""

    account_id: int
    rights: tuple[Right, ...]
    added_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation that has not been accepted."""

    id: int
    shop_id: int
    contact_masked: str
    rights: tuple[Right, ...]
    invited_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutAccount:
    """Where a shop's money goes. Nothing is paid out while ``verified_at`` is None."""

    id: int
    shop_id: int
    holder_name: str
    bank: str
    number_sealed: bytes
    number_masked: str
    outcome: CheckOutcome
    sentence: str
    verified_at: datetime | None
    changed_at: datetime


async def get_shop(tx: Tx, shop_id: int) -> ShopView:
    """Answer a shop, whoever asks; refuses ``SHOP_NOT_FOUND``."""
    found = await get_shops(tx, [shop_id])
    if shop_id not in found:
        raise ShopNotFound
    return found[shop_id]


async def get_shops(tx: Tx, shop_ids: Sequence[int]) -> dict[int, ShopView]:
    """Answer those of many shops that exist, in two statements."""
    if not shop_ids:
        return {}
    rows = await tx.session.scalars(select(ShopRow).where(ShopRow.id.in_(shop_ids)))
    return {view.id: view for view in await _views(tx, rows.all())}


async def visible_shop(tx: Tx, shop_id: int, right: Right | str | None = None) -> ShopView:
    """Answer a shop to somebody who may act for it.

    The owner has every right, staff those they were given, operators and the platform itself pass.
    Strangers are refused ``SHOP_NOT_FOUND``; staff without ``right`` are refused
    ``RIGHT_MISSING``. Without a right, any member of the shop may see it.
    """
    shop = await get_shop(tx, shop_id)
    if tx.actor.kind in {"operator", "system"}:
        return shop
    held = await rights_of(tx, shop)
    if not held:
        raise ShopNotFound
    if right is not None and Right(right) not in held:
        raise RightMissing(right=RIGHT_WORDS[Right(right)])
    return shop


async def rights_of(tx: Tx, shop: ShopView) -> frozenset[Right]:
    """Answer what the actor may do in a shop as its owner or staff; nothing for anybody else."""
    if tx.actor.kind != "merchant" or tx.actor.account_id is None:
        return frozenset()
    if tx.actor.account_id == shop.owner_id:
        return frozenset(Right)
    member = await tx.session.get(StaffRow, (shop.id, tx.actor.account_id))
    return frozenset(Right(right) for right in member.rights) if member else frozenset()


async def list_shops_of(tx: Tx, account_id: int) -> list[ShopView]:
    """Answer the shops an account owns or works for, newest first, at most two hundred."""
    works_for = select(StaffRow.shop_id).where(StaffRow.account_id == account_id)
    rows = await tx.session.scalars(
        select(ShopRow)
        .where((ShopRow.owner_id == account_id) | ShopRow.id.in_(works_for))
        .order_by(ShopRow.id.desc())
        .limit(PAGE_MAX)
    )
    return await _views(tx, rows.all())


async def count_shops(tx: Tx) -> dict[str, dict[str, int]]:
    """Answer how many shops there are by market and state."""
    found: dict[str, dict[str, int]] = {}
    for row in await tx.rows(
        "SELECT market, state, count(*) AS n FROM shops GROUP BY market, state ORDER BY market"
    ):
        found.setdefault(row["market"], {})[row["state"]] = row["n"]
    return found


async def list_shops(
    tx: Tx,
    request: PageRequest,
    *,
    market: str = "",
    state: str = "",
    flag: str = "",
    name: str = "",
) -> Page[ShopView]:
    """Answer a page of all shops for operators, filtered where asked."""
    wanted = select(ShopRow).order_by(ShopRow.id.desc()).limit(request.size + 1)
    if request.after is not None:
        wanted = wanted.where(ShopRow.id < request.after)
    if market:
        wanted = wanted.where(ShopRow.market == market)
    if state:
        wanted = wanted.where(ShopRow.state == state)
    if name:
        wanted = wanted.where(ShopRow.name.contains(name, autoescape=True))
    if flag:
        standing = select(ShopFlagRow.shop_id).where(
            ShopFlagRow.flag == flag, ShopFlagRow.cleared_at.is_(None)
        )
        wanted = wanted.where(ShopRow.id.in_(standing))
    views = await _views(tx, (await tx.session.scalars(wanted)).all())
    return cut(views, request, lambda view: view.id)


async def has_living_shop(tx: Tx, account_id: int) -> bool:
    """Tell whether an account owns a shop that has not ended."""
    ended = [ShopState.CLOSED, ShopState.BANNED]
    found = await tx.session.scalar(
        select(ShopRow.id)
        .where(ShopRow.owner_id == account_id, ShopRow.state.not_in(ended))
        .limit(1)
    )
    return found is not None


async def export_of(tx: Tx, account_id: int) -> list[dict[str, object]]:
    """Answer what is known of an account's shops, for the export of a person's data."""
    return [
        {
            "shop": str(shop.id),
            "name": shop.name,
            "market": shop.market,
            "state": shop.state.value,
            "since": shop.created_at.isoformat(),
        }
        for shop in await list_shops_of(tx, account_id)
    ]


async def flag_history(tx: Tx, shop_id: int) -> list[FlagView]:
    """Answer a shop's restrictions, standing ones first, then the newest hundred that ended."""
    rows = await tx.session.scalars(
        select(ShopFlagRow)
        .where(ShopFlagRow.shop_id == shop_id)
        .order_by(ShopFlagRow.cleared_at.is_not(None), ShopFlagRow.id.desc())
        .limit(100)
    )
    return [
        FlagView(
            Flag(row.flag),
            row.cause,
            row.why,
            row.set_at,
            row.set_by,
            row.cleared_at,
            row.cleared_why,
        )
        for row in rows
    ]


async def licence_of(tx: Tx, shop_id: int) -> LicenceView:
    """Answer who runs a shop, for its public page (E-Commerce Law, article 15).

    A personal shop has no licence: name, number and address are empty and the page says that no
    registration is required. Refuses ``SHOP_NOT_FOUND``.
    """
    row = await tx.session.get(ShopRow, shop_id)
    if row is None:
        raise ShopNotFound
    return LicenceView(
        row.id,
        row.subject,
        row.licence_name,
        row.licence_number,
        row.licence_address,
        row.licence_valid_to,
    )


async def list_staff(tx: Tx, shop_id: int) -> list[StaffView]:
    """Answer a shop's staff in the order they joined."""
    rows = await tx.session.scalars(
        select(StaffRow)
        .where(StaffRow.shop_id == shop_id)
        .order_by(StaffRow.added_at, StaffRow.account_id)
        .limit(PAGE_MAX)
    )
    return [
        StaffView(row.account_id, tuple(Right(right) for right in row.rights), row.added_at)
        for row in rows
    ]


async def list_invitations(
    tx: Tx, *, shop_id: int | None = None, account_id: int | None = None
) -> list[InvitationView]:
    """Answer the invitations that stand open, those of a shop or those to an account."""
    wanted = (
        select(InvitationRow)
        .where(InvitationRow.expires_at > tx.now)
        .order_by(InvitationRow.id)
        .limit(PAGE_MAX)
    )
    if shop_id is not None:
        wanted = wanted.where(InvitationRow.shop_id == shop_id)
    if account_id is not None:
        wanted = wanted.where(InvitationRow.account_id == account_id)
    return [
        InvitationView(
            row.id,
            row.shop_id,
            row.contact_masked,
            tuple(Right(right) for right in row.rights),
            row.invited_at,
            row.expires_at,
        )
        for row in await tx.session.scalars(wanted)
    ]


async def find_payout_account(tx: Tx, shop_id: int) -> PayoutAccount | None:
    """Answer the account a shop's money goes to, verified or not; None when none was set."""
    row = await tx.session.scalar(
        select(PayoutAccountRow).where(
            PayoutAccountRow.shop_id == shop_id, PayoutAccountRow.replaced_at.is_(None)
        )
    )
    return None if row is None else payout_view(row)


async def get_payout_account(tx: Tx, shop_id: int) -> PayoutAccount:
    """Answer the account a shop's money goes to; refuses ``PAYOUT_ACCOUNT_NOT_SET``."""
    found = await find_payout_account(tx, shop_id)
    if found is None:
        raise PayoutAccountNotSet
    return found


def payout_view(row: PayoutAccountRow) -> PayoutAccount:
    """Turn a row into what others may know."""
    return PayoutAccount(
        row.id,
        row.shop_id,
        row.holder_name,
        row.bank,
        row.number_sealed,
        row.number_masked,
        CheckOutcome(row.outcome),
        row.sentence,
        row.verified_at,
        row.changed_at,
    )


async def _views(tx: Tx, rows: Sequence[ShopRow]) -> list[ShopView]:
    flags: dict[int, set[str]] = {row.id: set() for row in rows}
    standing = await tx.session.execute(
        select(ShopFlagRow.shop_id, ShopFlagRow.flag).where(
            ShopFlagRow.shop_id.in_(flags), ShopFlagRow.cleared_at.is_(None)
        )
    )
    for shop_id, flag in standing:
        flags[shop_id].add(flag)
    return [
        ShopView(
            id=row.id,
            merchant_id=row.merchant_id,
            market=row.market,
            subject=row.subject,
            type=row.type,
            state=ShopState(row.state),
            flags=frozenset(flags[row.id]),
            rulebook=row.rulebook,
            name=row.name,
            categories=tuple(row.categories),
            opened_at=row.opened_at,
            owner_id=row.owner_id,
            self_operated=row.self_operated,
            created_at=row.created_at,
        )
        for row in rows
    ]
