"""The table of authority rows."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from services.gateway.directory.authority import model
from shared.kernel import errors
from shared.store import types, work

METADATA = types.metadata("gateway")

authority = sa.Table(
    "authority",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("company", sa.String(40), nullable=False),
    sa.Column("unit", sa.String(40), sa.ForeignKey("unit.code"), nullable=False),
    sa.Column("flow", sa.String(200), nullable=False),
    sa.Column("request_type", sa.Integer, nullable=False),
    sa.Column("roles", types.Json, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("entered_at", types.Moment, nullable=False),
    sa.Column("entered_by", sa.String(200), nullable=False),
)
sa.Index("ix_authority_company", authority.c.company, authority.c.unit)


class NoSuchRow(errors.NotFound):
    """There is no such row of the authority table, or none that you may know of."""

    code = "no-such-authority"


def add(to: work.Work, new: model.Row) -> None:
    """Insert it."""
    work.insert(to, authority, {**dataclasses.asdict(new), "roles": list(new.roles)})


def load(connection: sa.Connection, id: str, *, company: str, lock: bool = False) -> model.Row:
    """The row. Raises `NoSuchRow`."""
    statement = sa.select(authority).where(authority.c.id == id, authority.c.company == company)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchRow
    return read(row)


def of_company(connection: sa.Connection, company: str, unit: str | None = None) -> list[model.Row]:
    """A company's rows, by unit, flow, type and first day."""
    a = authority.c
    statement = sa.select(authority).where(a.company == company)
    if unit is not None:
        statement = statement.where(a.unit == unit)
    order = (a.unit, a.flow, a.request_type, a.since, a.id)
    return [read(row) for row in connection.execute(statement.order_by(*order).limit(1_000))]


def save(to: work.Work, changed: model.Row) -> model.Row:
    """Write one that was loaded at its version. Raises `errors.Stale`."""
    row = {**dataclasses.asdict(changed), "roles": list(changed.roles)}
    work.update(to, authority, row, id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Row:
    """A row as the model has it."""
    facts = dict(row._mapping)
    return model.Row(**{**facts, "roles": tuple(facts["roles"])})
