"""Terms by which tickets are found"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from shared.kernel import ids, moment
from shared.store import types, work

revision = "support_0002"
down_revision = "support_0001"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left

LATER_S = 600  # where other processes run: until then the version that knows the task is up


def upgrade() -> None:
    """Create the table; the tickets that are there already are read by a task, so that nobody waits for it."""
    op.create_table(
        "ticket_term",
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("term", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("seq", types.Serial, nullable=False),
        sa.PrimaryKeyConstraint("unit", "term", "rank", "seq", name=op.f("pk_ticket_term")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().execute(sa.text("select 1 from ticket limit 1")).first() is not None:
        _have_them_read()


def _have_them_read() -> None:
    """A task row; the sweeper finds it without a hint."""
    task = sa.table(
        "task",
        *(sa.column(name, sa.String) for name in ("id", "name", "actor", "trace", "state")),
        sa.column("args", types.Json),
        sa.column("created_at", types.Moment),
        sa.column("retry_at", types.Moment),
    )
    now = moment.SystemTime().now()
    alone = op.get_bind().dialect.name == "sqlite"
    row = {"id": ids.new(), "name": "support.index", "args": {}, "actor": "system:support", "trace": work.new_trace()}
    due = {"state": "retry", "created_at": now, "retry_at": now if alone else now + timedelta(seconds=LATER_S)}
    op.bulk_insert(task, [row | due])
