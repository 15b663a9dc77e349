"""The tables of checks and demands, and a check to and from its row."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import sqlalchemy as sa

from services.support.record_check import model
from shared.kernel import errors
from shared.store import types, work

METADATA = types.metadata("support")

check = sa.Table(
    "record_check",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("since", types.Moment, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("state", sa.String(30), nullable=False),
    sa.Column("opened_at", types.Moment, nullable=False),
    sa.Column("due_at", types.Moment, nullable=False),
    sa.Column("playbook", sa.String(200), nullable=False),
    sa.Column("playbook_version", sa.String(200), nullable=False),
    sa.Column("lines", sa.Integer),
    sa.Column("faulty", sa.Integer),
    sa.Column("remarks", sa.Text),
    sa.Column("checked_by", sa.String(200)),
    sa.Column("checked_at", types.Moment),
    sa.UniqueConstraint("unit", "day"),
)

demand = sa.Table(
    "record_demand",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("ticket_id", types.Id, nullable=False),
    sa.Column("check_id", types.Id, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("demanded_of", types.Json, nullable=False),  # staff ids of whom it was demanded
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("demanded_by", sa.String(200), nullable=False),
    sa.Column("demanded_at", types.Moment, nullable=False),
)
sa.Index("ix_record_demand_ticket", demand.c.ticket_id)
sa.Index("ix_record_demand_unit", demand.c.unit, demand.c.demanded_at)


class NoSuchCheck(errors.NotFound):
    """There is no such check of the record, or none that you may know of."""

    code = "no-such-record-check"


def add(unit: work.Work, new: model.Check) -> None:
    """Insert a check."""
    work.insert(unit, check, _row(new))


def load(connection: sa.Connection, id: str, *, lock: bool = False) -> model.Check:
    """The check; with `lock` no other transaction can change it meanwhile. Raises `NoSuchCheck`."""
    statement = sa.select(check).where(check.c.id == id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchCheck
    return read(row)


def of_day(connection: sa.Connection, unit: str, day: date) -> model.Check | None:
    """The check of a unit and day, if it was opened."""
    row = connection.execute(sa.select(check).where(check.c.unit == unit, check.c.day == day)).one_or_none()
    return None if row is None else read(row)


def newest(connection: sa.Connection, unit: str) -> model.Check | None:
    """The unit's last check."""
    of = sa.select(check).where(check.c.unit == unit).order_by(check.c.day.desc()).limit(1)
    row = connection.execute(of).one_or_none()
    return None if row is None else read(row)


def save(unit: work.Work, changed: model.Check) -> model.Check:
    """Write a check that was loaded at its version. Raises `errors.Stale`."""
    work.update(unit, check, _row(changed), id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Check:
    """A row as a check."""
    return model.Check(**row._mapping)


def _row(of: model.Check) -> dict[str, Any]:
    return {field.name: getattr(of, field.name) for field in dataclasses.fields(of)}
