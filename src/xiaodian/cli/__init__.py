"""The command line: a contract for scripts, and the way to start everything.

Every command that answers facts takes ``--json`` and prints one object. Exit code 0 means done.
"""

from __future__ import annotations

import typer

from xiaodian.cli import processes
from xiaodian.cli.admin import admin_app
from xiaodian.cli.clock import clock_app
from xiaodian.cli.compare import compare, guide
from xiaodian.cli.ledger import ledger_app
from xiaodian.cli.products import import_app
from xiaodian.cli.rules import rules_app
from xiaodian.cli.story import story

__all__ = ["app", "main"]

app = typer.Typer(
    name="xiaodian",
    help="小店: shops, goods, orders, money, and rules as data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(processes.demo)
app.command("all")(processes.everything)
app.command("serve")(processes.serve)
app.command("work")(processes.work)
app.command("twins", hidden=True)(processes.twins)
app.command("migrate")(processes.migrate)
app.command("doctor")(processes.doctor)
app.command("story")(story)
app.command("compare")(compare)
app.command("guide")(guide)
app.add_typer(admin_app, name="admin")
app.add_typer(clock_app, name="clock")
app.add_typer(import_app, name="import")
app.add_typer(ledger_app, name="ledger")
app.add_typer(rules_app, name="rules")


def main() -> None:
    """Run a command; what is refused is said in one line and ends with a code of its own."""
    app()
