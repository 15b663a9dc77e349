"""Checks of the record, and demands that one be completed"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "support_0008"
down_revision = "support_0007"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "record_check",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("since", types.Moment(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("opened_at", types.Moment(timezone=True), nullable=False),
        sa.Column("due_at", types.Moment(timezone=True), nullable=False),
        sa.Column("playbook", sa.String(length=200), nullable=False),
        sa.Column("playbook_version", sa.String(length=200), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=True),
        sa.Column("faulty", sa.Integer(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("checked_by", sa.String(length=200), nullable=True),
        sa.Column("checked_at", types.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_check")),
        sa.UniqueConstraint("unit", "day", name=op.f("uq_record_check_unit_day")),
    )
    op.create_table(
        "record_demand",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("check_id", sa.String(length=36), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("demanded_of", types.Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("demanded_by", sa.String(length=200), nullable=False),
        sa.Column("demanded_at", types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_demand")),
    )
    with op.batch_alter_table("record_demand", schema=None) as batch_op:
        batch_op.create_index("ix_record_demand_ticket", ["ticket_id"], unique=False)
        batch_op.create_index("ix_record_demand_unit", ["unit", "demanded_at"], unique=False)
