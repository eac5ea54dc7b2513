"""How Alembic reaches the database and what it compares with."""

from __future__ import annotations

import importlib
import pkgutil

from alembic import context
from sqlalchemy import create_engine, pool

import xiaodian
from xiaodian.infra.db.model import Base


def every_model() -> None:
    """Import all tables, so that the comparison is whole."""
    for found in pkgutil.walk_packages(xiaodian.__path__, "xiaodian."):
        if ".models" in found.name or (
            found.name.startswith("xiaodian.infra.") and "pgserver" not in found.name
        ):
            importlib.import_module(found.name)


def ours(_object: object, name: str | None, kind: str, *_rest: object) -> bool:
    """Leave the job queue's own tables alone."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def run() -> None:
    """Migrate over one connection."""
    every_model()
    engine = create_engine(
        context.config.get_main_option("sqlalchemy.url") or "", poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=ours,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
