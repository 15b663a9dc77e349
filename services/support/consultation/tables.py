"""Who was asked about what. Being asked is never taken back: whoever has seen an object has seen it."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.store import types
from shared.store.work import Work

METADATA = types.metadata("support")

consulted = sa.Table(
    "consulted",
    METADATA,
    sa.Column("object_id", types.Id, primary_key=True),
    sa.Column("person", sa.String(200), primary_key=True),
    sa.Column("asked_at", types.Moment, nullable=False),  # the first time
    sa.Column("asked_by", sa.String(200), nullable=False),
)

_c = consulted.c


def add(work: Work, object_id: str, people: Iterable[str]) -> None:
    """These people are asked about the object from now on; who was asked before still is."""
    insert = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
    rows = [
        {"object_id": object_id, "person": person, "asked_at": work.now, "asked_by": work.actor} for person in people
    ]
    work.execute(insert(consulted).on_conflict_do_nothing(), rows)


def asked(connection: sa.Connection, object_id: str, person: str) -> bool:
    """Whether this person was ever asked about the object."""
    found = sa.select(_c.person).where(_c.object_id == object_id, _c.person == person)
    return connection.execute(found).first() is not None
