"""The tables of people: accounts, roles, codes, second factors, consents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from xiaodian.infra.db import Base, Instant

__all__ = [
    "AccountRow",
    "ConsentRow",
    "FactorRow",
    "OneTimeCodeRow",
    "OperatorRoleRow",
    "PasswordLinkRow",
    "RecoveryCodeRow",
    "SignInStepRow",
]


class AccountRow(Base):
    """One person in one of their parts. Phone and e-mail are sealed and found by fingerprint."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("audience", "phone_blind"),
        UniqueConstraint("audience", "email_blind"),
        CheckConstraint("audience IN ('buyer', 'merchant', 'operator')", name="audience"),
        CheckConstraint("state IN ('active', 'suspended', 'deleted')", name="state"),
        CheckConstraint("(phone_sealed IS NULL) = (phone_blind IS NULL)", name="phone_whole"),
        CheckConstraint("(email_sealed IS NULL) = (email_blind IS NULL)", name="email_whole"),
        CheckConstraint("audience <> 'buyer' OR password_hash IS NULL", name="buyer_by_code"),
        CheckConstraint("(state = 'deleted') = (deleted_at IS NOT NULL)", name="deleted_at"),
        CheckConstraint(
            "state <> 'deleted' OR"
            " (phone_sealed IS NULL AND email_sealed IS NULL AND password_hash IS NULL)",
            name="deleted_is_anonymous",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    audience: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(40))
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_blind: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_blind: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    demo: Mapped[str | None] = mapped_column(String(16), unique=True)
    """The part this account plays in the demo, if it plays one."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)


class OperatorRoleRow(Base):
    """A duty of an operator."""

    __tablename__ = "operator_roles"
    __table_args__ = (
        CheckConstraint("role IN ('reviewer', 'finance', 'administrator')", name="role"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True, index=True)


class OneTimeCodeRow(Base):
    """The one code of a phone. Times are wall time; a new code takes the old one's place."""

    __tablename__ = "one_time_codes"
    __table_args__ = (
        UniqueConstraint("audience", "phone_blind"),
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    audience: Mapped[str] = mapped_column(String(16))
    phone_blind: Mapped[bytes] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    code_blind: Mapped[bytes] = mapped_column(LargeBinary)
    code_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The code itself, until it has been sent."""
    tries: Mapped[int] = mapped_column(SmallInteger)
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class FactorRow(Base):
    """An authenticator (TOTP): its sealed secret and the last half-minute that was used."""

    __tablename__ = "second_factors"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    """Until a code proved that the person's device has the secret, it is asked of nobody."""


class RecoveryCodeRow(Base):
    """One of the codes that stand in for a lost authenticator; deleted when used."""

    __tablename__ = "recovery_codes"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    code_blind: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class SignInStepRow(Base):
    """A sign-in whose password was right and whose second step is waited for (wall time)."""

    __tablename__ = "sign_in_steps"
    __table_args__ = (
        CheckConstraint("step IN ('totp', 'enrol')", name="step"),
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    step: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int] = mapped_column(SmallInteger)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class PasswordLinkRow(Base):
    """A link by which an operator sets a password, made by an administrator (wall time)."""

    __tablename__ = "password_links"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), unique=True)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class ConsentRow(Base):
    """That somebody agreed to a version of a document, and when."""

    __tablename__ = "consents"
    __table_args__ = (CheckConstraint("document IN ('terms', 'privacy')", name="document"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    document: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    given_at: Mapped[datetime] = mapped_column(Instant)
