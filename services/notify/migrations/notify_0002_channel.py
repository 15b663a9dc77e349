"""Messages go by mail or by SMS"""

import sqlalchemy as sa
from alembic import op

revision = "notify_0002"
down_revision = "notify_0001"
branch_labels = None
depends_on = None

PHASE = "expand"


def upgrade() -> None:
    """Say of each message over which channel it goes; those from before went by mail."""
    op.add_column("message", sa.Column("channel", sa.String(length=10), nullable=False, server_default="mail"))
