"""What happens to products, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass

from xiaodian.kernel.events import Event

__all__ = [
    "PaperForged",
    "ProductApproved",
    "ProductDown",
    "ProductListed",
    "ProductRejected",
    "ProductSubmitted",
    "ProductsImported",
]


@dataclass(frozen=True, slots=True)
class ProductSubmitted(Event):
    """A draft waits for its review."""

    product_id: int
    shop_id: int


@dataclass(frozen=True, slots=True)
class ProductApproved(Event):
    """A draft passed its review and became the online copy."""

    product_id: int
    shop_id: int


@dataclass(frozen=True, slots=True)
class ProductRejected(Event):
    """A draft failed its review."""

    product_id: int
    shop_id: int


@dataclass(frozen=True, slots=True)
class ProductListed(Event):
    """Buyers can see a product from now on, for the first time or again."""

    product_id: int
    shop_id: int


@dataclass(frozen=True, slots=True)
class ProductDown(Event):
    """Buyers can no longer see a product; ``status`` says why (4.4)."""

    product_id: int
    shop_id: int
    status: str


@dataclass(frozen=True, slots=True)
class PaperForged(Event):
    """A reviewer found a paper of a product to be forged: grounds for a violation (W-PRD-02)."""

    paper_id: int
    shop_id: int
    code: str
    product_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProductsImported(Event):
    """An import came to its end."""

    run_id: int
    shop_id: int
    drafts_count: int
    refused_count: int
