"""Messages to staff that are told together with others"""

import sqlalchemy as sa
from alembic import op

revision = "notify_0004"
down_revision = "notify_0003"
branch_labels = None
depends_on = None

PHASE = "expand"


def upgrade() -> None:
    """Say of each message which other one tells what it says."""
    op.add_column("message", sa.Column("folded_into", sa.String(length=36), nullable=True))
