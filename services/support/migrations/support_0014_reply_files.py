"""Files on a reply to the client"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "support_0014"
down_revision = "support_0013"
branch_labels = None
depends_on = None

PHASE = "expand"


def upgrade() -> None:
    """Say of each reply which files go with it."""
    op.add_column("conversation", sa.Column("attachments", types.Json, nullable=True))
