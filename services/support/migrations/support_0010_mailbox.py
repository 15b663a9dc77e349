"""Mails that came in, and how far each mailbox was read"""

import sqlalchemy as sa
from alembic import op

from shared.store import types

revision = "support_0010"
down_revision = "support_0009"
branch_labels = None
depends_on = None

PHASE = "expand"  # or "contract": only when no code that knows the old shape is left


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "mail",
        sa.Column("seq", types.Serial, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("mailbox", sa.String(length=100), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("uid", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=300), nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.Column("received_at", types.Moment(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("ticket", sa.String(length=36), nullable=True),
        sa.Column("attachments", types.Json, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_mail")),
        sa.UniqueConstraint("id", name=op.f("uq_mail_id")),
        sa.UniqueConstraint("mailbox", "uidvalidity", "uid", name=op.f("uq_mail_mailbox_uidvalidity_uid")),
    )
    op.create_index("ix_mail_key", "mail", ["key"], unique=False)
    op.create_index("ix_mail_sender", "mail", ["sender", "received_at"], unique=False)
    op.create_index("ix_mail_unit", "mail", ["unit", "outcome", "seq"], unique=False)
    op.create_table(
        "mailbox",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("polled_at", types.Moment(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailbox")),
    )
