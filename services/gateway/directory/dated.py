"""Lists of what holds from one day to another: absences, substitutes, closures."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from services.gateway.directory import keyset


def page(
    connection: sa.Connection,
    table: sa.Table,
    company: str,
    *,
    where: tuple[Any, ...] = (),
    not_over: date | None = None,
    limit: int = 25,
    cursor: str | None = None,
) -> tuple[list[sa.Row[Any]], str | None]:
    """A company's rows by their last day, and the cursor of the next page. Raises `keyset.BadCursor`."""
    until: Any = sa.cast(table.c.until, sa.String)
    statement = sa.select(table).where(table.c.company == company, *where)
    if not_over is not None:
        statement = statement.where(table.c.until >= not_over)
    if cursor:
        statement = statement.where(keyset.after(cursor, until, table.c.id))
    rows = list(connection.execute(statement.order_by(until, table.c.id).limit(limit + 1)))
    found = rows[:limit]
    return found, keyset.write(found[-1].until.isoformat(), found[-1].id) if len(rows) > limit else None
