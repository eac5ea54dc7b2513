"""Registration and subject qualification (dimension 1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from xiaodian.rulebooks.schema.terms import CategoryFlag, Code, Days, Denial, Section, Subject

__all__ = ["DocumentNeed", "Registration", "WorkingDaySla"]

DocumentNeed = Literal["ALWAYS", "NOT_SELF_OPERATED"]
WorkingDays = Annotated[int, Field(ge=1, le=60)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDaySla(Section):
    """A promise in working days; only the upper end is enforced, by escalation (AMB-01)."""

    kind: Literal["WORKING_DAY_SLA"]
    min_days: WorkingDays
    max_days: WorkingDays
    on_breach: Literal["ESCALATE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration(Section):
    """Who may apply, with what, and how long the review takes."""

    subjects: tuple[Subject, ...]
    subject_denial: Denial
    preconditions: tuple[Code, ...]
    precondition_denial: Denial
    documents: Mapping[Subject, Mapping[Code, DocumentNeed]]
    document_denial: Denial
    brand_auth: Literal["NEVER", "AT_PRODUCT", "IF_NOT_SELF_OPERATED"]
    audit: WorkingDaySla
    category_denials: Mapping[CategoryFlag, Mapping[Subject, Denial]]
    supplement_days: Days
    expiry_notice_days: Days
