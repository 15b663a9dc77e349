"""Prepared texts for replies"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "support_0012"
down_revision = "support_0011"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "macro",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", types.Json, nullable=False),
        sa.Column("request_type", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", types.Moment(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", types.Moment(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro")),
    )
    op.create_index("ix_macro_unit", "macro", ["unit", "state"], unique=False)
