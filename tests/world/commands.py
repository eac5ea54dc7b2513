"""The command line, called as a script would call it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from xiaodian.cli import app


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object it printed."""
        return json.loads(self.out)


class Cli:
    """Runs commands in this process, in a synchronous test."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *arguments: str, stdin: str = "") -> Said:
        """Run one command."""
        self.calls += 1
        result = CliRunner().invoke(app, list(arguments), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)
