"""How a promise ended: whether it counts as kept, and on which day"""

import sqlalchemy as sa
from alembic import op

revision = "shared_0003"
down_revision = "shared_0002"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Add the columns; what ended before stays in the sums of its day, without a list behind them."""
    op.add_column("clock_kpi", sa.Column("unanswered", sa.Integer(), server_default="0", nullable=False))
    op.add_column("clock", sa.Column("counted", sa.String(length=10), nullable=True))
    op.add_column("clock", sa.Column("ended_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_clock_counted",
        "clock",
        ["counted", "ended_at", "id"],
        unique=False,
        sqlite_where=sa.text("counted IS NOT NULL"),
        postgresql_where=sa.text("counted IS NOT NULL"),
    )
