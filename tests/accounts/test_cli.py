"""``xiaodian admin create``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.world.commands import Cli

GOOD = "demo-merchant-2025"


def test_the_first_administrator_is_made_on_the_machine(cli: Cli) -> None:
    made = cli("admin", "create", "--email", "Root@Example.com", "--json", stdin=f"{GOOD}\n")
    assert made.exit_code == 0, made.err
    assert made.json["email"] == "root@example.com"
    assert made.json["roles"] == ["administrator"]
    assert int(made.json["id"]) > 0
    again = cli("admin", "create", "--email", "root@example.com", stdin=f"{GOOD}\n")
    assert again.exit_code == 2
    assert "EMAIL_TAKEN" in again.err


@pytest.mark.parametrize(
    ("arguments", "stdin", "code"),
    [
        (["--email", "root@example.com"], "short\n", "PASSWORD_TOO_SHORT"),
        (["--email", "root@example.com"], "", "PASSWORD_TOO_SHORT"),
        (["--email", "root@example.com"], "1234567890\n", "PASSWORD_COMMON"),
        (["--email", "nobody"], f"{GOOD}\n", "EMAIL_INVALID"),
        (["--email", "root@example.com", "--role", "king"], f"{GOOD}\n", "ROLE_UNKNOWN"),
        (["--email", "root@example.com", "--name", " "], f"{GOOD}\n", "NAME_INVALID"),
    ],
)
def test_what_is_wrong_is_refused_by_name(
    cli: Cli, arguments: list[str], stdin: str, code: str
) -> None:
    said = cli("admin", "create", *arguments, stdin=stdin)
    assert said.exit_code == 2
    assert code in said.err
    assert said.out == ""


def test_roles_can_be_named(cli: Cli) -> None:
    said = cli(
        "admin",
        "create",
        "--email",
        "r@example.com",
        "--name",
        "审核",
        "--role",
        "reviewer",
        "--role",
        "finance",
        "--json",
        stdin=f"{GOOD}\n",
    )
    assert said.json["roles"] == ["finance", "reviewer"]
