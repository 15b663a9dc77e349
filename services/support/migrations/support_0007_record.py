"""The record of a period: tickets of a unit by the day of the request"""

from alembic import op

revision = "support_0007"
down_revision = "support_0006"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Add the index."""
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_unit_received", ["unit", "received_at", "seq"], unique=False)
