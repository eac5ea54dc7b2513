"""A server for the tests, a template database, and cheap clones of it."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import psycopg

from xiaodian.infra.clock import wall_now
from xiaodian.infra.db.migrate import migrate
from xiaodian.infra.db.server import EmbeddedServer, create_database, drop_database

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_numbers = itertools.count(1)
_NAME = "xiaodian_template"


class Template:
    """One migrated database on a throw-away server."""

    def __init__(self, folder: Path, *, version: int = 18) -> None:
        self.server = EmbeddedServer(folder, version)
        self.url = ""
        self.name = _NAME

    def make(self, starts_at: datetime) -> None:
        """Start the server, migrate the template, and let its business clock stand."""
        main = self.server.start(durable=False)
        self.url = create_database(main, self.name)
        migrate(self.url)
        with psycopg.connect(self.url) as connection:
            connection.execute(
                "UPDATE business_clock SET offset_us = %s, stands_at = %s",
                (int((starts_at - wall_now()).total_seconds()) * 1_000_000, starts_at),
            )
        self.main = main

    def stop(self) -> None:
        """Stop the server."""
        self.server.stop()


class ClonedDatabase:
    """A fresh copy of the template."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self.name = f"t{os.getpid()}_{next(_numbers)}"
        self.url = create_database(template.main, self.name, template=template.name)

    def drop(self) -> None:
        """Drop the copy, whoever is still connected."""
        drop_database(self._template.main, self.name)
