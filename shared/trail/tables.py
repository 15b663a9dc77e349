"""The tables of the trail, in every service's database."""

from __future__ import annotations

import sqlalchemy as sa

from shared.store.types import Moment, Serial, metadata

METADATA = metadata("trail")
NAME = 200

entry = sa.Table(
    "trail",
    METADATA,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("object_kind", sa.String(NAME), nullable=False),
    sa.Column("object_id", sa.String(NAME), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("party", sa.String(NAME)),
    sa.Column("body", sa.LargeBinary, nullable=False),  # exactly what is hashed
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary),  # personal text under the key of `sealed_for`
    sa.Column("sealed_for", sa.String(NAME)),
    sa.UniqueConstraint("object_id", "number"),
)
sa.Index("ix_trail_party", entry.c.party, entry.c.seq)

chain = sa.Table(
    "trail_chain",
    METADATA,
    sa.Column("object_id", sa.String(NAME), primary_key=True),
    sa.Column("object_kind", sa.String(NAME), nullable=False),
    sa.Column("length", sa.Integer, nullable=False),
    sa.Column("head", sa.LargeBinary, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("dirty", sa.Boolean, nullable=False),  # its head stands in no checkpoint yet
)
sa.Index(
    "ix_trail_chain_dirty",
    chain.c.object_id,
    sqlite_where=sa.text("dirty = 1"),
    postgresql_where=sa.text("dirty"),
)

key = sa.Table(
    "trail_key",
    METADATA,
    sa.Column("person", sa.String(NAME), primary_key=True),
    sa.Column("key", sa.LargeBinary),  # null: erased
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("erased_at", Moment),
    sa.Column("erased_by", sa.String(NAME)),
    sa.Column("reason", sa.Text),
)

checkpoint = sa.Table(
    "trail_checkpoint",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("heads", sa.Integer, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
