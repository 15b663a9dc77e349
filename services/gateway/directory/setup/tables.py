"""The one row of the set-up."""

from __future__ import annotations

import sqlalchemy as sa

from services.gateway.directory.unit import model as units
from shared.store import types

METADATA = types.metadata("gateway")

ONLY = 1  # the row's id

setup = sa.Table(
    "setup",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("expires_at", types.Moment, nullable=False),
    sa.Column("used_at", types.Moment),
    sa.Column("company", sa.String(units.MAX_CODE), sa.ForeignKey("unit.code")),
)
