"""The read side of staff."""

from __future__ import annotations

import sqlalchemy as sa

from services.gateway.directory import keyset
from services.gateway.directory.staff import model, tables

_s = tables.staff.c


def page(
    connection: sa.Connection,
    *,
    company: str | None = None,
    unit: str | None = None,
    mail: str | None = None,
    active: bool | None = None,
    limit: int = 25,
    cursor: str | None = None,
) -> tuple[list[model.Staff], str | None]:
    """Staff by name, and the cursor of the next page. Raises `keyset.BadCursor`."""
    statement = sa.select(tables.staff)
    if company is not None:
        statement = statement.where(_s.company == company)
    if unit is not None:
        statement = statement.where(_s.unit == unit)
    if mail is not None:
        statement = statement.where(_s.mail_key == model.key(mail))
    if active is not None:
        statement = statement.where((_s.state == model.LIFECYCLE.initial) == active)
    if cursor:
        statement = statement.where(keyset.after(cursor, *tables.BY_NAME))
    rows = connection.execute(statement.order_by(*tables.BY_NAME).limit(limit + 1)).all()
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = keyset.write(last.name if last.name_key is None else last.name_key, last.id)
    return [tables.read(row) for row in rows[:limit]], following
