"""Imports, their reports, and the questions they left open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from xiaodian.catalog.errors import ImportNotFound
from xiaodian.catalog.models import ImportRow
from xiaodian.catalog.states import ImportState
from xiaodian.kernel.paging import Page, PageRequest, cut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from xiaodian.infra.db import Tx

__all__ = ["ImportView", "OpenQuestion", "get_run", "list_runs", "questions_by_number"]


@dataclass(frozen=True, slots=True)
class ImportView:
    """One import: what came in, how far it is, and, when it is done, its report."""

    id: int
    shop_id: int
    kind: str
    state: ImportState
    files: tuple[dict[str, str], ...]
    answers: tuple[dict[str, Any], ...]
    total_count: int
    done_count: int
    report: dict[str, Any]
    failure: str
    asked_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that stands open on a product, by its number."""

    product_no: str
    key: str
    code: str
    rule: str
    sentence: str
    facts: dict[str, Any]


async def get_run(tx: Tx, run_id: int, *, shop_id: int | None = None) -> ImportView:
    """Answer an import, of one shop where asked; refuses ``IMPORT_NOT_FOUND``."""
    row = await tx.session.get(ImportRow, run_id, populate_existing=True)
    if row is None or (shop_id is not None and row.shop_id != shop_id):
        raise ImportNotFound
    return _view(row)


async def list_runs(tx: Tx, shop_id: int, request: PageRequest) -> Page[ImportView]:
    """List a shop's imports, newest first."""
    wanted = select(ImportRow).where(ImportRow.shop_id == shop_id)
    if request.after is not None:
        wanted = wanted.where(ImportRow.id < request.after)
    rows = await tx.session.scalars(wanted.order_by(ImportRow.id.desc()).limit(request.size + 1))
    return cut([_view(row) for row in rows], request, lambda view: view.id)


async def questions_by_number(
    tx: Tx, shop_id: int, numbers: Sequence[str]
) -> dict[str, list[OpenQuestion]]:
    """Answer what is open on products of a shop, by their numbers, in the order of asking."""
    rows = await tx.rows(
        "SELECT p.number AS product_no, q.key, q.code, q.rule, q.sentence, q.facts"
        " FROM product_questions q JOIN products p ON p.id = q.product_id"
        " WHERE q.shop_id = :shop_id AND p.number = ANY(CAST(:numbers AS text[]))"
        " ORDER BY p.id, q.position",
        shop_id=shop_id,
        numbers=list(numbers),
    )
    found: dict[str, list[OpenQuestion]] = {}
    for row in rows:
        found.setdefault(row["product_no"], []).append(OpenQuestion(**row))
    return found


def _view(row: ImportRow) -> ImportView:
    return ImportView(
        id=row.id,
        shop_id=row.shop_id,
        kind=row.kind,
        state=ImportState(row.state),
        files=tuple(row.files),
        answers=tuple(row.answers),
        total_count=row.total_count,
        done_count=row.done_count,
        report=row.report,
        failure=row.failure,
        asked_at=row.asked_at,
        ended_at=row.ended_at,
    )
