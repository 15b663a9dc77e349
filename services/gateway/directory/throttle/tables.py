"""The table of attempts. Keys are hashed: a password typed into the wrong field must not end here."""

from __future__ import annotations

import sqlalchemy as sa

from shared.store import types

METADATA = types.metadata("gateway")

throttle = sa.Table(
    "throttle",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_at", types.Moment),
    sa.Column("forget_at", types.Moment, nullable=False),
)
sa.Index("ix_throttle_forget_at", throttle.c.forget_at)
