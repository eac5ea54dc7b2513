"""Imports: sheets come in, rows become drafts chunk by chunk; twice is once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from xiaodian import merchants, rulebooks
from xiaodian.catalog.errors import SheetColumnMissing, SheetColumnTwice
from xiaodian.catalog.events import ProductsImported
from xiaodian.catalog.models import ImportRow
from xiaodian.catalog.rules import importing as sheet_rules
from xiaodian.catalog.rules.lore import lore_of
from xiaodian.catalog.service.words import learn_words
from xiaodian.catalog.states import ImportState
from xiaodian.infra.sheets import Sheet, fen_of, read_workbook
from xiaodian.rulebooks import Denied, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.catalog.queries import ImportView
    from xiaodian.catalog.rules.mapping import Words
    from xiaodian.catalog.service.answering import BulkAnswer
    from xiaodian.infra.db import Tx
    from xiaodian.infra.files import Store
    from xiaodian.rulebooks import Permission, Rulebook

__all__ = [
    "Upload",
    "batch_import_allowed",
    "end_import",
    "lock_shop",
    "plan_of",
    "progress_import",
    "read_uploads",
    "sheets_of",
    "start_import",
    "uploads_of",
]

_NAME_MAX = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody sent, under the name they gave it."""

    name: str
    data: bytes


def batch_import_allowed(book: Rulebook, subject: str) -> Permission:
    """Tell whether shops of a subject may import many products at once (W-PRD-11)."""
    gate = book.product.batch_import
    allowed = subject in gate.subjects
    return Verdict.of(
        book,
        None if allowed else gate.denial,
        "product.batch_import.subjects",
        sentence="可以批量导入商品" if allowed else "{subject:subject}店铺不能批量导入商品",
        subject=subject,
    )


async def start_import(
    tx: Tx,
    store: Store,
    shop_id: int,
    uploads: Sequence[Upload],
    *,
    words: Words | None = None,
    answers: Sequence[BulkAnswer] = (),
    deferred: bool = True,
) -> int:
    """Take sheets in and answer the import's id; a job does the rest, if it is ``deferred``.

    One workbook with a sheet of products and one of SKUs, or one or two CSV files. ``words`` are
    remembered as the shop's own, ``answers`` given when the rows are in.

    Refuses ``SHOP_NOT_FOUND``, the market's denial of batch imports (W-PRD-11), ``NOT_A_SHEET``,
    ``SHEET_TOO_LARGE``, ``SHEET_UNREADABLE``, ``SHEET_COLUMN_MISSING`` and ``SHEET_COLUMN_TWICE``:
    what can be said at once is said at once.
    """
    shop = await merchants.visible_shop(tx, shop_id, "products")
    permission = batch_import_allowed(rulebooks.version(shop.rulebook), shop.subject)
    if permission.value is not None:
        raise Denied([permission])
    sheets = read_uploads(uploads)
    planned = await plan_of(tx, shop, sheets)
    if words is not None:
        await learn_words(tx, shop, words)
    row = ImportRow(
        id=tx.new_id(),
        shop_id=shop.id,
        kind="sheets",
        state=ImportState.WAITING,
        files=[
            {
                "name": upload.name[:_NAME_MAX],
                "file_id": str(
                    await store.put(tx, upload.data, purpose="sheet", owner=f"shop:{shop.id}")
                ),
            }
            for upload in uploads
        ],
        answers=[asdict(one) for one in answers],
        total_count=len(planned.products) + len(planned.skus),
        done_count=0,
        report={},
        account_id=tx.actor.account_id,
        asked_at=tx.now,
    )
    tx.session.add(row)
    await tx.session.flush()
    if deferred:
        await tx.defer("catalog.import_sheets", run_id=row.id)
    return row.id


def read_uploads(uploads: Sequence[Upload]) -> list[Sheet]:
    """Read all sheets of all files; two of the same name are told apart by a number."""
    sheets: list[Sheet] = []
    seen: dict[str, int] = {}
    for upload in uploads:
        stem = upload.name.rsplit("/", 1)[-1].rsplit(".", 1)[0][:_NAME_MAX] or "CSV"
        for name, sheet in read_workbook(upload.data, name=stem).sheets.items():
            seen[name] = seen.get(name, 0) + 1
            own = name if seen[name] == 1 else f"{name} ({seen[name]})"
            sheets.append(Sheet(own, sheet.header, sheet.rows))
    return sheets


async def plan_of(tx: Tx, shop: merchants.ShopView, sheets: Sequence[Sheet]) -> sheet_rules.Plan:
    """Judge every row against what the shop has; refuses sheets that lack or repeat a column."""
    products = await tx.rows(
        "SELECT p.number, d.market_price_fen FROM products p"
        " JOIN product_drafts d ON d.product_id = p.id"
        " WHERE p.shop_id = :shop_id AND p.status <> 'DELETED'",
        shop_id=shop.id,
    )
    skus = await tx.rows(
        "SELECT k.number, p.number AS product_no FROM skus k JOIN products p ON p.id = k.product_id"
        " WHERE k.shop_id = :shop_id AND p.status <> 'DELETED'",
        shop_id=shop.id,
    )
    listing = lore_of(shop.rulebook).book.product.listing
    planned = sheet_rules.plan_import(
        sheets,
        known=sheet_rules.Known(
            {row["number"]: row["market_price_fen"] for row in products},
            {row["number"]: row["product_no"] for row in skus},
        ),
        price_capped=listing.sale_price_at_most_market_price,
        fen_of=fen_of,
    )
    for problem, found in (
        (SheetColumnMissing, planned.missing),
        (SheetColumnTwice, planned.repeated),
    ):
        if found:
            sheet = found[0][0]
            columns = [sheet_rules.heading_of(field) for name, field in found if name == sheet]
            raise problem(sheet=sheet, columns=columns)
    return planned


async def uploads_of(tx: Tx, store: Store, run: ImportView) -> list[Upload]:
    """Answer the files of an import as they came in."""
    return [
        Upload(file["name"], (await store.get(tx, int(file["file_id"])))[1]) for file in run.files
    ]


async def sheets_of(tx: Tx, store: Store, run: ImportView) -> list[Sheet]:
    """Answer the sheets of an import as they came in."""
    return read_uploads(await uploads_of(tx, store, run))


async def lock_shop(tx: Tx, shop_id: int) -> None:
    """Let imports of one shop wait for each other; given back with the transaction."""
    await tx.rows(
        "SELECT pg_advisory_xact_lock("
        "hashtext('catalog.import'), CAST(CAST(:shop_id AS bigint) % 2147483647 AS int))",
        shop_id=shop_id,
    )


async def progress_import(tx: Tx, run_id: int, done_count: int) -> None:
    """Write how far an import is, for whoever watches."""
    await tx.run(
        "UPDATE product_imports SET state = 'RUNNING', done_count = least(:done, total_count)"
        " WHERE id = :run_id AND state IN ('WAITING', 'RUNNING')",
        done=done_count,
        run_id=run_id,
    )


async def end_import(
    tx: Tx, run_id: int, report: dict[str, Any] | None, *, failure: str = ""
) -> None:
    """Write what came of an import; a second end changes nothing."""
    row = await tx.session.get_one(ImportRow, run_id, with_for_update=True, populate_existing=True)
    if row.state in {ImportState.DONE, ImportState.FAILED}:
        return
    row.ended_at = tx.now
    if report is None:
        row.state, row.failure = ImportState.FAILED, failure
        return
    row.state, row.report, row.done_count = ImportState.DONE, report, row.total_count
    if row.kind == "sheets":
        drafts, refused = report["drafts"], len(report["refused"])
        await tx.emit(ProductsImported(row.id, row.shop_id, drafts, refused))
