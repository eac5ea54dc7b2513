"""Products with their drafts, SKUs, questions, papers, reviews and imports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db import Base, Instant

__all__ = [
    "AnswerRow",
    "DraftRow",
    "ImportRow",
    "PaperLinkRow",
    "PaperRow",
    "ProductRow",
    "QuestionRow",
    "ReviewRow",
    "SheetCellsRow",
    "SkuRow",
    "WordRow",
]

_EDIT_STATES = (
    "'NEW', 'EDITING', 'AUDITING', 'AUDIT_FAILED', 'AUDIT_PASSED', 'UPLOADING', 'UPLOAD_FAILED'"
)
_STATUSES = (
    "'NONE', 'ONLINE', 'SELF_DOWN', 'VIOLATION_DOWN', 'DEPOSIT_DOWN', 'BRAND_EXPIRED', 'BANNED',"
    " 'DELETED'"
)


class ProductRow(Base):
    """A product and its online copy, which is empty until a review was passed.

    ``revision`` counts the changes of the draft, so that a decision names what it saw. ``tokens``
    are what a search finds it by.
    """

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint(f"edit_status IN ({_EDIT_STATES})", name="edit_status"),
        CheckConstraint(f"status IN ({_STATUSES})", name="status"),
        CheckConstraint(
            "status IN ('NONE', 'DELETED') OR (title <> '' AND category <> ''"
            " AND market_price_fen > 0 AND published_at IS NOT NULL)",
            name="published_whole",
        ),
        CheckConstraint("revision >= 1", name="revision"),
        Index("uq_products_number", "shop_id", "number", unique=True),
        Index("ix_products_shop", "shop_id", "id"),
        Index(
            "ix_products_storefront",
            "market",
            "category",
            "id",
            postgresql_where="status = 'ONLINE'",
        ),
        Index("ix_products_tokens", "tokens", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    market: Mapped[str] = mapped_column(String(24))
    number: Mapped[str] = mapped_column(String(64))
    edit_status: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200), server_default="")
    category: Mapped[str] = mapped_column(String(48), server_default="")
    brand: Mapped[str] = mapped_column(String(200), server_default="")
    selling_point: Mapped[str] = mapped_column(Text, server_default="")
    unit: Mapped[str] = mapped_column(String(64), server_default="")
    market_price_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    attributes: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    extra: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    pictures: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    tokens: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    published_rulebook: Mapped[str] = mapped_column(String(48), server_default="")


class DraftRow(Base):
    """The copy that is edited (A-PRD-01). ``category`` NULL has no leaf yet.

    ``source`` is the category as a sheet named it; ``extra``, ``ambiguous`` and ``unread`` are what
    a sheet said that has no exact meaning here.
    """

    __tablename__ = "product_drafts"
    __table_args__ = (
        CheckConstraint("title <> ''", name="title"),
        CheckConstraint("market_price_fen > 0 AND sale_price_fen > 0", name="prices"),
        Index("ix_product_drafts_category", "shop_id", "category"),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text, server_default="")
    category: Mapped[str | None] = mapped_column(String(48))
    brand: Mapped[str] = mapped_column(Text, server_default="")
    selling_point: Mapped[str] = mapped_column(Text, server_default="")
    unit: Mapped[str] = mapped_column(Text, server_default="")
    market_price_fen: Mapped[int] = mapped_column(BigInteger)
    sale_price_fen: Mapped[int] = mapped_column(BigInteger)
    attributes: Mapped[dict[str, str]] = mapped_column(JSONB)
    extra: Mapped[dict[str, str]] = mapped_column(JSONB)
    ambiguous: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    unread: Mapped[dict[str, str]] = mapped_column(JSONB)
    pictures: Mapped[list[str]] = mapped_column(JSONB)


class SkuRow(Base):
    """A SKU with its draft and online copy, and its one stock, which no audit concerns.

    ``in_draft`` and ``online`` say which copies it belongs to; a SKU that was ever online is kept.
    """

    __tablename__ = "skus"
    __table_args__ = (
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("NOT in_draft OR draft_price_fen > 0", name="draft_price"),
        CheckConstraint("NOT online OR price_fen > 0", name="price"),
        Index("uq_skus_number", "shop_id", "number", unique=True),
        Index("ix_skus_product", "product_id"),
        # Stock changes with every order: room on the page keeps those updates off the indexes.
        {"postgresql_with": {"fillfactor": "70"}},
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    number: Mapped[str] = mapped_column(String(64))
    in_draft: Mapped[bool] = mapped_column()
    draft_spec: Mapped[dict[str, str]] = mapped_column(JSONB)
    draft_price_fen: Mapped[int] = mapped_column(BigInteger)
    online: Mapped[bool] = mapped_column(server_default="false")
    spec: Mapped[str] = mapped_column(Text, server_default="")
    price_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    stock: Mapped[int] = mapped_column(BigInteger)


class QuestionRow(Base):
    """One thing a draft lacks; gone when it is answered."""

    __tablename__ = "product_questions"
    __table_args__ = (Index("ix_product_questions_shop", "shop_id", "key"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(String(64))
    rule: Mapped[str] = mapped_column(String(16))
    sentence: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asks: Mapped[str] = mapped_column(String(16))
    options: Mapped[list[str]] = mapped_column(JSONB)
    not_applicable: Mapped[bool] = mapped_column()


class AnswerRow(Base):
    """An answer somebody gave; never changed."""

    __tablename__ = "product_answers"
    __table_args__ = (Index("ix_product_answers_product", "product_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(160))
    value: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(Instant)
    account_id: Mapped[int | None] = mapped_column(BigInteger)


class WordRow(Base):
    """What a shop's own words mean: a category or attribute name and its code."""

    __tablename__ = "shop_words"
    __table_args__ = (CheckConstraint("kind IN ('category', 'attribute')", name="kind"),)

    shop_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    code: Mapped[str] = mapped_column(String(64))
    set_at: Mapped[datetime] = mapped_column(Instant)


class SheetCellsRow(Base):
    """What a sheet last said about a product or SKU, so that the next import knows what changed."""

    __tablename__ = "sheet_cells"
    __table_args__ = (CheckConstraint("kind IN ('product', 'sku', 'pictures')", name="kind"),)

    shop_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    number: Mapped[str] = mapped_column(String(64), primary_key=True)
    cells: Mapped[dict[str, str]] = mapped_column(JSONB)
    attributes: Mapped[dict[str, str]] = mapped_column(JSONB)


class PaperRow(Base):
    """A certificate or authorisation of a shop; several products may rest on one."""

    __tablename__ = "product_papers"
    __table_args__ = (
        CheckConstraint("state IN ('UNCHECKED', 'GENUINE', 'FORGED')", name="state"),
        CheckConstraint("(state = 'UNCHECKED') = (checked_at IS NULL)", name="checked"),
        Index("ix_product_papers_shop", "shop_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(String(100))
    issuer: Mapped[str] = mapped_column(String(200))
    holder: Mapped[str] = mapped_column(String(200))
    valid_until: Mapped[date | None] = mapped_column()
    state: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(String(500), server_default="")
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    checked_by: Mapped[int | None] = mapped_column(BigInteger)


class PaperLinkRow(Base):
    """A product rests on a paper."""

    __tablename__ = "product_paper_links"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("product_papers.id"), primary_key=True)
    shop_id: Mapped[int] = mapped_column(BigInteger)


class ReviewRow(Base):
    """One submission of a draft and what became of it; at most one stands open a product."""

    __tablename__ = "product_reviews"
    __table_args__ = (
        CheckConstraint("state IN ('OPEN', 'APPROVED', 'REJECTED', 'WITHDRAWN')", name="state"),
        CheckConstraint("(state = 'OPEN') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "state <> 'REJECTED' OR jsonb_array_length(reasons) > 0", name="rejected_for_reasons"
        ),
        Index(
            "uq_product_reviews_open", "product_id", unique=True, postgresql_where="state = 'OPEN'"
        ),
        Index("ix_product_reviews_queue", "state", "id"),
        Index("ix_product_reviews_product", "product_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    market: Mapped[str] = mapped_column(String(24))
    category: Mapped[str] = mapped_column(String(48))
    title: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer)
    rulebook: Mapped[str] = mapped_column(String(48))
    state: Mapped[str] = mapped_column(String(16))
    submitted_at: Mapped[datetime] = mapped_column(Instant)
    submitted_by: Mapped[int | None] = mapped_column(BigInteger)
    due_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    reasons: Mapped[list[str]] = mapped_column(JSONB)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """What the automatic checks found when it was decided."""
    overruled: Mapped[dict[str, str]] = mapped_column(JSONB)
    """The code of a finding that the reviewer set aside, and why."""


class ImportRow(Base):
    """One import of sheets, or of pictures: what came in, how far it is, what came of it."""

    __tablename__ = "product_imports"
    __table_args__ = (
        CheckConstraint("state IN ('WAITING', 'RUNNING', 'DONE', 'FAILED')", name="state"),
        CheckConstraint("done_count >= 0 AND done_count <= total_count", name="progress"),
        Index("ix_product_imports_shop", "shop_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(16))
    """``sheets`` or ``pictures``."""
    state: Mapped[str] = mapped_column(String(16))
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Name and file id of each."""
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    total_count: Mapped[int] = mapped_column(Integer, server_default="0")
    done_count: Mapped[int] = mapped_column(Integer, server_default="0")
    report: Mapped[dict[str, Any]] = mapped_column(JSONB)
    failure: Mapped[str] = mapped_column(String(64), server_default="")
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
