"""Links between tickets"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "support_0004"
down_revision = "support_0003"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "ticket_link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=36), nullable=False),
        sa.Column("other", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("linked_by", sa.String(length=200), nullable=False),
        sa.Column("linked_at", types.Moment(timezone=True), nullable=False),
        sa.Column("unlinked_by", sa.String(length=200), nullable=True),
        sa.Column("unlinked_at", types.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_link")),
    )
    op.create_index("ix_ticket_link_ticket", "ticket_link", ["ticket"], unique=False)
    op.create_index("ix_ticket_link_other", "ticket_link", ["other"], unique=False)
