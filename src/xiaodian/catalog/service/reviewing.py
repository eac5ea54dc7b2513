"""Submission, withdrawal, and the reviewer's decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from xiaodian import accounts, desk, merchants, notices, rulebooks
from xiaodian.catalog import queries
from xiaodian.catalog.errors import (
    DraftMoved,
    FindingsStand,
    ReasonRequired,
    ReviewNotOpen,
)
from xiaodian.catalog.events import (
    ProductApproved,
    ProductListed,
    ProductRejected,
    ProductSubmitted,
)
from xiaodian.catalog.models import DraftRow, ProductRow, ReviewRow
from xiaodian.catalog.rules.lore import lore_of
from xiaodian.catalog.rules.review import findings
from xiaodian.catalog.rules.submission import objections
from xiaodian.catalog.service.drafting import lock_product, visible_product
from xiaodian.catalog.service.publishing import publish, refuse_unless_listable
from xiaodian.catalog.states import DRAFT, DraftEvent, EditState, ReviewState, Status
from xiaodian.infra import audit
from xiaodian.kernel.errors import Refusal
from xiaodian.rulebooks import Denied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.catalog.rules.review import Finding
    from xiaodian.infra.db import Tx
    from xiaodian.rulebooks import Permission

__all__ = [
    "REVIEW_ITEM",
    "Decided",
    "approve",
    "approve_many",
    "reject",
    "submit",
    "submit_ready",
    "withdraw",
]

REVIEW_ITEM = "product_review"
"""The kind of the work item that a submission becomes."""
_REASONS_MAX = 10
_REASON_CHARS_MAX = 500
_AT_ONCE_MAX = 200


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of each of many: those done, and code and number of those refused."""

    done: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]


async def submit(tx: Tx, product_id: int) -> None:
    """Hand a draft to review; it is locked until it is decided or withdrawn.

    Refuses ``PRODUCT_NOT_FOUND``, ``ILLEGAL_TRANSITION``, ``SHOP_CANNOT_LIST``, and as the market's
    denial (``ATTR_REQUIRED``, ``DUAL_CERT``, ``SKU_COUNT``, …) whatever is still open.
    """
    product, shop = await visible_product(tx, product_id, lock=True)
    await _submit(tx, product, shop)


async def submit_ready(tx: Tx, shop_id: int) -> Decided:
    """Hand in every draft of a shop that lacks nothing, at most two hundred at once."""
    shop = await merchants.visible_shop(tx, shop_id, "products")
    found = await tx.session.scalars(
        select(ProductRow)
        .where(
            ProductRow.shop_id == shop.id,
            ProductRow.edit_status == EditState.EDITING,
            text("NOT EXISTS (SELECT 1 FROM product_questions q WHERE q.product_id = products.id)"),
        )
        .order_by(ProductRow.id)
        .limit(_AT_ONCE_MAX)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    done: list[int] = []
    refused: list[tuple[int, str]] = []
    for product in found.all():
        try:
            await _submit(tx, product, shop)
        except Refusal as refusal:
            refused.append((product.id, refusal.code))
        else:
            done.append(product.id)
    return Decided(tuple(done), tuple(refused))


async def _submit(tx: Tx, product: ProductRow, shop: merchants.ShopView) -> None:
    after = DRAFT.after(EditState(product.edit_status), DraftEvent.SUBMIT)
    refuse_unless_listable(shop, is_new=product.published_at is None)
    lore = lore_of(shop.rulebook)
    draft = (await queries.drafts_of(tx, [product.id]))[product.id][1]
    against = objections(
        draft, may_sell=_may_sell(shop, draft.category), notes_related=0, lore=lore
    )
    if against:
        raise Denied(against)
    assert draft.category is not None, "an open category is an objection"
    deadline = merchants.opening.audit_deadline(lore.book, tx.now, rulebooks.shipped().calendar)
    row = ReviewRow(
        id=tx.new_id(),
        shop_id=shop.id,
        product_id=product.id,
        market=shop.market,
        category=draft.category,
        title=draft.title,
        revision=product.revision,
        rulebook=shop.rulebook,
        state=ReviewState.OPEN,
        submitted_at=tx.now,
        submitted_by=tx.actor.account_id,
        due_at=deadline.value.at,
        reasons=[],
        findings=[],
        overruled={},
    )
    product.edit_status = after
    tx.session.add(row)
    await tx.session.flush()
    await desk.open_item(
        tx,
        kind=REVIEW_ITEM,
        subject="product",
        subject_id=product.id,
        title="审核商品“{product}”",
        facts={"product": draft.title},
        role="reviewer",
        due_at=row.due_at,
        shop_id=shop.id,
        url=f"/operator/products/{product.id}",
    )
    await tx.emit(ProductSubmitted(product_id=product.id, shop_id=shop.id))


async def withdraw(tx: Tx, product_id: int) -> None:
    """Take a submission back; the draft can be edited again (A-PRD-04)."""
    product, _shop = await visible_product(tx, product_id, lock=True)
    product.edit_status = DRAFT.after(EditState(product.edit_status), DraftEvent.WITHDRAW)
    review = await _open_review(tx, product.id)
    await _decide(tx, review, ReviewState.WITHDRAWN)


async def approve(
    tx: Tx,
    product_id: int,
    *,
    revision: int | None = None,
    overruled: Mapping[str, str] | None = None,
) -> None:
    """Approve a submission: the draft becomes the online copy. For reviewers.

    ``overruled`` sets findings aside by code, each with a reason: what needs a person's eye, and a
    category that only the prediction doubts. Refuses ``ROLE_REQUIRED``, ``PRODUCT_NOT_FOUND``,
    ``REVIEW_NOT_OPEN``, ``DRAFT_CHANGED``, ``REASON_REQUIRED``, ``FINDINGS_STAND`` and
    ``SHOP_CANNOT_LIST``.
    """
    product, shop = await _approve(tx, product_id, revision=revision, overruled=overruled or {})
    await notices.tell(
        tx,
        shop.owner_id,
        kind="catalog.approved",
        sentence="商品“{product}”已通过审核",
        facts={"product": product.title},
        subject="product",
        subject_id=product.id,
        url=f"/merchant/shops/{shop.id}/products/{product.id}",
        once=str(product.revision),
    )


async def approve_many(tx: Tx, product_ids: Sequence[int]) -> Decided:
    """Approve those of up to two hundred submissions against which nothing stands.

    The others stay in the queue and are named with the code of the refusal.
    """
    done: list[int] = []
    refused: list[tuple[int, str]] = []
    owners: dict[int, tuple[merchants.ShopView, int]] = {}
    for product_id in sorted(set(product_ids))[:_AT_ONCE_MAX]:
        try:
            _product, shop = await _approve(tx, product_id, revision=None, overruled={})
        except Refusal as refusal:
            if refusal.code == "ROLE_REQUIRED":
                raise
            refused.append((product_id, refusal.code))
        else:
            done.append(product_id)
            owners[shop.id] = (shop, owners.get(shop.id, (shop, 0))[1] + 1)
    for shop, count in owners.values():
        await notices.tell(
            tx,
            shop.owner_id,
            kind="catalog.approved_many",
            sentence="{count} 件商品已通过审核",
            facts={"count": count},
            subject="shop",
            subject_id=shop.id,
            url=f"/merchant/shops/{shop.id}/products",
            once=str(max(done)),
        )
    return Decided(tuple(done), tuple(refused))


async def _approve(
    tx: Tx, product_id: int, *, revision: int | None, overruled: Mapping[str, str]
) -> tuple[ProductRow, merchants.ShopView]:
    await accounts.require_role(tx, "reviewer")
    product = await lock_product(tx, product_id)
    review = await _open_review(tx, product.id)
    if revision is not None and revision != review.revision:
        raise DraftMoved(seen=revision, now=review.revision)
    shop = await merchants.get_shop(tx, product.shop_id)
    refuse_unless_listable(shop, is_new=product.published_at is None)
    reasons = {code: _reasons([why])[0] for code, why in overruled.items()}
    found = await findings_of(tx, product, shop)
    standing = [
        finding
        for finding in found
        if finding.stands and not (finding.overrulable and finding.code in reasons)
    ]
    if standing:
        raise FindingsStand(
            codes=[finding.code for finding in standing],
            findings=[
                {"code": finding.code, "rule": finding.rule, "text": str(finding.said)}
                for finding in standing
            ],
        )
    was = Status(product.status)
    product.edit_status = DRAFT.after(EditState(product.edit_status), DraftEvent.AUDIT_PASS)
    draft = await tx.session.get_one(DraftRow, product.id, populate_existing=True)
    await publish(tx, product, draft, shop)
    review.findings = [_as_json(finding) for finding in found]
    review.overruled = reasons
    await _decide(tx, review, ReviewState.APPROVED)
    await tx.emit(ProductApproved(product_id=product.id, shop_id=shop.id))
    if product.status == Status.ONLINE and was is not Status.ONLINE:
        await tx.emit(ProductListed(product_id=product.id, shop_id=shop.id))
    return product, shop


async def reject(
    tx: Tx, product_id: int, *, reasons: Sequence[str], revision: int | None = None
) -> None:
    """Reject a submission with at least one reason; the online copy stays. For reviewers.

    Refuses ``ROLE_REQUIRED``, ``PRODUCT_NOT_FOUND``, ``REVIEW_NOT_OPEN``, ``DRAFT_CHANGED`` and
    ``REASON_REQUIRED``.
    """
    await accounts.require_role(tx, "reviewer")
    product = await lock_product(tx, product_id)
    review = await _open_review(tx, product.id)
    if revision is not None and revision != review.revision:
        raise DraftMoved(seen=revision, now=review.revision)
    given = _reasons(reasons)
    shop = await merchants.get_shop(tx, product.shop_id)
    found = await findings_of(tx, product, shop)
    product.edit_status = DRAFT.after(EditState(product.edit_status), DraftEvent.AUDIT_FAIL)
    review.reasons = given
    review.findings = [_as_json(finding) for finding in found]
    await _decide(tx, review, ReviewState.REJECTED)
    await notices.tell(
        tx,
        shop.owner_id,
        kind="catalog.rejected",
        sentence="商品“{product}”未通过审核：{reason}",
        facts={"product": review.title, "reason": given[0]},
        subject="product",
        subject_id=product.id,
        url=f"/merchant/shops/{shop.id}/products/{product.id}",
        once=str(review.id),
    )
    await tx.emit(ProductRejected(product_id=product.id, shop_id=shop.id))


async def findings_of(tx: Tx, product: ProductRow, shop: merchants.ShopView) -> tuple[Finding, ...]:
    """Run the market's automatic checks over a submitted draft as things stand now."""
    draft = (await queries.drafts_of(tx, [product.id]))[product.id][1]
    if draft.category is None:
        return ()
    facts = await queries.review_facts(tx, product, shop, draft)
    return findings(draft, facts, lore_of(shop.rulebook))


def _may_sell(shop: merchants.ShopView, category: str | None) -> Permission | None:
    if category is None:
        return None
    return merchants.opening.category_allowed(
        rulebooks.version(shop.rulebook),
        rulebooks.Subject(shop.subject),
        category,
        rulebooks.categories(),
    )


async def _open_review(tx: Tx, product_id: int) -> ReviewRow:
    row = await tx.session.scalar(
        select(ReviewRow)
        .where(ReviewRow.product_id == product_id, ReviewRow.state == ReviewState.OPEN)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise ReviewNotOpen
    return row


async def _decide(tx: Tx, review: ReviewRow, state: ReviewState) -> None:
    review.state, review.decided_at = state, tx.now
    review.decided_by = tx.actor.account_id
    await tx.session.flush()
    await desk.close_item(
        tx, kind=REVIEW_ITEM, subject_id=review.product_id, outcome=state.value.lower()
    )
    await audit.record(
        tx,
        f"product.{state.value.lower()}",
        subject="product",
        subject_id=review.product_id,
        after={
            "revision": review.revision,
            "reasons": review.reasons,
            "overruled": review.overruled,
        },
    )


def _reasons(given: Sequence[str]) -> list[str]:
    reasons = [" ".join(reason.split()) for reason in given]
    kept = [reason for reason in reasons if reason]
    if not 1 <= len(kept) <= _REASONS_MAX or any(len(one) > _REASON_CHARS_MAX for one in kept):
        raise ReasonRequired
    return kept


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "rule": finding.rule,
        "level": finding.level.value,
        "sentence": finding.said.sentence,
        "facts": dict(finding.said.facts),
    }
