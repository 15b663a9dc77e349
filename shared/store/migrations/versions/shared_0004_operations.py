"""What people on call see and decide: processes that are there, notes on causes, decisions about sets of failures"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "shared_0004"
down_revision = "shared_0003"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "failure_note",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", types.Moment(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failure_note")),
    )
    op.create_index("ix_failure_note_cause", "failure_note", ["cause", "id"], unique=False)
    op.create_table(
        "failure_batch",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("stop_on_failure", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("next_at", types.Moment(timezone=True), nullable=False),
        sa.Column("created_at", types.Moment(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("ended_at", types.Moment(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failure_batch")),
    )
    op.create_index(
        "ix_failure_batch_watched",
        "failure_batch",
        ["id"],
        unique=False,
        sqlite_where=sa.text("watched = 1"),
        postgresql_where=sa.text("watched"),
    )
    op.create_table(
        "failure_batch_item",
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("failure_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("work_kind", sa.String(length=10), nullable=True),
        sa.Column("work_ref", sa.String(length=200), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("at", types.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["failure_batch.id"], name=op.f("fk_failure_batch_item_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_failure_batch_item")),
    )
    op.create_index(
        "uq_failure_batch_item_waiting",
        "failure_batch_item",
        ["failure_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "presence",
        sa.Column("process", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("started_at", types.Moment(timezone=True), nullable=False),
        sa.Column("beat_at", types.Moment(timezone=True), nullable=False),
        sa.Column("loops", types.Json, nullable=False),
        sa.Column("queues", types.Json, nullable=True),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_presence")),
    )
