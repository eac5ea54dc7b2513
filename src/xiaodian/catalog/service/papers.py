"""Certificates and authorisations: uploaded, attached to products, checked by people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, true
from sqlalchemy.dialects.postgresql import insert as upsert

from xiaodian import accounts, merchants
from xiaodian.catalog.errors import (
    DraftLocked,
    FieldMissing,
    FieldTooLong,
    PaperNotFound,
    ProductNotFound,
    ReasonRequired,
)
from xiaodian.catalog.events import PaperForged
from xiaodian.catalog.models import DraftRow, PaperLinkRow, PaperRow, ProductRow, QuestionRow
from xiaodian.catalog.rules.lore import lore_of
from xiaodian.catalog.rules.review import PaperState
from xiaodian.catalog.service.asking import question_anew
from xiaodian.catalog.service.drafting import touch
from xiaodian.catalog.states import EDITABLE
from xiaodian.infra import audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from xiaodian.infra.db import Tx
    from xiaodian.infra.files import Store

__all__ = [
    "PaperInput",
    "attach_everywhere",
    "attach_paper",
    "check_paper",
    "detach_paper",
    "upload_paper",
]

_NUMBER_MAX = 100
_NAME_MAX = 200
_WHY_MAX = 500
_AT_ONCE_MAX = 2_000


@dataclass(frozen=True, slots=True)
class PaperInput:
    """What a paper says of itself; ``valid_until`` None is for ever."""

    code: str
    number: str
    issuer: str
    holder: str
    valid_until: date | None = None


async def upload_paper(tx: Tx, store: Store, shop_id: int, data: bytes, given: PaperInput) -> int:
    """Keep a paper of a shop and answer its id; it waits for a reviewer's look.

    Refuses ``SHOP_NOT_FOUND``, ``FIELD_MISSING``, ``FIELD_TOO_LONG``, ``FILE_TOO_LARGE`` and
    ``FILE_TYPE_REFUSED``.
    """
    shop = await merchants.visible_shop(tx, shop_id, "products")
    for label, value, limit in (
        ("资质类型", given.code, _NUMBER_MAX),
        ("证书编号", given.number, _NUMBER_MAX),
        ("发证机构", given.issuer, _NAME_MAX),
        ("持有人", given.holder, _NAME_MAX),
    ):
        if not value.strip():
            raise FieldMissing(field=label)
        if len(value) > limit or not value.isprintable():
            raise FieldTooLong(field=label, limit=limit)
    row = PaperRow(
        id=tx.new_id(),
        shop_id=shop.id,
        code=given.code,
        file_id=await store.put(tx, data, purpose="document", owner=f"shop:{shop.id}"),
        number=given.number.strip(),
        issuer=given.issuer.strip(),
        holder=given.holder.strip(),
        valid_until=given.valid_until,
        state=PaperState.UNCHECKED,
        uploaded_at=tx.now,
    )
    tx.session.add(row)
    await tx.session.flush()
    return row.id


async def attach_paper(tx: Tx, paper_id: int, product_ids: Sequence[int]) -> int:
    """Let products of the paper's shop rest on it; answers how many do now that did not.

    Refuses ``PAPER_NOT_FOUND``, ``PRODUCT_NOT_FOUND`` and ``DRAFT_LOCKED``.
    """
    paper = await tx.session.get(PaperRow, paper_id)
    if paper is None:
        raise PaperNotFound
    shop = await merchants.visible_shop(tx, paper.shop_id, "products")
    products = await _own_products(tx, shop.id, product_ids)
    new = list[ProductRow]()
    for product in products:
        linked = await tx.session.execute(
            upsert(PaperLinkRow)
            .values(product_id=product.id, paper_id=paper.id, shop_id=shop.id)
            .on_conflict_do_nothing()
            .returning(PaperLinkRow.product_id)
        )
        if linked.one_or_none() is not None:
            touch(tx, product)
            new.append(product)
    await question_anew(tx, [product.id for product in new], lore_of(shop.rulebook))
    return len(new)


async def attach_everywhere(
    tx: Tx, shop: merchants.ShopView, paper_id: int, *, category: str = ""
) -> int:
    """Let every draft rest on a paper that lacks one of its kind, in a leaf category where named.

    Answers how many do now. Drafts under audit are left alone. Refuses ``PAPER_NOT_FOUND``.
    """
    paper = await tx.session.get(PaperRow, paper_id)
    if paper is None or paper.shop_id != shop.id:
        raise PaperNotFound
    found = await tx.session.scalars(
        select(ProductRow.id)
        .join(QuestionRow, QuestionRow.product_id == ProductRow.id)
        .join(DraftRow, DraftRow.product_id == ProductRow.id)
        .where(
            ProductRow.shop_id == shop.id,
            QuestionRow.key == f"document:{paper.code}",
            ProductRow.edit_status.in_(EDITABLE),
            (DraftRow.category == category) if category else true(),
        )
        .order_by(ProductRow.id)
        .limit(_AT_ONCE_MAX)
    )
    return await attach_paper(tx, paper.id, found.all())


async def detach_paper(tx: Tx, paper_id: int, product_id: int) -> None:
    """Let a product no longer rest on a paper; refuses like ``attach_paper``."""
    paper = await tx.session.get(PaperRow, paper_id)
    if paper is None:
        raise PaperNotFound
    shop = await merchants.visible_shop(tx, paper.shop_id, "products")
    (product,) = await _own_products(tx, shop.id, [product_id])
    await tx.session.execute(
        delete(PaperLinkRow).where(
            PaperLinkRow.product_id == product.id, PaperLinkRow.paper_id == paper.id
        )
    )
    touch(tx, product)
    await question_anew(tx, [product.id], lore_of(shop.rulebook))


async def check_paper(tx: Tx, paper_id: int, *, genuine: bool, why: str = "") -> None:
    """Say what a paper was found to be (W-PRD-02). For reviewers; a forgery needs its reason.

    Refuses ``ROLE_REQUIRED``, ``PAPER_NOT_FOUND`` and ``REASON_REQUIRED``. A forged paper no
    longer counts for any product, and ``PaperForged`` is emitted.
    """
    await accounts.require_role(tx, "reviewer")
    paper = await tx.session.get(PaperRow, paper_id, with_for_update=True, populate_existing=True)
    if paper is None:
        raise PaperNotFound
    reason = " ".join(why.split())
    if len(reason) > _WHY_MAX or not (genuine or reason):
        raise ReasonRequired
    before = paper.state
    paper.state = PaperState.GENUINE if genuine else PaperState.FORGED
    paper.why, paper.checked_at, paper.checked_by = reason, tx.now, tx.actor.account_id
    await tx.session.flush()
    await audit.record(
        tx,
        "paper.checked",
        subject="paper",
        subject_id=paper.id,
        before={"state": before},
        after={"state": paper.state, "why": reason},
    )
    linked = await tx.session.scalars(
        select(PaperLinkRow.product_id).where(PaperLinkRow.paper_id == paper.id)
    )
    product_ids = list(linked)
    shop = await merchants.get_shop(tx, paper.shop_id)
    await question_anew(tx, product_ids, lore_of(shop.rulebook))
    if not genuine and before != PaperState.FORGED:
        await tx.emit(PaperForged(paper.id, paper.shop_id, paper.code, tuple(product_ids)))


async def _own_products(tx: Tx, shop_id: int, product_ids: Sequence[int]) -> list[ProductRow]:
    rows = await tx.session.scalars(
        select(ProductRow)
        .where(ProductRow.shop_id == shop_id, ProductRow.id.in_(product_ids))
        .order_by(ProductRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = list(rows)
    if len(found) < len(set(product_ids)):
        raise ProductNotFound
    if any(product.edit_status not in EDITABLE for product in found):
        raise DraftLocked
    return found
