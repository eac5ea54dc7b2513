"""``xiaodian admin``: the first administrator, and others where nobody can sign in."""

from __future__ import annotations

import sys
from typing import Annotated, TypedDict

import typer

from xiaodian import accounts
from xiaodian.cli.session import opened, print_json, refuse, run
from xiaodian.infra.db import SYSTEM

__all__ = ["admin_app"]

admin_app = typer.Typer(help="Make operators from the machine itself.", no_args_is_help=True)


class _Made(TypedDict):
    id: str
    email: str
    roles: list[str]


@admin_app.callback()
def admin() -> None:
    """Keep ``create`` a word of its own while it is the only command."""


@admin_app.command("create")
def create(
    email: Annotated[str, typer.Option(help="E-mail address to sign in with")],
    name: Annotated[str, typer.Option(help="Name that colleagues see")] = "管理员",
    role: Annotated[
        list[str] | None,
        typer.Option(help="reviewer, finance or administrator; may be repeated"),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Make an operator, by default an administrator.

    The password is asked for without echo, or read as one line from standard input when that is
    not a terminal. The authenticator is bound at the first sign-in.
    """
    password = _password()
    made = run(_create(email, name, role or [accounts.Role.ADMINISTRATOR], password))
    if as_json:
        print_json(made)
    else:
        typer.echo(f"{made['email']} ({', '.join(made['roles'])})  → /operator/sign-in")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = typer.prompt("密码", hide_input=True)
    if typer.prompt("再输入一次", hide_input=True) != first:
        refuse("PASSWORDS_DIFFER", "两次输入的密码不一致")
    return first


async def _create(email: str, name: str, roles: list[str], password: str) -> _Made:
    async with opened() as runtime, runtime.db.transaction(actor=SYSTEM) as tx:
        made = await accounts.create_operator(
            tx, name=name, email=email, roles=roles, password=password
        )
    return {"id": str(made.id), "email": email.strip().lower(), "roles": sorted(set(roles))}
