"""The table of years."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import sqlalchemy as sa

from services.gateway.directory import insertion
from services.gateway.directory.official_year import model
from shared.store import types, work

METADATA = types.metadata("gateway")

year = sa.Table(
    "official_year",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("official", sa.Boolean, nullable=False),
    sa.Column("off", types.Json, nullable=False),
    sa.Column("made_up", types.Json, nullable=False),
    sa.Column("changed_at", types.Moment, nullable=False),
    sa.Column("changed_by", sa.String(200), nullable=False),
    sa.UniqueConstraint("country", "year"),
)


def find(connection: sa.Connection, country: str, number: int, *, lock: bool = False) -> model.Year | None:
    """The year, if anything is known of it."""
    statement = sa.select(year).where(year.c.country == country, year.c.year == number)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    return None if row is None else read(row)


def all_(connection: sa.Connection, country: str | None = None) -> list[model.Year]:
    """Every year that is known, by country and year."""
    statement = sa.select(year)
    if country is not None:
        statement = statement.where(year.c.country == country)
    return [read(row) for row in connection.execute(statement.order_by(year.c.country, year.c.year))]


def add(to: work.Work, new: model.Year) -> bool:
    """Insert it; False when there is one already."""
    return insertion.if_new(to, year, _row(new), key=["country", "year"])


def save(to: work.Work, changed: model.Year) -> model.Year:
    """Write one that was loaded at its version. Raises `errors.Stale`."""
    work.update(to, year, _row(changed), id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Year:
    """A row as a year."""
    facts = dict(row._mapping)
    facts["off"] = tuple(date.fromisoformat(day) for day in facts["off"])
    facts["made_up"] = {date.fromisoformat(day): weekday for day, weekday in facts["made_up"].items()}
    return model.Year(**facts)


def _row(of: model.Year) -> dict[str, Any]:
    row = {field.name: getattr(of, field.name) for field in dataclasses.fields(of)}
    row["off"] = [day.isoformat() for day in sorted(of.off)]
    row["made_up"] = {day.isoformat(): weekday for day, weekday in sorted(of.made_up.items())}
    return row
