"""Tickets"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "support_0001"
down_revision = None
branch_labels = ("support",)
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "ticket",
        sa.Column("seq", types.Serial, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("channel", sa.String(length=30), nullable=False),
        sa.Column("topic", sa.String(length=30), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("requester", types.Json, nullable=False),
        sa.Column("playbook", sa.String(length=200), nullable=False),
        sa.Column("playbook_version", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("received_by", sa.String(length=200), nullable=False),
        sa.Column("received_at", types.Moment(timezone=True), nullable=False),
        sa.Column("handler", sa.String(length=200), nullable=True),
        sa.Column("owner", sa.String(length=200), nullable=True),
        sa.Column("escalated_to", sa.String(length=200), nullable=True),
        sa.Column("waits_for", sa.String(length=200), nullable=True),
        sa.Column("request_type", sa.Integer(), nullable=True),
        sa.Column("promised_at", types.Moment(timezone=True), nullable=True),
        sa.Column("classified_at", types.Moment(timezone=True), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("completed_at", types.Moment(timezone=True), nullable=True),
        sa.Column("handed_over_at", types.Moment(timezone=True), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("answered_at", types.Moment(timezone=True), nullable=True),
        sa.Column("logged_at", types.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ticket")),
        sa.UniqueConstraint("id", name=op.f("uq_ticket_id")),
    )
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_unit", ["unit", "seq"], unique=False)
        batch_op.create_index("ix_ticket_unit_state", ["unit", "state", "seq"], unique=False)
