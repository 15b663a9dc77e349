"""What a promise is made of: clocks, the trail, playbooks, and who holds which role"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "shared_0002"
down_revision = "shared_0001"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "clock",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("object_kind", sa.String(length=200), nullable=False),
        sa.Column("object_id", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("party", sa.String(length=200), nullable=True),
        sa.Column("playbook", sa.String(length=200), nullable=False),
        sa.Column("playbook_version", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("request_type", sa.String(length=100), nullable=True),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("owes", sa.String(length=100), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("started_at", types.Moment(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=200), nullable=False),
        sa.Column("allowance_us", sa.BigInteger(), nullable=False),
        sa.Column("used_us", sa.BigInteger(), nullable=False),
        sa.Column("since", types.Moment(timezone=True), nullable=True),
        sa.Column("due_at", types.Moment(timezone=True), nullable=False),
        sa.Column("first_due_at", types.Moment(timezone=True), nullable=False),
        sa.Column("ladder", types.Json, nullable=False),
        sa.Column("fired", sa.Integer(), nullable=False),
        sa.Column("next_at", types.Moment(timezone=True), nullable=True),
        sa.Column("late_at", types.Moment(timezone=True), nullable=True),
        sa.Column("paused_at", types.Moment(timezone=True), nullable=True),
        sa.Column("paused_for", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("ended_at", types.Moment(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        sa.UniqueConstraint("object_id", "name", "round", name=op.f("uq_clock_object_id_name_round")),
        sa.UniqueConstraint("object_id", "name", "started_by", name=op.f("uq_clock_object_id_name_started_by")),
    )
    op.create_index(
        "ix_clock_due_at",
        "clock",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('running', 'paused')"),
        postgresql_where=sa.text("state IN ('running', 'paused')"),
    )
    op.create_index(
        "ix_clock_next_at",
        "clock",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "ix_clock_open_unit",
        "clock",
        ["unit", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('running', 'paused')"),
        postgresql_where=sa.text("state IN ('running', 'paused')"),
    )
    op.create_index(
        "ix_clock_open_owner",
        "clock",
        ["owner", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('running', 'paused')"),
        postgresql_where=sa.text("state IN ('running', 'paused')"),
    )
    op.create_table(
        "clock_kpi",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("playbook", sa.String(length=200), nullable=False),
        sa.Column("step", sa.String(length=100), nullable=False),
        sa.Column("request_type", sa.String(length=100), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("on_time", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("used_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "unit", "playbook", "step", "request_type", "person", name=op.f("pk_clock_kpi")),
    )
    op.create_table(
        "clock_stop",
        sa.Column("object_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("at", types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "name", "event", name=op.f("pk_clock_stop")),
    )
    op.create_table(
        "clock_stretch",
        sa.Column("clock_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", types.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", types.Moment(timezone=True), nullable=False),
        sa.Column("intervals", types.Json, nullable=False),
        sa.Column("ended", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("due_before", types.Moment(timezone=True), nullable=False),
        sa.Column("due_after", types.Moment(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("fk_clock_stretch_clock_id")),
        sa.PrimaryKeyConstraint("clock_id", "number", name=op.f("pk_clock_stretch")),
    )
    op.create_table(
        "trail",
        sa.Column("seq", types.Serial, autoincrement=True, nullable=False),
        sa.Column("object_kind", sa.String(length=200), nullable=False),
        sa.Column("object_id", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", types.Moment(timezone=True), nullable=False),
        sa.Column("party", sa.String(length=200), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_for", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_trail")),
        sa.UniqueConstraint("object_id", "number", name=op.f("uq_trail_object_id_number")),
    )
    op.create_index("ix_trail_party", "trail", ["party", "seq"], unique=False)
    op.create_table(
        "trail_chain",
        sa.Column("object_id", sa.String(length=200), nullable=False),
        sa.Column("object_kind", sa.String(length=200), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", types.Moment(timezone=True), nullable=False),
        sa.Column("dirty", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_trail_chain")),
    )
    op.create_index(
        "ix_trail_chain_dirty",
        "trail_chain",
        ["object_id"],
        unique=False,
        sqlite_where=sa.text("dirty = 1"),
        postgresql_where=sa.text("dirty"),
    )
    op.create_table(
        "trail_checkpoint",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", types.Moment(timezone=True), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_trail_checkpoint")),
    )
    op.create_table(
        "trail_key",
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", types.Moment(timezone=True), nullable=False),
        sa.Column("erased_at", types.Moment(timezone=True), nullable=True),
        sa.Column("erased_by", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_trail_key")),
    )
    op.create_table(
        "playbook",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", types.Json, nullable=False),
        sa.Column("installed_at", types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_playbook")),
    )
    op.create_table(
        "playbook_active",
        sa.Column("flow", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("flow", "unit", name=op.f("pk_playbook_active")),
    )
    op.create_table(
        "absence_copy",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=36), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence_copy")),
    )
    op.create_index("ix_absence_copy_person", "absence_copy", ["person"], unique=False)
    op.create_table(
        "authority_copy",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("flow", sa.String(length=200), nullable=False),
        sa.Column("request_type", sa.Integer(), nullable=False),
        sa.Column(
            "roles",
            types.Json,
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority_copy")),
    )
    op.create_index("ix_authority_copy_unit", "authority_copy", ["unit", "flow"], unique=False)
    op.create_table(
        "calendar_revision",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_calendar_revision")),
    )
    op.create_table(
        "closure_copy",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure_copy")),
    )
    op.create_index("ix_closure_copy_unit", "closure_copy", ["unit"], unique=False)
    op.create_table(
        "person_copy",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mail", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_copy")),
    )
    op.create_table(
        "role_copy",
        sa.Column("person", sa.String(length=36), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=100), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("person", "unit", "role", "origin", name=op.f("pk_role_copy")),
    )
    op.create_table(
        "membership_copy",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person", sa.String(length=36), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("roles", types.Json, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_copy")),
    )
    op.create_index("ix_role_copy_unit", "role_copy", ["unit", "role"], unique=False)
    op.create_table(
        "substitute_copy",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("absent", sa.String(length=36), nullable=False),
        sa.Column("substitute", sa.String(length=36), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitute_copy")),
    )
    op.create_index("ix_substitute_copy_absent", "substitute_copy", ["absent"], unique=False)
    op.create_index("ix_substitute_copy_substitute", "substitute_copy", ["substitute"], unique=False)
    op.create_table(
        "unit_place",
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("parent", sa.String(length=100), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_unit_place")),
    )
    op.create_table(
        "year_copy",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("official", sa.Boolean(), nullable=False),
        sa.Column(
            "off",
            types.Json,
            nullable=False,
        ),
        sa.Column(
            "made_up",
            types.Json,
            nullable=False,
        ),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("country", "year", name=op.f("pk_year_copy")),
    )
