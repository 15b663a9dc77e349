"""The table of sessions."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from services.gateway.directory.session import model
from shared.store import types, work

METADATA = types.metadata("gateway")

session = sa.Table(
    "session",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("id", types.Id, nullable=False, unique=True),
    sa.Column("staff_id", types.Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("opened_at", types.Moment, nullable=False),
    sa.Column("seen_at", types.Moment, nullable=False),
    sa.Column("address", sa.String(50)),
    sa.Column("agent", sa.String(model.MAX_AGENT)),
    sa.Column("ended_at", types.Moment),
)
sa.Index("ix_session_staff_id", session.c.staff_id, session.c.opened_at)
sa.Index("ix_session_opened_at", session.c.opened_at)


def add(to: work.Work, new: model.Session, digest: str) -> None:
    """Insert a session under the hash of its secret."""
    row = {field.name: getattr(new, field.name) for field in dataclasses.fields(new)}
    work.insert(to, session, {**row, "digest": digest})


def read(row: sa.Row[Any]) -> model.Session:
    """A row as a session."""
    return model.Session(**{field.name: row._mapping[field.name] for field in dataclasses.fields(model.Session)})
