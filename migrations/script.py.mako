"""${message}

Revision: ${up_revision}, after ${down_revision}

This runs while the code before it is still serving. Take no lock for long: a statement that waits
more than four seconds for a lock, or runs for more than thirty, is ended. Raise the limits below
only with a sentence that says why it is safe.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '30s'")
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise NotImplementedError("a database goes forward; restore a backup to go back")
