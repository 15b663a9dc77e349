"""What is said about tickets, who was asked for advice, and where answers go"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "support_0006"
down_revision = "support_0005"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "consulted",
        sa.Column("object_id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("asked_at", types.Moment(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "person", name=op.f("pk_consulted")),
    )
    op.create_table(
        "conversation",
        sa.Column("seq", types.Serial, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", types.Moment(timezone=True), nullable=False),
        sa.Column("leaves_at", types.Moment(timezone=True), nullable=True),
        sa.Column("ended_at", types.Moment(timezone=True), nullable=True),
        sa.Column("asked", types.Json, nullable=False),
        sa.Column("mail", sa.String(length=36), nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_conversation")),
        sa.UniqueConstraint("id", name=op.f("uq_conversation_id")),
    )
    op.create_index("ix_conversation_ticket", "conversation", ["ticket", "seq"], unique=False)
    op.create_table(
        "inbound_address",
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_inbound_address")),
    )
    op.create_table(
        "return_token",
        sa.Column("ticket", sa.String(length=36), nullable=False),
        sa.Column("token", sa.String(length=26), nullable=False),
        sa.Column("message_id", sa.String(length=300), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_return_token")),
        sa.UniqueConstraint("token", name=op.f("uq_return_token_token")),
    )
