"""Work of the catalogue outside requests: long imports, a transaction a chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from xiaodian import merchants
from xiaodian.catalog import queries, service
from xiaodian.catalog.service.reporting import ImportReport
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.files import Store
from xiaodian.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from xiaodian.infra.jobs import Runtime

__all__ = ["import_pictures", "import_sheets"]

T = TypeVar("T")
_CHUNK = 200


async def import_sheets(
    runtime: Runtime, run_id: int, on_progress: Callable[[int, int], None] | None = None
) -> None:
    """Bring an import's rows in; begun again, it does only what is left.

    ``on_progress`` hears how many rows are done and how many there are. A refusal ends the import
    as failed, with its code; what came in before stays.
    """
    db, store = runtime.db, runtime.gateway(Store)
    async with db.reading(actor=SYSTEM) as tx:
        run = await queries.get_run(tx, run_id)
        if run.ended_at is not None:
            return
        uploads = await service.uploads_of(tx, store, run)
    try:
        await _bring_in(runtime, run, uploads, on_progress or _unheard)
    except Refusal as refusal:
        async with db.transaction(actor=SYSTEM) as tx:
            await service.end_import(tx, run_id, None, failure=refusal.code)


async def _bring_in(
    runtime: Runtime,
    run: queries.ImportView,
    uploads: Sequence[service.Upload],
    on_progress: Callable[[int, int], None],
) -> None:
    db, sheets = runtime.db, service.read_uploads(uploads)
    async with db.reading(actor=SYSTEM) as tx:
        shop = await merchants.get_shop(tx, run.shop_id)
        plan = await service.plan_of(tx, shop, sheets)
    report, done = ImportReport.of(plan), 0
    total = len(plan.products) + len(plan.skus)
    on_progress(0, total)
    for products in _chunks(plan.products):
        async with db.transaction(actor=SYSTEM) as tx:
            await service.lock_shop(tx, shop.id)
            words = await service.words_of(tx, shop.id)
            await service.bring_in_products(tx, shop, products, words, report)
            done += len(products)
            await service.progress_import(tx, run.id, done)
        on_progress(done, total)
    for skus in _chunks(plan.skus):
        async with db.transaction(actor=SYSTEM) as tx:
            await service.lock_shop(tx, shop.id)
            await service.bring_in_skus(tx, shop, skus, report)
            done += len(skus)
            await service.progress_import(tx, run.id, done)
        on_progress(done, total)
    async with db.transaction(actor=SYSTEM) as tx:
        for given in service.answers_of(run):
            report.answer(given, await service.answer_many(tx, shop, given))
        await service.end_import(tx, run.id, report.as_json())


async def import_pictures(
    runtime: Runtime, run_id: int, on_progress: Callable[[int, int], None] | None = None
) -> None:
    """Put an archive's pictures into drafts; begun again, it does only what is left."""
    db, store = runtime.db, runtime.gateway(Store)
    async with db.reading(actor=SYSTEM) as tx:
        run = await queries.get_run(tx, run_id)
        if run.ended_at is not None:
            return
        (upload,) = await service.uploads_of(tx, store, run)
        shop = await merchants.get_shop(tx, run.shop_id)
    tell = on_progress or _unheard
    report, done = service.PicturesReport(), 0
    try:
        pictures = service.read_pictures(upload.data)
        async with db.reading(actor=SYSTEM) as tx:
            sorted_ = await service.sort_pictures(tx, shop, list(pictures), report)
        for number, names in sorted_.items():
            async with db.transaction(actor=SYSTEM) as tx:
                own = {name: pictures[name] for name in names}
                await service.bring_in_pictures(tx, store, shop, number, own, report)
                done += len(names)
                await service.progress_import(tx, run.id, done)
            tell(done, len(pictures))
    except Refusal as refusal:
        async with db.transaction(actor=SYSTEM) as tx:
            await service.end_import(tx, run_id, None, failure=refusal.code)
        return
    async with db.transaction(actor=SYSTEM) as tx:
        await service.end_import(tx, run.id, report.as_json())


def _unheard(_done: int, _total: int) -> None:
    """Tell nobody."""


def _chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]
