"""What the doors for many products at once answer: imports, bulk answers, bulk decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from xiaodian.catalog.queries import ImportView, QuestionGroup
from xiaodian.catalog.service import AnswerReport, Decided
from xiaodian.infra.i18n import sentence

__all__ = [
    "AnswersAnswer",
    "DecidedAnswer",
    "GroupAnswer",
    "ImportAnswer",
    "ImportsAnswer",
    "QuestionGroupsAnswer",
]


class AnswersAnswer(BaseModel):
    """What became of an answer for many."""

    answered: int
    refused: int
    reasons: list[dict[str, str]]

    @classmethod
    def of(cls, report: AnswerReport) -> AnswersAnswer:
        """Draw up an answer."""
        reasons = [
            {"product_no": number, "code": code, "text": text}
            for number, code, text in report.refused
        ]
        return cls(answered=report.answered_count, refused=report.refused_count, reasons=reasons)


class GroupAnswer(BaseModel):
    """The same question on many drafts of a category."""

    key: str
    code: str
    rule: str
    asks: str
    category: str | None
    source: str
    count: int
    text: str
    options: list[str]
    not_applicable: bool


class QuestionGroupsAnswer(BaseModel):
    """A shop's open questions, gathered."""

    items: list[GroupAnswer]

    @classmethod
    def of(cls, groups: list[QuestionGroup], lang: str) -> QuestionGroupsAnswer:
        """Draw up an answer."""
        items = [
            GroupAnswer(
                key=group.key,
                code=group.code,
                rule=group.rule,
                asks=group.asks,
                category=group.category,
                source=group.source,
                count=group.count,
                text=sentence(group.sentence, group.facts, lang),
                options=list(group.options),
                not_applicable=group.not_applicable,
            )
            for group in groups
        ]
        return cls(items=items)


class DecidedAnswer(BaseModel):
    """What became of each of many products."""

    done: list[str]
    refused: list[dict[str, str]]

    @classmethod
    def of(cls, decided: Decided) -> DecidedAnswer:
        """Draw up an answer."""
        refused = [{"product_id": str(one), "code": code} for one, code in decided.refused]
        return cls(done=[str(one) for one in decided.done], refused=refused)


class ImportAnswer(BaseModel):
    """An import: how far it is, and its report when it has ended."""

    id: str
    kind: str
    state: str
    files: list[str]
    total: int
    done: int
    failure: str
    report: dict[str, Any]
    asked_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, run: ImportView) -> ImportAnswer:
        """Draw up an answer."""
        return cls(
            id=str(run.id),
            kind=run.kind,
            state=run.state,
            files=[file["name"] for file in run.files],
            total=run.total_count,
            done=run.done_count,
            failure=run.failure,
            report=run.report,
            asked_at=run.asked_at,
            ended_at=run.ended_at,
        )


class ImportsAnswer(BaseModel):
    """A page of imports."""

    items: list[ImportAnswer]
    next: str | None
