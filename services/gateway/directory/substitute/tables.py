"""The table of substitutions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from services.gateway.directory.substitute import model
from shared.kernel import errors
from shared.store import types, work

METADATA = types.metadata("gateway")

substitution = sa.Table(
    "substitution",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("company", sa.String(40), nullable=False),
    sa.Column("absent", types.Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("substitute", types.Id, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("entered_at", types.Moment, nullable=False),
    sa.Column("entered_by", sa.String(200), nullable=False),
)
sa.Index("ix_substitution_company", substitution.c.company, substitution.c.until)
sa.Index("ix_substitution_absent", substitution.c.absent)

_s = substitution.c


class NoSuchSubstitution(errors.NotFound):
    """There is no such substitution, or none that you may know of."""

    code = "no-such-substitution"


def add(to: work.Work, new: model.Substitution) -> None:
    """Insert it."""
    work.insert(to, substitution, dataclasses.asdict(new))


def load(connection: sa.Connection, id: str, *, company: str, lock: bool = False) -> model.Substitution:
    """The substitution. Raises `NoSuchSubstitution`."""
    statement = sa.select(substitution).where(_s.id == id, _s.company == company)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchSubstitution
    return read(row)


def overlapping(connection: sa.Connection, absent: str, since: date, until: date) -> model.Substitution | None:
    """An active substitution of the same person on any of these days."""
    statement = sa.select(substitution).where(
        _s.absent == absent, _s.state == "active", _s.since <= until, _s.until >= since
    )
    row = connection.execute(statement.order_by(_s.since).limit(1)).one_or_none()
    return None if row is None else read(row)


def save(to: work.Work, changed: model.Substitution) -> model.Substitution:
    """Write one that was loaded at its version. Raises `errors.Stale`."""
    work.update(to, substitution, dataclasses.asdict(changed), id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Substitution:
    """A row as a substitution."""
    return model.Substitution(**row._mapping)


def instead_of(connection: sa.Connection, people: Iterable[str]) -> dict[str, list[model.Substitution]]:
    """Who acts for these people, by the absent person and in the order of the days; what was taken back left out."""
    s = substitution.c
    rows = sa.select(substitution).where(s.absent.in_(sorted(set(people))), s.state == model.LIFECYCLE.initial)
    found: dict[str, list[model.Substitution]] = {}
    for row in connection.execute(rows.order_by(s.since, s.id)):
        found.setdefault(row.absent, []).append(read(row))
    return found
