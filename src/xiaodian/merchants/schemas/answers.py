"""What goes out at the doors of merchants."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel

from xiaodian.infra.i18n import SOURCE, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.merchants.queries import (
        ApplicationView,
        BindingView,
        CheckView,
        DocumentView,
        InvitationView,
        PayoutAccount,
        ShopView,
        StaffView,
        SupplementView,
    )
    from xiaodian.rulebooks import Permission


__all__ = [
    "ApplicationAnswer",
    "ApplicationListAnswer",
    "BindingAnswer",
    "BindingListAnswer",
    "CheckResultAnswer",
    "DocumentAnswer",
    "MemberAnswer",
    "MemberListAnswer",
    "NamedAnswer",
    "ObjectionAnswer",
    "PayoutAnswer",
    "ShopAnswer",
    "ShopListAnswer",
    "SupplementAnswer",
]


class NamedAnswer(BaseModel):
    """What was made, by its id."""

    id: str


class ObjectionAnswer(BaseModel):
    """Something that stands against an application."""

    code: str
    rule: str
    text: str


class DocumentAnswer(BaseModel):
    """A paper; numbers are masked for good."""

    id: str
    kind: str
    name: str
    fields: dict[str, str]
    number: str
    valid_to: date | None
    sides: list[str]

    @classmethod
    def of(cls, view: DocumentView) -> DocumentAnswer:
        """Write a view out."""
        return cls(
            id=str(view.id),
            kind=view.kind,
            name=view.name,
            fields=dict(view.fields),
            number=view.number_masked,
            valid_to=view.valid_to,
            sides=list(view.sides),
        )


class CheckResultAnswer(BaseModel):
    """An automatic check."""

    item: str
    outcome: str
    sentence: str

    @classmethod
    def of(cls, view: CheckView) -> CheckResultAnswer:
        """Write a view out."""
        return cls(item=view.item, outcome=view.outcome, sentence=view.sentence)


class SupplementAnswer(BaseModel):
    """Something asked for, and its answer."""

    id: str
    item: str
    sentence: str
    answer: str
    answered_at: datetime | None

    @classmethod
    def of(cls, view: SupplementView) -> SupplementAnswer:
        """Write a view out."""
        return cls(
            id=str(view.id),
            item=view.item,
            sentence=view.sentence,
            answer=view.answer,
            answered_at=view.answered_at,
        )


class ApplicationAnswer(BaseModel):
    """An application; times are ISO, deadlines in business time."""

    id: str
    market: str
    rulebook: str
    subject: str
    categories: list[str]
    self_operated: bool
    shop_name: str
    state: str
    submitted_at: datetime | None
    due_at: datetime | None
    due_provisional: bool
    supplement_due_at: datetime | None
    reasons: list[str]
    shop_id: str | None
    documents: list[DocumentAnswer] = []
    checks: list[CheckResultAnswer] = []
    supplements: list[SupplementAnswer] = []
    objections: list[ObjectionAnswer] = []

    @classmethod
    def of(
        cls,
        view: ApplicationView,
        *,
        documents: list[DocumentView] | None = None,
        checks: list[CheckView] | None = None,
        supplements: list[SupplementView] | None = None,
        objections: Sequence[Permission] = (),
        lang: str = SOURCE,
    ) -> ApplicationAnswer:
        """Write a view out, with its parts where they were read; reasons are in ``lang``."""
        return cls(
            id=str(view.id),
            market=view.market,
            rulebook=view.rulebook,
            subject=view.subject,
            categories=list(view.categories),
            self_operated=view.self_operated,
            shop_name=view.shop_name,
            state=view.state,
            submitted_at=view.submitted_at,
            due_at=view.due_at,
            due_provisional=view.due_provisional,
            supplement_due_at=view.supplement_due_at,
            reasons=list(view.reasons),
            shop_id=None if view.shop_id is None else str(view.shop_id),
            documents=[DocumentAnswer.of(each) for each in documents or []],
            checks=[CheckResultAnswer.of(each) for each in checks or []],
            supplements=[SupplementAnswer.of(each) for each in supplements or []],
            objections=[
                ObjectionAnswer(
                    code=str(each.value),
                    rule=each.rule,
                    text=sentence(each.sentence, each.inputs, lang),
                )
                for each in objections
            ],
        )


class ApplicationListAnswer(BaseModel):
    """A page of applications and the cursor of the next."""

    items: list[ApplicationAnswer]
    next: str | None = None


class BindingAnswer(BaseModel):
    """A bound account, masked."""

    surface: str
    identifier: str
    verified_at: datetime | None

    @classmethod
    def of(cls, view: BindingView) -> BindingAnswer:
        """Write a view out."""
        return cls(
            surface=view.surface, identifier=view.identifier_masked, verified_at=view.verified_at
        )


class ShopAnswer(BaseModel):
    """A shop."""

    id: str
    market: str
    subject: str
    type: str
    state: str
    flags: list[str]
    rulebook: str
    name: str
    categories: list[str]
    self_operated: bool
    opened_at: datetime | None

    @classmethod
    def of(cls, view: ShopView) -> ShopAnswer:
        """Write a view out."""
        return cls(
            id=str(view.id),
            market=view.market,
            subject=view.subject,
            type=view.type,
            state=view.state,
            flags=sorted(view.flags),
            rulebook=view.rulebook,
            name=view.name,
            categories=list(view.categories),
            self_operated=view.self_operated,
            opened_at=view.opened_at,
        )


class BindingListAnswer(BaseModel):
    """The accounts a merchant bound."""

    items: list[BindingAnswer]


class ShopListAnswer(BaseModel):
    """A page of shops and the cursor of the next."""

    items: list[ShopAnswer]
    next: str | None = None


class MemberAnswer(BaseModel):
    """Somebody who acts for a shop, or is invited to."""

    account_id: str | None = None
    invitation_id: str | None = None
    contact: str = ""
    rights: list[str]
    since: datetime

    @classmethod
    def of(cls, view: StaffView) -> MemberAnswer:
        """Write a member of staff out."""
        return cls(
            account_id=str(view.account_id),
            rights=[right.value for right in view.rights],
            since=view.added_at,
        )

    @classmethod
    def of_invitation(cls, view: InvitationView) -> MemberAnswer:
        """Write an invitation out."""
        return cls(
            invitation_id=str(view.id),
            contact=view.contact_masked,
            rights=[right.value for right in view.rights],
            since=view.invited_at,
        )


class MemberListAnswer(BaseModel):
    """Who acts for a shop, and who is invited to."""

    items: list[MemberAnswer]


class PayoutAnswer(BaseModel):
    """Where a shop's money goes, masked."""

    id: str
    holder_name: str
    bank: str
    number: str
    outcome: str
    verified_at: datetime | None
    changed_at: datetime

    @classmethod
    def of(cls, view: PayoutAccount) -> PayoutAnswer:
        """Write a view out."""
        return cls(
            id=str(view.id),
            holder_name=view.holder_name,
            bank=view.bank,
            number=view.number_masked,
            outcome=view.outcome,
            verified_at=view.verified_at,
            changed_at=view.changed_at,
        )
