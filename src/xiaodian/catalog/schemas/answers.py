"""What the JSON doors of the catalogue answer. Ids are texts, money whole fen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from xiaodian.catalog.queries import (
    PaperView,
    ProductLine,
    ProductView,
    QuestionView,
    ReviewView,
    SkuView,
)
from xiaodian.infra.i18n import sentence
from xiaodian.kernel.paging import Page

__all__ = [
    "LineAnswer",
    "MadeAnswer",
    "PaperAnswer",
    "PapersAnswer",
    "ProductAnswer",
    "ProductsAnswer",
    "QuestionAnswer",
    "ReviewAnswer",
    "ReviewsAnswer",
    "SkuAnswer",
]


class MadeAnswer(BaseModel):
    """What was made."""

    id: str


class SkuAnswer(BaseModel):
    """A SKU: its draft's words, its stock, and its online price where it has one."""

    id: str
    number: str
    spec: str
    price_fen: int
    stock: int
    in_draft: bool
    online: bool
    online_price_fen: int | None

    @classmethod
    def of(cls, sku: SkuView) -> SkuAnswer:
        """Draw up an answer."""
        return cls(
            id=str(sku.id),
            number=sku.number,
            spec=sku.spec,
            price_fen=sku.price_fen,
            stock=sku.stock,
            in_draft=sku.in_draft,
            online=sku.online,
            online_price_fen=sku.online_price_fen if sku.online else None,
        )


class QuestionAnswer(BaseModel):
    """What a draft lacks, in the reader's language."""

    key: str
    code: str
    rule: str
    text: str
    asks: str
    options: list[str]
    not_applicable: bool

    @classmethod
    def of(cls, asked: QuestionView, lang: str) -> QuestionAnswer:
        """Draw up an answer."""
        return cls(
            key=asked.key,
            code=asked.code,
            rule=asked.rule,
            text=sentence(asked.sentence, asked.facts, lang),
            asks=asked.asks,
            options=list(asked.options),
            not_applicable=asked.not_applicable,
        )


class PaperAnswer(BaseModel):
    """A certificate or authorisation."""

    id: str
    code: str
    number: str
    issuer: str
    holder: str
    valid_until: date | None
    state: str
    why: str
    uploaded_at: datetime

    @classmethod
    def of(cls, paper: PaperView) -> PaperAnswer:
        """Draw up an answer."""
        return cls(
            id=str(paper.id),
            code=paper.code,
            number=paper.number,
            issuer=paper.issuer,
            holder=paper.holder,
            valid_until=paper.valid_until,
            state=paper.state,
            why=paper.why,
            uploaded_at=paper.uploaded_at,
        )


class PapersAnswer(BaseModel):
    """A page of papers."""

    items: list[PaperAnswer]
    next: str | None


class ReviewAnswer(BaseModel):
    """A submission and what became of it."""

    id: str
    shop_id: str
    product_id: str
    market: str
    category: str
    title: str
    revision: int
    rulebook: str
    state: str
    submitted_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reasons: list[str]
    findings: list[dict[str, Any]]
    overruled: dict[str, str]

    @classmethod
    def of(cls, review: ReviewView, lang: str) -> ReviewAnswer:
        """Draw up an answer."""
        return cls(
            id=str(review.id),
            shop_id=str(review.shop_id),
            product_id=str(review.product_id),
            market=review.market,
            category=review.category,
            title=review.title,
            revision=review.revision,
            rulebook=review.rulebook,
            state=review.state,
            submitted_at=review.submitted_at,
            due_at=review.due_at,
            decided_at=review.decided_at,
            reasons=list(review.reasons),
            findings=[
                {
                    "code": one["code"],
                    "rule": one["rule"],
                    "level": one["level"],
                    "text": sentence(one["sentence"], one["facts"], lang),
                }
                for one in review.findings
            ],
            overruled=review.overruled,
        )


class ReviewsAnswer(BaseModel):
    """A page of submissions."""

    items: list[ReviewAnswer]
    next: str | None

    @classmethod
    def of(cls, page: Page[ReviewView], lang: str) -> ReviewsAnswer:
        """Draw up an answer."""
        return cls(items=[ReviewAnswer.of(one, lang) for one in page.items], next=page.next)


class ProductAnswer(BaseModel):
    """A product with its draft, what is open, its papers and reviews."""

    id: str
    shop_id: str
    market: str
    number: str
    revision: int
    edit_status: str
    status: str
    title: str
    category: str | None
    source: str
    brand: str
    selling_point: str
    unit: str
    market_price_fen: int
    sale_price_fen: int
    attributes: dict[str, str]
    extra: dict[str, str]
    pictures: list[str]
    online_title: str
    published_at: datetime | None
    changed_at: datetime
    skus: list[SkuAnswer]
    questions: list[QuestionAnswer]
    papers: list[PaperAnswer]
    reviews: list[ReviewAnswer]

    @classmethod
    def of(cls, view: ProductView, lang: str) -> ProductAnswer:
        """Draw up an answer."""
        return cls(
            id=str(view.id),
            shop_id=str(view.shop_id),
            market=view.market,
            number=view.number,
            revision=view.revision,
            edit_status=view.edit_status,
            status=view.status,
            title=view.title,
            category=view.category,
            source=view.source,
            brand=view.brand,
            selling_point=view.selling_point,
            unit=view.unit,
            market_price_fen=view.market_price_fen,
            sale_price_fen=view.sale_price_fen,
            attributes=view.attributes,
            extra=view.extra,
            pictures=[f"/pictures/{file_id}" for file_id in view.pictures],
            online_title=view.online_title,
            published_at=view.published_at,
            changed_at=view.changed_at,
            skus=[SkuAnswer.of(sku) for sku in view.skus],
            questions=[QuestionAnswer.of(one, lang) for one in view.questions],
            papers=[PaperAnswer.of(paper) for paper in view.papers],
            reviews=[ReviewAnswer.of(review, lang) for review in view.reviews],
        )


class LineAnswer(BaseModel):
    """A product in a list."""

    id: str
    number: str
    title: str
    category: str | None
    price_fen: int
    market_price_fen: int
    stock: int
    sku_count: int
    question_count: int
    edit_status: str
    status: str
    changed_at: datetime


class ProductsAnswer(BaseModel):
    """A page of products."""

    items: list[LineAnswer]
    next: str | None

    @classmethod
    def of(cls, page: Page[ProductLine]) -> ProductsAnswer:
        """Draw up an answer."""
        items = [
            LineAnswer(
                id=str(line.id),
                number=line.number,
                title=line.title,
                category=line.category,
                price_fen=line.price_fen,
                market_price_fen=line.market_price_fen,
                stock=line.stock,
                sku_count=line.sku_count,
                question_count=line.question_count,
                edit_status=line.edit_status,
                status=line.status,
                changed_at=line.changed_at,
            )
            for line in page.items
        ]
        return cls(items=items, next=page.next)
