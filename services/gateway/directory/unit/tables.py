"""The table of units, and a unit to and from its row."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from services.gateway.directory import insertion
from services.gateway.directory.unit import model
from shared.kernel import errors
from shared.store import types, work

METADATA = types.metadata("gateway")

unit = sa.Table(
    "unit",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("code", sa.String(model.MAX_CODE), nullable=False, unique=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("parent", sa.String(model.MAX_CODE), sa.ForeignKey("unit.code")),
    sa.Column("company", sa.String(model.MAX_CODE), sa.ForeignKey("unit.code"), nullable=False),
    sa.Column("title", sa.String(model.MAX_TITLE), nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("demo", sa.Boolean, nullable=False),
    sa.Column("opened_at", types.Moment, nullable=False),
    sa.Column("closed_at", types.Moment),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("phone", sa.String(20)),
    sa.Column("mail", sa.String(254)),
)
sa.Index("ix_unit_company", unit.c.company, unit.c.code)
sa.Index("ix_unit_parent", unit.c.parent)


class NoSuchUnit(errors.NotFound):
    """There is no such unit, or none that you may know of."""

    code = "no-such-unit"


def add(to: work.Work, new: model.Unit) -> bool:
    """Insert a unit; False when its code was already given."""
    return insertion.if_new(to, unit, _row(new), key=["code"])


def load(connection: sa.Connection, code: str, *, company: str | None = None, lock: bool = False) -> model.Unit:
    """The unit; with `lock` no other transaction can change it meanwhile. Raises `NoSuchUnit`."""
    statement = sa.select(unit).where(unit.c.code == code)
    if company is not None:
        statement = statement.where(unit.c.company == company)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchUnit
    return read(row)


def save(to: work.Work, changed: model.Unit) -> model.Unit:
    """Write a unit that was loaded at its version. Raises `errors.Stale`."""
    work.update(to, unit, _row(changed), id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Unit:
    """A row as a unit."""
    return model.Unit(**row._mapping)


def _row(of: model.Unit) -> dict[str, Any]:
    return {field.name: getattr(of, field.name) for field in dataclasses.fields(of)}
