"""``xiaodian import``: real products come in from sheets, their pictures from a ZIP."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from xiaodian import catalog, merchants
from xiaodian.catalog import jobs
from xiaodian.cli.session import opened, print_json, refuse, run
from xiaodian.infra.db import SYSTEM
from xiaodian.infra.files import Store
from xiaodian.infra.i18n import sentence
from xiaodian.kernel.ids import parse_id
from xiaodian.kernel.paging import PAGE_MAX, PageRequest
from xiaodian.merchants.errors import ShopNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from xiaodian.infra.db import Tx

__all__ = ["import_app"]

import_app = typer.Typer(help="Bring products and pictures in.", no_args_is_help=True)
Files = Annotated[
    list[Path],
    typer.Argument(help="One XLSX workbook, or one or two CSV files (products, SKUs)."),
]
Shop = Annotated[str, typer.Option(help="The shop's id, or its exact name.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Answers = Annotated[
    list[str],
    typer.Option("--answer", help="key=value for every open question of that key; repeatable."),
]
Conditions = Annotated[
    list[str],
    typer.Option("--where", help="category=…, product_no=… or brand=…: whose questions."),
]
Mapping = Annotated[
    Path | None,
    typer.Option(help="TOML or CSV: what the sheet's categories and attribute names mean."),
]
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class _Imported:
    """What came of an import: its report, and what stands open on its products."""

    report: dict[str, Any]
    questions: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Answer the one object that the command prints."""
        return {
            "rows": self.report["rows"],
            "skus": self.report["skus"],
            "drafts": self.report["drafts"],
            "refused": [_refusal(one) for one in self.report["refused"]],
            "questions": self.questions,
            "created": self.report["created"],
            "changed": self.report["changed"],
            "unchanged": self.report["unchanged"],
            "waiting_skus": self.report["waiting_skus"],
            "answers": self.report["answers"],
        }


@import_app.command("products")
def import_products(
    files: Files,
    shop: Shop,
    *,
    answer: Answers = [],  # noqa: B006 - typer wants the default as it is
    where: Conditions = [],  # noqa: B006 - typer wants the default as it is
    mapping: Mapping = None,
    as_json: Json = False,
) -> None:
    """Import products from sheets: good rows become drafts, bad ones are named.

    What review would demand and the sheet lacks is asked, never guessed. Importing twice changes
    nothing. Exit code 0 means that the sheet was read, whether or not rows were refused.
    """
    imported = run(_import(files, shop, (answer, where), mapping, quiet=as_json))
    if as_json:
        print_json(imported.as_json())
    else:
        _print_report(imported)


@import_app.command("pictures")
def import_pictures(file: Path, shop: Shop, *, as_json: Json = False) -> None:
    """Import pictures from a ZIP whose files are named by product number."""
    report = run(_import_pictures(file, shop, quiet=as_json))
    if as_json:
        print_json(report)
        return
    console = Console()
    console.print(f"{report['products']} products got pictures, {report['unchanged']} had them.")
    for one in report["refused"][:_SHOWN]:
        console.print(f"[red]{one['code']}[/] {one['name']}: {_filled(one)}")


async def _import(
    files: Sequence[Path],
    shop: str,
    said: tuple[Sequence[str], Sequence[str]],
    mapping: Path | None,
    *,
    quiet: bool,
) -> _Imported:
    answer, where = said
    condition = catalog.parse_where(where)
    answers = [catalog.BulkAnswer(*catalog.parse_answer(one), condition) for one in answer]
    words = None if mapping is None else catalog.read_mapping(_read(mapping))
    uploads = [catalog.Upload(file.name, _read(file)) for file in files]
    async with opened() as runtime:
        store = runtime.gateway(Store)
        async with runtime.db.transaction(actor=SYSTEM) as tx:
            shop_id = await _shop_id(tx, shop)
            run_id = await catalog.start_import(
                tx, store, shop_id, uploads, words=words, answers=answers, deferred=False
            )
        with _progress("rows", quiet=quiet) as tell:
            await jobs.import_sheets(runtime, run_id, tell)
        async with runtime.db.reading(actor=SYSTEM) as tx:
            found = await _ended(tx, run_id)
            sheets = await catalog.sheets_of(tx, store, found)
            questions = await catalog.questions_of_run(tx, found, sheets, lang="zh-CN")
    return _Imported(found.report, questions)


async def _import_pictures(file: Path, shop: str, *, quiet: bool) -> dict[str, Any]:
    upload = catalog.Upload(file.name, _read(file))
    async with opened() as runtime:
        store = runtime.gateway(Store)
        async with runtime.db.transaction(actor=SYSTEM) as tx:
            shop_id = await _shop_id(tx, shop)
            run_id = await catalog.start_pictures(tx, store, shop_id, upload, deferred=False)
        with _progress("pictures", quiet=quiet) as tell:
            await jobs.import_pictures(runtime, run_id, tell)
        async with runtime.db.reading(actor=SYSTEM) as tx:
            return (await _ended(tx, run_id)).report


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        refuse("FILE_UNREADABLE", f"{file}: {error.strerror}")


async def _ended(tx: Tx, run_id: int) -> catalog.ImportView:
    """Answer an import that was carried out; one that failed ends the command by its code."""
    found = await catalog.get_run(tx, run_id)
    if found.failure:
        refuse(found.failure, "the import stopped; what came in before it stays")
    return found


async def _shop_id(tx: Tx, shop: str) -> int:
    """Find a shop by its id or its exact name; refuses ``SHOP_NOT_FOUND``."""
    number = parse_id(shop)
    if number is not None:
        return (await merchants.get_shop(tx, number)).id
    page = await merchants.list_shops(tx, PageRequest(PAGE_MAX), name=shop)
    named = [found for found in page.items if found.name == shop]
    if len(named) != 1:
        raise ShopNotFound
    return named[0].id


@contextmanager
def _progress(what: str, *, quiet: bool) -> Generator[Callable[[int, int], None]]:
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, disable=quiet, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield tell


def _refusal(one: dict[str, Any]) -> dict[str, Any]:
    """Write a refused row: the first fault by itself, and all of them."""
    faults = [
        {
            "column": fault["column"],
            "heading": fault["heading"],
            "code": fault["code"],
            "rule": fault["rule"],
            "reason": _filled(fault),
        }
        for fault in one["faults"]
    ]
    return {
        "sheet": one["sheet"],
        "row": one["row"],
        "product_no": one["product_no"],
        "sku_no": one["sku_no"],
        **faults[0],
        "faults": faults,
    }


def _filled(said: dict[str, Any]) -> str:
    return sentence(said["sentence"], said["facts"], "zh-CN")


def _print_report(imported: _Imported) -> None:
    console, report = Console(), imported.report
    console.print(
        f"[bold]{report['drafts']}[/] drafts of {report['rows']} rows and {report['skus']} SKUs:"
        f" {report['created']} new, {report['changed']} changed, {report['unchanged']} as before."
    )
    if report["refused"]:
        table = Table(
            "Sheet", "Row", "Column", "Rule", "Reason", title="Refused", title_style="red"
        )
        for one in report["refused"][:_SHOWN]:
            for fault in one["faults"]:
                column = f"{fault['column']} {fault['heading']}".strip()
                place = (one["sheet"], str(one["row"]), column)
                table.add_row(*place, fault["rule"], _filled(fault))
        console.print(table)
    if report["waiting_skus"]:
        waiting = ", ".join(report["waiting_skus"][:_SHOWN])
        console.print(f"SKUs whose product was refused: {waiting}")
    for one in report["answers"]:
        console.print(
            f"--answer {one['key']}={one['value']}: {one['answered']} answered,"
            f" {one['refused']} refused {' '.join(one['reasons'])}"
        )
    asked = Counter((one["key"], one["rule"]) for one in imported.questions)
    if asked:
        table = Table("Question", "Rule", "Products", title="Open questions")
        for (key, rule), count in asked.most_common(_SHOWN):
            table.add_row(key, rule, str(count))
        console.print(table)
