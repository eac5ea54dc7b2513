"""Lay the foundation.

Revision: 0001, after nothing
"""

from __future__ import annotations

import importlib
import pkgutil

from alembic import op
from procrastinate import App, PsycopgConnector

import xiaodian
from xiaodian.infra.db.model import Base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    bind = op.get_bind()
    Base.metadata.create_all(bind)
    raw = bind.connection.driver_connection
    raw.execute(App(connector=PsycopgConnector()).schema_manager.get_schema())
    for found in pkgutil.walk_packages(xiaodian.__path__, "xiaodian."):
        if ".models" in found.name:
            for trigger in getattr(importlib.import_module(found.name), "TRIGGERS", []):
                raw.execute(trigger)
    raw.execute("INSERT INTO business_clock (id, offset_us) VALUES (1, 0)")
    raw.execute(
        "INSERT INTO id_slots SELECT s, '2000-01-01T00:00:00Z' FROM generate_series(0, 1022) AS s"
    )
