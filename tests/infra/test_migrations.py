"""The migrations make exactly the schema that the models describe."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from tests.world.database import ClonedDatabase, Template

from xiaodian.infra.db.migrate import alembic_config

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


@pytest.fixture
def migrated(template: Template) -> Iterator[str]:
    clone = ClonedDatabase(template)
    yield clone.url
    clone.drop()


def test_nothing_is_missing_from_the_migrations(migrated: str) -> None:
    command.check(alembic_config(migrated))


def test_every_migration_limits_how_long_it_waits() -> None:
    for path in VERSIONS.glob("*.py"):
        text = path.read_text("utf-8")
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}-\d{4}_[a-z0-9_]+\.py", path.name)
        assert "lock_timeout" in text
        assert "statement_timeout" in text
        assert "from xiaodian" not in text, "a migration never imports the application"


@pytest.mark.skipif("CI" not in os.environ, reason="the older server is tried in CI")
def test_the_oldest_supported_server_takes_the_same_migrations(tmp_path: Path) -> None:
    from datetime import datetime  # noqa: PLC0415

    from xiaodian.kernel.clock import SHANGHAI  # noqa: PLC0415

    tmp_path.chmod(0o755)
    older = Template(tmp_path / "pg16", version=16)
    try:
        older.make(datetime(2025, 3, 10, 10, tzinfo=SHANGHAI))
        command.check(alembic_config(older.url))
    finally:
        older.stop()
