"""The totals of the record from an index"""

from alembic import op

revision = "support_0015"
down_revision = "support_0014"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left

NAME = "ix_ticket_list_state"


def upgrade() -> None:
    """The list's index by state says too which were classified and answered: the same order, two columns behind it."""
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index(NAME)
        columns = ["unit", "state", "asked_at", "seq", "classified_at", "answered_at"]
        batch_op.create_index(NAME, columns, unique=False)
