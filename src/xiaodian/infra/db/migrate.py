"""Bringing a database to the present schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from xiaodian.infra.db.database import sqlalchemy_url

__all__ = ["alembic_config", "migrate"]


def alembic_config(url: str) -> Config:
    """Answer Alembic's configuration for a database; scripts come with the package."""
    package = Path(__file__).parents[2]
    shipped = package / "migrations"
    scripts = shipped if shipped.is_dir() else package.parents[1] / "migrations"
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.set_main_option("sqlalchemy.url", sqlalchemy_url(url).replace("%", "%%"))
    return config


def migrate(url: str) -> None:
    """Apply every migration that is missing."""
    command.upgrade(alembic_config(url), "head")
