"""Contacts, messages and attempts"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "notify_0001"
down_revision = None
branch_labels = ("notify",)
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "contact",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("created_at", types.Moment(timezone=True), nullable=False),
        sa.Column("told_at", types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("party", name=op.f("uq_contact_party")),
    )
    op.create_table(
        "contact_address",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=254), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_address_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", "kind", "key", name=op.f("pk_contact_address")),
    )
    op.create_index("ix_contact_address_key", "contact_address", ["kind", "key"], unique=False)
    op.create_table(
        "message",
        sa.Column("seq", types.Serial, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("recipient_key", sa.String(length=254), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("related", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=True),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("template", sa.String(length=100), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("recipient_name", sa.String(length=200), nullable=False),
        sa.Column("people", types.Json, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", types.Moment(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("next_at", types.Moment(timezone=True), nullable=True),
        sa.Column("ended_at", types.Moment(timezone=True), nullable=True),
        sa.Column("facts", types.Json, nullable=True),
        sa.Column("message_id", sa.String(length=300), nullable=True),
        sa.Column("sender_name", sa.String(length=200), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("resend_of", sa.String(length=36), nullable=True),
        sa.Column("resend_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_message")),
        sa.UniqueConstraint("id", name=op.f("uq_message_id")),
        sa.UniqueConstraint(
            "source", "event_id", "rule", "recipient", name=op.f("uq_message_source_event_id_rule_recipient")
        ),
    )
    op.create_index("ix_message_unit", "message", ["unit", "seq"], unique=False)
    op.create_index("ix_message_unit_state", "message", ["unit", "state", "seq"], unique=False)
    op.create_index("ix_message_related", "message", ["related", "seq"], unique=False)
    op.create_index("ix_message_number", "message", ["number", "seq"], unique=False)
    op.create_index("ix_message_recipient", "message", ["recipient_key", "seq"], unique=False)
    op.create_index("ix_message_resend_of", "message", ["resend_of"], unique=False)
    op.create_table(
        "message_attempt",
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("started_at", types.Moment(timezone=True), nullable=False),
        sa.Column("transmitting_at", types.Moment(timezone=True), nullable=True),
        sa.Column("finished_at", types.Moment(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_attempt_message_id")),
        sa.PrimaryKeyConstraint("message_id", "number", name=op.f("pk_message_attempt")),
    )
