"""Contacts and their addresses."""

from __future__ import annotations

import sqlalchemy as sa

from shared.store import types

METADATA = types.metadata("notify")

contact = sa.Table(
    "contact",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("party", sa.String(200), unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("locale", sa.String(2), nullable=False),
    sa.Column("created_at", types.Moment, nullable=False),
    sa.Column("told_at", types.Moment, nullable=False),  # time of the event that name and locale come from
)

address = sa.Table(
    "contact_address",
    METADATA,
    sa.Column("contact_id", types.Id, sa.ForeignKey("contact.id"), primary_key=True),
    sa.Column("kind", sa.String(10), primary_key=True),  # mail | phone
    sa.Column("key", sa.String(254), primary_key=True),  # what addresses are compared by
    sa.Column("value", sa.String(254), nullable=False),  # as it is used
)
sa.Index("ix_contact_address_key", address.c.kind, address.c.key)
