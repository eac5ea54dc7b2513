"""Tables of merchants, their applications and papers, their shops, staff and payout accounts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db import Base, Instant
from xiaodian.merchants.states import (
    ApplicationState,
    CheckOutcome,
    Flag,
    Right,
    ShopState,
)

__all__ = [
    "ApplicationDocumentRow",
    "ApplicationRow",
    "BindingRow",
    "CheckRow",
    "DocumentFileRow",
    "DocumentRow",
    "InvitationRow",
    "MerchantRow",
    "PayoutAccountRow",
    "ShopFlagRow",
    "ShopRow",
    "StaffRow",
    "SupplementRow",
]


def _one_of(column: str, values: type[ApplicationState | CheckOutcome | Flag | ShopState]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def _id() -> Mapped[int]:
    return mapped_column(BigInteger, primary_key=True, autoincrement=False)


class MerchantRow(Base):
    """A merchant organisation; its owner's account may run shops in several markets."""

    __tablename__ = "merchants"

    id: Mapped[int] = _id()
    owner_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)


class BindingRow(Base):
    """An account of a market's own system that the merchant says is theirs; checks confirm it."""

    __tablename__ = "merchant_bindings"
    __table_args__ = (
        # Only a confirmed binding excludes others, so that nobody can squat on an account.
        Index(
            "uq_merchant_bindings_confirmed",
            "surface",
            "identifier_blind",
            unique=True,
            postgresql_where=text("verified_at IS NOT NULL"),
        ),
    )

    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    surface: Mapped[str] = mapped_column(String(32), primary_key=True)
    identifier_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    identifier_blind: Mapped[bytes] = mapped_column(LargeBinary)
    identifier_masked: Mapped[str] = mapped_column(String(80))
    bound_at: Mapped[datetime] = mapped_column(Instant)
    bound_by: Mapped[int] = mapped_column(BigInteger)
    verified_at: Mapped[datetime | None] = mapped_column(Instant)


class ApplicationRow(Base):
    """One application to open one shop in one market, judged by the rulebook it began with."""

    __tablename__ = "applications"
    __table_args__ = (
        CheckConstraint(_one_of("state", ApplicationState), name="state"),
        CheckConstraint(
            "state NOT IN ('SUBMITTED', 'CHECKING', 'REVIEWING') OR due_at IS NOT NULL",
            name="audit_has_deadline",
        ),
        CheckConstraint(
            "state <> 'NEED_SUPPLEMENT' OR supplement_due_at IS NOT NULL",
            name="supplement_has_deadline",
        ),
        CheckConstraint("(state = 'APPROVED') = (shop_id IS NOT NULL)", name="approved_has_shop"),
        CheckConstraint(
            "state <> 'REJECTED' OR jsonb_array_length(reasons) > 0", name="rejected_has_reasons"
        ),
        CheckConstraint("cardinality(categories) BETWEEN 1 AND 20", name="categories"),
        Index("ix_applications_queue", "state", "due_at", "id"),
        Index("ix_applications_merchant", "merchant_id", "id"),
    )

    id: Mapped[int] = _id()
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    applicant_id: Mapped[int] = mapped_column(BigInteger)
    market: Mapped[str] = mapped_column(String(32))
    rulebook: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(16))
    categories: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    self_operated: Mapped[bool] = mapped_column(Boolean)
    shop_name: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(16))
    round: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How often it was submitted; checks belong to a round."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    due_provisional: Mapped[bool] = mapped_column(Boolean, server_default="false")
    """The deadline passes through a year whose holidays are not loaded yet."""
    supplement_due_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    reasons: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    reopened_from: Mapped[int | None] = mapped_column(ForeignKey("applications.id"))
    shop_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)


class DocumentRow(Base):
    """One paper as it was handed in; never changed, replaced by another row instead.

    ``fields`` holds what is not secret. The number (of identity, licence, account, certificate)
    is sealed, found by its blind index, and shown masked.
    """

    __tablename__ = "merchant_documents"
    __table_args__ = (
        CheckConstraint(
            "(number_sealed IS NULL) = (number_blind IS NULL)", name="number_found_again"
        ),
        Index("ix_merchant_documents_merchant", "merchant_id", "kind", "id"),
    )

    id: Mapped[int] = _id()
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    kind: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    """The person or company the paper names."""
    fields: Mapped[dict[str, str]] = mapped_column(JSONB)
    number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    number_blind: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    number_masked: Mapped[str] = mapped_column(String(64))
    valid_to: Mapped[date | None] = mapped_column(Date)
    """The last day on which it is good; None: for ever."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[int] = mapped_column(BigInteger)


class DocumentFileRow(Base):
    """A page of a paper, such as the front of an identity card."""

    __tablename__ = "merchant_document_files"

    document_id: Mapped[int] = mapped_column(ForeignKey("merchant_documents.id"), primary_key=True)
    side: Mapped[str] = mapped_column(String(16), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id"))


class ApplicationDocumentRow(Base):
    """Which paper answers which demand of an application; a paper may serve several."""

    __tablename__ = "application_documents"

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("merchant_documents.id"), index=True)


class CheckRow(Base):
    """One automatic check of one round of an application."""

    __tablename__ = "application_checks"
    __table_args__ = (
        CheckConstraint(_one_of("outcome", CheckOutcome), name="outcome"),
        CheckConstraint("tries >= 0", name="tries"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    item: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The kind of paper, or ``account:`` and the surface of a binding."""
    provider: Mapped[str] = mapped_column(String(32))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("merchant_documents.id"))
    outcome: Mapped[str] = mapped_column(String(16))
    sentence: Mapped[str] = mapped_column(String(200), server_default="")
    tries: Mapped[int] = mapped_column(Integer, server_default="0")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class SupplementRow(Base):
    """One thing the applicant is asked to mend; a new paper of the kind, or a line, answers it."""

    __tablename__ = "application_supplements"
    __table_args__ = (Index("ix_application_supplements_application", "application_id", "id"),)

    id: Mapped[int] = _id()
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    item: Mapped[str] = mapped_column(String(64), server_default="")
    """The kind of paper or binding meant; empty when a line of text answers."""
    sentence: Mapped[str] = mapped_column(String(500))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[int | None] = mapped_column(BigInteger)
    """None when an automatic check asks."""
    answer: Mapped[str] = mapped_column(String(500), server_default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class ShopRow(Base):
    """A shop. The licence columns are public on its page (E-Commerce Law 15)."""

    __tablename__ = "shops"
    __table_args__ = (
        CheckConstraint(_one_of("state", ShopState), name="state"),
        CheckConstraint(
            "(state = 'PENDING_DEPOSIT') = (opened_at IS NULL)", name="opened_once_covered"
        ),
        CheckConstraint("cardinality(categories) BETWEEN 1 AND 20", name="categories"),
        Index("ix_shops_merchant", "merchant_id", "id"),
        Index("ix_shops_market", "market", "state", "id"),
    )

    id: Mapped[int] = _id()
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    owner_id: Mapped[int] = mapped_column(BigInteger, index=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), unique=True)
    market: Mapped[str] = mapped_column(String(32))
    rulebook: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(16))
    type: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(40))
    categories: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    self_operated: Mapped[bool] = mapped_column(Boolean)
    licence_name: Mapped[str] = mapped_column(String(120), server_default="")
    licence_number: Mapped[str] = mapped_column(String(18), server_default="")
    licence_address: Mapped[str] = mapped_column(String(200), server_default="")
    licence_valid_to: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)


class ShopFlagRow(Base):
    """One cause of one restriction: who laid it, when, why, and how it ended.

    The restriction holds while any of its causes is not cleared.
    """

    __tablename__ = "shop_flags"
    __table_args__ = (
        CheckConstraint(_one_of("flag", Flag), name="flag"),
        Index(
            "uq_shop_flags_standing",
            "shop_id",
            "flag",
            "cause",
            unique=True,
            postgresql_where=text("cleared_at IS NULL"),
        ),
    )

    id: Mapped[int] = _id()
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    flag: Mapped[str] = mapped_column(String(24))
    cause: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(String(500))
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[int | None] = mapped_column(BigInteger)
    cleared_at: Mapped[datetime | None] = mapped_column(Instant)
    cleared_by: Mapped[int | None] = mapped_column(BigInteger)
    cleared_why: Mapped[str] = mapped_column(String(500), server_default="")


_RIGHTS = ", ".join(f"'{right}'" for right in Right)


class StaffRow(Base):
    """An account that may act for a shop within chosen rights."""

    __tablename__ = "shop_staff"
    __table_args__ = (
        CheckConstraint(
            f"cardinality(rights) > 0 AND rights <@ ARRAY[{_RIGHTS}]::varchar[]", name="rights"
        ),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, index=True
    )
    rights: Mapped[list[str]] = mapped_column(ARRAY(String(16)))
    added_at: Mapped[datetime] = mapped_column(Instant)
    added_by: Mapped[int] = mapped_column(BigInteger)


class InvitationRow(Base):
    """An invitation to join a shop's staff.

    Without ``account_id`` nobody is registered under that contact; the inviter cannot tell.
    """

    __tablename__ = "staff_invitations"
    __table_args__ = (
        CheckConstraint(
            f"cardinality(rights) > 0 AND rights <@ ARRAY[{_RIGHTS}]::varchar[]", name="rights"
        ),
        Index("uq_staff_invitations_contact", "shop_id", "contact_blind", unique=True),
    )

    id: Mapped[int] = _id()
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    contact_blind: Mapped[bytes] = mapped_column(LargeBinary)
    account_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    contact_masked: Mapped[str] = mapped_column(String(64))
    rights: Mapped[list[str]] = mapped_column(ARRAY(String(16)))
    invited_at: Mapped[datetime] = mapped_column(Instant)
    invited_by: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class PayoutAccountRow(Base):
    """Where a shop's money is paid out. The newest row counts; money waits until it is verified."""

    __tablename__ = "payout_accounts"
    __table_args__ = (
        CheckConstraint(_one_of("outcome", CheckOutcome), name="outcome"),
        CheckConstraint("(outcome = 'APPROVED') = (verified_at IS NOT NULL)", name="verified"),
        Index(
            "uq_payout_accounts_current",
            "shop_id",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[int] = _id()
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    holder_name: Mapped[str] = mapped_column(String(120))
    bank: Mapped[str] = mapped_column(String(80))
    number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    number_blind: Mapped[bytes] = mapped_column(LargeBinary)
    number_masked: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    sentence: Mapped[str] = mapped_column(String(200), server_default="")
    tries: Mapped[int] = mapped_column(Integer, server_default="0")
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[int | None] = mapped_column(BigInteger)
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    replaced_at: Mapped[datetime | None] = mapped_column(Instant)
