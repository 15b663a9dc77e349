"""The read side of units."""

from __future__ import annotations

import sqlalchemy as sa

from services.gateway.directory import keyset
from services.gateway.directory.unit import model, tables

_u = tables.unit.c


def page(
    connection: sa.Connection,
    *,
    company: str | None = None,
    active: bool | None = None,
    limit: int = 25,
    cursor: str | None = None,
) -> tuple[list[model.Unit], str | None]:
    """Units by code, and the cursor of the next page. Raises `keyset.BadCursor`."""
    statement = sa.select(tables.unit)
    if company is not None:
        statement = statement.where(_u.company == company)
    if active is not None:
        statement = statement.where((_u.state == "open") == active)
    if cursor:
        statement = statement.where(keyset.after(cursor, _u.code))
    rows = connection.execute(statement.order_by(_u.code).limit(limit + 1)).all()
    found = [tables.read(row) for row in rows[:limit]]
    return found, keyset.write(found[-1].code) if len(rows) > limit else None


def companies(connection: sa.Connection, *, demo: bool | None = None) -> list[model.Unit]:
    """Every company; with `demo` only the made-up one, or only the real ones."""
    statement = sa.select(tables.unit).where(_u.kind == model.COMPANY)
    if demo is not None:
        statement = statement.where(_u.demo == demo)
    return [tables.read(row) for row in connection.execute(statement.order_by(_u.opened_at, _u.code))]


def open_(connection: sa.Connection, code: str) -> model.Unit:
    """The unit, if work may be done in its name: for the public form. Raises `tables.NoSuchUnit`."""
    found = tables.load(connection, code)
    if not found.active:
        raise tables.NoSuchUnit
    return found
