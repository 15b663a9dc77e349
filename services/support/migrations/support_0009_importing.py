"""Imports of a record kept elsewhere"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "support_0009"
down_revision = "support_0008"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "record_import",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("encoding", sa.String(length=30), nullable=True),
        sa.Column("headings", types.Json, nullable=False),
        sa.Column("mapping", types.Json, nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", types.Moment(timezone=True), nullable=False),
        sa.Column("imported_at", types.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_import")),
    )
    with op.batch_alter_table("record_import", schema=None) as batch_op:
        batch_op.create_index("ix_record_import_unit", ["unit", "made_at"], unique=False)
    op.create_table(
        "record_import_line",
        sa.Column("import_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", types.Json, nullable=False),
        sa.Column("wrong", types.Json, nullable=True),
        sa.Column("ticket_id", sa.String(length=36), nullable=True),
        sa.Column("ticket_version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_record_import_line")),
    )
    op.create_table(
        "record_import_column",
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("heading", sa.String(length=200), nullable=False),
        sa.Column("column", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("unit", "heading", name=op.f("pk_record_import_column")),
    )
