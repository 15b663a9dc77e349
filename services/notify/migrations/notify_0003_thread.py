"""A message knows where it is answered, and which mail it answers"""

import sqlalchemy as sa
from alembic import op

revision = "notify_0003"
down_revision = "notify_0002"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Add the columns, and what a bounce is found by."""
    op.add_column("message", sa.Column("reply_to", sa.String(length=254), nullable=True))
    op.add_column("message", sa.Column("in_reply_to", sa.String(length=300), nullable=True))
    op.create_index("ix_message_message_id", "message", ["message_id"], unique=False)
