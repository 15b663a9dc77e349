"""Attachments"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "support_0003"
down_revision = "support_0002"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "attachment",
        sa.Column("seq", types.Serial, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("declared", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", types.Moment(timezone=True), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=True),
        sa.Column("object_kind", sa.String(length=60), nullable=True),
        sa.Column("object_id", sa.String(length=36), nullable=True),
        sa.Column("attached_by", sa.String(length=200), nullable=True),
        sa.Column("attached_at", types.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_attachment")),
        sa.UniqueConstraint("id", name=op.f("uq_attachment_id")),
        sa.UniqueConstraint("token", name=op.f("uq_attachment_token")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index("ix_attachment_object", ["object_id", "seq"], unique=False)
        batch_op.create_index("ix_attachment_hash", ["hash"], unique=False)
        batch_op.create_index("ix_attachment_at", ["at"], unique=False)
