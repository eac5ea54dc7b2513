"""What came of an import: counts, refusals by name, and the same sheet with a column of reasons."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xiaodian.catalog.rules.importing import Plan, RowRefusal
    from xiaodian.catalog.service.answering import AnswerReport, BulkAnswer

__all__ = ["ImportReport", "refusal_as_json"]


@dataclass(slots=True)
class ImportReport:
    """What came of an import.

    ``drafts`` counts the product rows that are drafts now, whether this import ``created`` or
    ``changed`` them or found them ``unchanged``. ``waiting_skus`` names SKUs that are fine
    themselves but whose product's row was refused. ``answers`` says what became of each answer.
    """

    rows: int
    skus: int
    drafts: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    waiting_skus: list[str] = field(default_factory=list[str])
    answers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @classmethod
    def of(cls, plan: Plan) -> ImportReport:
        """Begin a report with what the plan already knows."""
        refused = [refusal_as_json(refusal) for refusal in plan.refused]
        return cls(rows=plan.rows, skus=plan.sku_rows, refused=refused)

    def hold(self, sheet: str, row: int, product_no: str, sku_no: str = "") -> None:
        """Add a row that could not be brought in because the draft is under audit (A-PRD-04)."""
        self.refused.append(
            {
                "sheet": sheet,
                "row": row,
                "product_no": product_no,
                "sku_no": sku_no,
                "faults": [
                    {
                        "column": "",
                        "heading": "",
                        "code": "DRAFT_LOCKED",
                        "rule": "A-PRD-04",
                        "sentence": "商品审核中，不能修改；请先撤回审核",
                        "facts": {},
                    }
                ],
            }
        )

    def answer(self, given: BulkAnswer, found: AnswerReport) -> None:
        """Add what became of an answer."""
        self.answers.append(
            {
                "key": given.key,
                "value": given.value,
                "answered": found.answered_count,
                "refused": found.refused_count,
                "reasons": sorted({text for _, _, text in found.refused})[:10],
            }
        )

    def as_json(self) -> dict[str, Any]:
        """Answer the report as it is stored."""
        return asdict(self)


def refusal_as_json(refusal: RowRefusal) -> dict[str, Any]:
    """Write a refused row with all that is wrong with it."""
    return {
        "sheet": refusal.sheet,
        "row": refusal.row,
        "product_no": refusal.product_no,
        "sku_no": refusal.sku_no,
        "faults": [
            {
                "column": fault.column,
                "heading": fault.heading,
                "code": fault.code,
                "rule": fault.rule,
                "sentence": fault.said.sentence,
                "facts": dict(fault.said.facts),
            }
            for fault in refusal.faults
        ],
    }
