"""What happens to a shop: it opens, is suspended or banned, and gets and loses restrictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from xiaodian import accounts, notices
from xiaodian.infra import audit
from xiaodian.merchants.errors import ReasonRequired, ShopNotFound
from xiaodian.merchants.events import (
    ShopFlagCleared,
    ShopFlagSet,
    ShopOpened,
    ShopStateChanged,
)
from xiaodian.merchants.models import ShopFlagRow, ShopRow
from xiaodian.merchants.states import FLAG_WORDS, SHOP, Flag, ShopEvent, ShopState

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx

__all__ = [
    "ban_shop",
    "clear_flag",
    "lift_suspension",
    "open_shop",
    "operator_ban",
    "operator_lift",
    "operator_suspend",
    "set_flag",
    "suspend_shop",
]

_WHY_MAX = 500


async def open_shop(tx: Tx, shop_id: int) -> None:
    """Open a shop whose deposit is covered; one that is open already stays as it is.

    Refuses ``SHOP_NOT_FOUND``, and ``ILLEGAL_TRANSITION`` for one that has ended or stands still.
    """
    row = await _lock(tx, shop_id)
    if row.state == ShopState.OPEN:
        return
    row.opened_at = tx.now
    await _step(tx, row, ShopEvent.DEPOSIT_COVERED, why="保证金足额")
    await notices.tell(
        tx,
        row.owner_id,
        kind="merchants.shop_opened",
        sentence="“{shop_name}”已开店，可以发布商品了",
        facts={"shop_name": row.name},
        subject="shop",
        subject_id=row.id,
        url=f"/merchant/shops/{row.id}",
        by=("inbox", "sms"),
    )
    await tx.emit(ShopOpened(row.id))


async def suspend_shop(tx: Tx, shop_id: int, *, why: str) -> None:
    """Make an open shop stand still; refuses ``SHOP_NOT_FOUND`` and ``ILLEGAL_TRANSITION``."""
    await _change(tx, shop_id, ShopEvent.SUSPEND, why)


async def lift_suspension(tx: Tx, shop_id: int, *, why: str) -> None:
    """Let a suspended shop trade again; refuses as ``suspend_shop`` does."""
    await _change(tx, shop_id, ShopEvent.LIFT, why)


async def ban_shop(tx: Tx, shop_id: int, *, why: str) -> None:
    """Ban a shop for good; its running orders go on to their end. Refuses as ``suspend_shop``."""
    await _change(tx, shop_id, ShopEvent.BAN, why)


async def operator_suspend(tx: Tx, shop_id: int, *, why: str) -> None:
    """Suspend by hand; for administrators. Refuses ``ROLE_REQUIRED``, ``REASON_REQUIRED``."""
    await accounts.require_role(tx, "administrator")
    await suspend_shop(tx, shop_id, why=_stated(why))


async def operator_lift(tx: Tx, shop_id: int, *, why: str) -> None:
    """Lift a suspension by hand; for administrators. Refuses as ``operator_suspend``."""
    await accounts.require_role(tx, "administrator")
    await lift_suspension(tx, shop_id, why=_stated(why))


async def operator_ban(tx: Tx, shop_id: int, *, why: str) -> None:
    """Ban by hand; for administrators. Refuses as ``operator_suspend``."""
    await accounts.require_role(tx, "administrator")
    await ban_shop(tx, shop_id, why=_stated(why))


async def set_flag(tx: Tx, shop_id: int, flag: Flag | str, *, why: str, cause: str = "") -> None:
    """Lay a restriction on a shop for one cause, and tell the owner; doing it twice is once.

    ``cause`` names what may end it again (such as ``deposit``), so that one room does not clear
    what another has laid. Refuses ``SHOP_NOT_FOUND``.
    """
    shop = await _lock(tx, shop_id)
    named = Flag(flag)
    standing = await _standing(tx, shop_id, named)
    if any(row.cause == cause for row in standing):
        return
    row = ShopFlagRow(
        id=tx.new_id(),
        shop_id=shop_id,
        flag=named,
        cause=cause,
        why=why[:_WHY_MAX],
        set_at=tx.now,
        set_by=tx.actor.account_id,
        cleared_why="",
    )
    tx.session.add(row)
    await tx.session.flush()
    await audit.record(
        tx,
        "shop.flag_set",
        subject="shop",
        subject_id=shop_id,
        after={"flag": named.value, "cause": cause, "why": why},
    )
    if standing:
        return
    await _tell_flag(tx, shop, row, "“{shop_name}”被{flag}：{why}", why)
    await tx.emit(ShopFlagSet(shop_id, named.value, why))


async def clear_flag(tx: Tx, shop_id: int, flag: Flag | str, *, why: str, cause: str = "") -> None:
    """End one cause of a restriction; it is lifted, and the owner told, when it was the last.

    A cause that does not stand is passed over. Refuses ``SHOP_NOT_FOUND``.
    """
    shop = await _lock(tx, shop_id)
    named = Flag(flag)
    standing = await _standing(tx, shop_id, named)
    row = next((row for row in standing if row.cause == cause), None)
    if row is None:
        return
    row.cleared_at = tx.now
    row.cleared_by = tx.actor.account_id
    row.cleared_why = why[:_WHY_MAX]
    await tx.session.flush()
    await audit.record(
        tx,
        "shop.flag_cleared",
        subject="shop",
        subject_id=shop_id,
        before={"flag": named.value, "cause": cause, "why": row.why},
        after={"why": why},
    )
    if len(standing) > 1:
        return
    await _tell_flag(tx, shop, row, "“{shop_name}”的{flag}已解除：{why}", why)
    await tx.emit(ShopFlagCleared(shop_id, named.value, why))


async def _tell_flag(tx: Tx, shop: ShopRow, row: ShopFlagRow, sentence: str, why: str) -> None:
    ended = "" if row.cleared_at is None else ":cleared"
    await notices.tell(
        tx,
        shop.owner_id,
        kind="merchants.restriction",
        sentence=sentence,
        facts={"shop_name": shop.name, "flag": FLAG_WORDS[Flag(row.flag)], "why": why},
        subject="shop",
        subject_id=shop.id,
        url=f"/merchant/shops/{shop.id}",
        once=f"{row.id}{ended}",
    )


async def _change(tx: Tx, shop_id: int, event: ShopEvent, why: str) -> None:
    row = await _lock(tx, shop_id)
    before = row.state
    await _step(tx, row, event, why=why)
    await notices.tell(
        tx,
        row.owner_id,
        kind="merchants.shop_state",
        sentence=_STATE_SENTENCES[event],
        facts={"shop_name": row.name, "why": why},
        subject="shop",
        subject_id=row.id,
        url=f"/merchant/shops/{row.id}",
        by=("inbox", "sms", "mail"),
        once=f"{event}:{tx.now.isoformat()}",
    )
    await tx.emit(ShopStateChanged(row.id, before, row.state, why))


_STATE_SENTENCES: dict[ShopEvent, str] = {
    ShopEvent.SUSPEND: "“{shop_name}”已暂停营业：{why}",
    ShopEvent.LIFT: "“{shop_name}”已恢复营业：{why}",
    ShopEvent.BAN: "“{shop_name}”已被清退：{why}",
}


async def _step(tx: Tx, row: ShopRow, event: ShopEvent, *, why: str) -> None:
    before = row.state
    row.state = SHOP.after(ShopState(before), event)
    await tx.session.flush()
    await audit.record(
        tx,
        f"shop.{event}",
        subject="shop",
        subject_id=row.id,
        before={"state": before},
        after={"state": row.state, "why": why, "rulebook": row.rulebook},
    )


async def _lock(tx: Tx, shop_id: int) -> ShopRow:
    row = await tx.session.get(ShopRow, shop_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise ShopNotFound
    return row


async def _standing(tx: Tx, shop_id: int, flag: Flag) -> list[ShopFlagRow]:
    found = await tx.session.scalars(
        select(ShopFlagRow).where(
            ShopFlagRow.shop_id == shop_id,
            ShopFlagRow.flag == flag,
            ShopFlagRow.cleared_at.is_(None),
        )
    )
    return list(found)


def _stated(why: str) -> str:
    given = why.strip()
    if not 0 < len(given) <= _WHY_MAX:
        raise ReasonRequired
    return given
