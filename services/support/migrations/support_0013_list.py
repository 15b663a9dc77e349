"""The list by state, person, type, channel, topic and rating, in the order of receipt, promise and change"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "support_0013"
down_revision = "support_0012"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left

MOMENTS = (
    *("received_at", "verified_at", "classified_at", "progressed_at", "completed_at", "handed_over_at"),
    *("answered_at", "logged_at", "withdrawn_at"),
)
LISTED = ("state", "owner", "request_type", "channel", "topic")


def upgrade() -> None:
    """Add when a ticket was last changed, as far as its moments say, and the indexes; two are then needed no more."""
    greatest = "max" if op.get_bind().dialect.name == "sqlite" else "greatest"
    last = ", ".join(f"coalesce({name}, received_at)" for name in MOMENTS)
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("changed_at", types.Moment(timezone=True), nullable=True))
    op.execute(f"UPDATE ticket SET changed_at = {greatest}({last})")  # noqa: S608 - the names stand above
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        for name in LISTED:
            columns = ["unit", name, "asked_at", "seq", *([] if name == "state" else ["state"])]
            batch_op.create_index(f"ix_ticket_list_{name}", columns, unique=False)
        batch_op.create_index(
            "ix_ticket_list_rating",
            ["unit", "rating", "asked_at", "seq"],
            unique=False,
            sqlite_where=sa.text("rating IS NOT NULL"),
            postgresql_where=sa.text("rating IS NOT NULL"),
        )
        batch_op.create_index("ix_ticket_list_promised", ["unit", "promised_at", "seq"], unique=False)
        batch_op.create_index("ix_ticket_list_changed", ["unit", "changed_at", "seq"], unique=False)
        batch_op.drop_index("ix_ticket_unit_state")
        batch_op.drop_index("ix_ticket_unit")
