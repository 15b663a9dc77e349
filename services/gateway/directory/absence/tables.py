"""The table of absences."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from services.gateway.directory.absence import model
from shared.kernel import errors
from shared.store import types, work

METADATA = types.metadata("gateway")

absence = sa.Table(
    "absence",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("company", sa.String(40), nullable=False),
    sa.Column("person", types.Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("reason", sa.String(model.MAX_REASON)),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("entered_at", types.Moment, nullable=False),
    sa.Column("entered_by", sa.String(200), nullable=False),
)
sa.Index("ix_absence_company", absence.c.company, absence.c.until)
sa.Index("ix_absence_person", absence.c.person)


class NoSuchAbsence(errors.NotFound):
    """There is no such absence, or none that you may know of."""

    code = "no-such-absence"


def add(to: work.Work, new: model.Absence) -> None:
    """Insert it."""
    work.insert(to, absence, dataclasses.asdict(new))


def load(connection: sa.Connection, id: str, *, company: str, lock: bool = False) -> model.Absence:
    """The absence. Raises `NoSuchAbsence`."""
    statement = sa.select(absence).where(absence.c.id == id, absence.c.company == company)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchAbsence
    return read(row)


def save(to: work.Work, changed: model.Absence) -> model.Absence:
    """Write one that was loaded at its version. Raises `errors.Stale`."""
    work.update(to, absence, dataclasses.asdict(changed), id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Absence:
    """A row as an absence."""
    return model.Absence(**row._mapping)
