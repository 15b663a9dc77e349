"""The whole life of a ticket: receipt, verification, progress, withdrawal, goods"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "support_0005"
down_revision = "support_0004"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Add the columns. What was classified before counts as checked: whoever did it had read it."""
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_at", types.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("verified_at", types.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("verified_by", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("promised_since", types.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("progress", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("progressed_at", types.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closing_reason", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", types.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("goods", types.Json, nullable=True))
    ticket = sa.table(
        "ticket", *(sa.column(name) for name in ("classified_at", "verified_at", "verified_by", "handler"))
    )
    op.execute(
        ticket.update()
        .where(ticket.c.classified_at.is_not(None))
        .values(verified_at=ticket.c.classified_at, verified_by=ticket.c.handler)
    )


def downgrade() -> None:
    """Take them away again."""
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        for name in ("goods", "withdrawn_at", "closing_reason", "progressed_at", "progress"):
            batch_op.drop_column(name)
        for name in ("promised_since", "verified_by", "verified_at", "asked_at"):
            batch_op.drop_column(name)
