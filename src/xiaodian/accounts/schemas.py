"""What the JSON doors of people take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from xiaodian.accounts.queries import AccountView
from xiaodian.accounts.rules import PASSWORD_MAX
from xiaodian.accounts.service import NextStep, SignedIn
from xiaodian.infra.sessions import LIFETIMES, SessionRow

__all__ = [
    "AccountAnswer",
    "CodeBody",
    "CodeSentAnswer",
    "CodeSignInBody",
    "DeletionBody",
    "PasswordBody",
    "PasswordSignInBody",
    "RegistrationBody",
    "SecondStepBody",
    "SessionAnswer",
    "SessionListAnswer",
    "SessionOpenedAnswer",
    "StepAnswer",
]

Phone = Annotated[str, Field(max_length=32)]
Code = Annotated[str, Field(max_length=16)]
Password = Annotated[str, Field(max_length=PASSWORD_MAX)]


class Body(BaseModel):
    """A body takes no unknown fields."""

    model_config = ConfigDict(extra="forbid")


class CodeBody(Body):
    """Ask for a one-time code."""

    phone: Phone
    audience: Literal["buyer", "merchant"] = "buyer"


class CodeSignInBody(Body):
    """Sign a buyer in; ``consent`` is to the terms and the privacy notice in force."""

    phone: Phone
    code: Code
    consent: bool = False


class PasswordSignInBody(Body):
    """Sign staff in by phone or e-mail and password."""

    audience: Literal["merchant", "operator"]
    login: Annotated[str, Field(max_length=254)]
    password: Password


class SecondStepBody(Body):
    """The authenticator's code, or a recovery code, for a sign-in that waits for it."""

    step_token: Annotated[str, Field(max_length=64)]
    code: Code


class RegistrationBody(Body):
    """Make a merchant account by a code to its phone."""

    phone: Phone
    code: Code
    name: Annotated[str, Field(max_length=200)]
    password: Password
    email: Annotated[str, Field(max_length=254)] = ""
    consent: bool = False


class PasswordBody(Body):
    """Change one's own password."""

    current: Password
    new: Password


class DeletionBody(Body):
    """Delete one's own account for good."""

    confirm: bool = False


class CodeSentAnswer(BaseModel):
    """A code is on its way; the same for every phone."""

    expires_at: datetime


class AccountAnswer(BaseModel):
    """An account as it may be shown."""

    id: str
    audience: str
    name: str
    phone_masked: str
    email_masked: str
    roles: list[str] = []

    @classmethod
    def of(cls, view: AccountView, roles: list[str] | None = None) -> AccountAnswer:
        """Turn a view into JSON."""
        return cls(
            id=str(view.id),
            audience=view.audience,
            name=view.name,
            phone_masked=view.phone_masked,
            email_masked=view.email_masked,
            roles=roles or [],
        )


class SessionOpenedAnswer(BaseModel):
    """A session: its bearer token, shown once, and how long it lasts in seconds of wall time."""

    token: str
    expires_in_s: int
    account: AccountAnswer
    recovery_codes: list[str] = []

    @classmethod
    def of(cls, signed: SignedIn) -> SessionOpenedAnswer:
        """Turn a sign-in into JSON."""
        return cls(
            token=signed.token,
            expires_in_s=int(LIFETIMES[signed.account.audience].total_seconds()),
            account=AccountAnswer.of(signed.account),
            recovery_codes=list(signed.recovery_codes),
        )


class StepAnswer(BaseModel):
    """A second step is waited for; ``enrol`` carries the secret to bind first."""

    step: Literal["totp", "enrol"]
    step_token: str
    secret: str | None = None
    secret_address: str | None = None

    @classmethod
    def of(cls, step: NextStep) -> StepAnswer:
        """Turn a step into JSON."""
        return cls(
            step=step.step,
            step_token=step.token,
            secret=step.enrolment.secret if step.enrolment else None,
            secret_address=step.enrolment.address if step.enrolment else None,
        )


class SessionAnswer(BaseModel):
    """One of one's own sessions."""

    id: str
    present: bool
    address: str
    agent: str
    opened_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, row: SessionRow, present: int | None) -> SessionAnswer:
        """Turn a row into JSON."""
        return cls(
            id=str(row.id),
            present=row.id == present,
            address=row.address,
            agent=row.agent,
            opened_at=row.opened_at,
            expires_at=row.expires_at,
        )


class SessionListAnswer(BaseModel):
    """One's own open sessions, newest first."""

    items: list[SessionAnswer]
