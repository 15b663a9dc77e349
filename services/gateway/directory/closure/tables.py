"""The table of closures."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from services.gateway.directory.closure import model
from shared.kernel import errors
from shared.store import types, work

METADATA = types.metadata("gateway")

closure = sa.Table(
    "closure",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("company", sa.String(40), nullable=False),
    sa.Column("unit", sa.String(40), sa.ForeignKey("unit.code"), nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("reason", sa.String(model.MAX_REASON), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("entered_at", types.Moment, nullable=False),
    sa.Column("entered_by", sa.String(200), nullable=False),
)
sa.Index("ix_closure_company", closure.c.company, closure.c.until)


class NoSuchClosure(errors.NotFound):
    """There is no such closure, or none that you may know of."""

    code = "no-such-closure"


def add(to: work.Work, new: model.Closure) -> None:
    """Insert it."""
    work.insert(to, closure, dataclasses.asdict(new))


def load(connection: sa.Connection, id: str, *, company: str, lock: bool = False) -> model.Closure:
    """The closure. Raises `NoSuchClosure`."""
    statement = sa.select(closure).where(closure.c.id == id, closure.c.company == company)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchClosure
    return read(row)


def save(to: work.Work, changed: model.Closure) -> model.Closure:
    """Write one that was loaded at its version. Raises `errors.Stale`."""
    work.update(to, closure, dataclasses.asdict(changed), id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Closure:
    """A row as a closure."""
    return model.Closure(**row._mapping)


def active(connection: sa.Connection, unit: str) -> list[model.Closure]:
    """The closures of a unit that count, by their first day."""
    statement = sa.select(closure).where(closure.c.unit == unit, closure.c.state == model.LIFECYCLE.initial)
    return [read(row) for row in connection.execute(statement.order_by(closure.c.since, closure.c.id))]
