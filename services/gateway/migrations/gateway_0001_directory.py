"""Directory"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "gateway_0001"
down_revision = None
branch_labels = ("gateway",)
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "throttle",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_at", types.Moment(timezone=True), nullable=True),
        sa.Column("forget_at", types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_throttle")),
    )
    with op.batch_alter_table("throttle", schema=None) as batch_op:
        batch_op.create_index("ix_throttle_forget_at", ["forget_at"], unique=False)

    op.create_table(
        "unit",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parent", sa.String(length=40), nullable=True),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("opened_at", types.Moment(timezone=True), nullable=False),
        sa.Column("closed_at", types.Moment(timezone=True), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company"], ["unit.code"], name=op.f("fk_unit_company")),
        sa.ForeignKeyConstraint(["parent"], ["unit.code"], name=op.f("fk_unit_parent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index("ix_unit_company", ["company", "code"], unique=False)
        batch_op.create_index("ix_unit_parent", ["parent"], unique=False)

    op.create_table(
        "access",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("scopes", types.Json, nullable=False),
        sa.Column("hint", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("issued_at", types.Moment(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(length=200), nullable=False),
        sa.Column("last_used_at", types.Moment(timezone=True), nullable=True),
        sa.Column("revoked_at", types.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["company"], ["unit.code"], name=op.f("fk_access_company")),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_access_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access")),
        sa.UniqueConstraint("digest", name=op.f("uq_access_digest")),
    )
    with op.batch_alter_table("access", schema=None) as batch_op:
        batch_op.create_index("ix_access_company", ["company", "system", "id"], unique=False)

    op.create_table(
        "setup",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", types.Moment(timezone=True), nullable=False),
        sa.Column("used_at", types.Moment(timezone=True), nullable=True),
        sa.Column("company", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["company"], ["unit.code"], name=op.f("fk_setup_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setup")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mail", sa.String(length=254), nullable=False),
        sa.Column("mail_key", sa.String(length=508), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("company", sa.String(length=40), nullable=False),
        sa.Column("roles", types.Json, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("added_at", types.Moment(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=200), nullable=False),
        sa.Column("deactivated_at", types.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["company"], ["unit.code"], name=op.f("fk_staff_company")),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_staff_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("mail_key", name=op.f("uq_staff_mail_key")),
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.create_index("ix_staff_company", ["company", "name", "id"], unique=False)
        batch_op.create_index("ix_staff_unit", ["unit"], unique=False)

    op.create_table(
        "password",
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("hashed", sa.String(length=300), nullable=False),
        sa.Column("changed_at", types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_password_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_password")),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("opened_at", types.Moment(timezone=True), nullable=False),
        sa.Column("seen_at", types.Moment(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=50), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=True),
        sa.Column("ended_at", types.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_session_staff_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_session")),
        sa.UniqueConstraint("id", name=op.f("uq_session_id")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index("ix_session_opened_at", ["opened_at"], unique=False)
        batch_op.create_index("ix_session_staff_id", ["staff_id", "opened_at"], unique=False)
