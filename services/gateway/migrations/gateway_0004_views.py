"""Saved views that are shared in a unit, and can be brought back"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "gateway_0004"
down_revision = "gateway_0003"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Add the columns; what there is stays its owner's alone."""
    with op.batch_alter_table("saved_view", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unit", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("removed_at", types.Moment(timezone=True), nullable=True))
        batch_op.create_index("ix_saved_view_unit", ["unit", "list"], unique=False)
