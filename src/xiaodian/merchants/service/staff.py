"""Who else may act for a shop: invitations, rights, and their end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from xiaodian import accounts, notices
from xiaodian.infra import audit
from xiaodian.merchants.errors import (
    AlreadyStaff,
    InvitationNotFound,
    RightMissing,
    RightsUnknown,
    StaffNotFound,
)
from xiaodian.merchants.models import InvitationRow, StaffRow
from xiaodian.merchants.queries.shops import get_shop, visible_shop
from xiaodian.merchants.service.organisation import merchant_account, one_line
from xiaodian.merchants.states import RIGHT_WORDS, Right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.infra.db import Tx
    from xiaodian.merchants.queries.shops import ShopView

__all__ = [
    "accept_invitation",
    "cancel_invitation",
    "decline_invitation",
    "invite_staff",
    "remove_staff",
    "set_rights",
]

_INVITATION = timedelta(days=7)
_CONTACT_MAX = 120
_MASK_SHOWN = 3


async def invite_staff(tx: Tx, shop_id: int, *, contact: str, rights: Sequence[str]) -> None:
    """Invite the merchant account with this phone or e-mail; for the shop's owner.

    The answer is the same whether or not there is such an account, so that nobody can find out
    who is registered. Inviting again replaces the rights offered. Refuses ``SHOP_NOT_FOUND``,
    ``RIGHT_MISSING`` to staff, ``RIGHTS_UNKNOWN``, ``ALREADY_STAFF`` for the owner themselves.
    """
    shop = await _owned(tx, shop_id)
    chosen = _known(rights)
    given = one_line(contact, field="手机号或邮箱", limit=_CONTACT_MAX).lower()
    found = await accounts.find_account(tx, "merchant", given)
    if found is not None and found.id == shop.owner_id:
        raise AlreadyStaff
    values = {
        "account_id": None if found is None else found.id,
        "rights": [right.value for right in chosen],
        "invited_at": tx.now,
        "invited_by": merchant_account(tx),
        "expires_at": tx.now + _INVITATION,
    }
    made = await tx.session.execute(
        insert(InvitationRow)
        .values(
            id=tx.new_id(),
            shop_id=shop.id,
            contact_blind=tx.vault.blind(given, purpose="invitation"),
            contact_masked=_masked(given),
            **values,
        )
        .on_conflict_do_update(index_elements=["shop_id", "contact_blind"], set_=values)
        .returning(InvitationRow.id)
    )
    invitation_id = made.scalar_one()
    await audit.record(
        tx,
        "shop.staff_invited",
        subject="shop",
        subject_id=shop.id,
        after={"contact": _masked(given), "rights": values["rights"]},
    )
    if found is not None:
        await notices.tell(
            tx,
            found.id,
            kind="merchants.staff_invited",
            sentence="“{shop_name}”邀请你成为店铺成员，权限：{rights}",
            facts={
                "shop_name": shop.name,
                "rights": [RIGHT_WORDS[right] for right in chosen],
            },
            subject="shop",
            subject_id=shop.id,
            url="/merchant",
            once=f"{invitation_id}:{tx.now.isoformat()}",
        )


async def accept_invitation(tx: Tx, invitation_id: int) -> int:
    """Join the staff that one was invited to, and answer the shop's id.

    Refuses ``INVITATION_NOT_FOUND``, also for an invitation to somebody else or a week old.
    """
    row = await _mine(tx, invitation_id)
    account_id = merchant_account(tx)
    values = {"rights": row.rights, "added_at": tx.now, "added_by": row.invited_by}
    await tx.session.execute(
        insert(StaffRow)
        .values(shop_id=row.shop_id, account_id=account_id, **values)
        .on_conflict_do_update(index_elements=["shop_id", "account_id"], set_=values)
    )
    shop = await get_shop(tx, row.shop_id)
    await tx.session.delete(row)
    account = await accounts.get_account(tx, account_id)
    await audit.record(
        tx,
        "shop.staff_joined",
        subject="shop",
        subject_id=shop.id,
        after={"account": str(account_id), "rights": values["rights"]},
    )
    await notices.tell(
        tx,
        shop.owner_id,
        kind="merchants.staff_joined",
        sentence="{name}已加入“{shop_name}”",
        facts={"name": account.name, "shop_name": shop.name},
        subject="shop",
        subject_id=shop.id,
        url=f"/merchant/shops/{shop.id}/staff",
        once=f"{invitation_id}:{tx.now.isoformat()}",
    )
    return shop.id


async def decline_invitation(tx: Tx, invitation_id: int) -> None:
    """Turn an invitation down; refuses ``INVITATION_NOT_FOUND``."""
    await tx.session.delete(await _mine(tx, invitation_id))


async def cancel_invitation(tx: Tx, shop_id: int, *, invitation_id: int) -> None:
    """Take an invitation back; for the owner.

    Refuses ``INVITATION_NOT_FOUND``, ``SHOP_NOT_FOUND`` and ``RIGHT_MISSING``.
    """
    shop = await _owned(tx, shop_id)
    row = await tx.session.get(InvitationRow, invitation_id)
    if row is None or row.shop_id != shop.id:
        raise InvitationNotFound
    await tx.session.delete(row)


async def set_rights(tx: Tx, shop_id: int, *, account_id: int, rights: Sequence[str]) -> None:
    """Give a member of staff other rights; for the owner.

    Refuses ``STAFF_NOT_FOUND``, ``RIGHTS_UNKNOWN``, ``SHOP_NOT_FOUND``, ``RIGHT_MISSING``.
    """
    shop = await _owned(tx, shop_id)
    row = await tx.session.get(StaffRow, (shop.id, account_id), with_for_update=True)
    if row is None:
        raise StaffNotFound
    before, row.rights = row.rights, [right.value for right in _known(rights)]
    await audit.record(
        tx,
        "shop.staff_rights",
        subject="shop",
        subject_id=shop.id,
        before={"account": str(account_id), "rights": before},
        after={"account": str(account_id), "rights": row.rights},
    )


async def remove_staff(tx: Tx, shop_id: int, *, account_id: int) -> None:
    """End somebody's membership; the owner may end anybody's, a member their own.

    Refuses ``STAFF_NOT_FOUND``, ``SHOP_NOT_FOUND``, ``RIGHT_MISSING``.
    """
    shop = (
        await visible_shop(tx, shop_id)
        if account_id == tx.actor.account_id
        else await _owned(tx, shop_id)
    )
    gone = await tx.session.execute(
        delete(StaffRow)
        .where(StaffRow.shop_id == shop.id, StaffRow.account_id == account_id)
        .returning(StaffRow.rights)
    )
    rights = gone.scalar_one_or_none()
    if rights is None:
        raise StaffNotFound
    await audit.record(
        tx,
        "shop.staff_removed",
        subject="shop",
        subject_id=shop.id,
        before={"account": str(account_id), "rights": rights},
    )


async def _owned(tx: Tx, shop_id: int) -> ShopView:
    shop = await visible_shop(tx, shop_id)
    if tx.actor.kind != "merchant" or tx.actor.account_id != shop.owner_id:
        raise RightMissing(right="店主")
    return shop


async def _mine(tx: Tx, invitation_id: int) -> InvitationRow:
    row = await tx.session.get(InvitationRow, invitation_id, with_for_update=True)
    account_id = merchant_account(tx)
    if row is None or row.account_id != account_id or row.expires_at < tx.now:
        raise InvitationNotFound
    return row


def _known(rights: Sequence[str]) -> list[Right]:
    try:
        chosen = {Right(right) for right in rights}
    except ValueError:
        raise RightsUnknown from None
    if not chosen:
        raise RightsUnknown
    return [right for right in Right if right in chosen]


def _masked(contact: str) -> str:
    name, at, domain = contact.partition("@")
    if at:
        return f"{name[:1]}***@{domain}"[:64]
    return f"{name[:_MASK_SHOWN]}****{name[-_MASK_SHOWN - 1 :]}"
