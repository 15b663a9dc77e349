"""Files that a message takes along"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "notify_0005"
down_revision = "notify_0004"
branch_labels = None
depends_on = None

PHASE = "expand"


def upgrade() -> None:
    """Say of each message which files go with it, and where they are kept."""
    op.add_column("message", sa.Column("files", types.Json, nullable=True))
