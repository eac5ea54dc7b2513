"""The report of an import as people take it away: the same sheets with a column of reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xiaodian.catalog.queries.imports import questions_by_number
from xiaodian.catalog.rules.importing import REPORT_HEADING, SheetKind, read_columns
from xiaodian.infra.i18n import sentence, translate
from xiaodian.infra.sheets import write_csv, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xiaodian.catalog.queries.imports import ImportView, OpenQuestion
    from xiaodian.infra.db import Tx
    from xiaodian.infra.sheets import Exported, Sheet

__all__ = ["faults_said", "questions_of_run", "report_file"]


async def report_file(
    tx: Tx, run: ImportView, sheets: Sequence[Sheet], *, lang: str
) -> tuple[str, bytes]:
    """Draw up a finished import's report; answers the file's ending and its bytes.

    Each row says why it was refused, what is still open on its product, or that nothing is. What
    came as one CSV goes out as CSV, everything else as a workbook; no cell of it can run.
    """
    refused = {(one["sheet"], one["row"]): one for one in run.report["refused"]}
    tables: dict[str, list[list[Exported]]] = {}
    for sheet in sheets:
        columns = read_columns(sheet)
        place = columns.product.get("product_no", columns.sku.get("product_no", 0))
        numbers = [row.at(place).text for row in sheet.rows]
        open_ = (
            {}
            if columns.kind in {SheetKind.SKUS, SheetKind.OTHER}
            else await questions_by_number(tx, run.shop_id, numbers)
        )
        width = len(sheet.header)
        kept = [i for i in range(width) if sheet.header[i].text != REPORT_HEADING]
        table: list[list[Exported]] = [[*(sheet.header[i].text for i in kept), REPORT_HEADING]]
        for row, number in zip(sheet.rows, numbers, strict=True):
            said = _said(refused.get((sheet.name, row.number)), open_.get(number, ()), lang)
            table.append([*(row.at(i).text for i in kept), said])
        tables[sheet.name] = table
    if len(tables) == 1 and run.files[0]["name"].lower().endswith(".csv"):
        return "csv", write_csv(next(iter(tables.values())))
    return "xlsx", write_xlsx(tables)


async def questions_of_run(
    tx: Tx, run: ImportView, sheets: Sequence[Sheet], *, lang: str
) -> list[dict[str, Any]]:
    """List what stands open on the products of an import, in the order of its rows."""
    found: list[dict[str, Any]] = []
    refused = {(one["sheet"], one["row"]) for one in run.report["refused"]}
    for sheet in sheets:
        columns = read_columns(sheet)
        if columns.kind in {SheetKind.SKUS, SheetKind.OTHER}:
            continue
        place = columns.product["product_no"]
        numbers = {
            row.at(place).text: row.number
            for row in reversed(sheet.rows)
            if (sheet.name, row.number) not in refused
        }
        open_ = await questions_by_number(tx, run.shop_id, list(numbers))
        found += [
            {
                "sheet": sheet.name,
                "row": row,
                "product_no": number,
                "key": one.key,
                "code": one.code,
                "rule": one.rule,
                "text": sentence(one.sentence, one.facts, lang),
            }
            for number, row in sorted(numbers.items(), key=lambda item: item[1])
            for one in open_.get(number, ())
        ]
    return found


def faults_said(refusal: Mapping[str, Any], lang: str) -> list[str]:
    """Say in the reader's language all that is wrong with a refused row."""
    return [
        f"{sentence(fault['sentence'], fault['facts'], lang)}（{fault['rule']}）"
        for fault in refusal["faults"]
    ]


def _said(refusal: Mapping[str, Any] | None, questions: Sequence[OpenQuestion], lang: str) -> str:
    if refusal is not None:
        return f"{translate('未导入', lang)}：{'；'.join(faults_said(refusal, lang))}"
    if questions:
        asked = "；".join(sentence(one.sentence, one.facts, lang) for one in questions)
        return f"{translate('待补资料', lang)}：{asked}"
    return translate("已导入", lang)
