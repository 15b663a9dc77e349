"""The table of counters. Addresses are hashed: they are personal data, and only equality matters."""

from __future__ import annotations

import sqlalchemy as sa

from shared.store import types

METADATA = types.metadata("gateway")

rate = sa.Table(
    "public_rate",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("ends_at", types.Moment, nullable=False),
    sa.Column("taken", sa.Integer, nullable=False),
)
sa.Index("ix_public_rate_ends_at", rate.c.ends_at)
