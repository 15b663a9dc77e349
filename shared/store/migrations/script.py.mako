"""${message}"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Change the tables."""
    ${upgrades if upgrades else "pass"}
