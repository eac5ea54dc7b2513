"""``xiaodian ledger``: verify the books, and read them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from xiaodian import ledger, wiring
from xiaodian.cli.session import opened, print_json, run
from xiaodian.infra.db import SYSTEM
from xiaodian.kernel.clock import SHANGHAI
from xiaodian.kernel.money import yuan
from xiaodian.kernel.paging import PageRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xiaodian.kernel.paging import Page

__all__ = ["ledger_app"]

ledger_app = typer.Typer(help="Verify and read the books.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@ledger_app.command("verify")
def verify(*, as_json: Json = False) -> None:
    """Recompute everything from the transfers; a difference of one fen ends with code 1."""
    findings = run(_verify(quiet=as_json))
    sound = all(finding.holds for finding in findings)
    if as_json:
        print_json(
            {
                "sound": sound,
                "checks": [
                    {
                        "name": finding.name,
                        "rule": finding.rule,
                        "holds": finding.holds,
                        "differences": [asdict(one) for one in finding.differences],
                    }
                    for finding in findings
                ],
            }
        )
    else:
        _print_findings(findings)
    if not sound:
        raise typer.Exit(1)


async def _verify(*, quiet: bool) -> Sequence[ledger.Finding]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    findings: list[ledger.Finding] = []
    async with opened() as runtime, runtime.db.reading(actor=SYSTEM) as tx:
        checks = (*ledger.CHECKS, *wiring.CHECKS)
        with Progress(*columns, disable=quiet) as progress:
            task = progress.add_task("…", total=len(checks))
            for check in checks:
                findings.append(await check(tx))
                progress.update(task, advance=1, description=findings[-1].sentence)
    return findings


def _print_findings(findings: Sequence[ledger.Finding]) -> None:
    console = Console()
    for finding in findings:
        mark = "[green]✓[/]" if finding.holds else "[red]✗[/]"
        console.print(f"{mark} {finding.sentence}  [dim]{finding.rule}[/]")
        for one in finding.differences:
            console.print(
                f"    [red]{one.subject}[/]: {one.found_fen}, should be {one.expected_fen}"
            )


@ledger_app.command("trial-balance")
def trial_balance(*, as_json: Json = False) -> None:
    """Print every account that has moved; all balances add up to zero."""
    trial = run(_trial_balance())
    if as_json:
        print_json(
            {
                "trial_balance_fen": trial.off_fen,
                "accounts": [
                    {
                        "account": line.code,
                        "currency": line.currency,
                        "debit_fen": line.debit_fen,
                        "credit_fen": line.credit_fen,
                        "balance_fen": line.balance_fen,
                    }
                    for line in trial.lines
                ],
            }
        )
        return
    table = Table("Account", "Name", "Debit", "Credit", "Balance")
    for line in trial.lines:
        table.add_row(
            line.code,
            line.entry.en,
            yuan(line.debit_fen),
            yuan(line.credit_fen),
            yuan(line.balance_fen),
        )
    for currency, fen in trial.sum_fen.items():
        table.add_row(currency, "", "", "", yuan(fen), style="bold")
    Console().print(table)


async def _trial_balance() -> ledger.TrialBalance:
    async with opened() as runtime, runtime.db.reading(actor=SYSTEM) as tx:
        return await ledger.trial_balance(tx)


@ledger_app.command("statement")
def statement(
    account: Annotated[str, typer.Argument(help="As the chart names it: L:AVAILABLE:{shop}")],
    *,
    size: Annotated[int, typer.Option(min=1, max=200)] = 20,
    after: Annotated[str, typer.Option(help="The cursor of the page before.")] = "",
    as_json: Json = False,
) -> None:
    """Print the transfers of an account, newest first."""
    page, balance_fen = run(_statement(account, after, size))
    if as_json:
        print_json(
            {
                "account": account,
                "balance_fen": balance_fen,
                "transfers": [
                    {
                        "id": str(line.id),
                        "at": line.at.isoformat(),
                        "kind": line.kind,
                        "event": line.event,
                        "change_fen": line.change_fen,
                        "after_fen": line.after_fen,
                        "other": line.other.name if line.other else None,
                    }
                    for line in page.items
                ],
                "next": page.next,
            }
        )
        return
    table = Table("Time", "Kind", "Event", "Change", "Then", "Other account")
    for line in page.items:
        table.add_row(
            line.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            line.kind,
            line.event,
            yuan(line.change_fen),
            "" if line.after_fen is None else yuan(line.after_fen),
            line.other.name if line.other else "",
        )
    Console().print(table)
    typer.echo(f"{account}  {yuan(balance_fen)}" + (f"  --after {page.next}" if page.next else ""))


async def _statement(account: str, after: str, size: int) -> tuple[Page[ledger.TransferView], int]:
    found, request = ledger.accounts.parse(account), PageRequest.of(after or None, size)
    async with opened() as runtime, runtime.db.reading(actor=SYSTEM) as tx:
        return await ledger.statement(tx, found, request), await ledger.balance(tx, found)


@ledger_app.command("postings")
def postings() -> None:
    """Print the chart and the table of postings, as docs/reference/postings.md has them."""
    typer.echo(ledger.reference(), nl=False)
