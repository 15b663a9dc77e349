"""How much comes from one address"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "gateway_0002"
down_revision = "gateway_0001"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "public_rate",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("ends_at", types.Moment(timezone=True), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_public_rate")),
    )
    with op.batch_alter_table("public_rate", schema=None) as batch_op:
        batch_op.create_index("ix_public_rate_ends_at", ["ends_at"], unique=False)
