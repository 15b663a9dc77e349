"""Where clients reach a unit, in the copy that services keep of it"""

import sqlalchemy as sa
from alembic import op

revision = "shared_0005"
down_revision = "shared_0004"
branch_labels = None
depends_on = None

PHASE = "expand"


def upgrade() -> None:
    """Add the columns; they are filled when the directory next tells of the unit."""
    op.add_column("unit_copy", sa.Column("phone", sa.String(20), nullable=True))
    op.add_column("unit_copy", sa.Column("mail", sa.String(254), nullable=True))
