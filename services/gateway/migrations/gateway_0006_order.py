"""What names are put in order by"""

import sqlalchemy as sa
from alembic import op

from shared.text import fold

revision = "gateway_0006"
down_revision = "gateway_0005"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left

MOST = 400


def upgrade() -> None:
    """Add the column and fill it. Whoever code of before adds has none, and stands by the name itself until changed."""
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name_key", sa.String(length=MOST), nullable=True))
    staff = sa.table("staff", sa.column("id"), sa.column("name"), sa.column("name_key"))
    for id, name in op.get_bind().execute(sa.select(staff.c.id, staff.c.name)).all():
        op.execute(staff.update().where(staff.c.id == id).values(name_key=fold.bare(name)[:MOST]))
