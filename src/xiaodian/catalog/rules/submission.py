"""What stands against submitting a draft for review, or putting a product before buyers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xiaodian.catalog.rules.questions import open_questions
from xiaodian.catalog.rules.review import note_findings
from xiaodian.catalog.rules.said import Said
from xiaodian.rulebooks import Verdict, weakest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.catalog.rules.drafts import Draft
    from xiaodian.catalog.rules.questions import Lore
    from xiaodian.rulebooks import Permission

__all__ = ["Standing", "objection", "objections", "standing_against"]

LISTING_LIMITED, PUBLISH_FROZEN = "LISTING_LIMITED", "PUBLISH_FROZEN"


@dataclass(frozen=True, slots=True)
class Standing:
    """What matters of a shop when a product is to come before buyers."""

    is_open: bool
    state: str
    flags: frozenset[str]


def standing_against(standing: Standing, *, is_new: bool) -> str | None:
    """Answer the state or flag of a shop that keeps a product from coming online (4.4).

    A frozen shop publishes nothing; a shop limited in listing publishes nothing new.
    """
    if not standing.is_open:
        return standing.state
    if PUBLISH_FROZEN in standing.flags:
        return PUBLISH_FROZEN
    if is_new and LISTING_LIMITED in standing.flags:
        return LISTING_LIMITED
    return None


def objections(
    draft: Draft, *, may_sell: Permission | None, notes_related: int, lore: Lore
) -> list[Permission]:
    """List everything that denies a draft its submission; empty when it may go to review.

    Open questions first, then the form of the SKUs (A-PRD-02), the notes a market of notes wants
    (X-PRD-01), and whether the shop's subject may sell in the category (``may_sell``).
    """
    found = [
        objection(question.code, question.rule, question.said, lore, key=question.key)
        for question in open_questions(draft, lore)
    ]
    listing = lore.book.product.listing
    if not 1 <= len(draft.skus) <= listing.skus_max:
        facts = {"limit": listing.skus_max, "count": len(draft.skus)}
        said = Said("SKU 须为 1 到 {limit} 个，现有 {count} 个", facts)
        found.append(objection("SKU_COUNT", "A-PRD-02", said, lore, key="skus"))
    if listing.sale_price_at_most_market_price:
        found += _above_market(draft, lore)
    for finding in note_findings(notes_related, lore):
        found.append(objection(finding.code, finding.rule, finding.said, lore, key="notes"))
    if may_sell is not None:
        found.append(may_sell)
    return [verdict for verdict in found if verdict.value is not None]


def objection(code: str, rule: str, said: Said, lore: Lore, *, key: str) -> Permission:
    """Make a verdict of something that stands in the way."""
    origins = [leaf.origin for leaf in lore.book.under("product") if rule in leaf.rules]
    inputs = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in said.facts.items()
    }
    return Verdict(
        value=code,
        rule=rule,
        rulebook=lore.book.ref,
        origin=weakest(origins),
        sentence=said.sentence,
        inputs={**inputs, "key": key},
    )


def _above_market(draft: Draft, lore: Lore) -> Sequence[Permission]:
    found: list[Permission] = []
    if draft.sale_price_fen > draft.market_price_fen:
        said = Said(
            "售价 {sale_fen} 高于市场价 {market_fen}",
            {"sale_fen": draft.sale_price_fen, "market_fen": draft.market_price_fen},
        )
        found.append(objection("PRICE_ABOVE_MARKET", "A-PRD-02", said, lore, key="sale_price"))
    for sku in draft.skus:
        if sku.price_fen > draft.market_price_fen:
            facts = {"number": sku.number, "price_fen": sku.price_fen}
            said = Said(
                "SKU {number} 的价格 {price_fen} 高于商品市场价 {market_fen}",
                {**facts, "market_fen": draft.market_price_fen},
            )
            key = f"price:{sku.number}"
            found.append(objection("PRICE_ABOVE_MARKET", "A-PRD-02", said, lore, key=key))
    return found
