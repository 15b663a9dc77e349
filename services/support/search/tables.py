"""The table of terms: which tickets of a unit have a term, and how good a hit that is.

Terms are looked up whole, so the same table and the same statements serve SQLite and PostgreSQL. The order of the key
is that of reading: one unit's tickets with one term, of one rank, newest first.
"""

from __future__ import annotations

import sqlalchemy as sa

from shared.store import types

METADATA = types.metadata("support")

TERM = 80  # characters; terms are cut to fewer

term = sa.Table(
    "ticket_term",
    METADATA,
    sa.Column("unit", sa.String(100), primary_key=True),
    sa.Column("term", sa.String(TERM), primary_key=True),
    sa.Column("rank", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("seq", types.Serial, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
