"""The record of a period by the day on which the client asked, not by the day on which it was written down"""

from alembic import op

revision = "support_0011"
down_revision = "support_0010"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Tickets from before there was that day were asked when they came; then add the index."""
    op.execute("UPDATE ticket SET asked_at = received_at WHERE asked_at IS NULL")
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_unit_asked", ["unit", "asked_at", "seq"], unique=False)
