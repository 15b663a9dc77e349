"""The table of saved views. A view is a name for the filters that stand in a list's address; it holds nothing else."""

from __future__ import annotations

import sqlalchemy as sa

from shared.store import types

METADATA = types.metadata("gateway")
MAX_NAME = 80
MAX_QUERY = 1_000  # characters of the filters, as in an address
MOST = 50  # views of one person
KEPT_DAYS = 30  # for which a removed view can be brought back

view = sa.Table(
    "saved_view",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("owner", types.Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("list", sa.String(100), nullable=False),  # support.tickets
    sa.Column("name", sa.String(MAX_NAME), nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("saved_at", types.Moment, nullable=False),
    sa.Column("unit", sa.String(40)),  # in which everybody sees it; none: its owner alone does
    sa.Column("removed_at", types.Moment),
    sa.UniqueConstraint("owner", "list", "name"),
)
sa.Index("ix_saved_view_unit", view.c.unit, view.c.list)
