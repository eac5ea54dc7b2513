"""D+0 on application: asked by the shop, decided by staff, ended by any restriction (AMB-21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xiaodian import accounts as people
from xiaodian import desk, merchants, notices, rulebooks
from xiaodian.infra import audit
from xiaodian.merchants import Right
from xiaodian.settlement import rules
from xiaodian.settlement.errors import D0NotFound
from xiaodian.settlement.models import D0Row
from xiaodian.settlement.states import D0, D0_WORDS, D0Event, D0State

if TYPE_CHECKING:
    from xiaodian.infra.db import Tx
    from xiaodian.merchants import ShopView

__all__ = ["decide_d0", "request_d0", "revoke_d0"]

_ITEM = "d0_review"
_REASON_MAX = 200


async def request_d0(tx: Tx, shop_id: int) -> D0Row:
    """Ask for D+0 (W-TRX-04); asked again while it is open, it is the same request.

    Needs the right ``funds``. Refuses ``SHOP_NOT_FOUND``, ``RIGHT_MISSING`` and what the rulebook
    denies: ``D0_NOT_OFFERED``, the market's own code for other subjects, ``D0_SHOP_RESTRICTED``.
    """
    shop = await merchants.visible_shop(tx, shop_id, Right.FUNDS)
    _check(shop)
    row = await tx.session.get(D0Row, shop.id, with_for_update=True, populate_existing=True)
    if row is None:
        row = D0Row(shop_id=shop.id, reason="")
        tx.session.add(row)
    elif row.state in {D0State.REQUESTED, D0State.GRANTED}:
        return row
    else:
        D0.after(D0State(row.state), D0Event.REQUEST)
    row.state, row.asked_at, row.asked_by = D0State.REQUESTED, tx.now, tx.actor.account_id
    row.decided_at = row.decided_by = None
    await tx.session.flush()
    await desk.open_item(
        tx,
        kind=_ITEM,
        subject="shop",
        subject_id=shop.id,
        shop_id=shop.id,
        title="“{shop_name}”申请 D+0 结算",
        facts={"shop_name": shop.name},
        role=people.Role.FINANCE,
        url=f"/operator/funds/shops/{shop.id}",
    )
    await _record(tx, row)
    return row


async def decide_d0(tx: Tx, shop_id: int, *, grant: bool, reason: str = "") -> D0Row:
    """Grant or reject D+0, as a finance operator; sales confirmed from now on settle at once.

    Refuses ``ROLE_REQUIRED``, ``D0_NOT_FOUND``, ``ILLEGAL_TRANSITION`` and, when granting, what the
    rulebook denies by now.
    """
    await people.require_role(tx, people.Role.FINANCE)
    row = await _locked(tx, shop_id)
    shop = await merchants.get_shop(tx, shop_id)
    if grant:
        _check(shop)
    row.state = D0.after(D0State(row.state), D0Event.GRANT if grant else D0Event.REJECT)
    row.decided_at, row.decided_by = tx.now, tx.actor.account_id
    row.reason = " ".join(reason.split())[:_REASON_MAX]
    await tx.session.flush()
    await desk.close_item(tx, kind=_ITEM, subject_id=shop_id, outcome=row.state.lower())
    await _record(tx, row)
    await _tell(tx, row, shop)
    return row


async def revoke_d0(tx: Tx, shop_id: int, *, why: str) -> None:
    """End D+0, because the shop is restricted; there may be none to end."""
    row = await tx.session.get(D0Row, shop_id, with_for_update=True, populate_existing=True)
    if row is None or not D0.allows(D0State(row.state), D0Event.REVOKE):
        return
    row.state = D0.after(D0State(row.state), D0Event.REVOKE)
    row.decided_at, row.decided_by, row.reason = tx.now, tx.actor.account_id, why[:_REASON_MAX]
    await tx.session.flush()
    await desk.close_item(tx, kind=_ITEM, subject_id=shop_id, outcome="revoked")
    await _record(tx, row)
    await _tell(tx, row, await merchants.get_shop(tx, shop_id))


def _check(shop: ShopView) -> None:
    allowed = rules.d0_allowed(
        rulebooks.version(shop.rulebook), rulebooks.Subject(shop.subject), shop.flags
    )
    if allowed.value is not None:
        raise rulebooks.Denied([allowed])


async def _locked(tx: Tx, shop_id: int) -> D0Row:
    row = await tx.session.get(D0Row, shop_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise D0NotFound
    return row


async def _record(tx: Tx, row: D0Row) -> None:
    await audit.record(
        tx,
        f"d0.{row.state.lower()}",
        subject="shop",
        subject_id=row.shop_id,
        after={"state": row.state, "reason": row.reason},
    )


async def _tell(tx: Tx, row: D0Row, shop: ShopView) -> None:
    await notices.tell(
        tx,
        shop.owner_id,
        kind="settlement.d0",
        sentence="“{shop_name}”的 D+0 结算{outcome}。{reason}",
        facts={
            "shop_name": shop.name,
            "outcome": D0_WORDS[D0State(row.state)],
            "reason": row.reason or "",
        },
        subject="shop",
        subject_id=shop.id,
        url=f"/merchant/shops/{shop.id}/funds",
        once=tx.now.isoformat(),
    )
